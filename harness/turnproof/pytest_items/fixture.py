"""The ``play`` fixture, for people who prefer a test function."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import pytest

from turnproof.pytest_items.case import Case, PlayFailedError
from turnproof.pytest_items.play_options import play_options
from turnproof.pytest_items.run import PytestRun
from turnproof.pytest_items.target import PlayTarget, play_target
from turnproof.scenario import Scenario, ScenarioError, Setup
from turnproof.transports import SkipPlay
from turnproof_reports import results
from turnproof_reports.known import Known, stale_text

if TYPE_CHECKING:
    from turnproof.steps import AnyStep
    from turnproof.verdict import OutcomeName, Verdict

UNUSED: Final = "the play fixture was not used; mend: call play(…) or drop the fixture"


class Play:
    """Callable: plays on ``target`` and gives the verdict; a play that does not pass fails the test as an item would."""

    def __init__(self, run: PytestRun, item: Any, target: object) -> None:
        self._run = run
        self._item = item
        self._target = target if isinstance(target, PlayTarget) else _by_hand(target, run)
        self._plays = 0
        self._stale: Known | None = None

    @property
    def target(self) -> str:
        """The target as ids show it."""
        return self._target.label

    def __call__(self, *what: AnyStep | Scenario, setup: Setup | None = None, **options: Any) -> Verdict:
        __tracebackhide__ = True
        self._plays += 1
        try:
            options = play_options(options)
            _demand_no_loop()
            case = self._case(self._scenario(what, setup))
        except (ScenarioError, TypeError, RuntimeError) as refused:
            # Its text says everything: the frames between here and there say nothing to who called.
            raise refused.with_traceback(None) from None
        try:
            return case.play(**options)
        except SkipPlay as missing:
            pytest.skip(str(missing))
        except PlayFailedError as failed:
            if (known := failed.result.known) is not None and known.excuses:
                pytest.xfail(known.sentence)
            raise
        finally:
            if case.judged:  # not when it was interrupted
                self._keep(case)

    def demand_use(self) -> None:
        """The function is over: raises PlayFailedError when it has played nothing, or nothing of what it does fails any more.

        The result stands for the whole test function.
        """
        __tracebackhide__ = True
        name = self._item.originalname
        if not self._plays:
            text = f"{name} [{self.target}]: unjudged\n  {UNUSED}"
            raise PlayFailedError(self._of_function("unjudged", f"unjudged: {UNUSED}", text))
        if self._stale is not None:
            result = self._of_function("pass", self._stale.sentence, stale_text(name, self.target, self._stale))
            result.known = self._stale
            raise PlayFailedError(result)

    def _of_function(self, outcome: OutcomeName, message: str, text: str) -> results.CaseResult:
        file, line, _ = self._item.reportinfo()
        return results.CaseResult(
            case=self._item.nodeid,
            name=self._item.originalname,
            target=self.target,
            outcome=outcome,
            file=self._run.relative(str(file)),
            line=(line or 0) + 1,
            message=message,
            text=text,
            worker=self._run.worker,
        )

    def _scenario(self, what: tuple[Any, ...], setup: Setup | None) -> Scenario:
        first = what[0] if len(what) else None
        if not isinstance(first, Scenario):
            return Scenario(self._item.name, *what, setup=setup)
        if len(what) > 1 or setup is not None:
            raise TypeError("play(scenario) takes nothing beside the scenario; mend: play(step, step, …, setup=…)")
        return first

    def _keep(self, case: Case) -> None:
        case.result.by = "fixture"
        case.result.worker = self._run.worker
        self._stale = self._stale or case.stale
        results.add(self._run.folder, case.result)
        self._item.user_properties.extend(case.result.properties.items())

    def _case(self, scenario: Scenario) -> Case:
        case = Case(self._run, self._item, self._item.originalname, scenario, self._target, scenario.where)
        case.whole = False
        if self._plays > 1:
            case.id += f" play {self._plays}"
        return case


def _by_hand(given: object, run: PytestRun) -> PlayTarget:
    """A target that ``parametrize`` names."""
    if not isinstance(given, str):
        pytest.fail(f"turnproof_target is {given!r}; mend: a target's spec, as --target takes it", pytrace=False)
    target = play_target(given, run.configuration)
    if target.problem:
        pytest.fail(target.problem, pytrace=False)
    return target


def _demand_no_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError("play() runs a loop of its own; mend: call it from a plain test function")
