"""``turnproof matrix``: which defects each scenario catches, and so what it is worth."""

from __future__ import annotations

import ast
import difflib
import sys
from pathlib import Path

import msgspec

from turnproof.campaigns.kill_matrix import Row, matrix, session_of, twins
from turnproof.checks import REGISTRY
from turnproof.cli.error import CommandError
from turnproof.cli.listing import Found, collect
from turnproof.defects import DEFECTS, Defect
from turnproof_reports.scenario_table import scenario_page


def matrix_of(paths: list[str], write: Path | None, check: Path | None, processes: int) -> int:
    """Play the matrix and print what is wrong; 1 when a scenario catches nothing, is another's twin, or ``check`` says
    otherwise.
    """
    found = named(collect(paths))
    if not found:
        raise CommandError("no scenarios there; mend: name a file or folder with some")
    rows = matrix({name: one.scenario for name, one in found.items()}, processes)
    if write is not None:
        write.write_text(page(rows, found), encoding="utf-8")
    problems = problems_of(rows)
    if check is not None:
        said, plays = check.read_text(encoding="utf-8").splitlines(), page(rows, found).splitlines()
        problems += [f"{check}: {line}" for line in difflib.unified_diff(said, plays, "said", "played", "", "", 0, "")]
    for line in problems:
        print(line, file=sys.stderr)
    print(f"{len(rows)} scenarios against {len(DEFECTS)} defects: {sum(len(row.kills) for row in rows)} kills")
    return 1 if problems else 0


def named(found: list[Found]) -> dict[str, Found]:
    """What was collected, under ``module::name``: the names that defects use."""
    return {f"{Path(one.id.partition('::')[0]).stem}::{one.id.partition('::')[2]}": one for one in found}


def page(rows: list[Row], found: dict[str, Found]) -> str:
    """The page ``docs/scenarios.md``."""
    return scenario_page(rows, tuple(_told(defect) for defect in DEFECTS), topics(found), tuple(REGISTRY.values()))


def _told(defect: Defect) -> Defect:
    """A broken session says itself what it does."""
    if not defect.session:
        return defect
    return msgspec.structs.replace(defect, what=(session_of(defect).__doc__ or "").partition("\n")[0].rstrip("."))


def problems_of(rows: list[Row]) -> list[str]:
    """What makes a suite worth less than it says."""
    return [
        *(f"{row.name}: not healthy on sim: {row.healthy}" for row in rows if row.healthy != "pass"),
        *(f"{row.name}: no defect turns it red" for row in rows if not row.kills),
        *(f"{b}: catches and shows the same as {a}" for a, b in twins(rows)),
    ]


def topics(found: dict[str, Found]) -> dict[str, str]:
    """Titles of the modules, from the first line of what they say of themselves."""
    titles: dict[str, str] = {}
    for name, one in found.items():
        topic = name.partition("::")[0]
        if topic not in titles:
            titles[topic] = _title(Path(one.where[0])) or topic.replace("_", " ")
    return titles


def _title(path: Path) -> str:
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return doc.partition("\n")[0].rstrip(".")
