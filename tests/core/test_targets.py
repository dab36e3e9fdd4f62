"""Specs of targets, and what a command target needs of the place that it is started from."""

from __future__ import annotations

import errno
import os
import socket
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from turnproof import playing, stdio_targets
from turnproof.binaries import BinaryError
from turnproof.configuration import Configuration
from turnproof.faults import Drop, Fault, When
from turnproof.loopback import require_loopback
from turnproof.playing import Settings, play_case, target_of
from turnproof.pytest_items.target import play_targets
from turnproof.scenario import Scenario
from turnproof.targets import TargetError, make, parse
from turnproof.transports import HarnessError, SkipPlay
from turnproof.writing import run_turn, start_thread

ONE = Scenario("One turn.", start_thread("t"), run_turn("t", "words", says="an answer"))


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ("nothing", "unknown target 'nothing': 'nothing' is none of "),
        ("codex@", "target 'codex@' is cut short"),
        ("codex:", "target 'codex:' is cut short"),
        ("command", "target 'command' names no command"),
        ("sim@1", "sim has no versions"),
        ("fake:/x", "fake has no versions and no place"),
        ("command:'a", "No closing quotation; mend: close the quotes"),
        ("command: ", "names no command; mend: command:PROGRAM"),
        ("command:./absent", "there is no program './absent' (looked for from "),
        ("command:no-such-program --x", "there is no program 'no-such-program'"),
        (f"command:{__file__}", "is not executable; mend: chmod +x it"),
        ("command@1:x", "target 'command@1:x' is cut short"),
        ("codex@latest", "'latest' is no version of codex: name an exact one"),
        ("codex@1.2", "'1.2' is no version of codex"),
        ("codex@../../etc", "'../../etc' is no version of codex"),
        ("codex:/nowhere/codex", "no codex binary at /nowhere/codex: name the executable itself"),
        ("codex:/tmp", "no codex binary at /tmp"),
        (f"codex:{__file__}", "is not executable: chmod +x it"),
    ],
)
def test_a_spec_that_means_nothing_is_one_line(spec: str, error: str) -> None:
    with pytest.raises(TargetError) as caught:
        make(parse(spec))
    assert error in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_named_target_shows_its_name() -> None:
    assert make(parse("mine=sim")).label == "mine"
    assert make(parse("codex@0.160.0")).label == "codex@0.160.0"


def test_a_command_is_looked_up_from_where_we_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = tmp_path / "srv"
    server.write_text(f"#!/bin/sh\nexec {sys.executable} -m turnproof_fakes.app_server app-server\n")
    server.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    assert play_case("here=command:./srv", ONE, None).passed
    target_of.cache_clear()


@pytest.mark.parametrize("kept", ["schema", "version"])
def test_a_file_that_is_named_and_is_no_codex_is_an_error(kept: str, tmp_path: Path) -> None:
    """A skip would be green. It is asked for its version once, however many cases there are."""
    program, asked = tmp_path / "other", tmp_path / "asked"
    said = "codex-cli 9.8.7" if kept == "schema" else "other 5.2.15"
    program.write_text(f"#!/bin/sh\n[ $1 = --version ] && echo x >> {asked} && echo {said} || exit 3\n")
    program.chmod(0o755)
    for _ in range(2):
        verdict = play_case(f"codex:{program}", ONE, None)
        assert verdict.outcome == "harness error"
        assert str(program) in verdict.reason
        assert "\n" not in verdict.reason
        assert "in our own code" not in verdict.reason
    assert asked.read_text().count("x") == 1


def test_a_version_that_cannot_be_fetched_is_a_skip_and_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def offline(version: str) -> None:
        tried.append(version)
        raise BinaryError("the package index cannot be reached")

    monkeypatch.setattr(stdio_targets, "cached", offline)
    for _ in range(2):
        with pytest.raises(SkipPlay, match="the package index cannot be reached"):
            play_case("codex@0.1.2", ONE, None)
    required = play_case("codex@0.1.2", ONE, None, Settings(require_real=True))
    assert (required.outcome, required.reason) == (
        "harness error",
        "the package index cannot be reached (--require-real)",
    )
    assert tried == ["0.1.2"]
    target_of.cache_clear()


