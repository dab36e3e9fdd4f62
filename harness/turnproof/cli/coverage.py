"""``turnproof coverage``: which methods of the binary's own schema the suite exercises on it."""

from __future__ import annotations

import sys
from pathlib import Path

from turnproof.campaigns.finished_run import passed
from turnproof.campaigns.method_coverage import (
    ReasonsError,
    Sight,
    method_rows,
    play_all,
    problems_of,
    read_reasons,
    sights_of,
)
from turnproof.cli.configured import configured
from turnproof.cli.error import CommandError
from turnproof.cli.listing import collect
from turnproof.cli.matrix import named
from turnproof.history import HistoryError
from turnproof.playing import target_of
from turnproof.schema import SchemaDocument
from turnproof.targets import TargetError
from turnproof.transports import HarnessError
from turnproof_reports import results
from turnproof_reports.coverage_page import coverage_lines, coverage_page, differences

Played = dict[str, frozenset[Sight]]


def coverage(
    paths: list[str], target: str, run: Path | None, write: Path | None, check: Path | None, processes: int
) -> int:
    """Print the table; 1 when something that must be exercised is not, or the page ``check`` says otherwise."""
    target = configured().resolve(target)
    document, server = _schema(target)
    if run is not None and paths:
        raise CommandError("--from reads a run that is over; mend: leave out the paths")
    played, problems = _of_run(run, target) if run is not None else _now(paths, target, processes)
    try:
        reasons = read_reasons()
    except ReasonsError as problem:
        raise CommandError(str(problem)) from None
    rows = method_rows(document, played, reasons)
    print("\n".join(coverage_lines(rows)))
    page = coverage_page(rows, server)
    if write is not None:
        write.write_text(page, encoding="utf-8")
    problems += problems_of(rows, reasons)
    if check is not None:
        problems += [f"{check}: {line}" for line in differences(check.read_text(encoding="utf-8"), page, played)]
    for line in problems:
        print(line, file=sys.stderr)
    return 1 if problems else 0


def _schema(target: str) -> tuple[SchemaDocument, str]:
    """The schema of the target's server, and what the server is called."""
    try:
        chosen = target_of(target)
        if (why := chosen.missing()) is not None:
            raise CommandError(why)
        return chosen.schema.document, f"{chosen.facts['server']} {chosen.facts['version']}"
    except (TargetError, HarnessError) as problem:
        raise CommandError(str(problem)) from None


def _of_run(folder: Path, target: str) -> tuple[Played, list[str]]:
    """What passed in the plays of a run on the target, by ``module::scenario``; and which of them did not pass."""
    try:
        histories, problems = passed(folder, target_of(target).label)
    except results.ResultsError as problem:
        raise CommandError(f"{problem}; mend: make scenarios, or no --from") from None
    played: Played = {}
    for name, history in histories.items():
        try:
            played[name] = sights_of(history)
        except (OSError, HistoryError) as problem:
            raise CommandError(f"{history}: no history: {problem}") from None
    if not played:
        raise CommandError(f"{folder}: nothing passed on {target}; mend: pytest … --target {target}")
    return played, problems


def _now(paths: list[str], target: str, processes: int) -> tuple[Played, list[str]]:
    """The same from playing the scenarios below the paths."""
    found = named(collect(paths))
    if not found:
        raise CommandError("no scenarios there; mend: name a file or folder with some")
    played = play_all({name: one.scenario for name, one in found.items()}, target, processes)
    problems = [f"{name}: {what} on {target}" for name, what in played.items() if isinstance(what, str)]
    return {name: what for name, what in played.items() if not isinstance(what, str)}, problems
