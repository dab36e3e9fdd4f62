"""What else is done to a thread beside its turns: metadata, settings, what was read, items for the model, denied actions,
background terminals."""

from __future__ import annotations

from turnproof_fakes.app_server import projects, settings, shapes
from turnproof_fakes.app_server.json_values import as_array, as_object
from turnproof_fakes.app_server.model_requests import NAMED
from turnproof_fakes.app_server.refusals import INVALID_INPUT, Refused, no_rollout, thread_not_loaded
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
    """What the client knows of the thread's repository, and its project ("" is none); what is left out stays."""
    git, project = as_object(params.get("gitInfo")), params.get("projectId")
    if git is None and project is None:
        raise Refused("thread metadata update must include at least one field")
    given = {name: git[name] for name in _GIT if name in git} if git is not None else {}
    if git is not None and not given:
        raise Refused("gitInfo must include at least one field")
    for name, value in given.items():
        if value is not None and not value.strip():
            raise Refused(f"gitInfo.{name} must not be empty")
    wanted = thread_id(params)
    thread = engine.library.find(wanted)
    if thread is None:
        raise no_rollout(wanted)
    if project is not None:
        projects.put(engine, thread, projects.find(engine, project)["id"] if project else None)
    if git is not None:
        known: Json = thread.git or dict.fromkeys(_GIT)
        engine.library.record(thread, {"type": "git", "git": known | given})
    engine.respond(request_id, {"thread": shapes.thread(thread, engine.version, accepts=None)})


def update_settings(engine: Engine, request_id: int | str, params: Json) -> None:
    """What a turn/start would change, without a turn; told behind the answer."""
    thread = loaded_thread(engine, params)
    engine.respond(request_id, {})
    settings.take(engine, thread, params)


def update_turn_settings(engine: Engine, _request_id: int | str, params: Json) -> None:
    """Needs a feature under development, which no plan switches on."""
    loaded_thread(engine, params)
    raise Refused("turn settings updates require the step_model_switching feature")


def update_read_state(engine: Engine, request_id: int | str, params: Json) -> None:
    """Mark a thread as read, or unread from its very start; refused to those who saw another revision of it."""
    try:
        wanted = thread_id(params)
    except Refused as refused:
        raise Refused(refused.message, INVALID_INPUT) from None
    thread = engine.library.find(wanted)
    if thread is None:
        raise thread_not_loaded(wanted)
    if thread.ephemeral or thread.read_state is None:
        raise Refused("thread read state unavailable")
    if params["expectedRevision"] != thread.revision:
        raise Refused("read state changed", data={"reason": "readStateConflict", "readState": thread.read_state})
    first = {"type": "threadStart"} if params["operation"]["type"] == "unread" else None
    engine.library.record(thread, {"type": "read", "firstUnread": first, "revision": engine.ids.uuid4()})
    if thread.subscribed:
        engine.tell_read_state(thread)
    engine.respond(request_id, {"readState": thread.read_state})


def inject_items(engine: Engine, request_id: int | str, params: Json) -> None:
    """Items for the model's next request, kept until it has answered; clients are told nothing of them, and they are in no turn."""
    thread = loaded_thread(engine, params)
    if not params["items"]:
        raise Refused("items must not be empty")
    for place, item in enumerate(params["items"]):
        if as_object(item) is None:
            wrong = f"invalid type: {described(item)}, expected internally tagged enum ResponseItem"
            raise Refused(f"items[{place}] is not a valid response item: {wrong}")
    engine.library.record(thread, {"type": "injected", "messages": [_name(item) for item in params["items"]]})
    engine.respond(request_id, {})


def _name(item: Json) -> str:
    """As notes of what the model is given name it."""
    parts = as_array(item.get("content")) or []
    text = "\n".join(part["text"] for part in map(as_object, parts) if part is not None and "text" in part)
    return f"{item.get('role') or item.get('type')}: {text[:NAMED]}"


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
    "thread/settings/update": update_settings,
    "turn/settings/update": update_turn_settings,
    "thread/readState/update": update_read_state,
    "thread/inject_items": inject_items,
    "thread/approveGuardianDeniedAction": approve_denied_action,
    "thread/backgroundTerminals/list": _of_no_terminal({"data": [], "nextCursor": None}),
    "thread/backgroundTerminals/clean": _of_no_terminal({}),
    "thread/backgroundTerminals/terminate": _of_no_terminal({"terminated": False}),
}
