"""Known failures as results hold them, and in words."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

KnownState = Literal["known failure", "known flaky", "known flaky not seen", "stale known failure"]
EXCUSED: Final = frozenset(("known failure", "known flaky"))
"""States of a case that failed and does not count as failed."""
STALE: Final = "stale known failure"
UNMATCHED: Final = "unmatched known failure"


class Known(msgspec.Struct, frozen=True):
    """What the project's file of known failures says about a case, and what became of it.

    ``entry`` names the entry ("known-failures.toml, failing entry 2"); ``check`` is the one that it says fails.
    """

    state: KnownState
    entry: str
    check: str
    reason: str
    link: str

    @property
    def excuses(self) -> bool:
        """Whether the case failed as the entry says."""
        return self.state in EXCUSED

    @property
    def is_stale(self) -> bool:
        """Whether the case passed although the entry says that it fails."""
        return self.state == STALE

    @property
    def sentence(self) -> str:
        """One line: the state, and why."""
        if self.is_stale:
            return f"{self.state}: {self.entry}: {self.check} does not fail any more; mend: remove the entry"
        return f"{self.state}: {self.reason} ({self.link})"

    @property
    def properties(self) -> dict[str, str]:
        """The properties of its test case."""
        return {"known": self.state, "known-entry": self.entry, "known-reason": self.reason, "known-link": self.link}


class Unmatched(msgspec.Struct, frozen=True):
    """An entry that matches nothing. ``text`` is one line with the mend; ``line`` is where the entry begins (0: unknown)."""

    file: str
    entry: str
    line: int
    text: str


def stale_text(name: str, target: str, known: Known) -> str:
    """The text of a case that passed although it is a known failure."""
    return (
        f"{name} [{target}]: {STALE}\n"
        f"  {known.entry}, says that {known.check} fails: {known.reason} ({known.link})\n"
        "  it passed; mend: remove the entry, or make it [[flaky]] if it fails now and then"
    )
