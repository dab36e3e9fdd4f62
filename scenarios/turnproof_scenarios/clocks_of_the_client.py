"""A server that goes by the clock of its client: it asks for the time whenever a turn begins and the model is asked."""

from __future__ import annotations

from turnproof import Scenario, Setup, await_turn, read_thread, run_command, run_turn, say, start_thread, start_turn

BY_THE_CLIENTS_CLOCK = Setup(tools=("clock",))

the_time_is_asked_for_in_each_turn = Scenario(
    "Each turn asks its client for the time, again when the model goes on after a command, and shows nothing of it.",
    start_thread("t"),
    run_turn("t", "what time is it?", says="late"),
    run_turn("t", "build it", run_command("build", asks=False, prints="built"), say("done")),
    read_thread("t", turns=("completed", "completed")),
    setup=BY_THE_CLIENTS_CLOCK,
    origin="CDX-09",
)

two_threads_ask_for_their_time = Scenario(
    "Of two threads that are at work at once, each asks for the time in its own name.",
    start_thread("t"),
    start_thread("v"),
    start_turn("r", "t", "what time is it?", says="late"),
    start_turn("s", "v", "and here?", says="later"),
    await_turn("r"),
    await_turn("s"),
    setup=BY_THE_CLIENTS_CLOCK,
    origin="CDX-09",
)
