"""What a thread is told to wait for agrees with what its client was asked (STATE)."""

from __future__ import annotations

from typing import Any, Final

from turnproof.checks.asking import Ask, Asking
from turnproof.checks.base import Call, Context, check, on_exit, on_item, on_notification, on_result
from turnproof.history import Event
from turnproof.message import Message, at, rows_of

STATUS: Final = "thread/status/changed"
GOES_ON: Final = ("agentMessage", "plan", "reasoning")
"""Items by which the model goes on: it was asked again, so nothing it called waits any more."""
_NONE: Final[frozenset[str]] = frozenset()


@check
class FlagsAgree(Asking):
    """Seen on 0.163.0: a flag is told right before its first ask, and taken back behind its last answer."""

    name = "flags-agree"
    reason = "A list of threads shows by these flags who waits for its user: a wrong one hides, or invents, a question."
    source = "STATE, CDX-09"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._told: dict[str, frozenset[str]] = {}
        self._owed: dict[str, frozenset[str]] = {}
        self._moved: dict[str, int] = {}

    @on_notification(STATUS)
    def status(self, event: Event, message: Message) -> None:
        thread, status = str(message.params.get("threadId")), message.params.get("status")
        flags, before = _flags(status), self._told.get(thread, _NONE)
        owed, wanted = self._owed.pop(thread, _NONE), self._wanted(thread)
        self._told[thread] = flags
        self._moved[thread] = event.seq
        if not (flags or before or owed or wanted):
            return  # nothing is asked, and nothing said of it
        if flags or before:
            self.judged += 1
        lapsed = owed - flags
        if lapsed and not self.cut(thread):
            self.flag(event, f"thread {thread} was told to be {_shown(lapsed)}, and nothing was asked")
        missing = wanted - flags
        if missing and at(status, "type") == "active" and not self.cut(thread):
            ask = next(ask for ask in self.waiting(thread) if ask.kind.flag in missing)
            self.flag(event, f"thread {thread} is told not to be {_shown(missing)}, and {ask} waits for its answer")
        due = (owed & flags) | (flags - before - wanted)
        if due:
            self._owed[thread] = due

    def asked(self, event: Event, ask: Ask, *, again: bool) -> None:
        self._moved[ask.thread] = event.seq
        flag = ask.kind.flag
        if flag is None or STATUS in self.context.silent:
            return
        self.judged += 1
        told = self._told.get(ask.thread, _NONE)
        if flag not in told:
            self.flag(event, f"{ask} comes, and thread {ask.thread} is {_shown(told)}, not {flag}")
        self._owed[ask.thread] = self._owed.get(ask.thread, _NONE) - {flag}

    def answered(self, event: Event, ask: Ask) -> None:
        self._moved[ask.thread] = event.seq

    def resolved(self, event: Event, message: Message, ask: Ask | None) -> None:
        self._moved[str(message.params.get("threadId"))] = event.seq

    @on_item("item/started", of=GOES_ON)
    def goes_on(self, event: Event, message: Message) -> None:
        thread = str(message.params.get("threadId"))
        told = self._told.get(thread)
        if told and not told & self._wanted(thread):
            self.flag(event, f"the model goes on, and thread {thread} still is {_shown(told)}")
            self._told[thread] = _NONE  # told once is enough

    @on_result("thread/read", "thread/resume")
    def read(self, event: Event, message: Message, call: Call) -> None:
        """Holds where nothing was on the move between the question and its answer."""
        thread, status = str(call.message.params.get("threadId")), at(message.result, "thread", "status")
        told = self._told.get(thread)
        rests = told == self._wanted(thread) and self._moved.get(thread, event.seq) < call.event.seq
        if told is not None and rests and at(status, "type") == "active":
            self.judged += 1
            if _flags(status) != told:
                self.flag(
                    event, f"{call.method} gives thread {thread} as {_shown(_flags(status))}; it is {_shown(told)}"
                )

    @on_exit()
    def exited(self, event: Event) -> None:
        for table in (self._told, self._owed, self._moved):
            table.clear()

    def _wanted(self, thread: str) -> frozenset[str]:
        """The flags under which the thread waits for its client."""
        if not self.asks():
            return _NONE
        return frozenset(ask.kind.flag for ask in self.waiting(thread) if ask.kind.flag is not None)


def _flags(status: Any) -> frozenset[str]:
    flags = rows_of(at(status, "activeFlags"))
    return frozenset(map(str, flags)) if flags else _NONE


def _shown(flags: frozenset[str]) -> str:
    return " and ".join(sorted(flags)) or "waiting for nothing"
