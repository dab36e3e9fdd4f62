"""Results are on disk while they happen, and every report can be rendered from them."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest
    from tests.pytest_plugin.conftest import Project

HANGING = """
_play = case.play_case
def waits(target, scenario, *rest, **more):
    if scenario.title == "waits":
        with open("reached", "w") as pipe:
            pipe.write("x")
        import threading
        threading.Event().wait()
    return _play(target, scenario, *rest, **more)
case.play_case = waits
"""


def report(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "turnproof", "report", *arguments]
    return subprocess.run(command, cwd=project.path, capture_output=True, text=True, check=False)


def test_results_survive_a_kill_of_pytest(stubbed: Project) -> None:
    conftest = stubbed.path / "conftest.py"
    conftest.write_text(conftest.read_text() + HANGING)
    os.mkfifo(stubbed.path / "reached")
    for name, title in (("a", "pass"), ("b", "fail"), ("c", "waits"), ("d", "pass")):
        stubbed.scenario("test_it.py", name, title)
    command = [sys.executable, "-m", "pytest", "-p", "no:hypothesispytest", "--target", "sim", "--junitxml=junit.xml"]
    pytest_run = subprocess.Popen(command, cwd=stubbed.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    fd = os.open(stubbed.path / "reached", os.O_RDONLY | os.O_NONBLOCK)
    try:
        ready, _, _ = select.select([fd], [], [], 60)
        assert ready
    finally:
        os.close(fd)
        pytest_run.send_signal(signal.SIGKILL)
        pytest_run.wait(30)
    assert not (stubbed.path / "junit.xml").exists()
    told = report(stubbed, "turnproof-out/latest", "--junit", "junit.xml")
    assert told.returncode == 0
    assert "sim  1 passed, 1 failed, 2 not run" in told.stdout
    assert "b [sim]: turn-ends-once (MUST, BUG-008)" in told.stdout
    suite, cases = stubbed.junit()
    assert (suite["tests"], suite["failures"], suite["skipped"]) == ("4", "1", "2")
    assert cases["c[sim]"].find("skipped").get("type") == "not run"  # type: ignore[union-attr]


def test_a_run_folder_is_named_by_time_and_pid_and_latest_points_at_it(stubbed: Project) -> None:
    stubbed.scenario("test_it.py")
    stubbed.run("--turnproof-out", "elsewhere")
    latest = stubbed.path / "elsewhere/latest"
    assert re.fullmatch(r"\d{8}T\d{6}Z-\d+", os.readlink(latest))
    assert (latest / "results.jsonl").is_file()
    assert not (stubbed.path / "turnproof-out").exists()


def test_output_goes_under_the_folder_that_pytest_was_called_in(stubbed: Project) -> None:
    stubbed.write("pytest.ini", "[pytest]\n")
    stubbed.scenario("deep/test_it.py")
    (stubbed.path / "here").mkdir()
    command = [sys.executable, "-m", "pytest", "--target", "sim", "../deep"]
    subprocess.run(command, cwd=stubbed.path / "here", check=True, stdout=subprocess.DEVNULL)
    made = {entry.name for entry in (stubbed.path / "deep").iterdir()} - {"__pycache__"}
    assert made == {"test_it.py"}
    assert (stubbed.path / "here/turnproof-out/latest").is_symlink()


def test_what_cannot_be_reported_is_said_in_one_line(project: Project) -> None:
    nowhere = report(project, "nowhere")
    assert (nowhere.returncode, len(nowhere.stderr.splitlines())) == (2, 1)
    project.write("newer/results.jsonl", '{"turnproof_results":7}\n')
    newer = report(project, "newer")
    assert newer.returncode == 2
    assert "results format 7 is not known here" in newer.stderr


def test_github_gets_annotations(stubbed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    stubbed.scenario("test_it.py", "breaks", "fail")
    stubbed.scenario("test_it.py", "loose", "should")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(stubbed.path.parent))
    result = stubbed.run()
    folder = stubbed.path.name
    commands = [line for line in result.outlines if line.startswith("::")]
    assert commands[0].startswith(
        f"::error file={folder}/test_it.py,line=3,title=fail%3A test_it.py%3A%3Abreaks[sim]::"
        "breaks [sim]: turn-ends-once (MUST, BUG-008)%0A  turn 2 ended twice%0A"
    )
    assert commands[1] == (
        f"::warning file={folder}/test_it.py,line=6,title=SHOULD%3A test_it.py%3A%3Aloose[sim]::closed-schema (SCHEMA): key x"
    )
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert not any(line.startswith("::") for line in stubbed.run().outlines)
