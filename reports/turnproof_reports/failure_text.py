"""The text of a failure: what was violated, what was going on, and how to play exactly that again.

A pure function, so that its shape is kept as a snapshot by a test.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from turnproof_reports.escaping import capped, one_line, visible

if TYPE_CHECKING:
    from turnproof.verdict import Verdict, Violation
    from turnproof_reports.scene import Scene

INDENT = "  "


class Circumstances(msgspec.Struct, frozen=True):
    """What the text needs beside the verdict. ``replay`` is a command; paths are as the reader should see them."""

    name: str
    target: str
    replay: str
    history: str | None = None
    stderr: str | None = None
    stderr_lines: int = 0
    scene: Scene | None = None
    trouble: str = ""
    """A traceback of our own side, if there is one."""
    note: str = ""
    """What else the reader should know, in one line."""


def headline(verdict: Verdict) -> str:
    """One line: the check and what it saw, or why the case says nothing."""
    first = verdict.first
    if verdict.outcome in ("fail", "hung") and first is not None:
        return one_line(f"{first.check}: {first.what}")
    return one_line(f"{verdict.outcome}: {verdict.reason}" if verdict.reason else verdict.outcome)


def failure_text(verdict: Verdict, seen: Circumstances) -> str:
    """The whole text, without control characters and of bounded length."""
    lines = [_title(verdict, seen)]
    first = verdict.first if verdict.outcome in ("fail", "hung") else None
    what = first.what if first is not None else verdict.reason
    lines += [INDENT + line for line in visible(what).splitlines()]
    if first is not None:
        lines += [INDENT * 2 + line for line in _others(verdict.violations[1:], first)]
    if verdict.ending != "as scripted":
        lines.append(f"{INDENT}ending: {verdict.ending}")
    if seen.note:
        lines.append(INDENT + visible(seen.note))
    if seen.trouble:
        lines += [INDENT * 2 + line for line in visible(seen.trouble).splitlines()]
    if seen.scene is not None:
        lines += [INDENT * 2 + line for line in seen.scene.around]
    lines += [INDENT + line for line in _places(seen)]
    return capped("\n".join(lines), seen.history)


def _title(verdict: Verdict, seen: Circumstances) -> str:
    first = verdict.first
    if verdict.outcome in ("fail", "hung") and first is not None:
        hung = "HUNG, " if verdict.outcome == "hung" else ""
        source = f", {first.source}" if first.source else ""
        return visible(f"{seen.name} [{seen.target}]: {hung}{first.check} ({first.level}{source})")
    return visible(f"{seen.name} [{seen.target}]: {verdict.outcome}")


def _others(violations: tuple[Violation, ...], first: Violation) -> list[str]:
    """What else was violated: a defect that shows as several things is read by its first."""
    counted = Counter(v.check for v in violations)
    if not counted:
        return []
    names = ", ".join(f"{check} x {n}" if n > 1 else check for check, n in counted.items())
    return [f"and after it {names}"]


def _places(seen: Circumstances) -> list[str]:
    stderr = f"stderr ({seen.stderr_lines} lines) in {seen.stderr}" if seen.stderr else ""
    server = seen.scene.server if seen.scene is not None else ""
    places = [part for part in (server, stderr) if part]
    lines = ["; ".join(places)] if places else []
    if seen.history:
        lines.append(f"history: {seen.history}")
    lines.append(f"replay: {seen.replay}")
    return lines
