"""One JSON-RPC message as it was on the wire: raw bytes, and a view of them.

A line is one of five kinds. ``request``, ``response``, ``error`` and ``notification`` are JSON-RPC; ``not_rpc`` is JSON
that is none of these; ``not_json`` is everything else (a banner, a torn line, bytes that are no UTF-8).  The raw bytes
stay the evidence: decoding folds duplicate keys and escapes, the bytes do not.

The classification follows what codex app-server itself does (seen on 0.163.0): no ``jsonrpc`` member is needed, and an
``id`` of any JSON type still makes a request of what has a ``method``; whether that id is *legal* is for the checks.
"""

from __future__ import annotations

import json
from typing import Any, Final, Literal, cast

import msgspec

MessageKind = Literal["request", "response", "error", "notification", "not_rpc", "not_json"]
Direction = Literal["to_client", "to_server"]
IdKey = tuple[type, Any]

_decode: Final = msgspec.json.Decoder().decode
_NO_PARAMS: Final[dict[str, Any]] = {}
_encode: Final = msgspec.json.Encoder().encode


def decode(raw: bytes) -> Any:
    """Any JSON value; raises ValueError.

    msgspec refuses what JSON allows and programs send (lone surrogates, ``NaN``): the standard library is the second
    opinion, so that only what no parser takes is called not JSON.
    """
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(raw.decode())  # its own guess at other encodings would take what no server means


def encode(value: Any) -> bytes:
    """One JSON value without a newline; lone surrogates are escaped, not refused."""
    try:
        return _encode(value)
    except (UnicodeEncodeError, OverflowError, TypeError):
        return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()


class Message:
    """A classified line.

    ``value`` is the decoded JSON (None when there is none), ``method`` and ``params`` those of a request or notification
    (an empty object where there are none: shapes are the schema's business), ``id`` whatever stands under "id".
    """

    __slots__ = ("_result", "_words", "id", "kind", "method", "params", "raw", "value")

    def __init__(self, raw: bytes) -> None:
        # One function without calls: this runs once for every line of a soak.
        self.raw = raw
        self.value: Any = None
        self.method: str | None = None
        self.id: Any = None
        self.params: dict[str, Any] = _NO_PARAMS
        self.kind: MessageKind = "not_json"
        try:
            value = _decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            try:
                value = json.loads(raw.decode())
            except (ValueError, RecursionError):
                return
        self.value = value
        if value.__class__ is not dict:
            self.kind = "not_rpc"
            return
        method = value.get("method")
        if method.__class__ is str:
            self.method = method
            params = value.get("params")
            if params.__class__ is dict:
                self.params = params
            if "id" in value:
                self.id = value["id"]
                self.kind = "request"
            else:
                self.kind = "notification"
        elif "id" not in value:
            self.kind = "not_rpc"
        else:
            self.id = value["id"]
            self.kind = "error" if "error" in value else "response" if "result" in value else "not_rpc"

    @property
    def result(self) -> dict[str, Any]:
        """The result object, or an empty one."""
        try:
            return self._result
        except AttributeError:
            result = at(self.value, "result")
            self._result: dict[str, Any] = result if isinstance(result, dict) else {}
            return self._result

    @property
    def words(self) -> str:
        """What the user says in it: the input of a request, or the content of its item (put together once)."""
        try:
            return self._words
        except AttributeError:
            params = self.params
            self._words = words_of(params.get("input") if self.kind == "request" else at(params, "item", "content"))
            return self._words

    def __repr__(self) -> str:
        return f"Message({self.kind} {self.method or ''} {self.raw[:80]!r})"


def at(value: Any, *path: str) -> Any:
    """The value under these keys, or None where there is none: what comes from a wire may have any shape."""
    for key in path:
        if value.__class__ is not dict:
            return None
        value = value.get(key)
    return value


def rows_of(value: Any) -> list[Any]:
    """A list as it is, and an empty one for what is none."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def words_of(content: Any) -> str:
    """The text of an input or a user message: what the user said."""
    return "".join(str(at(part, "text") or "") for part in rows_of(content))


def id_key(value: Any) -> IdKey:
    """An id as a dictionary key that tells ``1`` from ``"1"``, ``1.0`` and ``true`` (INV-RPC: same id *and type*)."""
    if value.__class__ is int or value.__class__ is str:
        return (value.__class__, value)
    return (value.__class__, json.dumps(value, sort_keys=True))
