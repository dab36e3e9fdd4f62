"""What a history shows: the kinds of its lines, and the kinds of members that these have.

Two members are of one kind when they stand in lines of one letter, on one path, in objects of the same types, and are
both null, or text, and so on: ``← answer to thread/read  result.thread.turns#.items#[plan].text: str``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from turnproof.fidelity.lines import Line
from turnproof.fidelity.naming import pieces
from turnproof.fidelity.rules import CLOCK, UNREAD

Path = tuple[str | int, ...]
Kind = tuple[str, str]
"""The letter of a line, and the shape of a path in it; the shape of the whole line is empty."""
WITHIN: Final = " and what nobody reads in it"


def kinds(line: Line) -> Iterator[tuple[Kind, Path]]:
    """The line itself and every member of it, the kind of each and its path."""
    yield (line.letter, ""), ()
    if line.event.kind == "line" and isinstance(value := line.event.message.value, dict):
        yield from (((line.letter, shape), path) for path, shape in _members(line.letter, value, (), ""))


def _members(letter: str, value: Any, path: Path, shape: str) -> Iterator[tuple[Path, str]]:
    """The members below a path, and what shape each has: keys and ``#`` for any index, types of objects in brackets."""
    if isinstance(value, dict):
        within = f"{shape}[{value['type']}]" if isinstance(value.get("type"), str) else shape
        members = [(key, f"{within}.{_word(key)}".lstrip(".")) for key in value]
    else:
        members = [(index, f"{shape}#") for index in range(len(value))] if isinstance(value, list) else []
    for key, under in members:
        below = (*path, key)
        if unread(letter, below) == "within":  # all of it is one kind, however much there is
            below_shape = told = f"{shape.removesuffix(WITHIN)}{WITHIN}"
        else:
            below_shape, told = under, f"{under}: {type(value[key]).__name__}"
        yield below, told
        yield from _members(letter, value[key], below, below_shape)


def _word(key: str) -> str:
    """A key, or a star for one that is an id, a path or a time."""
    literal = all(not piece.kind for piece in pieces(key)) and "/" not in key and not CLOCK.search(key)
    return key if literal else "*"


def unread(letter: str, path: Path) -> str:
    """Whether a rule leaves a path unread ("itself"), or what stands around it ("within"), or neither ("")."""
    shape = pattern(path)
    for rule in UNREAD:
        if rule.letter == letter and (shape.startswith(f"{rule.path}.") or (rule.path == shape and path[-1:] != ())):
            return "within" if shape != rule.path or isinstance(path[-1], int) else "itself"
    return ""


def pattern(path: Path) -> str:
    """The path as rules write it, without indexes: ``result.data.id``."""
    return ".".join(part for part in path if isinstance(part, str))


def at(value: Any, path: Path) -> Any:
    """What stands at a path."""
    for key in path:
        value = value[key]
    return value
