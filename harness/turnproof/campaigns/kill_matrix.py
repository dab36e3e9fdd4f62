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
from turnproof.defects import DEFECTS, Defect
from turnproof.expect import walk
from turnproof.history import read
from turnproof.playing import Settings, play_case
from turnproof.scenario import Scenario
from turnproof.session import Session
from turnproof.verdict import Verdict

SEEDS = 24
"""Seeds that a scenario with branches is played with: a race shows one of its worlds at a time."""
_KINDS = ("request", "response", "error", "notification")


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


def play_defect(scenario: Scenario, defect: Defect, target: str = "sim", folder: Path | None = None) -> Verdict:
    """Play a scenario with a defect."""
    return play_case(target, scenario, folder, faults=defect.faults, session=session_of(defect))


def row(name: str, scenario: Scenario, defects: Iterable[Defect] = DEFECTS) -> Row:
    """A scenario against all defects. A defect that cannot show in it (its fault never fires) is not caught."""
    coverage: frozenset[str] = frozenset()
    outcomes: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(SEEDS if any_branch(scenario) else 1):
            outcomes.add(play_case("sim", scenario, Path(folder), Settings(seed=seed)).outcome)
            with (Path(folder) / "history.jsonl").open("rb") as lines:
                coverage |= covered(read(lines)[1])
    healthy = "pass" if outcomes == {"pass"} else ", ".join(sorted(outcomes - {"pass"}))
    kills: dict[str, str] = {}
    for defect in defects:
        if not _can_show(defect, coverage):
            continue
        verdict = play_defect(scenario, defect)
        if (first := verdict.first) is not None:
            kills[defect.name] = first.check
    return Row(name, scenario, healthy, kills, coverage)


def any_branch(scenario: Scenario) -> bool:
    """Whether a step of the scenario has several right answers."""
    return any(len(getattr(step, "expect", ())) > 1 for step in walk(scenario.steps))


def _can_show(defect: Defect, coverage: frozenset[str]) -> bool:
    """Whether a rule of the defect is about something that the healthy play has at all; saves half of the plays."""
    rules = [fault.when for fault in defect.faults]
    return not rules or any(
        when.method is None or any(f"{when.direction} {kind} {when.method}" in coverage for kind in _KINDS)
        for when in rules
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
