"""The command ``turnproof``: look at scenarios, render a run, manage binaries. Playing is pytest's.

Whatever is wrong is said in one line on stderr, with exit code 2.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from turnproof import __version__
from turnproof.cli.error import CommandError
from turnproof.cli.parser import OneLine, Parser, count, folder, readable, writable
from turnproof.cli.standard_output import abandon, flushed

DESCRIPTION: Final = (
    "Conformance and soak harness for codex app-server. Scenarios are played by pytest: pytest --target fake"
)


def main(argv: list[str] | None = None) -> int:
    """Run a command; gives the exit code."""
    try:
        with flushed():
            return _run(sys.argv[1:] if argv is None else argv)
    except CommandError as problem:
        told = str(problem)
    except BrokenPipeError:
        # The reader has what it wanted.
        abandon()
        return 0
    except OSError as problem:
        abandon()
        told = f"{problem.filename or 'cannot write'}: {problem.strerror or problem}"
    print(f"turnproof: {' '.join(told.split())}", file=sys.stderr)
    return 2


def _run(words: list[str]) -> int:
    if words[:1] == ["binaries"]:
        # The whole command line is that command's own.
        from turnproof.binaries.commands import BinaryError, CacheError, run

        try:
            return run(words[1:])
        except (BinaryError, CacheError) as problem:
            raise CommandError(str(problem)) from problem
    asked = _parser().parse_args(words)
    return asked.run(asked)


def _parser() -> argparse.ArgumentParser:
    parser = OneLine("turnproof", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"turnproof {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=Parser)

    listing = commands.add_parser("list", help="the scenarios that pytest collects")
    listing.add_argument("paths", nargs="*", metavar="PATH", help="files, folders, path::name, or names of packages")
    listing.add_argument("--json", action="store_true", help="one JSON object a scenario and line")
    listing.set_defaults(run=_list)

    explaining = commands.add_parser("explain", help="what a scenario does, and what it licenses")
    explaining.add_argument("scenario", metavar="PATH::NAME")
    explaining.set_defaults(run=_explain)

    report = commands.add_parser("report", help="what came of a run, also of one that was cut off")
    report.add_argument("folder", metavar="RUN_FOLDER", type=Path, help="turnproof-out/latest, for example")
    report.add_argument("--junit", metavar="FILE", type=Path, help="write it as JUnit XML too")
    report.set_defaults(run=_report)

    matrix = commands.add_parser("matrix", help="which defects each scenario catches (plays all of them on sim)")
    matrix.add_argument("paths", nargs="*", metavar="PATH", help="files, folders, or names of packages")
    matrix.add_argument("--write", metavar="FILE", type=writable, help="write the table as Markdown")
    matrix.add_argument("--check", metavar="FILE", type=readable, help="compare with what --write has written before")
    matrix.add_argument("-n", "--jobs", metavar="N", type=count, default=2, help="processes that play (2)")
    matrix.set_defaults(run=_matrix)

    covering = commands.add_parser("coverage", help="which methods of the protocol the scenarios exercise on codex")
    covering.add_argument("paths", nargs="*", metavar="PATH", help="files, folders, or names of packages, to play now")
    covering.add_argument("--target", metavar="SPEC", default="codex", help="whose schema, and whose plays (codex)")
    covering.add_argument(
        "--from", dest="folder", metavar="RUN_FOLDER", type=Path, help="play nothing: read what a run left"
    )
    covering.add_argument("--write", metavar="FILE", type=writable, help="write the table as Markdown")
    covering.add_argument("--check", metavar="FILE", type=readable, help="compare with what --write has written before")
    covering.add_argument("-n", "--jobs", metavar="N", type=count, default=2, help="processes that play (2)")
    covering.set_defaults(run=_coverage)

    compare = commands.add_parser("compare", help="whether two targets say the same (plays all scenarios on both)")
    compare.add_argument("targets", nargs=2, metavar="TARGET", help="fake codex, for example; a target may be itself")
    compare.add_argument("paths", nargs="*", metavar="PATH", help="files, folders, path::name, or names of packages")
    compare.add_argument(
        "--rounds", metavar="N", type=count, default=1, help="plays of each scenario on each target (1)"
    )
    compare.add_argument(
        "--again",
        metavar="N",
        type=count,
        default=0,
        help="play what differs N times more; what differs in none of these (a target from itself: in one) is told, and counts for nothing (0)",
    )
    compare.add_argument("-n", "--jobs", metavar="N", type=count, default=2, help="pairs that are played at once (2)")
    compare.add_argument("--out", metavar="FOLDER", type=folder, help="keep the histories there")
    compare.add_argument(
        "--from",
        dest="folder",
        metavar="RUN_FOLDER",
        type=Path,
        help="play nothing again that this run of pytest played",
    )
    compare.set_defaults(run=_compare)

    commands.add_parser("binaries", help="real servers: list, install, gc", add_help=False)
    return parser


def _list(asked: argparse.Namespace) -> int:
    from turnproof.cli.listing import list_scenarios

    return list_scenarios(asked.paths, as_json=asked.json)


def _explain(asked: argparse.Namespace) -> int:
    from turnproof.cli.explaining import explain

    return explain(asked.scenario)


def _matrix(asked: argparse.Namespace) -> int:
    from turnproof.cli.matrix import matrix_of

    return matrix_of(asked.paths, asked.write, asked.check, asked.jobs)


def _coverage(asked: argparse.Namespace) -> int:
    from turnproof.cli.coverage import coverage

    return coverage(asked.paths, asked.target, asked.folder, asked.write, asked.check, asked.jobs)


def _compare(asked: argparse.Namespace) -> int:
    from turnproof.cli.compare import compare_targets

    targets = (asked.targets[0], asked.targets[1])
    return compare_targets(
        targets,
        asked.paths,
        rounds=asked.rounds,
        processes=asked.jobs,
        out=asked.out,
        run=asked.folder,
        again=asked.again,
    )


def _report(asked: argparse.Namespace) -> int:
    from turnproof.cli.reporting import report

    return report(asked.folder, asked.junit)
