"""turn/interrupt: what it ends, when it is refused, and its races."""

from __future__ import annotations

from turnproof import (
    Branch,
    Later,
    Ok,
    Refused,
    Scenario,
    await_delta,
    await_turn,
    hold,
    interrupt,
    never_answer,
    read_thread,
    ref,
    request,
    run_turn,
    say,
    stall,
    start_thread,
    start_turn,
    text,
    think,
    wait_for,
)

RACE = (
    Branch(Refused(-32600, "no active turn to interrupt"), turn="completed"),
    Branch(Ok(), turn="interrupted"),
)

interrupt_mid_stream = Scenario(
    "An interrupt in mid-stream ends the turn as interrupted; the partial text is gone, the thread goes on.",
    start_thread("t"),
    start_turn("cut", "t", "a long story", say("once upon", hold("never opened"), " a time")),
    await_delta("cut"),
    interrupt("cut"),
    await_turn("cut"),
    read_thread("t", turns=("interrupted",)),
    run_turn("t", "a short story", says="the end"),
    origin="TRU-10",
)

interrupt_while_the_model_is_silent = Scenario(
    "An interrupt reaches a turn whose model never answered.",
    start_thread("t"),
    start_turn("cut", "t", "no answer", never_answer()),
    wait_for("item/completed", turn="cut"),
    interrupt("cut"),
    await_turn("cut"),
    run_turn("t", "an answer", says="here"),
    origin="TRU-10",
)

interrupt_of_a_stalled_model = Scenario(
    "An interrupt reaches a turn whose model went silent after a whole message.",
    start_thread("t"),
    start_turn("cut", "t", "one and no more", say("one"), stall()),
    wait_for("item/completed", turn="cut", where={"item": {"$subset": {"type": "agentMessage"}}}),
    interrupt("cut"),
    await_turn("cut"),
    run_turn("t", "and more", says="two"),
    origin="TRU-10",
)

interrupt_while_reasoning = Scenario(
    "An interrupt reaches a model that is still reasoning.",
    start_thread("t"),
    start_turn("cut", "t", "ponder this", think("well", hold("never opened")), say("never said")),
    wait_for("item/reasoning/summaryTextDelta", turn="cut"),
    interrupt("cut"),
    await_turn("cut"),
    run_turn("t", "do not ponder", says="right"),
    origin="TRU-10",
)

interrupt_races_the_start = Scenario(
    "turn/interrupt right behind turn/start: refused and the turn runs, or taken and it ends.",
    start_thread("t"),
    start_turn("r", "t", "race", say("a", "b")),
    interrupt("r", *RACE),
    await_turn("r"),
    origin="TRU-10",
)

interrupt_races_the_end = Scenario(
    # An interrupt that is taken while the turn finishes is answered at its end, whatever that is: of 250 races on 0.163.0
    # 179 were interrupted, 65 refused, and 6 taken and completed all the same.
    "turn/interrupt while the last words arrive: whichever comes first, the turn ends once, and as it was said.",
    start_thread("t"),
    start_turn("r", "t", "almost done", say("last ", "words")),
    await_delta("r"),
    interrupt("r", *RACE, Branch(Ok(), turn="completed")),
    await_turn("r"),
    run_turn("t", "once more", says="again"),
    origin="TRU-10",
)

interrupt_of_a_completed_turn = Scenario(
    "A turn that is over cannot be interrupted.",
    start_thread("t"),
    run_turn("t", "done", says="done", as_="over"),
    interrupt("over", Refused(-32600, "no active turn to interrupt")),
    run_turn("t", "next", says="next"),
    origin="TRU-10",
)

interrupt_with_a_wrong_turn = Scenario(
    "An interrupt that names another turn is refused with both ids, and the running turn runs on.",
    start_thread("t"),
    run_turn("t", "the old turn", says="old", as_="old"),
    start_turn("new", "t", "the new turn", say("ne", hold("go on"), "w")),
    await_delta("new"),
    interrupt("old", Refused(-32600, text("^expected active turn id .* but found "))),
    request(
        "turn/interrupt",
        {"threadId": ref("t.thread.id"), "turnId": ref("new.turn.id")},
        Ok({}),
    ),
    await_turn("new", ends="interrupted"),
    origin="F03",
)

interrupted_twice = Scenario(
    "A turn that was interrupted cannot be interrupted again: the answer says so, and at once.",
    start_thread("t"),
    start_turn("cut", "t", "cut me twice", say("on", stall())),
    await_delta("cut"),
    interrupt("cut"),
    await_turn("cut"),
    request("turn/interrupt", {"threadId": ref("t.thread.id"), "turnId": ref("cut.turn.id")}, Later()),
    run_turn("t", "the next turn", says="whole"),
    origin="F03",
    provokes=("double-interrupt-unanswered",),
)

interrupt_of_no_turn = Scenario(
    "An interrupt that names no turn is refused.",
    start_thread("t"),
    run_turn("t", "nothing runs now", says="done"),
    request("turn/interrupt", {"threadId": ref("t.thread.id"), "turnId": ""}, Refused(-32600)),
    run_turn("t", "and goes on", says="on"),
    origin="F03",
    provokes=("empty-turn-id-interrupts",),
)

interrupt_of_an_unknown_thread = Scenario(
    "An interrupt on a thread that does not exist is refused by that name.",
    start_thread("t"),
    request(
        "turn/interrupt",
        {"threadId": "00000000-0000-7000-8000-000000000000", "turnId": "x"},
        Refused(-32600, "thread not found: 00000000-0000-7000-8000-000000000000"),
    ),
    run_turn("t", "still fine", says="fine"),
    origin="TRU-10",
)

two_interrupted_turns_in_a_row = Scenario(
    "A thread survives two interrupted turns, and the third completes.",
    start_thread("t"),
    start_turn("one", "t", "first try", say("fir", stall())),
    await_delta("one"),
    interrupt("one"),
    await_turn("one"),
    start_turn("two", "t", "second try", say("sec", stall())),
    await_delta("two"),
    interrupt("two"),
    await_turn("two"),
    run_turn("t", "third try", says="third"),
    read_thread("t", turns=("interrupted", "interrupted", "completed")),
    origin="TRU-10",
)
