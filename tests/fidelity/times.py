"""Mutants of the times of a recorded history: those of a thread's lines frozen, swapped between two lines, and shifted.

All are to be reported. Where a recording is too short to tell, no mutant is made.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from tests.fidelity.kinds import Path, at, pattern
from tests.fidelity.mutants import Mutant

from turnproof.fidelity.comparison import pairs_of_threads
from turnproof.fidelity.lines import Line, Lines
from turnproof.fidelity.timeline import Timeline
from turnproof.history import Event
from turnproof.message import encode

SERIES: Final[dict[Path, str]] = {
    ("emittedAtMs",): "",
    ("params", "startedAtMs"): "item/started",
    ("params", "completedAtMs"): "item/completed",
}
"""Members that hold when a line was told, or what it tells began and ended, with the method that has them."""
OF_A_TURN: Final[dict[str, Path]] = {
    "turn/started": ("params", "turn", "startedAt"),
    "turn/completed": ("params", "turn", "completedAt"),
}
"""When a turn began and ended, in whole seconds, by the method that tells it then."""
SURE: Final = 4
"""Seconds by which two moments differ for sure."""


def of_times(events: list[Event], other: list[Event]) -> Iterator[Mutant]:
    """A history that is compared with another one, with other times in one of its threads."""
    lines, twins = Lines(events), Lines(other)
    alone = lines.alone and twins.alone
    ours, theirs = lines.by_thread(alone=alone), twins.by_thread(alone=alone)
    for _, thread, twin in pairs_of_threads(lines, ours, twins, theirs):
        if thread is None or twin is None:
            continue
        goes_on = [
            {path for path, still in Timeline(side).still().items() if not still}
            for side in (ours[thread], theirs[twin])
        ]
        told = [
            line
            for line in ours[thread]
            if line.letter.startswith("← ") and line.event.kind == "line" and line.event.message.kind == "notification"
        ]
        for path, method in SERIES.items():
            series = [line for line in told if not method or line.event.message.method == method]
            yield from _swapped(events, series, path)
            if pattern(path) in goes_on[0] & goes_on[1]:
                first = at(series[0].event.message.value, path)
                yield Mutant(f"{pattern(path)} frozen", _with(events, dict.fromkeys(series, (path, first))))
        yield from _shifted(events, told)


def _swapped(events: list[Event], series: list[Line], path: Path) -> Iterator[Mutant]:
    for line, after in pairwise(series):
        one, other = (at(each.event.message.value, path) for each in (line, after))
        if one < other:
            what = f"{line.letter} {pattern(path)} swapped with that of {after.letter}"
            yield Mutant(what, _with(events, {line: (path, other), after: (path, one)}))


def _shifted(events: list[Event], told: list[Line]) -> Iterator[Mutant]:
    for line in told:
        if path := OF_A_TURN.get(line.event.message.method or ""):
            for step in (-SURE, SURE):
                value = at(line.event.message.value, path) + step
                yield Mutant(f"{line.letter} {pattern(path)} shifted", _with(events, {line: (path, value)}))


def _with(events: list[Event], changes: dict[Line, tuple[Path, Any]]) -> list[Event]:
    """The history with another value at a path of some of its lines."""
    changed = list(events)
    for line, (path, value) in changes.items():
        place = events.index(line.event)
        message = copy.deepcopy(line.event.message.value)
        at(message, path[:-1])[path[-1]] = value
        changed[place] = copy.copy(line.event)
        changed[place].raw, changed[place].seen_as = encode(message), None
    return changed
