"""The pytest items of scenarios: one for each scenario and target."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from turnproof.pytest_items.case import Case, PlayFailedError
from turnproof.pytest_items.choices import choices
from turnproof.scenario import Scenario, ScenarioError, loads
from turnproof.transports import SkipPlay
from turnproof_reports.results import Planned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from turnproof.pytest_items.run import PytestRun
    from turnproof.pytest_items.target import PlayTarget


class ScenarioItem(pytest.Item):
    """A scenario on a target."""

    def __init__(
        self,
        *,
        scenario: Scenario,
        target: PlayTarget,
        where: tuple[str, int],
        run: PytestRun,
        scenario_name: str,
        **kw: Any,
    ) -> None:
        super().__init__(**kw)  # pyright: ignore[reportUnknownMemberType]
        self.scenario = scenario
        self.target = target
        self.where = where
        self.case = Case(run, self, scenario_name, scenario, target, where)
        self.extra_keyword_matches.update({target.label, *filter(None, (scenario.origin,))})
        for mark in scenario.marks:
            self.add_marker(mark)
        result = self.case.result
        self.planned = Planned(
            case=self.nodeid,
            name=scenario_name,
            target=target.label,
            file=result.file,
            line=where[1],
            title=result.title,
            origin=scenario.origin,
            choices=choices(scenario),
        )

    def runtest(self) -> None:
        try:
            self.case.play()
        except SkipPlay as missing:
            pytest.skip(str(missing))
        except PlayFailedError as failed:
            if (known := failed.result.known) is not None and known.excuses:
                pytest.xfail(known.sentence)
            raise

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The failure text alone: a traceback through the player says nothing about the server."""
        if isinstance(excinfo.value, pytest.xfail.Exception):
            return self.case.result.text
        if not isinstance(excinfo.value, PlayFailedError):
            return super().repr_failure(excinfo, style)
        shown = excinfo.getrepr(style="value", chain=False)
        if crash := shown.reprcrash:
            crash.path, crash.lineno = self.where
            crash.message = self.case.result.message
        return shown

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        return self.where[0], self.where[1] - 1, self.name


class ScenarioFile(pytest.File):
    """A saved scenario: ``name.scenario.json``."""

    def __init__(self, *, run: Callable[[], PytestRun], **kw: Any) -> None:
        super().__init__(**kw)  # pyright: ignore[reportUnknownMemberType]
        self._run = run

    def collect(self) -> Iterable[pytest.Item]:
        try:
            scenario = loads(self.path.read_bytes(), str(self.path))
        except ScenarioError as problem:
            raise self.CollectError(str(problem)) from None
        name = self.path.with_suffix("").stem
        return _items(self._run(), self, name, scenario, (str(self.path), 1))


def items_of(run: PytestRun, module: pytest.Module, name: str, scenario: Any) -> list[pytest.Item] | None:
    """The items of a scenario at the top of a module; None when it is at home in another one."""
    if imported(str(module.path), scenario):
        return None
    return _items(run, module, name, scenario, scenario.where)


def _items(
    run: PytestRun, parent: pytest.Collector, name: str, scenario: Scenario, where: tuple[str, int]
) -> list[pytest.Item]:
    if run.known.entries:
        run.known.collected_scenario(parent, name)
    return [
        ScenarioItem.from_parent(  # pyright: ignore[reportUnknownMemberType]
            parent,
            name=f"{name}[{target.label}]",
            # Given as text: pytest 9 would make an id of the name that --lf does not find again.
            nodeid=f"{parent.nodeid}::{name}[{target.label}]",
            scenario_name=name,
            scenario=scenario,
            target=target,
            where=where,
            run=run,
        )
        for target in run.targets
    ]


def imported(into: str, scenario: Scenario) -> bool:
    """Whether the scenario stands at the top of the module that defines it, and was only imported into another file.

    One that a function of another module has built stands nowhere else, and is played here.
    """
    file = scenario.where[0]
    if file == into or os.path.realpath(file) == os.path.realpath(into):
        return False
    homes = [m for m in list(sys.modules.values()) if getattr(m, "__file__", None) == file]
    return any(value is scenario for home in homes for value in list(vars(home).values()))
