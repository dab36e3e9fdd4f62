"""One entry of a file of known failures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["failing", "flaky"]


@dataclass(frozen=True)
class Entry:
    """What fails, by which check, and why.

    ``scenario`` (``path::name``) and ``target`` (a label) may hold the wildcards ``*`` and ``?``.  ``number`` counts from 1
    within the entries of its kind, ``line`` is where it begins in the file (0: not known).
    """

    kind: Kind
    number: int
    scenario: str
    target: str
    check: str
    reason: str
    link: str
    file: str
    line: int = 0

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.kind} entry {self.number}"

    def about(self, scenarios: Iterable[str], target: str) -> bool:
        """Whether it is about a case; ``scenarios`` are the ids that its scenario goes by."""
        return self.takes(target) and any(like(scenario, self.scenario) for scenario in scenarios)

    def takes(self, target: str | None) -> bool:
        """Whether it may be about this target; None is one that nobody knows."""
        return target is None or like(target, self.target)


def like(text: str, pattern: str) -> bool:
    """Whether a text matches a pattern whole. Brackets are no wildcards: ids and labels hold them."""
    return text == pattern or _compiled(pattern).fullmatch(text) is not None


def any_wildcard(pattern: str) -> bool:
    """Whether a pattern may match more than one text."""
    return "*" in pattern or "?" in pattern


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
