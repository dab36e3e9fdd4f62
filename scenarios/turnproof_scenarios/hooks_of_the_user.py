"""Commands of the user's own that the server runs with each turn: with the words, and at the end."""

from __future__ import annotations

from turnproof import (
    Scenario,
    Setup,
    await_delta,
    await_turn,
    fail,
    hold,
    interrupt,
    run_turn,
    say,
    start_thread,
    start_turn,
    steer,
)

WITH_HOOKS = Setup(tools=("hooks",))

hooks_run_with_each_turn = Scenario(
    "A hook runs before the words of the user are taken, those of a steer too, and another before the turn ends.",
    start_thread("t"),
    run_turn("t", "hello", says="hi"),
    start_turn("r", "t", "ask", say("as", hold("never opened"), "ked")),
    await_delta("r"),
    steer("r", "ask more", says="asked more"),
    await_turn("r"),
    setup=WITH_HOOKS,
    origin="TURN-TERM",
)

no_hook_at_the_end_of_a_turn_that_breaks = Scenario(
    "A turn that fails and one that is interrupted have hooks of their words alone; the next turn has both.",
    start_thread("t"),
    run_turn("t", "fail", fail(500), ends="failed"),
    start_turn("r", "t", "take your time", say("al", hold("never opened"), "pha")),
    await_delta("r"),
    interrupt("r"),
    await_turn("r"),
    run_turn("t", "and now?", says="now"),
    setup=WITH_HOOKS,
    origin="TURN-TERM",
)
