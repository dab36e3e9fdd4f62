"""What the terminal shows at the end of a run, and what GitHub shows next to the lines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from turnproof_reports import github
from turnproof_reports.overview import missing, overview

if TYPE_CHECKING:
    from turnproof.pytest_items.run import PytestRun
    from turnproof_reports import results


def write_summary(run: PytestRun, loaded: results.Run | None, trouble: str, terminal: Any) -> None:
    """Our section of the summary; quiet runs get what must not be missed. ``loaded`` None: there are no results."""
    quiet = terminal.verbosity < 0
    loud = [trouble] if trouble else []
    lines: list[str] = []
    if loaded is not None:
        loud += _loud(run, loaded)
        lines = [] if quiet else [*overview(loaded), f"run folder: {run.shown(run.folder)}"]
    if loud or lines:
        terminal.ensure_newline()
        terminal.section("turnproof", "=")
    for line in loud:
        terminal.write_line(line, yellow=True, bold=True)
    for line in lines:
        terminal.write_line(line)
    if loaded is not None:
        for command in github.commands(loaded, os.environ):
            terminal.write_line(command)


def _loud(run: PytestRun, loaded: results.Run) -> list[str]:
    lines = [*missing(loaded)]
    if quiet_not_run := loaded.not_run:
        lines.append(f"{len(quiet_not_run)} planned case{'' if len(quiet_not_run) == 1 else 's'} NOT RUN")
    return lines + [
        f"--{name} is another plug-in's option here; turnproof's is --turnproof-{name}" for name in run.taken
    ]
