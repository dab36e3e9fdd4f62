"""Projects: what threads are sorted into by what they are about. A thread is in one at most."""

from __future__ import annotations

from turnproof_fakes.app_server.refusals import INVALID_REQUEST, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.threads import Thread

    Json = dict[str, Any]

NAME = "projects"


def all_of(engine: Engine) -> list[Json]:
    """In their order; changed in place, and then kept by the shelf."""
    return engine.library.shelf.value(NAME).setdefault("projects", [])


def find(engine: Engine, project: str, code: int = INVALID_REQUEST) -> Json:
    """One by its id; methods of threads and of projects refuse an unknown one by different codes."""
    found = next((known for known in all_of(engine) if known["id"] == project), None)
    if found is None:
        raise Refused(f"project not found: {project}", code)
    return found


def put(engine: Engine, thread: Thread, project: str | None) -> None:
    """Put a thread into one, or into none; told if that makes a difference."""
    if thread.project != project:
        engine.library.record(thread, {"type": "project", "project": project})
        engine.announce("thread/project/updated", {"threadId": thread.id, "projectId": project})
