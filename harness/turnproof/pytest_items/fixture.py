"""The ``play`` fixture, for people who prefer a test function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from turnproof.pytest_items.case import Case
from turnproof.pytest_items.run import PytestRun
from turnproof.pytest_items.target import PlayTarget
from turnproof.scenario import Scenario, Setup
from turnproof.transports import SkipPlay
from turnproof_reports import results

if TYPE_CHECKING:
    from turnproof.steps import AnyStep
    from turnproof.verdict import Verdict


class Play:
    """Callable: plays on ``target`` and gives the verdict; a play that does not pass fails the test as an item would."""

    def __init__(self, run: PytestRun, item: Any, target: PlayTarget | str) -> None:
        self._run = run
        self._item = item
        self._target = target if isinstance(target, PlayTarget) else PlayTarget(target, target)
        self._plays = 0

    @property
    def target(self) -> str:
        """The target as ids show it."""
        return self._target.label

    def __call__(self, *what: AnyStep | Scenario, setup: Setup | None = None, **options: Any) -> Verdict:
        __tracebackhide__ = True
        self._plays += 1
        first = what[0] if what else None
        if isinstance(first, Scenario):
            if len(what) > 1 or setup is not None:
                raise TypeError("play(scenario) takes nothing beside the scenario; mend: play(step, step, …, setup=…)")
            scenario = first
        else:
            steps: tuple[Any, ...] = what
            scenario = Scenario(self._item.name, *steps, setup=setup)
        case = self._case(scenario)
        try:
            return case.play(**options)
        except SkipPlay as missing:
            pytest.skip(str(missing))
        finally:
            if case.judged:  # not when it was interrupted
                self._keep(case)

    def _keep(self, case: Case) -> None:
        case.result.by = "fixture"
        case.result.worker = self._run.worker
        results.add(self._run.folder, case.result)
        self._item.user_properties.extend(case.result.properties.items())

    def _case(self, scenario: Scenario) -> Case:
        case = Case(self._run, self._item, self._item.originalname, scenario, self._target, scenario.where)
        if self._plays > 1:
            case.id += f" play {self._plays}"
        return case
