"""Too much at once is refused in one way, and only while it is too much (INV-RPC)."""

from __future__ import annotations

import re
from typing import Final

from turnproof.checks.base import Call, Check, Context, check, on_line, on_request
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

    def sent(self, request: Event) -> bool:
        """Whether so much is in front of this request that it may be refused as too many, or be lost."""
        waiting = self._waiting.setdefault(request.conn, {})
        waiting[request.seq] = None
        return len(waiting) > AHEAD

    def settled(self, request: Event, message: Message) -> None:
        waiting = self._waiting.get(request.conn, {})
        if is_overload(message):
            waiting.pop(request.seq, None)
            return
        while waiting and (first := next(iter(waiting))) <= request.seq:
            del waiting[first]


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
        self._crowded: set[int] = set()

    @on_request()
    def sent(self, event: Event, message: Message) -> None:
        if self._crowd.sent(event):
            self._crowded.add(event.seq)

    @on_line("to_client", "response", "error")
    def answered(self, event: Event, message: Message, call: Call | None) -> None:
        if call is None:
            return
        self._crowd.settled(call.event, message)
        crowded = call.event.seq in self._crowded
        self._crowded.discard(call.event.seq)
        code, words = at(message.value, "error", "code"), at(message.value, "error", "message")
        if code != OVERLOADED and not (isinstance(words, str) and crowded and _SPEAKS_OF_IT.search(words)):
            return
        self.judged += 1
        if not crowded:
            self.flag(event, f"{call.method} is refused as too many, with fewer than {AHEAD} requests in front of it")
        elif (code, words) != (OVERLOADED, WORDS) or at(message.value, "error", "data") is not None:
            told = str(at(message.value, "error"))[:120]
            self.flag(event, f"{call.method} is refused as too many by {told}, not by {OVERLOADED} {WORDS!r}")
