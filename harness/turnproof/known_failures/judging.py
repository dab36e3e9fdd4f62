"""What an entry makes of a play that is over. Pure.

a play that                        failing                  flaky
fails by the entry's check         known failure            known flaky
fails by another check             a failure like any other
passes                             stale known failure      known flaky not seen
says nothing about the server      what it is without entries
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from turnproof.known_failures.entry import Entry
from turnproof.verdict import Verdict
from turnproof_reports.known import Known, KnownState

FAILED: Final = frozenset(("fail", "hung"))
"""Outcomes that an entry may excuse; errors say nothing about the server."""
_SEEN: Final[dict[str, KnownState]] = {"failing": "known failure", "flaky": "known flaky"}


def judge(entries: Iterable[Entry], verdict: Verdict, place: Callable[[str], str] = str) -> Known | None:
    """What the entries about a case make of its verdict; ``place`` shows a file as the reader knows it.

    The check that counts is the first one, which names the failure: what is violated after it comes of it.
    """
    entries = tuple(entries)
    if verdict.outcome in FAILED and verdict.first is not None:
        check = verdict.first.check
        return next((_known(entry, _SEEN[entry.kind], place) for entry in entries if entry.check == check), None)
    if verdict.outcome != "pass":
        return None
    # A SHOULD is a warning unless a filter makes a failure of it; it was seen, so its entry is not stale.
    entries = tuple(entry for entry in entries if entry.check not in {warning.check for warning in verdict.warnings})
    if (gone := stale(entries, place)) is not None:
        return gone
    return next((_known(entry, "known flaky not seen", place) for entry in entries if entry.kind == "flaky"), None)


def stale(entries: Iterable[Entry], place: Callable[[str], str] = str) -> Known | None:
    """The first entry that says of a case that passed that it fails."""
    return next((_known(entry, "stale known failure", place) for entry in entries if entry.kind == "failing"), None)


def _known(entry: Entry, state: KnownState, place: Callable[[str], str]) -> Known:
    where = f"{place(entry.file)}, {entry.name}"
    return Known(state=state, entry=where, check=entry.check, reason=entry.reason, link=entry.link)
