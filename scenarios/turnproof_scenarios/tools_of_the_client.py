"""Tools that the client declares and runs itself when the server asks it to."""

from __future__ import annotations

from turnproof import (
    Scenario,
    answer,
    at_once,
    await_ask,
    await_turn,
    call_tool,
    interrupt,
    read_thread,
    run_turn,
    say,
    start_thread,
    start_turn,
)
from turnproof_scenarios._asking import EXPERIMENTAL, LOOK

a_tool_of_the_client_gives_a_result = Scenario(
    "The client runs the tool, and the turn goes on with its result.",
    start_thread("t", dynamicTools=[LOOK]),
    start_turn("r", "t", "look it up", call_tool("word", "look_up", word="turn"), say("found")),
    await_ask("word"),
    answer("word", "accept"),
    await_turn("r"),
    read_thread("t", turns=("completed",)),
    setup=EXPERIMENTAL,
    origin="TRU-06",
)

a_tool_of_the_client_may_fail = Scenario(
    "A tool that did not succeed has failed, and the turn goes on.",
    start_thread("t", dynamicTools=[LOOK]),
    start_turn("r", "t", "look it up", call_tool("word", "look_up", word="turn"), say("not found")),
    await_ask("word"),
    answer("word", "decline"),
    await_turn("r"),
    setup=EXPERIMENTAL,
    origin="TRU-06",
)

an_error_of_the_client_is_a_failed_tool = Scenario(
    "A client that answers with an error instead of a result does not hold up the turn.",
    start_thread("t", dynamicTools=[LOOK]),
    start_turn("r", "t", "look it up", call_tool("word", "look_up", word="turn"), say("not found")),
    await_ask("word"),
    answer("word", error={"code": -32603, "message": "the dictionary is lost"}),
    await_turn("r"),
    setup=EXPERIMENTAL,
    origin="E02",
)

tools_run_one_after_the_other = Scenario(
    "Of two tools that the model calls at once, the second is asked for when the first has answered.",
    start_thread("t", dynamicTools=[LOOK]),
    start_turn("r", "t", "look up both",
               at_once(call_tool("one", "look_up", word="a"), call_tool("two", "look_up", word="b")), say("found one")),
    await_ask("one"),
    answer("one", "accept"),
    await_ask("two"),
    answer("two", "decline"),
    await_turn("r"),
    setup=EXPERIMENTAL,
    origin="TRU-06",
)  # fmt: skip

an_interrupt_does_not_wait_for_a_tool = Scenario(
    "A turn whose tool takes long can be interrupted; the result that comes afterwards is nobody's.",
    start_thread("t", dynamicTools=[LOOK]),
    start_turn("r", "t", "look it up", call_tool("word", "look_up", word="turn"), say("never said")),
    await_ask("word"),
    interrupt("r"),
    await_turn("r"),
    answer("word", "accept"),
    run_turn("t", "and now?", says="nothing was found"),
    setup=EXPERIMENTAL,
    origin="TRU-10",
)
