"""Server-sent events of the Responses API, as byte pieces.

Text goes out as slices, escaped one by one, so that a message of 16 MiB never exists a second time in memory and the
event loop is never busy with it for long. Escapes are ASCII only: non-BMP characters become surrogate pairs, and lone
surrogates, which UTF-8 cannot carry, stay what the script said. Pure.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from turnproof_fakes.model_provider.acts import FunctionCall

SLICE: Final = 65536
"""Characters that are escaped at once."""

_HOLE: Final = "\x00text\x00"
_ESCAPED_HOLE: Final = json.dumps(_HOLE)[1:-1].encode()


def created(response: str) -> Iterator[bytes]:
    """``response.created``: the stream is open."""
    yield _event({"type": "response.created", "response": {"id": response}})


def completed(response: str) -> Iterator[bytes]:
    """``response.completed`` with usage of one token in, one out: without usage no token count reaches the client."""
    usage = {
        "input_tokens": 1,
        "input_tokens_details": None,
        "output_tokens": 1,
        "output_tokens_details": None,
        "total_tokens": 2,
    }
    yield _event({"type": "response.completed", "response": {"id": response, "usage": usage}})


def message_added(item: str, index: int) -> Iterator[bytes]:
    """The agent message opens."""
    opened: dict[str, object] = {"type": "message", "role": "assistant", "id": item, "content": []}
    yield _event({"type": "response.output_item.added", "output_index": index, "item": opened})


def message_delta(item: str, index: int, text: str) -> Iterator[bytes]:
    """One piece of the open message."""
    kind = "response.output_text.delta"
    place = {"type": kind, "item_id": item, "output_index": index, "content_index": 0}
    return _event_with_text({**place, "delta": _HOLE}, [text])


def message_done(item: str, index: int, texts: Iterable[str]) -> Iterator[bytes]:
    """The agent message closes with its full text, given in pieces."""
    content: list[object] = [{"type": "output_text", "annotations": [], "text": _HOLE}]
    closed: dict[str, object] = {"type": "message", "role": "assistant", "id": item, "content": content}
    return _event_with_text({"type": "response.output_item.done", "output_index": index, "item": closed}, texts)


def reasoning_added(item: str, index: int) -> Iterator[bytes]:
    """The reasoning item opens."""
    opened: dict[str, object] = {"type": "reasoning", "id": item, "summary": []}
    yield _event({"type": "response.output_item.added", "output_index": index, "item": opened})


def summary_added(item: str, index: int) -> Iterator[bytes]:
    """The one summary part of the open reasoning item."""
    part = {"type": "summary_text", "text": ""}
    place = {"item_id": item, "output_index": index, "summary_index": 0}
    yield _event({"type": "response.reasoning_summary_part.added", **place, "part": part})


def summary_delta(item: str, index: int, text: str) -> Iterator[bytes]:
    """One piece of the summary."""
    kind = "response.reasoning_summary_text.delta"
    place = {"type": kind, "item_id": item, "output_index": index, "summary_index": 0}
    return _event_with_text({**place, "delta": _HOLE}, [text])


def summary_done(item: str, index: int, texts: Iterable[str]) -> Iterator[bytes]:
    """The reasoning item closes with its full summary, given in pieces."""
    return _reasoning_done(item, index, texts, {"summary": [{"type": "summary_text", "text": _HOLE}]})


def reasoning_delta(item: str, index: int, text: str) -> Iterator[bytes]:
    """One piece of the reasoning itself."""
    place = {"type": "response.reasoning_text.delta", "item_id": item, "output_index": index, "content_index": 0}
    return _event_with_text({**place, "delta": _HOLE}, [text])


def reasoning_done(item: str, index: int, texts: Iterable[str]) -> Iterator[bytes]:
    """The reasoning item closes with its full text, given in pieces, and no summary."""
    content: list[object] = [{"type": "reasoning_text", "text": _HOLE}]
    return _reasoning_done(item, index, texts, {"summary": [], "content": content})


def _reasoning_done(item: str, index: int, texts: Iterable[str], filled: dict[str, object]) -> Iterator[bytes]:
    closed: dict[str, object] = {"type": "reasoning", "id": item, **filled}
    return _event_with_text({"type": "response.output_item.done", "output_index": index, "item": closed}, texts)


def function_call(call: FunctionCall, index: int) -> Iterator[bytes]:
    """A call of a tool, in one piece; one that takes free text is streamed."""
    if call.input is not None:
        yield from _custom_call(call, call.input, index)
        return
    item: dict[str, object] = {"type": "function_call", "call_id": call.call_id, "name": call.name}
    if call.namespace is not None:
        item["namespace"] = call.namespace
    item["arguments"] = call.arguments
    yield _event({"type": "response.output_item.done", "output_index": index, "item": item})


def _custom_call(call: FunctionCall, pieces: tuple[str, ...], index: int) -> Iterator[bytes]:
    item: dict[str, object] = {
        "type": "custom_tool_call",
        "id": f"ctc_{call.call_id}",
        "call_id": call.call_id,
        "name": call.name,
    }
    where: dict[str, object] = {"item_id": item["id"], "output_index": index}
    yield _event({"type": "response.output_item.added", "output_index": index, "item": item | {"input": ""}})
    for piece in pieces:
        yield _event({"type": "response.custom_tool_call_input.delta", **where, "delta": piece})
    done = item | {"input": "".join(pieces)}
    yield _event({"type": "response.output_item.done", "output_index": index, "item": done})


def _event(payload: dict[str, object]) -> bytes:
    return f"event: {payload['type']}\ndata: {json.dumps(payload)}\n\n".encode()


def _event_with_text(payload: dict[str, object], texts: Iterable[str]) -> Iterator[bytes]:
    before, after = _event(payload).split(_ESCAPED_HOLE)
    yield before
    for text in texts:
        for start in range(0, len(text), SLICE):
            yield json.dumps(text[start : start + SLICE])[1:-1].encode()
    yield after
