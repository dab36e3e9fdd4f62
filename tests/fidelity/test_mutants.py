"""The comparison notices: every change of a recorded history is reported, but for those that the rules name.

Each kind of change is made to each kind of line and of member once, in the first history that shows it; whole lines in
every history at night.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import chain

import pytest
from tests.fidelity.conftest import RECORDED, Recorded
from tests.fidelity.kinds import Kind, Path, kinds, pattern
from tests.fidelity.mutants import Mutant, of_lines, of_members, renamed
from tests.fidelity.times import OF_A_TURN, SERIES, of_times

from turnproof.fidelity import compare
from turnproof.fidelity.lines import Line, Lines


@cache
def first_members() -> dict[str, list[tuple[int, list[Path]]]]:
    """By history: the numbers of lines, and the members of each, whose kind no history before it shows."""
    found: dict[str, list[tuple[int, list[Path]]]] = {}
    seen: set[Kind] = set()
    for name in RECORDED:
        for line in Lines(Recorded(name).one).all:
            new: dict[Kind, Path] = {}
            for kind, path in kinds(line):
                if kind not in seen:
                    new.setdefault(kind, path)
            seen |= new.keys()
            if new and line.event.kind == "line" and isinstance(line.event.message.value, dict):
                found.setdefault(name, []).append((line.event.seq, list(new.values())))
    return found


@cache
def first_lines() -> dict[str, set[tuple[str, str]]]:
    """By history: the changes of whole lines, with what excuses them, that can be made to no history before it."""
    found: dict[str, set[tuple[str, str]]] = {}
    for name in RECORDED:
        changes = {(mutant.what, mutant.excused) for mutant in of_lines(Recorded(name).one)}
        found[name] = changes.difference(*found.values())
    return found


@cache
def first_times() -> dict[str, set[str]]:
    """By history: the changes of times that can be made to no history before it."""
    found: dict[str, set[str]] = {}
    for name in RECORDED:
        recorded = Recorded(name)
        changes = {mutant.what for mutant in of_times(recorded.one, recorded.other)}
        found[name] = changes.difference(*found.values())
    return found


def unnoticed(mutants: Iterable[Mutant], recorded: Recorded) -> list[str]:
    """The mutants that went otherwise than the rules say, by what was changed."""
    wrong: list[str] = []
    for mutant in mutants:
        reported = bool(compare(mutant.events, recorded.other).differences)
        if reported == bool(mutant.excused):
            wrong.append(f"{mutant.what}: {f'reported, although {mutant.excused}' if reported else 'not reported'}")
    return wrong


def first_in(recorded: Recorded) -> list[tuple[Line, list[Path]]]:
    """The lines of a history of which something is changed, with the members that are."""
    members = dict(first_members().get(recorded.name, []))
    return [(line, members[line.event.seq]) for line in Lines(recorded.one).all if line.event.seq in members]


def test_two_plays_on_the_real_binary_are_the_same(recorded: Recorded) -> None:
    assert compare(recorded.one, recorded.other).differences == []


def test_lines_that_are_missing_twice_or_swapped(recorded: Recorded) -> None:
    made = {(mutant.what, mutant.excused): mutant for mutant in of_lines(recorded.one)}
    assert unnoticed([made[change] for change in sorted(first_lines()[recorded.name])], recorded) == []


@pytest.mark.nightly
def test_every_line_that_is_missing_twice_or_swapped(recorded: Recorded) -> None:
    assert unnoticed(of_lines(recorded.one), recorded) == []


def test_members_of_every_kind(recorded: Recorded) -> None:
    mutants = (of_members(recorded.one, line, members) for line, members in first_in(recorded))
    assert unnoticed(chain.from_iterable(mutants), recorded) == []


def test_times_that_are_frozen_swapped_or_shifted(recorded: Recorded) -> None:
    made = {mutant.what: mutant for mutant in of_times(recorded.one, recorded.other)}
    assert unnoticed((made[what] for what in sorted(first_times()[recorded.name])), recorded) == []


def test_times_of_each_series_are_frozen_swapped_and_shifted() -> None:
    """That many histories are too short for it leaves none out."""
    made = frozenset[str]().union(*first_times().values())
    for path in SERIES:
        assert f"{pattern(path)} frozen" in made
        assert any(f" {pattern(path)} swapped" in what for what in made)
    assert sum(what.endswith("shifted") for what in made) >= len(OF_A_TURN)


def test_ids_that_name_another(recorded: Recorded) -> None:
    mutants = (renamed(recorded.one, line, members) for line, members in first_in(recorded))
    assert unnoticed(chain.from_iterable(mutants), recorded) == []
