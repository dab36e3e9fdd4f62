"""A tool that the client runs. The thread waits for it without saying so, and only its item tells that it is done."""

from __future__ import annotations

from turnproof_fakes.app_server.json_values import as_array, as_object
from turnproof_fakes.app_server.turns import Interrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.calls.calling import Calling
    from turnproof_fakes.app_server.strands import Steps

    Json = dict[str, Any]

_FIELDS = {"inputText": "text", "inputImage": "imageUrl"}


def steps(calling: Calling, call: Json) -> Steps:
    """Have the client do it. An interrupt ends the item, unlike that of a command."""
    if call["tool"] not in calling.thread.dynamic_tools:
        return
    item: Json = {
        "type": "dynamicToolCall",
        "id": call["call_id"],
        "namespace": None,
        "tool": call["tool"],
        "arguments": call["arguments"],
        "status": "inProgress",
        "contentItems": None,
        "success": None,
        "durationMs": None,
    }
    began = calling.item_started(item)
    asked = {"callId": call["call_id"]} | {name: item[name] for name in ("namespace", "tool", "arguments")}
    try:
        reply = yield from calling.ask("item/tool/call", calling.where | asked)
    except Interrupted:
        _complete(calling, item, began, [], success=False)
        return
    content, success = _result(reply)
    _complete(calling, item, began, content, success=success)
    calling.tell_model(call, "\n".join(part["text"] for part in content if "text" in part))


def _complete(calling: Calling, item: Json, began: int, content: list[Json], *, success: bool) -> None:
    came = {"contentItems": content, "success": success, "durationMs": calling.engine.wall_ms - began}
    calling.item_completed(item | {"status": "completed" if success else "failed"} | came, began)


def _result(reply: Json) -> tuple[list[Json], bool]:
    """What came out, and whether the tool did its work; words of the server in place of what is no result."""
    if "result" not in reply:
        return [_text("dynamic tool request failed")], False
    result = as_object(reply["result"]) or {}
    content, success = as_array(result.get("contentItems")), result.get("success")
    known = [_known(item) for item in content or []]
    if content is None or not isinstance(success, bool) or None in known:
        return [_text("dynamic tool response was invalid")], False
    return [item for item in known if item is not None], success


def _known(item: object) -> Json | None:
    """A content item without the members that the server does not know; None if it is none."""
    given = as_object(item) or {}
    kind = given.get("type")
    field = _FIELDS.get(kind) if isinstance(kind, str) else None
    return {"type": kind, field: given[field]} if field is not None and isinstance(given.get(field), str) else None


def _text(words: str) -> Json:
    return {"type": "inputText", "text": words}
