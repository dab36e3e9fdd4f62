"""A project in a folder of its own, in which pytest is run with the plug-in installed."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

SCENARIO = """
from turnproof import Scenario, run_turn, start_thread
{name} = Scenario({title!r}, start_thread("first"), run_turn("first", "hello", says="one"){rest})
"""

STUB = '''
"""Verdicts by the scenario's title; what comes of a real play is tested elsewhere."""
import os
import pytest
import turnproof.pytest_items.case as case
from turnproof.transports import SkipPlay
from turnproof.verdict import Verdict, Violation

OUTCOMES = {
    "pass": Verdict("pass", "pass", "as scripted", judged={"x": 1}),
    "fail": Verdict("fail", "fail", "exited", (Violation("turn-ends-once", "MUST", 3, "turn 2 ended twice", "BUG-008"),)),
    "hung": Verdict("hung", "hung", "killed", (Violation("settles-in-time", "MUST", 3, "turn 2 did not end", "INV"),)),
    "invalid": Verdict("invalid", "pass", "as scripted", reason="a fault never fired: drop"),
    "unjudged": Verdict("unjudged", "unjudged", "as scripted", reason="no check looked at anything"),
    "harness error": Verdict("harness error", "unjudged", "as scripted", reason="no script for 'x'"),
    "should": Verdict("pass", "pass", "as scripted", (), (Violation("closed-schema", "SHOULD", 3, "key x", "SCHEMA"),)),
    "quirk": Verdict("pass", "pass", "as scripted", quirks=(Violation("c", "MUST", 1, "w", quirk="double-interrupt"),)),
}

def play_case(target, scenario, folder, settings, *, play_id="play", **options):
    title = scenario.title.partition(";")[0]
    if title == "missing":
        raise SkipPlay("no codex binary here; install it: pip install turnproof[codex]")
    if title == "outside":
        pytest.fail("a time limit of another plug-in")
    if title == "crash":
        os._exit(3)
    if title == "odd":
        raise KeyError("odd\\x1b[31m \\ud800")
    return OUTCOMES["pass" if title.startswith("test_") else title]

case.play_case = play_case
'''


class Project:
    """A project folder; ``pytest`` runs in a process of its own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path

    def scenario(self, file: str, name: str = "case", title: str = "pass", rest: str = "") -> None:
        """Add a scenario to a file."""
        path = self.path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as out:
            out.write(SCENARIO.format(name=name, title=title, rest=rest))

    def write(self, file: str, text: str) -> Path:
        path = self.path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def run(self, *arguments: str, targets: str = "sim") -> pytest.RunResult:
        targeted = [f"--turnproof-target={targets}"] if targets else []
        # Hypothesis takes longer to load than all the rest.
        return self.pytester.runpytest_subprocess("-p", "no:hypothesispytest", *targeted, *arguments, timeout=120)

    def results(self) -> dict[str, dict[str, Any]]:
        """Results of the last run by case."""
        lines = (self.path / "turnproof-out/latest/results.jsonl").read_text().splitlines()
        rows = [json.loads(line) for line in lines]
        return {row["result"]["case"]: row["result"] for row in rows if "result" in row}

    def junit(self, file: str = "junit.xml") -> tuple[dict[str, str], dict[str, ET.Element]]:
        """Attributes of the suite, and its cases by name."""
        suite = ET.parse(self.path / file).getroot()[0]
        return suite.attrib, {case.attrib["name"]: case for case in suite.iter("testcase")}


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    return Project(pytester)


@pytest.fixture
def stubbed(project: Project) -> Project:
    """A project in which a scenario's title says what comes of it."""
    project.write("conftest.py", STUB)
    return project


@pytest.fixture
def every_outcome(stubbed: Project) -> Callable[[], Project]:
    def fill() -> Project:
        for title in ("pass", "fail", "hung", "invalid", "unjudged", "harness error", "missing", "odd"):
            stubbed.scenario("test_it.py", f"ends_in_{title.replace(' ', '_')}", title)
        return stubbed

    return fill
