"""``turnproof list``: the scenarios that pytest would collect, because it is pytest that collects them."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from turnproof.cli.configured import configured
from turnproof.cli.error import CommandError
from turnproof.refusal import meant
from turnproof.scenario import Scenario
from turnproof_reports.escaping import visible

_OURS: Final = re.compile(r"^turnproof[.\w]*Error: ")
"""Our own errors say everything in their text."""


class Found(msgspec.Struct):
    """A collected scenario; ``id`` is ``path::name``."""

    id: str
    scenario: Scenario
    where: tuple[str, int]
    marks: tuple[str, ...]


class _Listener:
    """A pytest plug-in that keeps what is collected."""

    def __init__(self) -> None:
        self.found: dict[str, Found] = {}
        self.errors: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            lines = [line for line in report.longreprtext.splitlines() if line.strip()]
            told = [_OURS.sub("", line[1:].strip()) for line in lines if line.startswith("E ")] or lines[-1:]
            self.errors.append(f"{report.nodeid}: {told[-1] if told else 'does not load'}")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            scenario: Any = getattr(item, "scenario", None)
            if isinstance(scenario, Scenario):
                name = item.nodeid.partition("[")[0]
                marks = tuple(dict.fromkeys(mark.name for mark in item.iter_markers()))
                self.found[name] = Found(name, scenario, getattr(item, "where", scenario.where), marks)


def collect(paths: list[str]) -> list[Found]:
    """Scenarios below the paths (default: the scenario folders of the configuration, and what pytest would look at)."""
    listener = _Listener()
    arguments = ["--collect-only", "-q", "--capture=no", "--turnproof-target=sim"]
    if any(_is_package(path.partition("::")[0]) for path in paths):
        arguments.append("--pyargs")
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        folders = map(_of_no_target, paths) if paths else map(os.fspath, configured().scenarios)
        code = pytest.main([*arguments, *folders], plugins=[listener])
    if listener.errors:
        raise CommandError("; ".join(listener.errors))
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        told = [
            line for line in out.getvalue().splitlines() if line.startswith("ERROR:")
        ] or out.getvalue().splitlines()
        what = told[0].removeprefix("ERROR:").strip() if told else f"pytest ended with exit code {code}"
        raise CommandError(what + "".join(map(_mend, paths)))
    return list(listener.found.values())


def _mend(path: str) -> str:
    """The scenario that was meant by a name that its file does not have; nothing if it has it."""
    file, _, name = _of_no_target(path).partition("::")
    if not (name and Path(file).is_file()):
        return ""
    names = [found.id.partition("::")[2] for found in collect([file])]
    near = meant(name, names)
    mend = f"did you mean {near}?" if near else f"turnproof list {file} shows what there is"
    return "" if name in names else f"; mend: {mend}"


def _of_no_target(path: str) -> str:
    """``path::name`` of ``path::name[fake]``, which is how reports and replay lines have it."""
    file, colons, name = path.partition("::")
    return file + colons + name.partition("[")[0]


def _is_package(path: str) -> bool:
    return path.replace(".", "").isidentifier() and not path.endswith((".py", ".json")) and not Path(path).exists()


def list_scenarios(paths: list[str], *, as_json: bool) -> int:
    """Print the scenarios below the paths."""
    found = collect(paths)
    for one in found:
        print(_json(one) if as_json else _lines(one))
    if not as_json:
        print(f"{len(found)} scenario{'' if len(found) == 1 else 's'}{'' if found else _hint(paths)}", file=sys.stderr)
    return 0


def _hint(paths: list[str]) -> str:
    """Why there may be scenarios all the same, unless files were named."""
    if paths and all(Path(path.partition("::")[0]).is_file() for path in paths):
        return ""
    return "; pytest looks into test_*.py alone: name the file, or set python_files, or scenarios of [tool.turnproof]"


def _json(one: Found) -> str:
    fields = {
        "id": one.id,
        "title": one.scenario.title,
        "origin": one.scenario.origin,
        "since": one.scenario.since,
        "marks": one.marks,
        "file": one.where[0],
        "line": one.where[1],
        "steps": one.scenario.steps,
    }
    return msgspec.json.encode(fields).decode()


def _lines(one: Found) -> str:
    scenario = one.scenario
    facts = [f"{len(scenario.steps)} step{'' if len(scenario.steps) == 1 else 's'}"]
    facts += [scenario.origin] if scenario.origin else []
    facts += [f"marks: {', '.join(one.marks)}"] if one.marks else []
    return visible(f"{one.id}\n    {scenario.title} ({'; '.join(facts)})")
