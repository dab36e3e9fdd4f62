"""Too much at once is refused in one way, and only while it is too much (INV-RPC)."""

from __future__ import annotations

import re
from typing import Final

from turnproof.checks.base import Call, Check, check, on_line
from turnproof.crowd import AHEAD, OVERLOADED
from turnproof.history import Event
from turnproof.message import Message, at

WORDS: Final = "Server overloaded; retry later."
"""How 0.163.0 refuses what is too much, without data."""
_SPEAKS_OF_IT: Final = re.compile("overload", re.IGNORECASE)


@check
class OverloadIsRefused(Check):
    name = "overload-is-refused"
    reason = (
        "A client asks again when it is told of an overload; told so without one, or otherwise, it never gets through."
    )
    source = "INV-RPC, TRN-09"

    @on_line("to_client", "error")
    def refused(self, event: Event, message: Message, call: Call | None) -> None:
        if call is None:
            return
        crowded = self.context.crowd.beyond(call.event)
        code, words = at(message.value, "error", "code"), at(message.value, "error", "message")
        if code != OVERLOADED and not (isinstance(words, str) and crowded and _SPEAKS_OF_IT.search(words)):
            return
        self.judged += 1
        if not crowded:
            self.flag(event, f"{call.method} is refused as too many, with fewer than {AHEAD} requests in front of it")
        elif (code, words) != (OVERLOADED, WORDS) or at(message.value, "error", "data") is not None:
            told = str(at(message.value, "error"))[:120]
            self.flag(event, f"{call.method} is refused as too many by {told}, not by {OVERLOADED} {WORDS!r}")
