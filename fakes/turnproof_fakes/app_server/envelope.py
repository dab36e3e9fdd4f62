"""One line of stdin into a request, a notification, a reply, nothing, or a complaint for stderr.

The real server reads a line as an untagged enum: what fits no variant is logged and never answered (-32700 does not exist on
this wire), and what fits only the notification variant is dropped in silence, a request with an odd id included.
"""

from __future__ import annotations

import json

from turnproof_fakes.app_server.json_values import as_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

NO_VARIANT = "data did not match any variant of untagged enum JSONRPCMessage"
_I64_MIN, _I64_MAX = -(1 << 63), (1 << 63) - 1
_DEPTH_LIMIT = 128


class Request:
    """A call that wants an answer."""

    __slots__ = ("has_params", "id", "method", "params")

    def __init__(self, message: Json) -> None:
        self.id: int | str = message["id"]
        self.method: str = message["method"]
        self.has_params = "params" in message
        self.params: object = message.get("params")


class Reply:
    """A result or an error for a request of ours."""

    __slots__ = ("message",)

    def __init__(self, message: Json) -> None:
        self.message = message


class Complaint:
    """A line that fits nothing: log text, no answer."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Ignored:
    """A notification, or something the real server takes for one."""

    __slots__ = ()


def decode(text: str) -> Request | Reply | Complaint | Ignored:
    """Classify one line (without its line feed)."""
    try:
        value = _DECODER.decode(text)
    except ValueError as error:
        return Complaint(_serde_text(text, error))
    except RecursionError:
        return Complaint(f"recursion limit exceeded at line 1 column {_too_deep(text)}")
    column = _too_deep(text)
    if column:
        return Complaint(f"recursion limit exceeded at line 1 column {column}")
    if "\\ud" in text.lower() and _has_lone_surrogate(value):
        return Complaint("unexpected end of hex escape at line 1 column " + str(_surrogate_column(text)))
    message = as_object(value)
    return Complaint(NO_VARIANT) if message is None else _classify(text, message)


def _classify(text: str, message: Json) -> Request | Reply | Complaint | Ignored:
    repeated = _repeated_keys(text) if text.count('"id"') > 1 or text.count('"method"') > 1 else frozenset[str]()
    method = message.get("method")
    if isinstance(method, str) and "method" not in repeated and "params" not in repeated:
        good = _is_id(message.get("id")) and "id" not in repeated and _is_trace(message.get("trace"))
        return Request(message) if good else Ignored()
    if _is_id(message.get("id")) and ("result" in message or _is_error(message.get("error"))):
        return Reply(message)
    return Complaint(NO_VARIANT)


def _is_id(value: object) -> bool:
    if isinstance(value, str):
        return True
    return isinstance(value, int) and not isinstance(value, bool) and _I64_MIN <= value <= _I64_MAX


def _is_error(value: object) -> bool:
    """An error without its code or message makes the line fit nothing, and what it answers stays open."""
    error = as_object(value)
    return error is not None and isinstance(error.get("code"), int) and isinstance(error.get("message"), str)


def _is_trace(value: object) -> bool:
    return value is None or isinstance(value, dict)


def _refuse_constant(_name: str) -> object:
    raise ValueError("expected value")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
"""One for all lines: `json.loads` with an option makes one for each."""


def _repeated_keys(text: str) -> frozenset[str]:
    """Top-level keys that occur more than once: a repeated `id` turns a request into a dropped notification."""
    last: list[list[tuple[str, object]]] = []

    def keep(pairs: list[tuple[str, object]]) -> Json:
        last.append(pairs)
        return dict(pairs)

    json.loads(text, object_pairs_hook=keep)
    names = [name for name, _value in last[-1]]
    return frozenset(name for name in names if names.count(name) > 1)


def _too_deep(text: str) -> int:
    """Column at which nesting passes the limit of 128, or 0. Only looked at when enough brackets are there at all."""
    if text.count("[") + text.count("{") <= _DEPTH_LIMIT - 1:
        return 0
    depth = 0
    quoted = escaped = False
    for column, letter in enumerate(text, 1):
        if quoted:
            if escaped:
                escaped = False
            elif letter == "\\":
                escaped = True
            elif letter == '"':
                quoted = False
        elif letter == '"':
            quoted = True
        elif letter in "[{":
            depth += 1
            if depth >= _DEPTH_LIMIT:
                return column
        elif letter in "]}":
            depth -= 1
    return 0


def _has_lone_surrogate(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _surrogate_column(text: str) -> int:
    return text.lower().index("\\ud") + 7


def _serde_text(text: str, error: ValueError) -> str:
    """Python's complaint in the words of serde_json; the column is serde's where it is cheap to know."""
    position = getattr(error, "pos", 0)
    reason = getattr(error, "msg", "expected value")
    stripped = text.rstrip()
    at_end = position >= len(stripped)
    if reason == "Extra data":
        return f"trailing characters at line 1 column {position + 1}"
    if reason.startswith("Unterminated string"):
        return f"EOF while parsing a string at line 1 column {len(text)}"
    if reason.startswith("Expecting property name"):
        where = f"line 1 column {len(text) if at_end else position + 1}"
        return f"EOF while parsing an object at {where}" if at_end else f"key must be a string at {where}"
    if at_end:
        inside = "an object" if reason.startswith("Expecting ',' delimiter") else "a value"
        return f"EOF while parsing {inside} at line 1 column {len(text)}"
    if "control character" in reason:
        found = "control character (\\u0000-\\u001F) found while parsing a string"
        return f"{found} at line 1 column {position + 1}"
    return f"expected value at line 1 column {position + 1}"
