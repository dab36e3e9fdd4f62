"""What clients left for a thread to do next: submissions that its server turns into turns, one after the other."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.threads import Thread

    Json = dict[str, Any]

NAME = "queues"


def entries(engine: Engine, thread: Thread) -> list[Json]:
    """Those of a thread, the next one first; changed in place, and then kept by `save`."""
    return engine.library.shelf.value(NAME).setdefault(thread.id, [])


def save(engine: Engine, thread: Thread) -> None:
    """Write them down, for they outlive the server, and tell that they changed; how, a client has to ask."""
    engine.library.shelf.save(NAME)
    engine.tell(thread, "thread/queue/changed", {"threadId": thread.id})


def place(engine: Engine, thread: Thread, submission: str) -> int | None:
    """Where one is in its queue, None if it is not there."""
    return next((n for n, entry in enumerate(entries(engine, thread)) if entry["id"] == submission), None)
