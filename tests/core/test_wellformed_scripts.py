"""A script is refused when it is written if the model provider would refuse it when it is served, and only then."""

from __future__ import annotations

import itertools
import re

import pytest

from turnproof.calls import AnyCall, apply_patch, at_once, call_tool, run_command, type_into
from turnproof.composing import for_the_model
from turnproof.refusal import Refusal
from turnproof.script import Script, drop_connection, fail, hold, never_answer, propose_plan, say, stall, think
from turnproof.wellformed.script_rules import check_script
from turnproof_fakes.model_provider.acts import read_script

ACTS = (
    say("a"),
    think("b"),
    propose_plan("c\n"),
    hold("g"),
    fail(500),
    fail(500, times=1),
    drop_connection(),
    stall(),
    never_answer(),
)
ACTS += (run_command("x"), at_once(apply_patch("x"), call_tool("y", "z")))
ALONE: list[Script] = [
    (fail(399),),
    (fail(600),),
    (fail(503, times=0),),
    (drop_connection(times=-1),),
    (say("a", drop_connection(times=0)),),
    (think("a", hold("g"), stall()),),
    (propose_plan("- one"),),
    (propose_plan("- one\n", hold("g"), "</proposed_plan>\n"),),
    (propose_plan(),),
    (say(),),
    (),
]


@pytest.mark.parametrize("script", [*ALONE, *itertools.product(ACTS, repeat=2)])
def test_the_provider_agrees(script: Script) -> None:
    assert refused_here(script) == refused_there(script)


READS = run_command("x", asks=False, reads=2)
TYPING: list[tuple[Script, str]] = [
    ((type_into("x", "a"), hold("g")), "goes to no command that waits"),
    ((READS, type_into("y", "a"), hold("g")), "goes to no command that waits"),
    ((READS, *(type_into("x", "a"), hold("g")) * 3), "goes to no command that waits"),
    ((READS, type_into("x", "a"), say("b")), "reads 1 line(s) more than it is given"),
    ((READS, type_into("x", "a"), type_into("x", "b"), say("c")), "nothing waits for that end"),
    ((READS, type_into("x", "a"), type_into("x", "b")), "nothing waits for that end"),
    ((READS, type_into("x", "a\n"), type_into("x", "b"), hold("g")), "is no line for a terminal"),
    ((READS, type_into("x", "\x03"), type_into("x", "b"), hold("g")), "is no line for a terminal"),
    ((run_command("x", reads=1), type_into("x", "a"), hold("g")), "asks=False"),
    ((run_command("x", asks=False, reads=-1),), "reads=-1"),
]


@pytest.mark.parametrize(("script", "complaint"), TYPING)
def test_what_cannot_be_typed_is_refused(script: Script, complaint: str) -> None:
    with pytest.raises(Refusal, match=re.escape(complaint)):
        check_script(script)


def test_a_command_is_typed_into_as_often_as_it_reads() -> None:
    other = run_command("y", asks=False, reads=1)
    check_script(
        (at_once(READS, other), type_into("x", "a"), type_into("y", ""), hold("g"), type_into("x", "~"), hold("h"))
    )


@pytest.mark.parametrize("call", [run_command("x", review="maybe"), run_command("x", asks=False, review="deny")])
def test_what_cannot_be_reviewed_is_refused(call: AnyCall) -> None:
    with pytest.raises(Refusal, match=r"is no verdict|is not reviewed"):
        check_script((call,))


def refused_here(script: Script) -> bool:
    try:
        check_script(script)
    except Refusal:
        return True
    return False


def refused_there(script: Script) -> bool:
    try:
        read_script(for_the_model(script, 0))
    except ValueError:
        return True
    return False
