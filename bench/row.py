"""A row of the speed table: what is asked, and what was found."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.interval import Interval, Judgement, judgement


@dataclass(frozen=True)
class Row:
    """``about`` says in a sentence or two what exactly is measured.

    ``held`` is for a limit that is not met: the ratio that must not be passed meanwhile, so that it gets no worse.
    """

    name: str
    what: str
    against: str
    limit: float
    about: str
    held: float | None = None


@dataclass(frozen=True)
class Effort:
    """How much time a row may take, seconds, and whether its long form and its profile are wanted."""

    seconds: float = 60.0
    full: bool = False
    profile: bool = False


@dataclass
class Found:
    """What a row came to. Without ``ratio`` it was not measured, and ``skipped`` says why."""

    row: Row
    ratio: Interval | None = None
    wall: Interval | None = None
    same: Interval | None = None
    """A/A: the baseline against itself."""
    sizes: str = ""
    """Both sides in units that people know, medians."""
    beside: list[str] = field(default_factory=list)
    profile: str = ""
    skipped: str = ""

    @property
    def judgement(self) -> Judgement | None:
        return None if self.ratio is None else judgement(self.ratio, self.row.limit)

    @property
    def fails(self) -> bool:
        """Whether the exit status tells of it: the limit is missed, or where that is known, what is held meanwhile."""
        if self.ratio is None or self.judgement != "missed":
            return False
        return self.row.held is None or judgement(self.ratio, self.row.held) == "missed"
