"""Questions that the model has for its user, in plan mode."""

from __future__ import annotations

from turnproof import (
    Scenario,
    answer,
    ask_user,
    await_ask,
    await_turn,
    call_tool,
    interrupt,
    resume_thread,
    run_turn,
    say,
    start_thread,
    start_turn,
)
from turnproof_scenarios._asking import EXPERIMENTAL, PLAN

a_question_is_answered = Scenario(
    "The user chooses, and the turn goes on.",
    start_thread("t"),
    start_turn("r", "t", "plan it", ask_user("colour"), say("red it is"), collaborationMode=PLAN),
    await_ask("colour"),
    answer("colour", "red"),
    await_turn("r"),
    setup=EXPERIMENTAL,
    origin="TRU-09",
)

two_questions_are_answered_one_by_one = Scenario(
    "Each question has its own answer.",
    start_thread("t"),
    start_turn(
        "r", "t", "plan it", ask_user("colour"), ask_user("size", "How big?", ("small", "big")), say("well"),
        collaborationMode=PLAN,
    ),
    await_ask("colour"),
    answer("colour", "blue"),
    await_ask("size"),
    answer("size", "big"),
    await_turn("r"),
    setup=EXPERIMENTAL,
    origin="TRU-09",
)  # fmt: skip

a_question_without_an_answer_is_over_too = Scenario(
    "A client that answers a question with an error, or with nothing, does not hold up the turn.",
    start_thread("t"),
    start_turn(
        "r", "t", "plan it", ask_user("colour"), ask_user("size"), say("I shall choose"), collaborationMode=PLAN
    ),
    await_ask("colour"),
    answer("colour", error={"code": -32603, "message": "nobody is there"}),
    await_ask("size"),
    answer("size", result={}),
    await_turn("r"),
    setup=EXPERIMENTAL,
    origin="E02",
)

an_interrupt_takes_the_question_back = Scenario(
    "A turn that waits for its user can be interrupted; the answer that comes afterwards does nothing.",
    start_thread("t"),
    start_turn("r", "t", "plan it", ask_user("colour"), say("never said"), collaborationMode=PLAN),
    await_ask("colour"),
    interrupt("r"),
    await_turn("r"),
    answer("colour", "red"),
    run_turn("t", "and now?", says="nothing was planned"),
    setup=EXPERIMENTAL,
    origin="TRU-10",
)

a_question_is_asked_again_on_resume = Scenario(
    "Who resumes a thread that waits for its user is asked too, under the same id.",
    start_thread("t"),
    start_turn("r", "t", "plan it", ask_user("colour"), say("red it is"), collaborationMode=PLAN),
    await_ask("colour"),
    resume_thread("t"),
    await_ask("colour", k=2),
    answer("colour", "red"),
    await_turn("r"),
    setup=EXPERIMENTAL,
    origin="E04",
)

what_the_model_may_not_call_asks_nobody = Scenario(
    "Outside plan mode the model may not ask, and a tool that nobody declared is not there; the turn goes on.",
    start_thread("t"),
    run_turn("t", "do it", ask_user("colour"), call_tool("word", "look_up"), say("I may not ask")),
    origin="TRU-09",
)
