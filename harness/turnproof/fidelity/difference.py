"""One difference between two histories, as data."""

from __future__ import annotations

from typing import Any

import msgspec


class Absent:
    """Stands for a value where one history has none."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = Absent()


class Place(msgspec.Struct, frozen=True):
    """A line of a history among its neighbours: its number there (from 1), and the letters before and after it."""

    seq: int
    before: str
    after: str


class Difference(msgspec.Struct, frozen=True):
    """What differs, and where. ``path`` is empty when it is the line itself: one that is missing, or stands elsewhere."""

    thread: str
    letter: str
    path: str
    what: str
    values: tuple[Any, Any]
    places: tuple[Place | None, Place | None]

    @property
    def key(self) -> tuple[str, str, str]:
        """What differences that are one and the same have in common."""
        return (self.letter, self.path, self.what)
