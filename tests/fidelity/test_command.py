"""`turnproof compare`: what it plays, what it prints, and how it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from turnproof_fakes import app_server

FILE = """\
from turnproof import *

plain = Scenario("Two turns.", start_thread("t"), run_turn("t", "one", says="1"), run_turn("t", "two", says="2"))
race = Scenario(
    "An interrupt races the start.",
    start_thread("t"),
    start_turn("r", "t", "race", say("a", "b")),
    interrupt("r", Branch(Refused(-32600), turn="completed"), Branch(Ok(), turn="interrupted")),
    await_turn("r"),
)
"""
FAKE = f"{sys.executable} -I -S {Path(app_server.__file__).with_name('__main__.py')} app-server"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def compare(tmp_path: Path) -> Run:
    """The command, in a folder with two scenarios."""
    (tmp_path / "test_two.py").write_text(FILE)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "turnproof", "compare", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)

    return run


def test_what_is_the_same_ends_with_0_and_counts(compare: Run, tmp_path: Path) -> None:
    done = compare("sim", "sim", "test_two.py", "--rounds", "3", "--out", "kept", "-n", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sim (1) against sim (2): 2 scenarios, 3 rounds" in done.stdout
    assert "6 of 6 pairs compared" in done.stdout
    assert done.stdout.endswith("no difference\n")
    kept = sorted((tmp_path / "kept" / "test_two" / "plain").glob("*/*/history.jsonl"))
    played = ["round-1/sim (1)-1", "round-1/sim (2)-1", "round-2/sim (2)-1", "round-3/sim (2)-1"]
    assert [f"{path.parent.parent.name}/{path.parent.name}" for path in kept] == played


def test_what_differs_is_shown_with_its_neighbours_and_ends_with_1(compare: Run) -> None:
    """The fake against itself in another terminal, whose name a server tells its client."""
    done = compare("fake", f"other=command:env TERM=other {FAKE}", "test_two.py::plain")
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "← answer to initialize  result.userAgent  differs (once)"
    assert lines[1].startswith('    fake   "turnproof/0.163.0 (')
    assert lines[2].startswith('    other  "turnproof/0.163.0 (')
    assert lines[3] == "  first in test_two::plain, the connection"
    assert lines[4].startswith("    fake   event 4, after → initialize, before ")
    assert lines[-1] == "1 difference in 1 place"


def test_a_play_that_fails_is_not_compared_and_named(compare: Run) -> None:
    done = compare("sim", f"deaf=command:{sys.executable} -c pass", "test_two.py::plain")
    assert done.returncode == 1
    assert "not compared: test_two::plain: deaf does not play it: " in done.stdout
    assert "0 of 1 pairs compared" in done.stdout


def test_of_a_run_that_is_over_only_what_is_still_so_is_taken(compare: Run, tmp_path: Path) -> None:
    """A file that was written after the run may hold other scenarios under the same names."""
    played = [sys.executable, "-m", "pytest", "test_two.py", "-q", "--target", "sim"]
    assert subprocess.run(played, cwd=tmp_path, capture_output=True, check=False, timeout=120).returncode == 0
    words = ("sim", "sim", "test_two.py::plain", "--from", "turnproof-out/latest")
    assert ", 1 play, 1 of 1 pairs compared" in compare(*words).stdout
    (tmp_path / "test_two.py").write_text(FILE.replace("one", "other"))
    assert ", 2 plays, 1 of 1 pairs compared" in compare(*words).stdout


def test_what_cannot_be_played_is_an_error_in_one_line(compare: Run) -> None:
    for words, told in {
        ("sim", "nobody", "test_two.py"): "unknown target 'nobody'",
        ("sim", "codex:/not/there", "test_two.py"): "/not/there",
        ("sim", "sim", "test_two.py", "--rounds", "0"): "argument --rounds: '0' is no number from 1",
        ("sim", "sim", "test_two.py::nothing"): "nothing",
    }.items():
        done = compare(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
        assert told in done.stderr
