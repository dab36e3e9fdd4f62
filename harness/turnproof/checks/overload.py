"""Too much at once is refused in one way, and only while it is too much (INV-RPC)."""

from __future__ import annotations

import re
from typing import Final

from turnproof.checks.base import Call, Check, Context, check, on_event, on_line, on_request
from turnproof.history import Event
from turnproof.message import Message, at

OVERLOADED: Final = -32001
WORDS: Final = "Server overloaded; retry later."
"""How 0.163.0 refuses what is too much, without data."""
AHEAD: Final = 120
"""Requests in front of one for which there may have been no place. 0.163.0 has 128 places; the connection takes one until the
first line is served, and the client's notifications and replies take some: 127 of 201 requests that it found when it
started were served, and the others refused."""
_SPEAKS_OF_IT: Final = re.compile("overload", re.IGNORECASE)


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


@check
class OverloadIsRefused(Check):
    name = "overload-is-refused"
    reason = (
        "A client asks again when it is told of an overload; told so without one, or otherwise, it never gets through."
    )
    source = "INV-RPC, TRN-09"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._crowd = Crowd()

    @on_request()
    def sent(self, event: Event, message: Message) -> None:
        self._crowd.sent(event)

    @on_line("to_client", "response", "error")
    def answered(self, event: Event, message: Message, call: Call | None) -> None:
        if call is None:
            return
        crowded = self._crowd.beyond(call.event)
        self._crowd.settled(call.event, message)
        code, words = at(message.value, "error", "code"), at(message.value, "error", "message")
        if code != OVERLOADED and not (isinstance(words, str) and crowded and _SPEAKS_OF_IT.search(words)):
            return
        self.judged += 1
        if not crowded:
            self.flag(event, f"{call.method} is refused as too many, with fewer than {AHEAD} requests in front of it")
        elif (code, words) != (OVERLOADED, WORDS) or at(message.value, "error", "data") is not None:
            told = str(at(message.value, "error"))[:120]
            self.flag(event, f"{call.method} is refused as too many by {told}, not by {OVERLOADED} {WORDS!r}")

    @on_event("process")
    def process(self, event: Event) -> None:
        if event.data.get("event") == "exit":
            self._crowd.gone(event.conn)
