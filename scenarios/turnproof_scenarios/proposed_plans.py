"""Plans that the model proposes in plan mode: an item of their own, told in pieces as the model writes it."""

from __future__ import annotations

from turnproof import (
    Scenario,
    Setup,
    await_turn,
    drop_connection,
    hold,
    interrupt,
    propose_plan,
    read_thread,
    release,
    run_turn,
    say,
    start_thread,
    start_turn,
    wait_for,
)

EXPERIMENTAL = Setup(experimental=True)
SETTINGS = {"model": "mock-model", "reasoning_effort": None, "developer_instructions": None}
PLAN = {"mode": "plan", "settings": SETTINGS}

a_plan_alone = Scenario(
    "The turn is its plan: the pieces add up to it, and no message comes.",
    start_thread("t"),
    start_turn("r", "t", "plan it", propose_plan("- one\n", hold("begun"), "- two\n"), collaborationMode=PLAN),
    wait_for("item/plan/delta", turn="r"),
    release("begun"),
    await_turn("r"),
    setup=EXPERIMENTAL,
    origin="TEXT",
)

a_plan_is_kept = Scenario(
    "A plan stands between the words around it, and is read as it was told.",
    start_thread("t"),
    run_turn("t", "plan it", say("here:"), propose_plan("- one\n- two\n"), say("shall I?"), collaborationMode=PLAN),
    read_thread("t", turns=("completed",)),
    setup=EXPERIMENTAL,
    origin="TEXT",
)

an_interrupt_cuts_a_plan = Scenario(
    "A plan that is cut while it is written is never completed, and the next turn has its own.",
    start_thread("t"),
    start_turn("r", "t", "plan it", propose_plan("- one\n", hold("never opened"), "- two\n"), collaborationMode=PLAN),
    wait_for("item/plan/delta", turn="r"),
    interrupt("r"),
    await_turn("r"),
    run_turn("t", "plan it again", propose_plan("- three\n")),
    read_thread("t", turns=("interrupted", "completed")),
    setup=EXPERIMENTAL,
    origin="TRU-10",
)

a_plan_behind_a_retry = Scenario(
    "A plan whose stream breaks is proposed again from its first line, under the same id.",
    start_thread("t"),
    start_turn(
        "r", "t", "plan it", propose_plan("- one\n", drop_connection(times=1), "- two\n"), collaborationMode=PLAN
    ),
    await_turn("r"),
    setup=Setup(experimental=True, stream_retries=1),
    origin="TEXT",
    provokes=("retry-repeats-item-id",),
)
