"""What else is done to a thread beside its turns: metadata, items for the model, denied actions, background terminals."""

from __future__ import annotations

from turnproof_fakes.app_server import shapes
from turnproof_fakes.app_server.json_values import as_object
from turnproof_fakes.app_server.refusals import Refused, no_rollout
from turnproof_fakes.app_server.serde import described, variants
from turnproof_fakes.app_server.turn_requests import loaded_thread
from turnproof_fakes.app_server.uuids import thread_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine

    Json = dict[str, Any]

_GIT = ("sha", "branch", "originUrl")
_VERDICTS = ["in_progress", "approved", "denied", "timed_out", "aborted"]


def update_metadata(engine: Engine, request_id: int | str, params: Json) -> None:
    """What the client knows of the thread's repository; null unsets, what is left out stays."""
    git = as_object(params.get("gitInfo"))
    if git is None:
        raise Refused("thread metadata update must include at least one field")
    given = {name: git[name] for name in _GIT if name in git}
    if not given:
        raise Refused("gitInfo must include at least one field")
    for name, value in given.items():
        if value is not None and not value.strip():
            raise Refused(f"gitInfo.{name} must not be empty")
    wanted = thread_id(params)
    thread = engine.library.find(wanted)
    if thread is None:
        raise no_rollout(wanted)
    known: Json = thread.git or dict.fromkeys(_GIT)
    engine.library.record(thread, {"type": "git", "git": known | given})
    engine.respond(request_id, {"thread": shapes.thread(thread, engine.version, accepts=None)})


def inject_items(engine: Engine, request_id: int | str, params: Json) -> None:
    """Items for the model's next request; clients are told nothing of them, and they are in no turn."""
    loaded_thread(engine, params)
    if not params["items"]:
        raise Refused("items must not be empty")
    for place, item in enumerate(params["items"]):
        if as_object(item) is None:
            wrong = f"invalid type: {described(item)}, expected internally tagged enum ResponseItem"
            raise Refused(f"items[{place}] is not a valid response item: {wrong}")
    engine.respond(request_id, {})


def approve_denied_action(engine: Engine, request_id: int | str, params: Json) -> None:
    """Taken note of; no guardian looks at anything here."""
    event = as_object(params["event"]) or {}
    for name in ("id", "status", "action"):
        if name not in event:
            raise Refused(f"invalid Guardian denial event: missing field `{name}`")
    if event["status"] not in _VERDICTS:
        wrong = f"unknown variant `{event['status']}`, {variants(_VERDICTS)}"
        raise Refused(f"invalid Guardian denial event: {wrong}")
    loaded_thread(engine, params)
    engine.respond(request_id, {})


def _of_no_terminal(result: Json) -> Any:
    """No command of the fake's goes on behind its turn."""

    def handler(engine: Engine, request_id: int | str, params: Json) -> None:
        loaded_thread(engine, params)
        engine.respond(request_id, result)

    return handler


HANDLERS = {
    "thread/metadata/update": update_metadata,
    "thread/inject_items": inject_items,
    "thread/approveGuardianDeniedAction": approve_denied_action,
    "thread/backgroundTerminals/list": _of_no_terminal({"data": [], "nextCursor": None}),
    "thread/backgroundTerminals/clean": _of_no_terminal({}),
    "thread/backgroundTerminals/terminate": _of_no_terminal({"terminated": False}),
}
