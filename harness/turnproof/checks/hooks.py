"""What is told of hooks, the commands of the user's own that the server runs with a turn: each run begins once and ends once,
and those of our home run where they belong."""

from __future__ import annotations

from typing import Any, Final

from turnproof.checks.base import Check, Context, check, on_exit, on_item, on_notification
from turnproof.history import Event
from turnproof.message import Message, at

STARTED, COMPLETED = "hook/started", "hook/completed"
LASTING: Final = (
    "eventName",
    "handlerType",
    "executionMode",
    "scope",
    "sourcePath",
    "source",
    "displayOrder",
    "startedAt",
)
"""What does not change while a hook runs."""
_STOPS: Final = {"completed": 1, "failed": 0}
"""How often the hook of its end runs in a turn; an interrupt may come before or behind it."""
_NEEDED: Final = frozenset((STARTED, COMPLETED, "item/started"))


class _Turn:
    """The runs that are under way by their ids, how often each event's hook has ended, and what the turn has taken."""

    __slots__ = ("ended", "review", "runs", "words")

    def __init__(self) -> None:
        self.runs: dict[str, Any] = {}
        self.ended: dict[str, int] = {}
        self.words = 0
        self.review = False


@check
class HooksPairUp(Check):
    """Seen on 0.163.0: the hook of the words has ended before the words are taken, and that of the end before the turn's end. A
    turn that fails or is interrupted has no hook of its end, and no review has; the hook of its words is its inner turn's."""

    name = "hooks-pair-up"
    reason = "A hook may hold up a turn, or forbid it: who is not told that it runs, or ended, does not know what is waited for."
    source = "TURN-TERM, TRU-01"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._turns: dict[str, _Turn] = {}

    @on_notification(STARTED)
    def started(self, event: Event, message: Message) -> None:
        turn, run = self._turn(message), message.params.get("run")
        self.judged += 1
        run_id = str(at(run, "id"))
        if run_id in turn.runs:
            self.flag(event, f"hook {run_id} begins, and it runs already")
        if at(run, "status") != "running":
            self.flag(event, f"hook {run_id} begins as {at(run, 'status')!r}")
        turn.runs[run_id] = run

    @on_notification(COMPLETED)
    def completed(self, event: Event, message: Message) -> None:
        turn, run = self._turn(message), message.params.get("run")
        self.judged += 1
        run_id, status = str(at(run, "id")), at(run, "status")
        began = turn.runs.pop(run_id, None)
        if began is None and STARTED not in self.context.silent:
            self.flag(event, f"hook {run_id} ends, and it does not run")
        for key in LASTING if began is not None else ():
            if at(run, key) != at(began, key):
                self.flag(event, f"hook {run_id} began with {key} {at(began, key)!r}, and ends with {at(run, key)!r}")
        if status == "running" or (self.expected.hooks and status != "completed"):
            self.flag(event, f"hook {run_id} ends as {status!r}")
        name = str(at(run, "eventName"))
        turn.ended[name] = turn.ended.get(name, 0) + 1

    @on_item("item/started", of=("userMessage", "enteredReviewMode"))
    def item(self, event: Event, message: Message) -> None:
        if not self.expected.hooks:
            return
        turn = self._turn(message)
        turn.review = turn.review or at(message.params, "item", "type") == "enteredReviewMode"
        if turn.review:
            return
        turn.words += 1
        if turn.ended.get("userPromptSubmit", 0) < turn.words and _NEEDED.isdisjoint(self.context.silent):
            self.flag(event, "the words of the user are taken, and their hook has not ended")

    @on_notification("turn/completed")
    def over(self, event: Event, message: Message) -> None:
        if not self._turns:
            return
        turn_id, status = (str(at(message.params, "turn", key)) for key in ("id", "status"))
        turn = self._turns.pop(turn_id, None)
        if turn is None or status not in _STOPS or not _NEEDED.isdisjoint(self.context.silent):
            return
        for run_id in turn.runs:
            self.flag(event, f"turn {turn_id} is {status}, and hook {run_id} never ended")
        stops = turn.ended.get("stop", 0)
        if self.expected.hooks and turn.words and stops != _STOPS[status]:
            self.flag(event, f"turn {turn_id} is {status}, and the hook of its end ran {stops} time(s)")

    @on_exit()
    def exited(self, event: Event) -> None:
        self._turns.clear()

    def _turn(self, message: Message) -> _Turn:
        return self._turns.setdefault(str(message.params.get("turnId")), _Turn())
