"""The command ``turnproof``, and the commands of docs/reports.md."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from turnproof import __version__

if TYPE_CHECKING:
    from tests.pytest_plugin.conftest import Project

PAGE = Path(__file__).parents[2] / "docs" / "reports.md"


def turnproof(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "turnproof", *arguments]
    return subprocess.run(command, cwd=project.path, capture_output=True, text=True, check=False)


@pytest.fixture
def suite(project: Project) -> Project:
    project.write("pytest.ini", "[pytest]\nmarkers =\n slow: s\n")
    project.scenario("test_it.py", "first", "The first.", ', origin="BUG-008", marks=("slow",)')
    project.write(
        "test_race.py",
        "from turnproof import *\n"
        "race = Scenario('A race.', start_thread('a'), together(\n"
        "    [start_turn('t', 'a', 'x', say('one', hold('g'), 'two')), interrupt('t', Branch(Ok(), turn='interrupted'),\n"
        "     Branch(Refused(-32600), turn='completed')), await_turn('t')], release('g')), setup=Setup(pace='burst'))\n",
    )
    return project


def test_list_shows_what_pytest_collects(suite: Project) -> None:
    told = turnproof(suite, "list")
    assert told.returncode == 0
    assert told.stdout.splitlines() == [
        "test_it.py::first",
        "    The first. (2 steps; BUG-008; marks: slow)",
        "test_race.py::race",
        "    A race. (2 steps)",
    ]
    assert turnproof(suite, "list", "test_race.py").stdout.splitlines()[0] == "test_race.py::race"


def test_list_as_json_is_one_object_a_line(suite: Project) -> None:
    rows = [json.loads(line) for line in turnproof(suite, "list", "--json").stdout.splitlines()]
    assert [(row["id"], row["origin"], row["marks"], row["line"]) for row in rows] == [
        ("test_it.py::first", "BUG-008", ["slow"], 3),
        ("test_race.py::race", "", [], 2),
    ]
    assert [step["step"] for step in rows[0]["steps"]] == ["start_thread", "run_turn"]


def test_options_stand_before_between_and_behind_the_paths(suite: Project) -> None:
    for line in (["--json", "test_it.py", "test_race.py"], ["test_it.py", "--json", "test_race.py"]):
        done = turnproof(suite, "list", *line)
        assert [json.loads(text)["id"].split("::")[-1] for text in done.stdout.splitlines()] == ["first", "race"], (
            done.stderr
        )


def test_list_takes_scenario_folders_from_the_configuration(project: Project) -> None:
    project.write("turnproof.toml", 'scenarios = ["suite"]\n')
    project.scenario("suite/threads.py")
    assert turnproof(project, "list").stdout.splitlines()[0] == "suite/threads.py::case"


def test_list_takes_packages(project: Project) -> None:
    told = turnproof(project, "list", "turnproof_scenarios")
    assert len(told.stdout.splitlines()) >= 2 * 60


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("list", "nowhere.py"), "file or directory not found: nowhere.py"),
        (("list", "test_bad.py"), "test_bad.py:2: scenario 't', step 1 run_turn: unknown thread 'nobody'; mend: "),
        (("explain", "test_it.py"), "'test_it.py' names no scenario; mend: path::name"),
        (("explain", "test_it.py::nobody"), "test_it.py::nobody"),
        (("report", "nowhere"), "nowhere: no run folder"),
        (("binaries", "install", "0.163.0", "../../etc"), "'../../etc' is no version of codex"),
        (("matrix", "test_it.py", "--write", "nowhere/page.md"), "nowhere/page.md: no file can be written there"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(suite: Project, arguments: tuple[str, ...], told: str) -> None:
    suite.write("test_bad.py", "from turnproof import *\nx = Scenario('t', run_turn('nobody', 'a'))\n")
    result = turnproof(suite, *arguments)
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1), result.stderr
    assert told in result.stderr


def test_explain_says_it_in_words(suite: Project) -> None:
    told = turnproof(suite, "explain", "test_race.py::race")
    assert told.returncode == 0
    lines = told.stdout.splitlines()
    assert lines[:2] == ["test_race.py::race", "  A race."]
    assert "  set-up: pace burst" in lines
    assert "  2 together, 2 branches:" in lines
    assert (
        "    2.1.1 start turn name 't', thread 'a', text 'x'; the model says 'one' + (waits for gate 'g') + 'two'"
        in lines
    )
    assert any(line.startswith("    2.1.2 interrupt turn 't'") and line.endswith("(2 right answers)") for line in lines)
    assert "  turn 'x': completed or interrupted; says 'onetwo'" in lines
    assert [line for line in lines if line.startswith("  sim: ")]


def test_ids_may_have_their_target(suite: Project) -> None:
    for command in ("list", "explain"):
        told = turnproof(suite, command, "test_race.py::race[mine]")
        assert told.returncode == 0
        assert told.stdout == turnproof(suite, command, "test_race.py::race").stdout


def test_no_scenarios_are_explained(project: Project) -> None:
    project.scenario("my_scenarios.py")
    told = turnproof(project, "list")
    assert (told.returncode, told.stdout) == (0, "")
    assert told.stderr == (
        "0 scenarios; pytest looks into test_*.py alone: name the file, or set python_files, or scenarios of [tool.turnproof]\n"
    )
    assert turnproof(project, "list", "my_scenarios.py").stdout.startswith("my_scenarios.py::case\n")
    project.write("empty.py", "")
    assert turnproof(project, "list", "empty.py").stderr == "0 scenarios\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
@pytest.mark.parametrize("command", ["list", "list --json", "explain test_it.py::first", "binaries list"])
def test_an_output_that_is_cut_off_or_full(suite: Project, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURNPROOF_CACHE", os.devnull + "/none")  # the default one is below the temp folder here

    def told(output: int) -> tuple[int, str]:
        line = [sys.executable, "-m", "turnproof", *command.split()]
        done = subprocess.run(line, cwd=suite.path, stdout=output, stderr=subprocess.PIPE, text=True, check=False)
        return done.returncode, done.stderr.replace("2 scenarios\n", "")

    reading, writing = os.pipe()
    os.close(reading)
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        assert told(writing) == (0, "")
        assert told(full) == (2, "turnproof: cannot write: No space left on device\n")
    finally:
        os.close(writing)
        os.close(full)


def test_version(project: Project) -> None:
    assert turnproof(project, "--version").stdout == f"turnproof {__version__}\n"


def test_binaries_is_delegated(project: Project) -> None:
    told = turnproof(project, "binaries", "--help")
    assert told.returncode == 0
    assert "install" in told.stdout


def test_the_commands_of_the_page_run(project: Project) -> None:
    project.write("turnproof.toml", "[named-targets]\nfake = 'sim'\ncodex = 'sim'\n")
    project.scenario("test_it.py")
    commands = re.findall(r"^\$ (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        program, *arguments = shlex.split(command)
        result = subprocess.run(
            [sys.executable, "-m", program, *arguments], cwd=project.path, capture_output=True, check=False
        )
        assert result.returncode == 0, (command, result.stdout, result.stderr)
    assert (project.path / "again.xml").is_file()
