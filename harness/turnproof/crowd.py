"""How much was in front of each request when it was sent."""

from __future__ import annotations

from typing import Final

from turnproof.history import Event
from turnproof.message import Message, at

OVERLOADED: Final = -32001
"""The code of a refusal because too much is asked at once (seen on 0.163.0)."""
AHEAD: Final = 120
"""Requests in front of one for which there may have been no place. 0.163.0 has 128 places; the connection takes one until the
first line is served, and the client's notifications and replies take some: 127 of 201 requests that it found when it
started were served, and the others refused."""


class Crowd:
    """The requests of each connection that the server may not have looked at yet.

    It looks at them in the order in which they came. So what is in front of a request is at most what was sent before it and
    behind the last one that was served, without what was refused as too many.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, dict[int, None]] = {}
        self._beyond: dict[int, set[int]] = {}

    def sent(self, request: Event) -> None:
        waiting = self._waiting.setdefault(request.conn, {})
        waiting[request.seq] = None
        if len(waiting) > AHEAD:
            self._beyond.setdefault(request.conn, set()).add(request.seq)

    def beyond(self, request: Event) -> bool:
        """Whether so much was in front of this request, which is not settled, that it may be refused as too many, or be lost."""
        return request.seq in self._beyond.get(request.conn, ())

    def settled(self, request: Event, message: Message) -> None:
        waiting = self._waiting.get(request.conn, {})
        self._beyond.get(request.conn, set()).discard(request.seq)
        if is_overload(message):
            waiting.pop(request.seq, None)
            return
        while waiting and (first := next(iter(waiting))) <= request.seq:
            del waiting[first]

    def gone(self, conn: int) -> None:
        """The server at the other end has ended."""
        self._waiting.pop(conn, None)
        self._beyond.pop(conn, None)


def is_overload(message: Message) -> bool:
    return at(message.value, "error", "code") == OVERLOADED
