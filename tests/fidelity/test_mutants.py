"""The comparison notices: every change of a recorded history is reported, but for those that the rules name."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Final

import pytest
from tests.fidelity.conftest import HISTORIES, RECORDED, Recorded
from tests.fidelity.mutants import Mutant, of_lines, of_members, renamed

from turnproof.fidelity import compare
from turnproof.fidelity.lines import Line, Lines
from turnproof.history import read

CHANCE: Final = {"the server was ended in mid-work", "its turn was interrupted", "they float"}
"""Excuses that a mutant may do without: the change may still make a difference elsewhere."""


def shown_first() -> dict[str, dict[str, int]]:
    """By history: the kinds of lines that are changed in it, each with the number of the line. A kind is changed in one."""
    found: dict[str, dict[str, int]] = {}
    seen: set[str] = set()
    for name in RECORDED:
        for line in Lines(read(BytesIO((HISTORIES / f"{name}.1.jsonl").read_bytes()))[1]).all:
            if line.letter not in seen and line.event.kind == "line" and isinstance(line.event.message.value, dict):
                seen.add(line.letter)
                found.setdefault(name, {})[line.letter] = line.event.seq
    return found


FIRST: Final = shown_first()


def unnoticed(mutants: Iterator[Mutant], recorded: Recorded) -> list[str]:
    """The mutants that went otherwise than the rules say, by what was changed."""
    wrong: list[str] = []
    for mutant in mutants:
        reported = bool(compare(mutant.events, recorded.other).differences)
        if reported == bool(mutant.excused) and mutant.excused not in CHANCE:
            wrong.append(f"{mutant.what}: {f'reported, although {mutant.excused}' if reported else 'not reported'}")
    return wrong


def test_two_plays_on_the_real_binary_are_the_same(recorded: Recorded) -> None:
    assert compare(recorded.one, recorded.other).differences == []


def test_lines_that_are_missing_twice_or_swapped(recorded: Recorded) -> None:
    assert unnoticed(of_lines(recorded.one), recorded) == []


@pytest.mark.parametrize(("name", "letter"), [(name, letter) for name, letters in FIRST.items() for letter in letters])
def test_members_of_every_kind_of_line(name: str, letter: str) -> None:
    recorded = Recorded(name)
    line = _line(recorded, FIRST[name][letter])
    assert unnoticed(of_members(recorded.one, line), recorded) == []


@pytest.mark.parametrize("name", list(FIRST))
def test_ids_that_name_another(name: str) -> None:
    recorded = Recorded(name)
    mutants = (mutant for seq in FIRST[name].values() for mutant in renamed(recorded.one, _line(recorded, seq)))
    assert unnoticed(mutants, recorded) == []


def _line(recorded: Recorded, seq: int) -> Line:
    return next(line for line in Lines(recorded.one).all if line.event.seq == seq)
