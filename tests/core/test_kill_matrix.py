"""The suite is worth what it catches: every scenario against every defect, and the page that says so (HAR-02)."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnproof.campaigns.kill_matrix import Row, matrix, row, twins
from turnproof.cli.listing import Found, collect
from turnproof.cli.matrix import named, page, problems_of
from turnproof.defects import DEFECTS
from turnproof.scenario import Scenario
from turnproof.script import Say
from turnproof.steps import RunTurn, StartThread

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found() -> dict[str, Found]:
    return named(collect([str(ROOT / "scenarios")]))


@pytest.fixture(scope="module")
def rows(found: dict[str, Found]) -> list[Row]:
    return matrix({name: one.scenario for name, one in found.items()}, processes=2)


def test_every_scenario_is_healthy_catches_something_and_is_nobodys_twin(rows: list[Row]) -> None:
    assert len(rows) >= 60
    assert problems_of(rows) == []


def test_every_defect_is_caught_by_its_declared_check_on_its_declared_scenario(rows: list[Row]) -> None:
    kills = {entry.name: entry.kills for entry in rows}
    assert {d.name: kills[d.on].get(d.name) for d in DEFECTS} == {d.name: d.check for d in DEFECTS}


def test_the_page_says_what_is_played(rows: list[Row], found: dict[str, Found]) -> None:
    assert (ROOT / "docs/scenarios.md").read_text() == page(rows, found), "mend: turnproof matrix scenarios --write …"


def test_a_twin_and_a_scenario_that_catches_nothing_are_named() -> None:
    one = Scenario("One.", StartThread("t"), RunTurn("t", "words", (Say(("said",)),)))
    twin = Scenario("The same.", StartThread("u"), RunTurn("u", "words", (Say(("said",)),)))
    first, second = row("a::one", one), row("a::twin", twin)
    assert twins([first, second]) == [("a::one", "a::twin")]
    assert problems_of([first, second]) == ["a::twin: catches and shows the same as a::one"]
    empty = row("a::none", one, defects=())
    assert problems_of([empty]) == ["a::none: no defect turns it red"]
