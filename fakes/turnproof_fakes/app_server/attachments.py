"""thread/attachment/*: what clients hang on a thread, by type and key."""

from __future__ import annotations

from turnproof_fakes.app_server.refusals import INVALID_INPUT, Refused
from turnproof_fakes.app_server.uuids import thread_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine

    Json = dict[str, Any]


def _key(params: Json) -> tuple[str, str]:
    for name in ("attachmentType", "identityKey"):
        if not params[name]:
            raise Refused(f"{name} must not be empty", INVALID_INPUT)
    return params["attachmentType"], params["identityKey"]


def _key_of(attachment: Json) -> tuple[str, str]:
    return attachment["attachmentType"], attachment["identityKey"]


def _of(engine: Engine, thread: str) -> list[Json]:
    return engine.library.shelf.value("attachments").get(thread) or []


def _tell(engine: Engine, thread: str, attachment: Json, operation: str) -> None:
    kind, key = _key_of(attachment)
    told = {"threadId": thread, "attachmentType": kind, "identityKey": key}
    told |= {"attachmentId": attachment["id"], "operation": operation}
    engine.announce("thread/attachment/updated", told)


def add(engine: Engine, request_id: int | str, params: Json) -> None:
    """Hang one on; one of this type and key that is there already stays as it is."""
    kind, key = _key(params)
    thread = thread_id(params)
    if engine.library.find(thread) is None:
        raise Refused(f"thread not found: {thread}", INVALID_INPUT)
    known = next((one for one in _of(engine, thread) if _key_of(one) == (kind, key)), None)
    if known is not None:
        engine.respond(request_id, {"outcome": "existing", "attachment": known})
        return
    made: Json = {"id": engine.ids.uuid7(engine.wall_ms), "attachmentType": kind, "identityKey": key}
    made |= {"payload": params["payload"], "createdAt": engine.wall_ms // 1000}
    engine.library.shelf.value("attachments").setdefault(thread, []).append(made)
    engine.library.shelf.save("attachments")
    engine.respond(request_id, {"outcome": "created", "attachment": made})
    _tell(engine, thread, made, "created")


def remove(engine: Engine, request_id: int | str, params: Json) -> None:
    """Take one off; one that is not there is no error."""
    key = _key(params)
    thread = thread_id(params)
    known = next((one for one in _of(engine, thread) if _key_of(one) == key), None)
    engine.respond(request_id, {})
    if known is not None:
        _of(engine, thread).remove(known)
        engine.library.shelf.save("attachments")
        _tell(engine, thread, known, "deleted")


def listed(engine: Engine, request_id: int | str, params: Json) -> None:
    """Those of a thread, the oldest first."""
    thread = thread_id(params)
    rows = _of(engine, thread)
    cursors = [f"{thread}|{one['createdAt']}|{one['id']}" for one in rows]
    first = 0
    if params.get("cursor") is not None:
        if params["cursor"] not in cursors:
            raise Refused("invalid pagination cursor", INVALID_INPUT)
        first = cursors.index(params["cursor"]) + 1
    size = len(rows) if params.get("limit") is None else max(1, params["limit"])
    following = cursors[first + size - 1] if first + size < len(rows) else None
    engine.respond(request_id, {"data": rows[first : first + size], "nextCursor": following})


def owners(engine: Engine, request_id: int | str, params: Json) -> None:
    """The threads that have one of this type and key."""
    key = _key(params)
    data: list[Json] = []
    for thread_of, rows in engine.library.shelf.value("attachments").items():
        thread = engine.library.find(thread_of)
        archived = thread is not None and thread.archived
        if any(_key_of(one) == key for one in rows) and params.get("archived") in (None, archived):
            data.append({"threadId": thread_of, "archived": archived})
    engine.respond(request_id, {"data": data, "nextCursor": None})


HANDLERS = {
    "thread/attachment/add": add,
    "thread/attachment/remove": remove,
    "thread/attachment/list": listed,
    "thread/attachmentOwner/list": owners,
}
