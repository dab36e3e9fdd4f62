"""What the terminal shows at the end of a run, and what GitHub shows next to the lines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from turnproof import pytest_plugin
from turnproof_reports import github
from turnproof_reports.overview import missing, overview

if TYPE_CHECKING:
    from turnproof.pytest_items.run import PytestRun


def write_summary(run: PytestRun, terminal: Any) -> None:
    """Our section of the summary; quiet runs get what must not be missed."""
    quiet = terminal.verbosity < 0
    loud = _loud(run)
    if run.loaded is None:
        lines: list[str] = []
    else:
        lines = [] if quiet else [*overview(run.loaded), f"run folder: {run.shown(run.folder)}"]
    if loud or lines:
        terminal.ensure_newline()
        terminal.section("turnproof", "=")
    for line in loud:
        terminal.write_line(line, yellow=True, bold=True)
    for line in lines:
        terminal.write_line(line)
    if run.loaded is not None:
        for command in github.commands(run.loaded, os.environ):
            terminal.write_line(command)


def _loud(run: PytestRun) -> list[str]:
    lines = [run.trouble] if run.trouble else []
    if run.loaded is None:
        return lines
    lines += missing(run.loaded)
    if quiet_not_run := run.loaded.not_run:
        lines.append(f"{len(quiet_not_run)} planned case{'' if len(quiet_not_run) == 1 else 's'} NOT RUN")
    for name in run.config.stash.get(pytest_plugin.TAKEN_KEY, list[str]()):
        lines.append(f"--{name} is another plug-in's option here; turnproof's is --turnproof-{name}")
    return lines
