"""The command ``turnproof coverage``, on the fake."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pytest_plugin.conftest import Project


def coverage(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "turnproof", "coverage", "--target", "sim", *arguments]
    return subprocess.run(command, cwd=project.path, capture_output=True, text=True, check=False)


def rows(said: str) -> dict[str, str]:
    return {line.split()[0]: " ".join(line.split()[1:]) for line in said.splitlines() if line.startswith("  ")}


def test_a_run_is_read_and_its_page_compared(project: Project) -> None:
    project.scenario("test_it.py", "one")
    project.scenario("test_it.py", "two")
    project.run().assert_outcomes(passed=2)
    written = coverage(project, "--from", "turnproof-out/latest", "--write", "page.md")
    assert written.returncode == 1  # two scenarios do not do everything
    assert rows(written.stdout)["turn/start"] == "stable exercised 2: test_it::one, test_it::two"
    assert rows(written.stdout)["account/logout"] == "stable not exercised needs a login"
    assert "turn/interrupt: no scenario exercises this client request" in written.stderr
    page = project.path / "page.md"
    same = coverage(project, "--from", "turnproof-out/latest", "--check", "page.md")
    assert "page.md" not in same.stderr
    page.write_text(
        page.read_text().replace("| `turn/start` | stable | exercised |", "| `turn/start` | stable | refused only |")
    )
    other = coverage(project, "--from", "turnproof-out/latest", "--check", "page.md")
    assert "page.md: not on the page: | `turn/start` | stable | exercised |" in other.stderr


def test_a_moved_run_folder_is_read_all_the_same(project: Project) -> None:
    project.scenario("test_it.py", "one")
    project.run()
    (project.path / "turnproof-out/latest").resolve().rename(project.path / "kept")
    assert rows(coverage(project, "--from", "kept").stdout)["turn/start"].startswith("stable exercised 1")


def test_scenarios_are_played_when_no_run_is_named(project: Project) -> None:
    project.scenario("test_it.py", "one")
    project.write(
        "test_bad.py",
        "from turnproof import *\nbad = Scenario('t', start_thread('a'), run_turn('a', 'x', says='y', ends='failed'))\n",
    )
    told = coverage(project, "test_it.py", "test_bad.py")
    assert rows(told.stdout)["thread/start"] == "stable exercised 1: test_it::one"
    assert "test_bad::bad: fail: " in told.stderr


def test_what_did_not_pass_does_not_count(project: Project) -> None:
    project.scenario("test_it.py", "one")
    project.write(
        "test_bad.py",
        "from turnproof import *\nbad = Scenario('t', start_thread('a'), run_turn('a', 'x', says='y', ends='failed'))\n",
    )
    project.run()
    told = coverage(project, "--from", "turnproof-out/latest")
    assert "test_bad::bad: fail on sim; what it shows does not count" in told.stderr
    assert rows(told.stdout)["thread/start"] == "stable exercised 1: test_it::one"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--from", "nowhere"), "nowhere: no run folder: "),
        (
            ("--from", "turnproof-out/latest", "--target", "fake"),
            "latest: nothing passed on fake; mend: pytest … --target fake",
        ),
        (
            ("--from", "turnproof-out/latest", "test_it.py"),
            "--from reads a run that is over; mend: leave out the paths",
        ),
        (("--from", "turnproof-out/latest", "--check", "no.md"), "there is no file no.md"),
        (("--target", "sin"), "unknown target 'sin'"),
        (("empty.py",), "no scenarios there; mend: name a file or folder with some"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(project: Project, arguments: tuple[str, ...], told: str) -> None:
    project.write("empty.py", "")
    project.scenario("test_it.py", "one")
    project.run()
    said = coverage(project, *arguments)
    assert (said.returncode, len(said.stderr.splitlines())) == (2, 1), said.stderr
    assert told in said.stderr
