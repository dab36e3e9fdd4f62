"""Every declared defect is caught by its check, on its event, before anything else; and its scenario passes without it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import turnproof_fakes.app_server
from turnproof import broken_sessions
from turnproof.checks import REGISTRY
from turnproof.defects import CLIENTS, DEFECTS, SERVERS, Defect
from turnproof.session import Session

if TYPE_CHECKING:
    from turnproof.scenario import Scenario

SCRIPTS = Path(__file__).with_name("servers")
FAKE = Path(turnproof_fakes.app_server.__file__).with_name("__main__.py")
TWO = "sequential_threads::second_thread_completes_after_the_first"
PROCESSES = {
    # script: (check, event, what it says, outcome, ending)
    "leaves_a_grandchild": ("no-survivor", "survivors", "sleep 60", "fail", "survivor"),
    "lends_its_stdout": ("no-survivor", "exit", "something still holds its stdout", "fail", "leak"),
    "ignores_the_end": ("settles-in-time", "close", "the server did not end within", "hung", "killed"),
    "stops_in_a_line": ("stdout-is-protocol", "bytes", "stdout ends inside a line", "fail", "exited"),
    "runs_elsewhere": ("run-as-answered", "effects", "ran 1 time(s), not 0; answer: decline", "fail", "as scripted"),
    "runs_twice": ("run-as-answered", "effects", "command 'build' ran 2 time(s), not 1", "fail", "as scripted"),
}
"""Broken servers that no rule on messages can make: scripts over real pipes."""
PLAYED = {
    "runs_twice": "command_approvals::an_accepted_command_runs_once",
    "runs_elsewhere": "command_approvals::a_declined_command_does_not_run",
}
"""What they are played with, unless it is two turns."""
ON_PIPES = (
    "answers_twice", "id_becomes_text", "read_unanswered", "end_lost", "ends_twice", "starts_twice", "delta_lost",
    "delta_of_another_turn", "notification_with_an_id", "banner", "dies_mid_turn", "wrong_code", "Utf8PerChunk",
    "ThreadDoneIsStreamEnd", "asked_twice", "flag_stays", "runs_in_secret", "patch_applied_in_secret", "AnswersTwice",
)  # fmt: skip
"""A sample across the kinds of defects that is played on the fake's process too."""


def session_of(defect: Defect) -> type[Session]:
    return getattr(broken_sessions, defect.session) if defect.session else Session


def caught(play: Any, defect: Defect) -> None:
    """The declared check found the declared event first, and every rule fired."""
    assert play.first() == (defect.check, defect.event), play.verdict.reason
    assert {fact["rule"] for fact in play.facts("fault")} == set(range(len(defect.faults)))
    ours = REGISTRY[defect.check].harness
    expected = "harness error" if ours else "hung" if defect.check == "settles-in-time" else "fail"
    assert play.verdict.outcome == expected, play.verdict.reason


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_is_caught_as_declared(defect: Defect, shipped: dict[str, Scenario], played: Any) -> None:
    caught(played(shipped[defect.on], faults=defect.faults, session=session_of(defect)), defect)


@pytest.mark.parametrize("name", sorted({defect.on for defect in DEFECTS}))
def test_without_a_defect_its_scenario_passes(name: str, shipped: dict[str, Scenario], played: Any) -> None:
    play = played(shipped[name])
    assert (play.verdict.outcome, play.verdict.ending) == ("pass", "as scripted"), play.verdict.reason
    assert play.facts("fault") == []


@pytest.mark.parametrize("name", ON_PIPES)
def test_a_sample_is_caught_on_real_pipes(name: str, shipped: dict[str, Scenario], played: Any) -> None:
    defect = next(defect for defect in DEFECTS if defect.name == name)
    caught(played(shipped[defect.on], "fake", faults=defect.faults, session=session_of(defect), factor=0.1), defect)


def command(script: str) -> str:
    return "command:" + shlex.join([sys.executable, "-I", "-S", str(SCRIPTS / f"{script}.py"), str(FAKE)])


@pytest.mark.parametrize("script", PROCESSES)
def test_a_broken_process_is_caught(script: str, shipped: dict[str, Scenario], played: Any) -> None:
    check, event, said, outcome, ending = PROCESSES[script]
    play = played(shipped[PLAYED.get(script, TWO)], command(script), factor=0.1 if outcome == "hung" else 1.0)
    first = play.verdict.first
    assert first is not None
    assert (first.check, first.facts["event"]) == (check, event), play.verdict.reason
    assert said in first.what
    assert (play.verdict.outcome, play.verdict.ending) == (outcome, ending)


def test_unknown_keys_are_a_warning(shipped: dict[str, Scenario], played: Any) -> None:
    verdict = played(shipped[TWO], command("adds_keys")).verdict
    assert (verdict.outcome, verdict.violations) == ("pass", ())
    assert {(warning.check, warning.level) for warning in verdict.warnings} == {("closed-schema", "SHOULD")}
    assert {"turn/started", "turn/completed", "item/agentMessage/delta"} <= {w.facts["event"] for w in verdict.warnings}
    assert all("brandNew" in warning.what for warning in verdict.warnings)


def test_the_healthy_fake_passes_as_a_command(shipped: dict[str, Scenario], played: Any) -> None:
    """What the broken processes are measured against."""
    verdict = played(shipped[TWO], f"command:{sys.executable} -I -S {FAKE} app-server").verdict
    assert (verdict.outcome, verdict.ending, verdict.warnings) == ("pass", "as scripted", ())


def test_every_check_catches_a_defect() -> None:
    catchers = {defect.check for defect in DEFECTS} | {check for check, *_ in PROCESSES.values()}
    assert set(REGISTRY) - catchers == set()


def test_names_are_given_once_and_sessions_exist() -> None:
    names = [defect.name for defect in DEFECTS]
    assert len(names) == len(set(names))
    broken = {name for name, cls in vars(broken_sessions).items() if isinstance(cls, type) and issubclass(cls, Session)}
    assert {defect.session for defect in CLIENTS} == broken - {"Session"}
    assert all(defect.faults and not defect.session for defect in SERVERS)
