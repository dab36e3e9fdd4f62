"""Version numbers of codex: ``0.160.0``, ``0.164.0-alpha.2`` (codex) = ``0.164.0a2`` (Python packages)."""

from __future__ import annotations

import re

from turnproof.binaries.binary import BinaryError

_PARTS = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:[-_.]?(a|alpha|b|beta|rc)[-_.]?(\d+))?", re.IGNORECASE)
_STAGES = {"a": "a", "alpha": "a", "b": "b", "beta": "b", "rc": "rc"}


def normal_version(text: str) -> str | None:
    """The spelling of Python packages; None if ``text`` is no exact version."""
    match = _PARTS.fullmatch(text.strip())
    if not match:
        return None
    *numbers, stage, count = match.groups()
    release = ".".join(str(int(number)) for number in numbers)
    return f"{release}{_STAGES[stage.lower()]}{int(count)}" if stage else release


def exact_version(text: str) -> str:
    """As ``normal_version``; raises BinaryError for what is no exact version."""
    normal = normal_version(text)
    if normal is None:
        raise BinaryError(f"{text!r} is no version of codex: name an exact one, such as 0.163.0")
    return normal


def sort_key(version: str) -> tuple[int, int, int, str, int]:
    """Orders normal versions; a pre-release comes before its release, and what is no version before everything."""
    match = _PARTS.fullmatch(version)
    if not match:
        return (-1, 0, 0, "", 0)
    major, minor, patch, stage, count = match.groups()
    return (int(major), int(minor), int(patch), stage or "z", int(count or 0))


def nearest(version: str, known: list[str], count: int = 4) -> list[str]:
    """The ``count`` known versions around ``version``, in order."""
    ordered = sorted(known, key=sort_key)
    place = sum(sort_key(other) < sort_key(version) for other in ordered)
    first = max(0, min(place - count // 2, len(ordered) - count))
    return ordered[first : first + count]
