"""As much HTTP/1.1 as one client on loopback needs: one request a connection, answered with ``connection: close``. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_HEAD: Final = 64 * 1024
MAX_BODY: Final = 128 * 1024 * 1024

STREAM_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\nconnection: close\r\n\r\n"
)
"""No content-length and no chunks: the stream ends with the connection."""


class BadRequestError(ValueError):
    """The bytes are not a request that this server takes; ``status`` says how to refuse it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class HttpRequest:
    """One request. Header names are in lower case; of a repeated header the last one counts."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class RequestReader:
    """Collects the bytes of one request: ``feed`` yields it once it is whole, else None. Raises BadRequestError."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._body: _Body | None = None
        self._start: tuple[str, str] = ("", "")
        self._headers: dict[str, str] = {}

    def feed(self, data: bytes) -> HttpRequest | None:
        if self._body is None:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                if len(self._head) > MAX_HEAD:
                    raise BadRequestError(431, "the request head is too long")
                return None
            self._start, self._headers = _parse_head(bytes(self._head[:end]))
            self._body = _body_for(self._headers)
            data = bytes(self._head[end + 4 :])
            self._head.clear()
        body = self._body.feed(data)
        if body is None:
            return None
        return HttpRequest(*self._start, self._headers, body)


class _SizedBody:
    def __init__(self, size: int) -> None:
        if size > MAX_BODY:
            raise BadRequestError(413, "the request body is too long")
        self._missing = size
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> bytes | None:
        taken = data[: self._missing]
        self._parts.append(taken)
        self._missing -= len(taken)
        return b"".join(self._parts) if self._missing == 0 else None


class _ChunkedBody:
    def __init__(self) -> None:
        self._raw = bytearray()
        self._whole = bytearray()

    def feed(self, data: bytes) -> bytes | None:
        self._raw += data
        while True:
            line_end = self._raw.find(b"\r\n")
            if line_end < 0:
                return None
            try:
                size = int(bytes(self._raw[:line_end]).split(b";")[0], 16)
            except ValueError:
                raise BadRequestError(400, "a chunk has no size") from None
            if len(self._whole) + size > MAX_BODY:
                raise BadRequestError(413, "the request body is too long")
            chunk_end = line_end + 2 + size
            if len(self._raw) < chunk_end + 2:
                return None
            if size == 0:
                return bytes(self._whole)
            self._whole += self._raw[line_end + 2 : chunk_end]
            del self._raw[: chunk_end + 2]


_Body = _SizedBody | _ChunkedBody


def _parse_head(head: bytes) -> tuple[tuple[str, str], dict[str, str]]:
    lines = head.decode("latin-1").split("\r\n")
    start = lines[0].split(" ")
    if len(start) != 3 or not start[2].startswith("HTTP/1."):
        raise BadRequestError(400, "the request line is not HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequestError(400, "a header has no colon")
        headers[name.strip().lower()] = value.strip()
    return (start[0], start[1]), headers


def _body_for(headers: Mapping[str, str]) -> _Body:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _ChunkedBody()
    length = headers.get("content-length", "0")
    if not length.isdecimal():
        raise BadRequestError(400, "content-length is not a number")
    return _SizedBody(int(length))


def json_answer(status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> bytes:
    """A whole response with a JSON body."""
    text = json.dumps(body).encode()
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Scripted"
    lines = [f"HTTP/1.1 {status} {phrase}", "content-type: application/json", f"content-length: {len(text)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += ["connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + text
