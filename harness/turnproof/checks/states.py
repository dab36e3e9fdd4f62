"""What states say agrees with what happens: of turns, of their threads, and of what names them (STATE).

A turn lives from its turn/started (or the answer that names it) to its turn/completed; the status of its thread is
``active`` meanwhile.  Seen on 0.163.0: ``idle`` or ``systemError`` is told right before turn/completed, and nothing
but ``error`` stands between the two.
"""

from __future__ import annotations

from typing import Any, Final

from turnproof.checks.base import (
    Call,
    Check,
    Context,
    check,
    on_exit,
    on_notification,
    on_result,
)
from turnproof.history import Event
from turnproof.message import Message, at, rows_of

STATUS_AFTER: Final = {"completed": "idle", "interrupted": "idle", "failed": "systemError"}
"""The status of a thread that is told with the end of its turn."""
_KEPT = 200
"""Turns of a resumed or forked thread whose usage may be told again."""


@check
class StatesAgree(Check):
    name = "states-agree"
    reason = "Clients draw spinners, errors and retries from states: one that contradicts the events misleads them."
    source = "STATE, ERROR-FIDELITY"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._live: dict[str, str] = {}
        self._rests: dict[str, str] = {}
        self._told: dict[str, str] = {}
        self._told_at: dict[str, int] = {}
        self._last_of: dict[str, str] = {}
        self._kept: dict[str, frozenset[str]] = {}
        self._errors: dict[str, Any] = {}
        self._reviews: dict[str, str | None] = {}
        """Reviews by their turn, with the inner turn that they run under."""
        self._broken: set[str] = set()
        """Threads with a review that got its last error, and whose turn has not ended."""

    @on_result("turn/start", "review/start")
    def accepted(self, event: Event, message: Message, call: Call) -> None:
        turn, thread = at(message.result, "turn"), str(call.message.params.get("threadId"))
        turn_id = str(at(turn, "id"))
        if call.method == "review/start":
            self._reviews.setdefault(turn_id, None)
        if turn_id != self._last_of.get(thread):  # it may have ended before it is answered
            self._live.setdefault(turn_id, thread)
            self._in_progress(event, turn, "is answered as")

    @on_result("thread/start", "thread/resume", "thread/fork")
    def opened(self, event: Event, message: Message, call: Call) -> None:
        """The turns whose usage may be told again: a fork tells that of its source's last turn."""
        turns = rows_of(at(message.result, "thread", "turns"))[-_KEPT:]
        kept = frozenset(str(at(turn, "id")) for turn in turns)
        source = str(call.message.params.get("threadId"))
        if call.method == "thread/fork" and source in self._last_of:
            kept |= {self._last_of[source]}
        self._kept[str(at(message.result, "thread", "id"))] = kept

    @on_notification("turn/started")
    def started(self, event: Event, message: Message) -> None:
        turn, thread = at(message.params, "turn"), str(message.params.get("threadId"))
        turn_id, root = str(at(turn, "id")), str(at(turn, "rootTurnId"))
        if root in self._reviews and root != turn_id:
            self._reviews[root] = turn_id
        self._live[turn_id] = thread
        self._in_progress(event, turn, "starts as")

    @on_notification("thread/status/changed")
    def status(self, event: Event, message: Message) -> None:
        thread, status = str(message.params.get("threadId")), str(at(message.params, "status", "type"))
        self._told[thread] = status
        self._told_at[thread] = event.seq
        if status == "active":
            self._rests.pop(thread, None)
        elif thread in self._live.values():
            self._rests[thread] = status
            if status == "notLoaded":
                self.flag(event, f"thread {thread} is told to be {status}, and a turn runs on it")

    @on_result("thread/read")
    def read(self, event: Event, message: Message, call: Call) -> None:
        """Holds where nothing was on the move: no turn, and no change since the question."""
        thread, given = str(call.message.params.get("threadId")), at(message.result, "thread", "status", "type")
        told = self._told.get(thread)
        rests = thread not in self._live.values() and self._told_at.get(thread, event.seq) < call.event.seq
        if rests and isinstance(given, str) and told not in (None, given):
            self.flag(event, f"thread {thread} reads as {given}; it was told to be {told}")

    @on_notification("item/started", "item/completed")
    def item(self, event: Event, message: Message) -> None:
        turn_id = message.params.get("turnId")
        thread = self._live.get(turn_id) if isinstance(turn_id, str) else None
        if thread is not None and thread in self._rests:
            cause = "review/start" if turn_id in self._reviews else ""
            self.flag(
                event, f"{message.method} of turn {turn_id}, and thread {thread} is {self._rests[thread]}", cause=cause
            )

    @on_notification("error", "thread/tokenUsage/updated")
    def named(self, event: Event, message: Message) -> None:
        turn_id, thread = message.params.get("turnId"), str(message.params.get("threadId"))
        if not isinstance(turn_id, str):
            return
        if turn_id in self._live and message.params.get("willRetry") is False:
            self._errors[turn_id] = message.params.get("error")
            if turn_id in self._reviews:
                self._broken.add(thread)
        if turn_id in self._live or turn_id == self._last_of.get(thread):
            return
        if thread in self._kept and (message.method == "error" or turn_id not in self._kept[thread]):
            what = f"{message.method} names turn {turn_id}, which does not run on thread {thread} and was not its last"
            self.flag(event, what, turn=turn_id)

    @on_notification("turn/completed")
    def ended(self, event: Event, message: Message) -> None:
        self.judged += 1
        turn, thread = at(message.params, "turn"), str(message.params.get("threadId"))
        turn_id, status = str(at(turn, "id")), str(at(turn, "status"))
        self._live.pop(turn_id, None)
        self._live.pop(self._reviews.get(turn_id) or "", None)
        self._rests.pop(thread, None)
        self._last_of[thread] = turn_id
        cause = "review/start" if thread in self._broken and turn_id not in self._reviews else ""
        self._broken.discard(thread)
        self._reviews.pop(turn_id, None)
        error, announced = at(turn, "error"), self._errors.pop(turn_id, None)
        if (error is not None) != (status == "failed"):
            shown = "no error" if error is None else f"the error {str(error)[:80]}"
            self.flag(event, f"turn {turn_id} is {status} with {shown}")
        elif error != announced and status == "failed" and "error" not in self.context.silent:
            self.flag(
                event, f"turn {turn_id} fails with {str(error)[:80]}; it was told {str(announced)[:80]}", cause=cause
            )
        want, told = STATUS_AFTER.get(status), self._told.get(thread, "unannounced")
        if want is not None and told != want and "thread/status/changed" not in self.context.silent:
            what = f"turn {turn_id} is {status}, and thread {thread} is {told}, not {want}"
            self.flag(event, what, status=told, cause=cause)

    @on_exit()
    def exited(self, event: Event) -> None:
        self._live.clear()
        self._rests.clear()
        self._told.clear()
        self._errors.clear()
        self._reviews.clear()
        self._broken.clear()

    def _in_progress(self, event: Event, turn: Any, how: str) -> None:
        status = at(turn, "status")
        if isinstance(status, str) and status != "inProgress":
            self.flag(event, f"turn {at(turn, 'id')} {how} {status}", status=status)
