"""What a play comes to: two axes, and one outcome.

*Answer* says what the scenario showed (pass, fail, hung, unjudged), *ending* how the server ended (as scripted, exited,
killed, survivor, leak).  A crash is never read as a refusal, nor the other way round.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

Level = Literal["MUST", "SHOULD", "POLICY"]
Answer = Literal["pass", "fail", "hung", "unjudged"]
Ending = Literal["as scripted", "exited", "killed", "survivor", "leak"]
OutcomeName = Literal["pass", "fail", "hung", "invalid", "unjudged", "harness error", "skipped"]

ERRORS: Final = frozenset(("invalid", "unjudged", "harness error"))
"""Outcomes that say nothing about the server: ``<error>`` in JUnit."""


class Violation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One breach of one check. ``seq`` is the event that showed it; ``facts`` name it for tables and reports."""

    check: str
    level: Level
    seq: int
    what: str
    source: str = ""
    facts: dict[str, str] = {}
    quirk: str | None = None


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """The result of one play."""

    outcome: OutcomeName
    answer: Answer
    ending: Ending
    violations: tuple[Violation, ...] = ()
    warnings: tuple[Violation, ...] = ()
    quirks: tuple[Violation, ...] = ()
    judged: dict[str, int] = {}
    reason: str = ""
    branches: dict[str, str] = {}
    facts: dict[str, Any] = {}

    @property
    def first(self) -> Violation | None:
        """The violation that names the failure: the earliest."""
        return self.violations[0] if self.violations else None

    @property
    def passed(self) -> bool:
        return self.outcome == "pass"


class ShouldViolation(UserWarning):
    """A SHOULD was not kept. ``-W error::turnproof.ShouldViolation`` makes it fail."""
