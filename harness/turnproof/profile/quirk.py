"""The entries of a profile's table of the known defects of one version."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True)
class Quirk:
    """A defect of some versions: its check fires, and the violation is reported under this id without failing the case.

    `check` names the check that reports it. `where` says which of that check's violations are meant: by fact, a pattern
    in the style of file names (`*`, `?`, `[abc]`) that the fact must match whole; an absent fact matches nothing, so a
    quirk never excuses a violation that is told too little about. `since` and `until` are the first and the last
    version seen with it ("" = not known to begin or end). `scenario` is a shipped one that shows it (module::name): each time,
    which its `provokes` says too, or by `chance`, of which this says how often.
    """

    id: str
    check: str
    text: str
    evidence: str
    where: Mapping[str, str] = field(default_factory=dict[str, str])
    since: str = ""
    until: str = ""
    scenario: str = ""
    chance: str = ""

    def matches(self, check: str, facts: Mapping[str, str]) -> bool:
        """Whether a violation of `check` with these facts is this defect."""
        return check == self.check and all(
            name in facts and fnmatch.fnmatchcase(facts[name], pattern) for name, pattern in self.where.items()
        )
