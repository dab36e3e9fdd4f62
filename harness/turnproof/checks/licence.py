"""Nothing reconnects, fails or dies that was not meant to (INV-CHILD)."""

from __future__ import annotations

from typing import Final

from turnproof.calls import CLOCK
from turnproof.checks.asking import KINDS, call_of
from turnproof.checks.base import (
    BEGINS_A_TURN,
    Call,
    Check,
    Context,
    check,
    on_event,
    on_exit,
    on_item,
    on_line,
    on_notification,
    on_request,
    on_result,
)
from turnproof.expect import TurnLicence
from turnproof.history import Event
from turnproof.message import Message, at

RETURN_CODES: Final = {"eof": 0, "KILL": -9, "TERM": 0, "INT": -2}
"""How a server ends when it is told to (seen on 0.163.0: SIGTERM is handled, SIGINT is not)."""


@check
class NoReconnect(Check):
    name = "no-unlicensed-reconnect"
    reason = "A healthy child serves every thread: a second one means that the first was given up."
    source = "BUG-008, INV-CHILD"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._licensed = 1

    @on_event("step", "begin")
    def step(self, event: Event) -> None:
        if event.data.get("step") == "reconnect":
            self._licensed += 1

    @on_event("process", "spawn")
    def spawned(self, event: Event) -> None:
        self.judged += 1
        self._licensed -= 1
        if self._licensed < 0:
            self.flag(event, f"server process {event.gen} is started, and no step reconnects")


@check
class OneGeneration(Check):
    name = "one-generation"
    reason = "A server that ends by itself takes every thread with it."
    source = "INV-CHILD"

    _cause = ""

    @on_line("to_server", "not_json")
    def sent(self, event: Event, message: Message) -> None:
        try:
            event.raw.decode()
        except UnicodeDecodeError:
            self._cause = "invalid utf-8"

    @on_exit()
    def exited(self, event: Event) -> None:
        self.judged += 1
        asked, code = event.data.get("asked"), event.data.get("rc")
        if asked is None:
            what = f"server process {event.gen} ended by itself ({describe(code)})"
            self.flag(event, what, rc=code, cause=self._cause)
            self._cause = ""
        elif asked in RETURN_CODES and code != RETURN_CODES[asked]:
            want = describe(RETURN_CODES[asked])
            self.flag(
                event, f"server process {event.gen} ended with {describe(code)} after {asked}, not {want}", rc=code
            )


