"""What a running play knows by name: threads, turns, results, and the means to act on them."""

from __future__ import annotations

import asyncio
from typing import Any

from turnproof import steps as s
from turnproof.calls import CALL_ID
from turnproof.expect import Expected, walk
from turnproof.matching import Unresolved, mismatch
from turnproof.scenario import Scenario
from turnproof.session import Answer, Session, Turn, Watch
from turnproof.transports import HarnessError, ServerUnderTest
from turnproof.wire import Wire


class PlayedTurn:
    """A turn by its name in the scenario."""

    __slots__ = ("name", "prompt", "queued", "record", "said", "thread", "worlds")

    def __init__(self, name: str, thread: str, prompt: str) -> None:
        self.name = name
        self.thread = thread
        self.prompt = prompt
        self.said = prompt
        self.record: Turn | None = None
        self.queued: asyncio.Future[Turn] | None = None
        """Its record to be, while it waits in a queue."""
        self.worlds: dict[str, tuple[str, str]] = {}
        """How the turn may end since a step with alternatives: the end, and the step and branch that it belongs to."""

    async def begun(self) -> Turn | None:
        """Its record, once it has left the queue; None for one that was never accepted."""
        if self.record is None and self.queued is not None:
            self.record = await asyncio.shield(self.queued)
        return self.record


class Stage:
    """The state that the steps of one play share."""

    def __init__(
        self,
        scenario: Scenario,
        expected: Expected,
        wire: Wire,
        session: Session,
        server: ServerUnderTest,
        budget: float,
    ) -> None:
        self.scenario = scenario
        self.expected = expected
        self.wire = wire
        self.session = session
        self.server = server
        self.budget = budget
        self.ready = False
        self.threads: dict[str, str] = {}
        self.turns: dict[str, PlayedTurn] = {}
        self.results: dict[str, Any] = {}
        self.branches: dict[str, str] = {}
        self.silent: list[tuple[str, str, asyncio.Future[Answer]]] = []
        self.loaded: dict[str, tuple[int, ...]] = {}
        """The threads that were used on this server, each with the number of the step that used it last."""
        self.left: set[str] = set()
        """The ids of threads that the client has put away or left: no turn can be run, or heard, on them as they are."""
        for step in walk(scenario.steps):
            if isinstance(step, s.WaitFor):  # what it counts is counted from the start
                self.session.watches.setdefault(step.method, []).append(Watch(step.method, step.where))

    def thread_id(self, name: str) -> str:
        """The id of a named thread; missing when its start was refused, which the scenario cannot have meant."""
        try:
            return self.threads[name]
        except KeyError:
            raise HarnessError(f"thread {name!r} has no id: the step that names it got none") from None

    def turn_of(self, mark: str) -> PlayedTurn | None:
        """The turn whose model makes the call with this mark."""
        prompt = self.expected.calls[CALL_ID + mark].prompt
        return next((turn for turn in self.turns.values() if turn.said == prompt), None)

    def use(self, name: str, n: str) -> None:
        """The thread was used on this server, in step ``n``."""
        place = tuple(int(part) for part in n.split(".") if part.isdigit())
        self.loaded[name] = max(place, self.loaded.get(name, ()))

    def used_last(self) -> str | None:
        """The thread that the last step of any used, by the order of the scenario: among branches, time is chance.

        Not one that was left, on which a healthy server finds no thread, or tells of no turn (seen on 0.163.0).
        """
        usable = (name for name in self.loaded if self.threads[name] not in self.left)
        return max(usable, key=lambda name: self.loaded[name], default=None)

    def judge(
        self, n: str, answer: Answer, expect: tuple[s.AnyOutcome, ...]
    ) -> tuple[dict[str, Any], s.AnyOutcome | None]:
        """Which outcome an answer is; a report with a mismatch when it is none."""
        options = expect or (s.Ok(),)
        problems: list[str] = []
        for index, outcome in enumerate(options):
            want = outcome.answer if isinstance(outcome, s.Branch) else outcome
            problem = _differs(want, answer, self.results)
            if problem is None:
                if len(options) > 1:
                    self.branches[n] = f"{index + 1}/{len(options)}"
                    return {"branch": index + 1}, outcome
                return {}, outcome
            problems.append(problem)
        return {"mismatch": " / ".join(dict.fromkeys(problems))}, None

    def worlds(self, n: str, answer: Answer, expect: tuple[s.AnyOutcome, ...]) -> dict[str, tuple[str, str]]:
        """The ends of the turn that this answer leaves possible: several branches may begin with the same answer."""
        return {
            outcome.turn: (n, f"{index}/{len(expect)}")
            for index, outcome in reversed(list(enumerate(expect, 1)))
            if isinstance(outcome, s.Branch) and outcome.turn and _differs(outcome.answer, answer, self.results) is None
        }


def _differs(want: s.Ok | s.Refused | s.Unanswered | s.Later, answer: Answer, results: dict[str, Any]) -> str | None:
    """Why an answer is not the outcome, or None."""
    if isinstance(want, s.Unanswered | s.Later):
        return f"expected no answer, got {answer.describe()}"
    try:
        if isinstance(want, s.Ok):
            if not answer.ok:
                return f"expected a result, got {answer.describe()}"
            return mismatch(want.result, answer.result, results) if want.result is not None else None
        code, text = answer.error.get("code"), answer.error.get("message")
        if answer.message is None or answer.ok or code != want.code:
            return f"expected error {want.code}, got {answer.describe()}"
        return mismatch(want.message, text, results, "the error message") if want.message is not None else None
    except Unresolved as missing:
        return str(missing)
