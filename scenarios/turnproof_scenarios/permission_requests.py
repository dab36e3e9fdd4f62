"""Permissions that the model asks its user for."""

from __future__ import annotations

from turnproof import (
    Scenario,
    Setup,
    answer,
    ask_permissions,
    await_ask,
    await_turn,
    interrupt,
    resume_thread,
    run_turn,
    say,
    start_thread,
    start_turn,
)
from turnproof_scenarios._asking import ASKING

WITH_PERMISSIONS = Setup(tools=("permissions",))

permissions_are_granted = Scenario(
    "The user grants what was asked for, for the turn and then for the session, and the turn goes on.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "use the network", ask_permissions("net"), ask_permissions("more"), say("thank you")),
    await_ask("net"),
    answer("net", "accept"),
    await_ask("more"),
    answer("more", "acceptForSession"),
    await_turn("r"),
    setup=WITH_PERMISSIONS,
    origin="TRU-06",
)

permissions_are_refused = Scenario(
    "The user grants nothing, and the turn goes on.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "use the network", ask_permissions("net"), say("as you like")),
    await_ask("net"),
    answer("net", "decline"),
    await_turn("r"),
    setup=WITH_PERMISSIONS,
    origin="TRU-06",
)

an_error_grants_nothing = Scenario(
    "A client that answers with an error grants nothing, and does not hold up the turn.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "use the network", ask_permissions("net"), say("as you like")),
    await_ask("net"),
    answer("net", error={"code": -32603, "message": "the dialogue could not be shown"}),
    await_turn("r"),
    setup=WITH_PERMISSIONS,
    origin="E02",
)

an_interrupt_takes_the_request_back = Scenario(
    "A turn that waits for permissions can be interrupted; to grant them afterwards does nothing.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "use the network", ask_permissions("net"), say("never said")),
    await_ask("net"),
    interrupt("r"),
    await_turn("r"),
    answer("net", "accept"),
    run_turn("t", "and now?", says="nothing was granted"),
    setup=WITH_PERMISSIONS,
    origin="TRU-10",
)

permissions_are_asked_for_again_on_resume = Scenario(
    "Who resumes a thread that waits for permissions is asked too, under the same id.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "use the network", ask_permissions("net"), say("thank you")),
    await_ask("net"),
    resume_thread("t"),
    await_ask("net", k=2),
    answer("net", "accept"),
    await_turn("r"),
    setup=WITH_PERMISSIONS,
    origin="E04",
)
