"""Too much at once: which requests of a crowd are answered, refused as too many, or lost is chance.

What each of them is told is none: of a crowd of one kind all answers are alike, and so are all refusals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from turnproof.crowd import is_overload
from turnproof.fidelity.lines import Line

Asked = tuple[Any, int]
"""Which request of a thread: its method, and the how manieth of that it is."""


def crowded(*threads: Iterable[Line]) -> set[Asked]:
    """The requests of one thread that are of a crowd in one history or the other: how fast a server reads is chance."""
    return {(line.event.message.method, line.number) for lines in threads for line in lines if line.crowded}


def parted(lines: Sequence[Line], crowd: set[Asked]) -> tuple[list[Line], list[Line]]:
    """The lines that are compared one by one, and the answers to a crowd. An error that is another is none of these."""
    if not crowd:
        return list(lines), []
    parts: tuple[list[Line], list[Line]] = ([], [])
    for line in lines:
        parts[_is_answer_to(line, crowd)].append(line)
    return parts


def _is_answer_to(line: Line, crowd: set[Asked]) -> bool:
    if line.asked is None or (line.asked.method, line.number) not in crowd:
        return False
    return line.event.message.kind == "response" or is_overload(line.event.message)


def alike(one: Sequence[Line], other: Sequence[Line]) -> Iterator[tuple[Line, Line]]:
    """Pairs of lines that say the same but for their ids: each with the first of its kind in the other history. A kind that
    one history has none of has no pairs."""
    ours, theirs = _first(one), _first(other)
    yield from ((line, theirs[line.letter]) for line in one if line.letter in theirs)
    yield from ((ours[line.letter], line) for line in other if line.letter in ours)


def _first(lines: Iterable[Line]) -> dict[str, Line]:
    found: dict[str, Line] = {}
    for line in lines:
        found.setdefault(line.letter, line)
    return found
