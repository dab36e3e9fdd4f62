"""What a single function refuses, before there is a scenario: one line with the place of the call, and the mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from turnproof.faults import Delay, When
from turnproof.matching import text
from turnproof.scenario import ScenarioError
from turnproof.script import say
from turnproof.steps import Ok
from turnproof.writing import request, run_turn, start_turn, steer

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS: dict[str, tuple[Callable[[], object], str]] = {
    "run_turn": (
        lambda: run_turn("t", "x", say("y"), says="z"),
        "run_turn is given a script and says= too; mend: put say('z') into the script",
    ),
    "start_turn": (
        lambda: start_turn("r", "t", "x", say("y"), says="z"),
        "start_turn is given a script and says= too; mend: put say('z') into the script",
    ),
    "steer": (
        lambda: steer("r", "x", say("y"), says="z"),
        "steer is given a script and says= too; mend: put say('z') into the script",
    ),
    "request": (
        lambda: request("m", {}, Ok(), expect=(Ok(),)),
        "request is given outcomes behind the params and expect= too; mend: write all of them in one place",
    ),
    "text": (
        lambda: text("("),
        "'(' is no regular expression: missing ), unterminated subpattern at position 0; "
        "mend: text('\\\\('), when it is meant literally",
    ),
    "text of a number": (
        lambda: text(5),  # type: ignore[arg-type]
        'text is given 5, no regular expression; mend: text("…")',
    ),
}


@pytest.mark.parametrize(("call", "said"), CALLS.values(), ids=CALLS.keys())
def test_a_call_that_makes_no_sense_is_refused_where_it_stands(call: Callable[[], object], said: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        call()
    assert str(refused.value) == f"{__file__}:{call.__code__.co_firstlineno}: {said}"


FAULTS: dict[str, tuple[Callable[[], object], str]] = {
    "k=0": (lambda: When(k=0), "When(k=0) matches nothing, as it counts from 1; mend: k=1"),
    "k=-3": (lambda: When(k=-3), "When(k=-3) matches nothing, as it counts from 1; mend: k=1"),
    "thread=0": (lambda: When(thread=0), "When(thread=0) matches nothing, as it counts from 1; mend: thread=1"),
    "a time that is none": (
        lambda: Delay(float("nan")),
        "Delay(nan): no time that can pass; mend: a number of seconds from 0",
    ),
}


@pytest.mark.parametrize(("build", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_that_cannot_fire_is_refused(build: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match="mend") as refused:
        build()
    assert str(refused.value) == said
