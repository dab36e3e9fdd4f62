"""The model keeps a plan of its work while it works: the client is told of each, and of whose turn it is."""

from __future__ import annotations

from turnproof import Scenario, Setup, run_turn, say, start_thread, update_plan

WITH_PLANS = Setup(tools=("plan",))
SETTINGS = {"model": "mock-model", "reasoning_effort": None, "developer_instructions": None}
PLAN = {"mode": "plan", "settings": SETTINGS}
DEFAULT = {"mode": "default", "settings": SETTINGS}

a_plan_follows_the_work = Scenario(
    "Each plan of a turn is told once, as the model wrote it and when it did; the next turn has its own.",
    start_thread("t"),
    run_turn(
        "t",
        "mend it",
        update_plan(("look", "in_progress"), ("mend", "pending"), explanation="first things first"),
        say("looked"),
        update_plan(("look", "completed"), ("mend", "in_progress")),
        say("mended"),
    ),
    run_turn("t", "leave it", update_plan(), say("left")),
    setup=WITH_PLANS,
    origin="TEXT",
)

no_plan_of_work_in_plan_mode = Scenario(
    "In plan mode the model has no plan of its work to update, and only it hears so; behind it, it has.",
    start_thread("t"),
    run_turn("t", "plan it", update_plan(("look", "pending")), say("I may not"), collaborationMode=PLAN),
    run_turn("t", "do it", update_plan(("look", "pending")), say("I may"), collaborationMode=DEFAULT),
    setup=Setup(tools=("plan",), experimental=True),
    origin="TEXT",
)
