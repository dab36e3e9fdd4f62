"""A server that is killed by a fault dies alike on sim and as a process: the same last words, the same end."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from turnproof.faults import Fault, Kill, When
from turnproof.scenario import Scenario
from turnproof.script import say
from turnproof.writing import run_turn, start_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from turnproof.history import Event

ENDS = {
    signal.SIGHUP: -1,
    signal.SIGINT: -2,
    signal.SIGKILL: -9,
    signal.SIGSEGV: -11,
    signal.SIGPIPE: -13,
    signal.SIGTERM: 0,  # the real server handles this one (seen on 0.163.0)
}
MOMENTS = {
    "between two deltas": When("item/agentMessage/delta", k=2),
    "at the start of the turn": When("turn/started"),
    "at a request": When("turn/start", "to_server"),
}


def one_turn() -> Scenario:
    return Scenario("Cut off.", start_thread("t"), run_turn("t", "hi", say("one", "two", "three")))


def wording(event: Event) -> str:
    """What a line is, without the ids and times in which the two differ."""
    value = event.message.value
    if "method" not in value:
        return f"answer to {value['id']}"
    return f"{value['method']} {event.message.params.get('delta', '')}"


def recorded(play: Any) -> dict[str, Any]:
    """All that the history says of the wire, the faults and the processes; times and homes left out."""
    lines = [event for event in play.events if event.kind == "line"]
    ends = [fact for fact in play.facts("process") if fact["event"] == "exit"]
    return {
        "to the server": [wording(event) for event in lines if event.dir == "to_server"],
        "to the client": [wording(event) for event in lines if event.dir == "to_client"],
        "torn": [event.raw for event in play.events if event.kind == "bytes"],
        "faults": play.facts("fault"),
        "ends": [(fact["rc"], fact["asked"]) for fact in ends],
        "verdict": (play.verdict.outcome, play.verdict.ending, play.first()),
    }


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("number", ENDS, ids=lambda number: number.name)
def test_sim_and_fake_die_alike(number: signal.Signals, moment: str, played: Callable[..., Any]) -> None:
    fault = Fault(MOMENTS[moment], Kill(number))
    sim, fake = (recorded(played(one_turn(), target, faults=(fault,))) for target in ("sim", "fake"))
    assert sim == fake
    assert sim["ends"] == [(ENDS[number], None)]
    assert len(sim["faults"]) == 1


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_was_said_before_is_heard(moment: str, played: Callable[..., Any]) -> None:
    heard = recorded(played(one_turn(), "fake", faults=(Fault(MOMENTS[moment], Kill(signal.SIGTERM)),)))[
        "to the client"
    ]
    last = {
        "between two deltas": "item/agentMessage/delta one",
        "at the start of the turn": "thread/status/changed ",
        "at a request": "thread/started ",
    }
    assert heard[-1] == last[moment]
