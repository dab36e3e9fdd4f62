"""What an MCP server wants to know of the user, asked through the app-server."""

from __future__ import annotations

from turnproof import (
    Scenario,
    Setup,
    answer,
    await_ask,
    await_turn,
    call_mcp,
    interrupt,
    resume_thread,
    run_turn,
    say,
    start_thread,
    start_turn,
)
from turnproof_scenarios._asking import ASKING

WITH_MCP = Setup(tools=("mcp",))

an_elicitation_is_accepted = Scenario(
    "The user tells what the MCP server wants to know, and the turn goes on.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "ask for a name", call_mcp("name"), say("thank you")),
    await_ask("name"),
    answer("name", "accept"),
    await_turn("r"),
    setup=WITH_MCP,
    origin="TRU-09",
)

an_elicitation_is_declined_and_another_cancelled = Scenario(
    "The user does not tell, and closes the next question; both tools have failed, and the turn goes on.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "ask for names", call_mcp("name"), call_mcp("other"), say("as you like")),
    await_ask("name"),
    answer("name", "decline"),
    await_ask("other"),
    answer("other", "cancel"),
    await_turn("r"),
    setup=WITH_MCP,
    origin="TRU-09",
)

an_error_for_an_elicitation_is_over_too = Scenario(
    "A client that answers an elicitation with an error does not hold up the turn.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "ask for a name", call_mcp("name"), say("never mind")),
    await_ask("name"),
    answer("name", error={"code": -32603, "message": "nobody is there"}),
    await_turn("r"),
    setup=WITH_MCP,
    origin="E02",
)

an_interrupt_takes_an_elicitation_back = Scenario(
    "A turn that waits for what an MCP server wants to know can be interrupted.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "ask for a name", call_mcp("name"), say("never said")),
    await_ask("name"),
    interrupt("r"),
    await_turn("r"),
    answer("name", "accept"),
    run_turn("t", "and now?", says="nobody was asked"),
    setup=WITH_MCP,
    origin="TRU-10",
)

an_elicitation_is_asked_again_on_resume = Scenario(
    "Who resumes a thread that waits for an elicitation is asked too, under the same id.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "ask for a name", call_mcp("name"), say("thank you")),
    await_ask("name"),
    resume_thread("t"),
    await_ask("name", k=2),
    answer("name", "accept"),
    await_turn("r"),
    setup=WITH_MCP,
    origin="E04",
)
