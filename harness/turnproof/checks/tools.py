"""Calls of tools come to what the client answered: their items say so, and the disk shows it (CDX-09)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, Final

from turnproof.call_licences import CallLicence
from turnproof.calls import CALL_ID, ApplyPatch, RunCommand
from turnproof.checks.asking import Ask, Asking
from turnproof.checks.base import Context, check, on_event, on_exit, on_item, on_notification
from turnproof.history import Event
from turnproof.message import Message, at

CALLS: Final = ("commandExecution", "fileChange", "dynamicToolCall", "mcpToolCall")
"""Items that are calls of tools."""
ENDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "command": {
        "accept": ("completed", "failed"), "decline": ("declined",), "cancel": ("declined",), "fail": ("failed",),
    },
    "patch": {"accept": ("completed",), "decline": ("declined",), "cancel": ("declined",), "fail": ("declined",)},
    "tool": {"accept": ("completed",), "decline": ("failed",), "fail": ("failed",)},
    "mcp": {"accept": ("completed",), "decline": ("failed",), "cancel": ("failed",), "fail": ("failed",)},
}  # fmt: skip
"""How the item of a call ends, by what the client answered (seen on 0.163.0); that of an MCP call as our server has it."""
WRITES: Final = ("command", "patch")
"""Calls that leave a trace on the disk."""


@check
class ItemsEndAsAnswered(Asking):
    name = "items-end-as-answered"
    reason = "The item is what the user sees of the call: it must not say that what was declined was done."
    source = "CDX-09, STATE"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._open: dict[str, set[str]] = {}
        self._codeless: dict[str, str] = {}
        """By turn: a command that was to run, and is told to have failed without an exit code."""

    @on_item("item/started", of=CALLS)
    def item_started(self, event: Event, message: Message) -> None:
        open_calls = self._open.setdefault(str(message.params.get("turnId")), set())
        open_calls.add(str(at(message.params, "item", "id")))

    @on_item("item/completed", of=CALLS)
    def item_completed(self, event: Event, message: Message) -> None:
        item = at(message.params, "item")
        self.judged += 1
        turn, call = str(message.params.get("turnId")), str(at(item, "id"))
        self._open.get(turn, set()).discard(call)
        asks = [ask for ask in self.asks() if ask.call == call and ask.turn in ("", turn)]
        self._ended(event, item, asks)
        if at(item, "type") == "commandExecution":
            licence = self.expected.calls.get(call)
            self._ran(event, item, licence)
            leave = asks[-1].outcome == "accept" if asks else licence is not None and licence.leave == "free"
            if leave and at(item, "status") == "failed" and at(item, "exitCode") is None:
                self._codeless[turn] = call

    def turn_over(self, event: Event, message: Message, asks: list[Ask]) -> None:
        turn, status = str(at(message.params, "turn", "id")), at(message.params, "turn", "status")
        left = self._open.pop(turn, set()) & self.expected.calls.keys()
        codeless = self._codeless.pop(turn, None)
        if codeless is not None and status != "interrupted":  # the shell of our scripts can always be spawned
            self.flag(event, f"command {codeless} was to run, and is failed without an exit code")
        if left and status == "completed":
            self.flag(event, f"turn {turn} is completed, and its call {min(left)} is not")
        cancelled = next((ask for ask in asks if ask.outcome == "cancel" and ask.kind.call in WRITES), None)
        if cancelled is not None and status != "interrupted":
            self.flag(event, f"turn {turn} is {status}, and the answer to {cancelled} was to cancel it", status=status)

    @on_exit()
    def exited(self, event: Event) -> None:
        self._open.clear()
        self._codeless.clear()

    def _ended(self, event: Event, item: Any, asks: list[Ask]) -> None:
        call, status = str(at(item, "id")), str(at(item, "status"))
        if not asks:
            licence = self.expected.calls.get(call)
            if status == "declined" and not (licence is not None and licence.review):
                self.flag(event, f"call {call} is declined, and nobody was asked", status=status)
            elif licence is not None and licence.leave != "free":
                self.flag(event, f"call {call} is {status}, and nobody was asked for leave", status=status)
            return
        ask = asks[-1]
        ends = ENDS[ask.kind.call].get(ask.outcome, ())
        if not ask.outcome:
            if not self.cut(ask.thread):
                self.flag(event, f"call {call} is {status}, and {ask} waits for its answer", status=status)
        elif status not in ends:
            want = " or ".join(ends)
            what = f"call {call} is {status}; the answer was {ask.outcome}, which makes it {want}"
            self.flag(event, what, status=status)
        elif (
            "contentItems" in ask.reply
            and ask.outcome != "fail"
            and at(item, "contentItems") != ask.reply["contentItems"]
        ):
            self.flag(event, f"call {call} ends with other contents than the client answered")

    def _ran(self, event: Event, item: Any, licence: CallLicence | None) -> None:
        """A command that ran says what came of it; one that did not run says nothing."""
        call, status, code, output = (at(item, key) for key in ("id", "status", "exitCode", "aggregatedOutput"))
        if status == "completed" and code != 0:
            self.flag(event, f"command {call} is completed, and it exits with {code}")
        elif status == "declined" and (code, output) != (None, None):
            self.flag(event, f"command {call} is declined, and it exits with {code}")
        elif licence is None or code is None:
            return
        elif code != licence.exits:
            self.flag(event, f"command {call} exits with {code}; the scenario's exits with {licence.exits}")
        elif status == "failed" and code == 0:
            self.flag(event, f"command {call} is failed, and it exits with 0")
        elif licence.prints not in str(output):
            self.flag(
                event, f"command {call} prints {str(output)[:60]!r}; the scenario's prints {licence.prints[:60]!r}"
            )


class _Run:
    """A call that writes, as the wire tells it: what was ``asked`` and answered, and how its item ``ended``; ``cut``: within
    a turn that was interrupted, or ended with its server."""

    __slots__ = ("asked", "begun", "cut", "ended", "outcome", "turn")

    def __init__(self) -> None:
        self.asked = False
        self.outcome = ""
        self.begun = False
        self.ended = ""
        self.turn = ""
        self.cut = False

    def may_run(self, licence: CallLicence, *, blind: bool) -> tuple[int, ...]:
        """How often the call may have run. ``blind``: the client was not told of every item."""
        if self.asked and self.outcome != "accept":
            return (0,)
        if not self.asked and (licence.leave != "free" or self.ended == "declined"):
            return (0,)
        if self.ended in ("ran", "completed") or (self.ended and not self.cut):
            return (1,)
        return (0, 1) if self.asked or self.begun or blind else (0,)


@check
class RunAsAnswered(Asking):
    """The player counts what each command and patch left on the disk, once the last server is gone."""

    name = "run-as-answered"
    reason = "Whatever the wire says: what the user declined must not run, and what was accepted must run once."
    source = "CDX-09"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._runs: dict[str, _Run] = {}
        self._running: set[str] = set()
        self._blind = False

    def asked(self, event: Event, ask: Ask, *, again: bool) -> None:
        if ask.call in self.expected.calls:
            self._run(ask.call).asked = True

    def answered(self, event: Event, ask: Ask) -> None:
        if ask.call in self.expected.calls:
            self._run(ask.call).outcome = ask.outcome

    @on_item("item/started", "item/completed", of=CALLS)
    def item(self, event: Event, message: Message) -> None:
        item = at(message.params, "item")
        call = at(item, "id")
        if not isinstance(call, str) or call not in self.expected.calls:
            return
        run = self._run(call)
        run.begun = True
        run.turn = str(message.params.get("turnId"))
        if message.method == "item/completed":
            run.ended = "ran" if isinstance(at(item, "exitCode"), int) else str(at(item, "status"))

    @on_notification("turn/started")
    def turn_started(self, event: Event, message: Message) -> None:
        self._running.add(str(at(message.params, "turn", "id")))

    def turn_over(self, event: Event, message: Message, asks: list[Ask]) -> None:
        turn = str(at(message.params, "turn", "id"))
        self._running.discard(turn)
        if at(message.params, "turn", "status") == "interrupted":
            self._blind = True
            self._cut_off({turn})

    @on_exit()
    def exited(self, event: Event) -> None:
        self._blind = self._blind or bool(self._running) or not self.context.silent.isdisjoint(_ITEMS)
        self._cut_off(self._running)
        self._running.clear()

    @on_event("note", "effects")
    def effects(self, event: Event) -> None:
        for deed, licences in _by_deed(self.expected.calls.values()).items():
            count = at(event.data.get("ran"), deed)
            if not isinstance(count, int):
                continue
            self.judged += 1
            runs = [self._runs.get(CALL_ID + licence.mark, _Run()) for licence in licences]
            each = [run.may_run(licence, blind=self._blind) for run, licence in zip(runs, licences, strict=True)]
            may = sorted({sum(times) for times in itertools.product(*each)})
            kind = licences[0].kind
            if kind == "patch":  # to add a file once more leaves it as it is
                may = sorted({min(times, 1) for times in may})
            if count not in may:
                answers = ", ".join(run.outcome or ("none" if run.asked else "never asked for") for run in runs)
                want = " or ".join(map(str, may))
                self.flag(event, f"{kind} {deed!r} ran {count} time(s), not {want}; answer: {answers}")

    def _cut_off(self, turns: set[str]) -> None:
        for run in self._runs.values():
            run.cut = run.cut or run.turn in turns

    def _run(self, call: str) -> _Run:
        return self._runs.setdefault(call, _Run())


def _by_deed(licences: Iterable[CallLicence]) -> dict[str, list[CallLicence]]:
    """The calls that leave a trace, with those that do the same: what they left is counted together."""
    deeds: dict[str, list[CallLicence]] = {}
    for licence in licences:
        if isinstance(licence.call, RunCommand | ApplyPatch):
            deeds.setdefault(licence.call.deed, []).append(licence)
    return deeds


_ITEMS: Final = frozenset(("item/started", "item/completed"))
