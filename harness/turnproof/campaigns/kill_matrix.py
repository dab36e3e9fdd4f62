"""The kill matrix: every scenario against every defect, on ``sim``.

A scenario that no defect turns red is worth nothing; two that catch the same defects and show the same parts of the
protocol are one too many (requirement HAR-02).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from multiprocessing import get_context
from pathlib import Path

import msgspec

from turnproof import broken_sessions
from turnproof.campaigns.coverage import covered
from turnproof.campaigns.firings import fired
from turnproof.defects import DEFECTS, Defect
from turnproof.expect import walk
from turnproof.history import Event, read
from turnproof.playing import Settings, play_case
from turnproof.scenario import Scenario
from turnproof.session import Session
from turnproof.steps import AnswerAsk
from turnproof.verdict import Verdict

SEEDS = 24
"""Seeds that a scenario with branches is played with: a race shows one of its worlds at a time."""
_FIRST = Settings(until_violated=True)
"""A defect is caught by what is violated first: the rest of the play would tell nothing more."""


class Row(msgspec.Struct):
    """What one scenario catches (defect: the check that was violated first), and what it shows when healthy."""

    name: str
    scenario: Scenario
    healthy: str
    kills: dict[str, str]
    coverage: frozenset[str]


def session_of(defect: Defect) -> type[Session]:
    """The client of a defect: healthy, unless the defect is the client's."""
    return getattr(broken_sessions, defect.session) if defect.session else Session


def play_defect(
    scenario: Scenario,
    defect: Defect,
    target: str = "sim",
    folder: Path | None = None,
    settings: Settings = Settings(),
) -> Verdict:
    """Play a scenario with a defect."""
    return play_case(target, scenario, folder, settings, faults=defect.faults, session=session_of(defect))


def row(name: str, scenario: Scenario, defects: Iterable[Defect] = DEFECTS) -> Row:
    """A scenario against all defects. A defect whose faults never fire in the healthy play is not played: it would be that
    play again."""
    coverage: frozenset[str] = frozenset()
    outcomes: set[str] = set()
    first: list[Event] = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(SEEDS if any_branch(scenario) else 1):
            outcomes.add(play_case("sim", scenario, Path(folder), Settings(seed=seed)).outcome)
            with (Path(folder) / "history.jsonl").open("rb") as lines:
                events = list(read(lines)[1])
            coverage |= covered(events)
            first = first or events
    healthy = "pass" if outcomes == {"pass"} else ", ".join(sorted(outcomes - {"pass"}))
    kills: dict[str, str] = {}
    every = tuple(defects)
    fires = fired([defect.faults for defect in every], first)
    for defect, shows in zip(every, fires, strict=True):
        if defect.session or shows:
            verdict = play_defect(scenario, defect, settings=_FIRST)
            if verdict.first is not None:
                kills[defect.name] = verdict.first.check
    return Row(name, scenario, healthy, kills, coverage)


def any_branch(scenario: Scenario) -> bool:
    """Whether a step of the scenario has several right answers."""
    return any(
        len(getattr(step, "expect", ())) > 1 or (isinstance(step, AnswerAsk) and len(step.ends) > 1)
        for step in walk(scenario.steps)
    )


def matrix(scenarios: Mapping[str, Scenario], processes: int = 2) -> list[Row]:
    """All rows, in the order of the names."""
    jobs = [(name, scenarios[name]) for name in sorted(scenarios)]
    with get_context("forkserver").Pool(processes) as pool:
        return pool.starmap(row, jobs, chunksize=1)


def twins(rows: list[Row]) -> list[tuple[str, str]]:
    """Pairs of scenarios with the same kills and the same coverage."""
    seen: dict[tuple[frozenset[str], frozenset[str]], str] = {}
    found: list[tuple[str, str]] = []
    for entry in rows:
        key = (frozenset(entry.kills), entry.coverage)
        if key in seen:
            found.append((seen[key], entry.name))
        seen.setdefault(key, entry.name)
    return found
