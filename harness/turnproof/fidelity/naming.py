"""Ids renamed one to one: what one history calls A and the other B is called so everywhere.

Nothing is blanked: an id that stands for two others, or two that stand for one, is a difference.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import msgspec

from turnproof.fidelity.rules import IDS

_FIND: Final = re.compile("|".join(f"(?P<{kind.name}>{kind.pattern})" for kind in IDS))

_MARKS: Final = frozenset("-_:")
"""Every text with an id has one of them. Looking for them costs a hundredth of looking for ids in the megabytes of a long line."""
_SHORT: Final = 1000
"""Characters of a text that is worth remembering: a play says the same words, paths and ids over and over."""


class Piece(msgspec.Struct, frozen=True):
    """A part of a text: ``kind`` names what sort of id it is, and is empty for what is literal."""

    kind: str
    text: str


def pieces(text: str) -> tuple[Piece, ...]:
    """A text as literal parts and ids, in order."""
    return _pieces(text) if len(text) <= _SHORT else _pieces.__wrapped__(text)


@lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[Piece, ...]:
    if _MARKS.isdisjoint(text):
        return (Piece("", text),) if text else ()
    found: list[Piece] = []
    end = 0
    for match in _FIND.finditer(text):
        if match.start() > end:
            found.append(Piece("", text[end : match.start()]))
        found.append(Piece(_kind(match), match.group()))
        end = match.end()
    if end < len(text):
        found.append(Piece("", text[end:]))
    return tuple(found)


def _kind(match: re.Match[str]) -> str:
    name = match.lastgroup or ""
    return f"uuid{match.group()[14]}" if name == "uuid" else name


class Naming:
    """Which id of the one history is which of the other."""

    def __init__(self) -> None:
        self._there: dict[tuple[str, object], object] = {}
        self._back: dict[tuple[str, object], object] = {}

    def same(self, kind: str, one: object, other: object) -> bool:
        """Whether two ids of one kind name the same thing; the first sight of both decides."""
        there, back = self._there.get((kind, one)), self._back.get((kind, other))
        if there is None and back is None:
            self._there[kind, one], self._back[kind, other] = other, one
            return True
        return there == other and back == one
