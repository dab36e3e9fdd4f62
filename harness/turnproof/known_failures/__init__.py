"""Known failures: a TOML file of a project that says which of its cases fail today, by which check, and why.

    entry       one entry: what it is about, and which cases it matches
    file        the file, read and refused in one line
    judging     what an entry makes of a play that is over
    collected   which entries match nothing that was, or could be, collected

The quirks of a profile are defects of the real binary and come with turnproof; these are the user's own.
"""

from __future__ import annotations

from turnproof.known_failures.collected import Collected, unmatched
from turnproof.known_failures.entry import Entry
from turnproof.known_failures.file import KnownFailuresError, read
from turnproof.known_failures.judging import judge, stale

__all__ = ["Collected", "Entry", "KnownFailuresError", "judge", "read", "stale", "unmatched"]
