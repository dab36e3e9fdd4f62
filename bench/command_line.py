"""The command: measure rows, show the table, write the page, say by the exit status whether a limit is missed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.machine import machine
from bench.own_process import in_own_process
from bench.row import Effort, Found
from bench.rows import NAMES, measure
from bench.suite import suite
from bench.table import page, terminal

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """0: no limit is missed that is not known to be; 1: one is; 2: the command line makes no sense."""
    parser = argparse.ArgumentParser(prog="bench", description="How fast the harness is, as ratios within one run.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"one of {', '.join(NAMES)} (default: all)")
    parser.add_argument(
        "--seconds", type=float, default=60.0, metavar="S", help="time for a row, at most (default: 60)"
    )
    parser.add_argument("--full", action="store_true", help="memory: 50,000 turns instead of 20,000")
    parser.add_argument(
        "--profile", action="store_true", help="profile every row, not only those that miss their limit"
    )
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.parent.name}/{PAGE.name}: all rows, --full")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.rows) - set(NAMES):
        parser.error(f"unknown row {min(unknown)!r}: the rows are {', '.join(NAMES)}")
    if chosen.write and set(chosen.rows or NAMES) != set(NAMES):
        parser.error("--write needs all rows: the page is one table of one run")
    where = machine()
    found = list(_measured(chosen.rows or NAMES, Effort(chosen.seconds, chosen.full or chosen.write, chosen.profile)))
    print("\n".join(f"{label}: {value}" for label, value in where.items()))
    print()
    print(terminal(found))
    if chosen.write:
        PAGE.write_text(page(found, where, [suite(target) for target in ("fake", "codex")]), encoding="utf-8")
        print(f"\nwritten: {PAGE.parent.name}/{PAGE.name}")
    return int(any(one.fails for one in found))


def _measured(names: Sequence[str], effort: Effort) -> list[Found]:
    found: list[Found] = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        found.append(in_own_process(measure, name, effort))
    return found
