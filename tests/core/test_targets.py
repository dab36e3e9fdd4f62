"""Specs of targets, and what a command target needs of the place that it is started from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

import pytest

from turnproof import playing
from turnproof.faults import Drop, Fault, When
from turnproof.playing import play_case, target_of
from turnproof.scenario import Scenario
from turnproof.steps import run_turn, start_thread
from turnproof.targets import TargetError, make, parse
from turnproof.transports import SkipPlay

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
    with pytest.raises(SkipPlay, match=r"there is no program './absent' \(looked for from .*; mend: command:/path"):
        play_case("command:./absent", ONE, None)
    target_of.cache_clear()


class _NotHere:
    """A target that says only when it is opened that it cannot play."""

    schema = profile = loop_factory = None
    own_server = True
    facts: ClassVar[dict[str, str]] = {}

    def missing(self) -> None:
        return None

    async def open(self, spec: object) -> None:
        raise SkipPlay("not here")


@pytest.mark.parametrize("late", [False, True], ids=["looked up", "opened"])
def test_a_skip_leaves_no_empty_folder(late: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if late:
        monkeypatch.setattr(playing, "target_of", lambda _: _NotHere())
    folder = tmp_path / "play"
    folder.mkdir()  # as the run does, for the name to be its own
    with pytest.raises(SkipPlay):
        play_case("command:./absent", ONE, folder)
    assert not folder.exists()
    folder.mkdir()
    (folder / "kept").touch()
    with pytest.raises(SkipPlay):
        play_case("command:./absent", ONE, folder)
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