def test_a_loopback_that_is_down_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(address: tuple[str, int], timeout: float) -> socket.socket:
        raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))

    require_loopback.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(socket, "create_connection", down)
        with pytest.raises(HarnessError) as caught:
            require_loopback()
        assert str(caught.value) == "127.0.0.1 cannot be reached: Network is unreachable; mend: ip link set lo up"
    require_loopback()
    monkeypatch.setattr(socket, "create_connection", down)
    require_loopback()


def test_targets_of_one_name_are_refused() -> None:
    def problems(*specs: str, **named: str) -> list[str]:
        return [one.problem for one in play_targets([",".join(specs)], Configuration(named=named))]

    assert problems("x=fake", "x=sim") == [
        "'x=fake' and 'x=sim' are both called 'x'; mend: give each a name of its own"
    ]
    assert problems("mine", "mine=sim", mine="fake")[0].startswith("'mine=fake' and 'mine=sim' are both called 'mine'")
    assert problems("fake", "fake", "mine", "mine", mine="fake") == ["", ""]


def test_a_problem_keeps_the_name_of_its_target() -> None:
    (one,) = play_targets(["mine=command:./absent"], Configuration())
    assert one.label == "mine"
    assert "there is no program './absent'" in one.problem


class _NotHere:
    """A target that cannot play, and says so when it is asked or only when it is opened."""

    schema = profile = loop_factory = None
    own_server = True
    facts: ClassVar[dict[str, str]] = {}

    def __init__(self, late: bool) -> None:
        self._late = late

    def missing(self) -> str | None:
        return None if self._late else "not here"

    async def open(self, spec: object) -> None:
        raise SkipPlay("not here")


@pytest.mark.parametrize("late", [False, True], ids=["looked up", "opened"])
def test_a_skip_leaves_no_empty_folder(late: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "target_of", lambda _: _NotHere(late))
    folder = tmp_path / "play"
    folder.mkdir()  # as the run does, for the name to be its own
    with pytest.raises(SkipPlay):
        play_case("not here", ONE, folder)
    assert not folder.exists()
    folder.mkdir()
    (folder / "kept").touch()
    with pytest.raises(SkipPlay):
        play_case("not here", ONE, folder)
    assert (folder / "kept").exists()


def test_a_quirk_that_no_profile_knows_is_refused() -> None:
    verdict = play_case("sim", ONE.replace(provokes=("double-interupt",)), None)
    assert (verdict.outcome, verdict.reason) == (
        "invalid",
        "no profile knows a quirk 'double-interupt'; mend: provokes of the scenario",
    )


def test_a_rule_of_faults_is_about_what_comes_to_the_client_unless_it_says_otherwise(tmp_path: Path) -> None:
    lost = play_case("sim", ONE, tmp_path, faults=(Fault(When("turn/start"), Drop()),))
    assert lost.reason == "step 2 run_turn: turn/start was not answered within 10 s"
    assert b"turn/completed" in (tmp_path / "history.jsonl").read_bytes(), "the request was lost, not its answer"


def test_a_resume_that_gives_another_thread_is_named(shipped: dict[str, Scenario]) -> None:
    from turnproof.faults import Rewrite

    other = "019b76da-0000-7000-8000-00000000ffff"
    rule = Fault(When("thread/resume", kind="response"), Rewrite("result.thread.id", other))
    verdict = play_case("sim", shipped["thread_history::resume_of_a_loaded_thread"], None, faults=(rule,))
    assert verdict.outcome == "fail"
    assert f"and the result is of {other}" in {v.check: v.what for v in verdict.violations}["as-scripted"]