@check
class NoFailedTurn(Check):
    """A turn's words say which ends its script licenses; a turn of unknown words may only complete."""

    name = "no-unlicensed-failure"
    reason = "A turn that fails, or is interrupted, without a reason in the scenario is a defect of the server."
    source = "BUG-008, ERROR-FIDELITY"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._turns: dict[str, TurnLicence] = {}
        self._begun: dict[str, TurnLicence] = {}
        self._reviews: set[str] = set()
        self._broken: set[str] = set()
        """Threads with a review that got its last error, and whose turn has not ended."""
        self._notices: dict[str, int] = {}
        self._last_of: dict[str, str] = {}

    @on_result("turn/start")
    def accepted(self, event: Event, message: Message, call: Call) -> None:
        licence = self.expected.turns.get(call.message.words)
        turn_id = str(at(message.result, "turn", "id"))
        if (
            licence is not None and self._last_of.get(str(call.message.params.get("threadId"))) != turn_id
        ):  # it may end before it is answered
            self._turns.setdefault(turn_id, licence)

    @on_request(*BEGINS_A_TURN)
    def begins(self, event: Event, message: Message) -> None:
        """Its turn has no words of the user's: it is the next one that starts on the thread."""
        licence = self.expected.begun.get(message.method or "")
        if licence is not None:
            self._begun[str(message.params.get("threadId"))] = licence

    @on_result("review/start")
    def named(self, event: Event, message: Message, call: Call) -> None:
        """A review's turn is never said to start (seen on 0.163.0); its answer names it."""
        licence = self._begun.pop(str(call.message.params.get("threadId")), None)
        turn_id = str(at(message.result, "turn", "id"))
        self._reviews.add(turn_id)
        if licence is not None:
            self._turns[turn_id] = licence

    @on_notification("turn/started")
    def started(self, event: Event, message: Message) -> None:
        licence = self._begun.pop(str(message.params.get("threadId")), None)
        if licence is not None:
            self._turns.setdefault(str(at(message.params, "turn", "id")), licence)

    @on_item("item/completed", of=("userMessage",))
    def said(self, event: Event, message: Message) -> None:
        licence = self.expected.turns.get(message.words)
        if licence is not None:
            self._turns[str(message.params.get("turnId"))] = licence

    @on_notification("error")
    def error(self, event: Event, message: Message) -> None:
        params, turn_id = message.params, str(message.params.get("turnId"))
        if turn_id in self._reviews and params.get("willRetry") is False:
            self._broken.add(str(params.get("threadId")))
        licence = self._turns.get(turn_id)
        if licence is None:
            return
        self.judged += 1
        if params.get("willRetry") is True and not licence.retries:
            self.flag(event, "the server announces a retry, and the model did not fail")
        elif params.get("willRetry") is True:
            count = self._notices[turn_id] = self._notices.get(turn_id, 0) + 1
            if count > licence.retries:
                self.flag(event, f"retry {count} of a turn whose model fails {licence.retries} time(s)")
        elif params.get("willRetry") is False and "failed" not in licence.ends:
            self.flag(event, f"the turn gets an error: {str(params.get('error'))[:120]}")
        elif params.get("willRetry") is False and licence.failure not in (None, at(params, "error", "codexErrorInfo")):
            told = str(at(params, "error", "codexErrorInfo"))[:80]
            self.flag(event, f"the turn gets the error {told}; its model's failure makes it {licence.failure}")

    @on_notification("turn/completed")
    def ended(self, event: Event, message: Message) -> None:
        self.judged += 1
        turn_id, status = str(at(message.params, "turn", "id")), str(at(message.params, "turn", "status"))
        thread = str(message.params.get("threadId"))
        self._last_of[thread] = turn_id
        cause = "review/start" if thread in self._broken and turn_id not in self._reviews else ""
        self._broken.discard(thread)
        self._reviews.discard(turn_id)
        licence = self._turns.pop(turn_id, None)
        self._notices.pop(turn_id, None)
        allowed = licence.ends if licence is not None else {"completed"}
        if status not in allowed:
            words = f" ({licence.prompt[:40]!r})" if licence else ""
            want = " or ".join(sorted(allowed)) or "no end"
            self.flag(
                event, f"turn {turn_id}{words} is {status}, the scenario licenses {want}", status=status, cause=cause
            )

    @on_exit()
    def exited(self, event: Event) -> None:
        self._turns.clear()
        self._begun.clear()
        self._reviews.clear()
        self._broken.clear()
        self._notices.clear()


@check
class NoRequest(Check):
    """A scenario makes the server ask by the calls that it lets the model make."""

    name = "no-unlicensed-request"
    reason = "A server that asks its client for something nobody scripted waits for an answer that may never come."
    source = "CDX-09"

    @on_exit()
    def exited(self, event: Event) -> None:
        self.judged += 1

    @on_line("to_client", "request")
    def asked(self, event: Event, message: Message) -> None:
        self.judged += 1
        if message.method == CLOCK and self.expected.clock:
            return
        kind, call = KINDS.get(message.method or ""), call_of(message)
        licence = self.expected.calls.get(call)
        if kind is None or licence is None or licence.kind != kind.call:
            about = f" about {call}" if call else ""
            self.flag(event, f"the server asks {message.method}{about}, and nothing in the scenario makes it ask")
        elif licence.leave != "asked":
            why = "needs no leave" if licence.leave == "free" else "is denied without being asked for"
            self.flag(event, f"the server asks {message.method} about {call}, which {why}")


def describe(code: object) -> str:
    """A return code in words."""
    return f"signal {-code}" if isinstance(code, int) and code < 0 else f"return code {code}"
