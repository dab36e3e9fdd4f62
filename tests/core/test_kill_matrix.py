"""The suite is worth what it catches: every scenario against a defect that it alone or nearly alone catches (HAR-02).

The whole matrix is played by ``make nightly`` (``turnproof matrix scenarios --check docs/scenarios.md``): it takes minutes.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from turnproof.campaigns.kill_matrix import play_defect, row, twins
from turnproof.cli.listing import Found, collect
from turnproof.cli.matrix import named, problems_of
from turnproof.defects import DEFECTS
from turnproof.playing import play_case
from turnproof.scenario import Scenario
from turnproof.script import Say
from turnproof.steps import RunTurn, StartThread

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/scenarios.md").read_text(encoding="utf-8")
SCENARIO = re.compile(r"^\| `(\w+)` \| (.*) \| [^|]* \| `(\w+)` \| `([\w-]+)` \| \d+ \|$", re.MULTILINE)
DEFECT = re.compile(r"^\| `(\w+)` \| .* \| `([\w-]+)` \| `[^|]+` \| `([\w:]+)` \| \d+ \|$", re.MULTILINE)
FOUND: dict[str, Found] = named(collect([str(ROOT / "scenarios")]))
CALLED = {name.partition("::")[2]: name for name in FOUND}
TOLD = SCENARIO.findall(PAGE)
BY_NAME = {defect.name: defect for defect in DEFECTS}


def test_the_page_has_every_scenario_and_every_defect() -> None:
    mend = "mend: turnproof matrix scenarios --write docs/scenarios.md"
    assert len(CALLED) == len(FOUND) >= 60
    told = [(name, title.replace("\\|", "|")) for name, title, _, _ in TOLD]
    assert sorted(told) == sorted((name, FOUND[full].scenario.title) for name, full in CALLED.items()), mend
    assert sorted(DEFECT.findall(PAGE)) == sorted((d.name, d.check, d.on) for d in DEFECTS), mend


@pytest.mark.parametrize(("scenario", "defect", "check"), [(name, red, check) for name, _, red, check in TOLD])
def test_a_scenario_is_healthy_and_is_turned_red_by_the_defect_that_the_page_names(
    scenario: str, defect: str, check: str
) -> None:
    played = FOUND[CALLED[scenario]].scenario
    assert play_case("sim", played, None).outcome == "pass"
    first = play_defect(played, BY_NAME[defect]).first
    assert first is not None
    assert first.check == check


def test_a_twin_and_a_scenario_that_catches_nothing_are_named() -> None:
    one = Scenario("One.", StartThread("t"), RunTurn("t", "words", (Say(("said",)),)))
    twin = Scenario("The same.", StartThread("u"), RunTurn("u", "words", (Say(("said",)),)))
    first, second = row("a::one", one), row("a::twin", twin)
    assert twins([first, second]) == [("a::one", "a::twin")]
    assert problems_of([first, second]) == ["a::twin: catches and shows the same as a::one"]
    empty = row("a::none", one, defects=())
    assert problems_of([empty]) == ["a::none: no defect turns it red"]
