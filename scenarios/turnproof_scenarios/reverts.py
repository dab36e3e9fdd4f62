"""thread/revert: a thread goes back to where it was before one of its turns."""

from __future__ import annotations

from turnproof import (
    Ok,
    Refused,
    Scenario,
    anything,
    await_delta,
    await_turn,
    hold,
    kill_server,
    read_thread,
    reconnect,
    ref,
    request,
    resume_thread,
    run_turn,
    same_as,
    say,
    start_thread,
    start_turn,
    subset,
    text,
    wait_for,
)

NOBODY = "00000000-0000-7000-8000-000000000000"
T = {"threadId": ref("t.thread.id")}


def back_to(turn: str) -> dict[str, object]:
    return {**T, "beforeTurnId": ref(f"{turn}.turn.id")}


revert_drops_the_later_turns = Scenario(
    "A thread that is reverted has the turns in front of the named one, and goes on from there.",
    start_thread("t"),
    run_turn("t", "keep this", says="kept", as_="one"),
    run_turn("t", "drop this", says="dropped", as_="two"),
    run_turn("t", "and this", says="dropped too"),
    request("thread/revert", back_to("two"), Ok(subset({"thread": subset({"id": same_as("t.thread.id")})}))),
    wait_for("thread/reverted", thread="t"),
    read_thread("t", turns=("completed",)),
    request("thread/turns/list", T, Ok(subset({"data": [subset({"id": same_as("one.turn.id")})]}))),
    request(
        "thread/items/list",
        T,
        Ok(subset({"data": [subset({"turnId": same_as("one.turn.id")}), subset({"turnId": same_as("one.turn.id")})]})),
    ),
    run_turn("t", "rather this", says="as you wish"),
    read_thread("t", turns=("completed", "completed")),
    origin="TRU-04",
)

revert_to_the_beginning = Scenario(
    "A thread that is reverted before its first turn is empty, and can be used.",
    start_thread("t"),
    run_turn("t", "a false start", says="indeed", as_="one"),
    request("thread/revert", back_to("one"), Ok(subset({"turnsBackwardsCursor": None, "itemsBackwardsCursor": None}))),
    read_thread("t", turns=()),
    run_turn("t", "a fresh start", says="better"),
    read_thread("t", turns=("completed",)),
    origin="TRU-04",
)

revert_of_the_running_turn = Scenario(
    "A revert of a thread in mid-turn interrupts the turn, and drops it.",
    start_thread("t"),
    run_turn("t", "a good turn", says="good"),
    start_turn("r", "t", "a bad turn", say("ba", hold("never opened"), "d")),
    await_delta("r"),
    request("thread/revert", back_to("r"), Ok()),
    await_turn("r", ends="interrupted"),
    read_thread("t", turns=("completed",)),
    run_turn("t", "another good turn", says="good again"),
    read_thread("t", turns=("completed", "completed")),
    origin="TRU-04",
)

reverted_then_restarted = Scenario(
    "What was reverted does not come back on a new server.",
    start_thread("t"),
    run_turn("t", "stay with me", says="staying"),
    run_turn("t", "leave me", says="leaving", as_="two"),
    request("thread/revert", back_to("two"), Ok()),
    run_turn("t", "come instead", says="coming"),
    kill_server(),
    reconnect(),
    resume_thread("t", turns=("completed", "completed")),
    run_turn("t", "carry on", says="carrying"),
    origin="TRU-04",
)

reverted_and_listed = Scenario(
    "A thread that was reverted is in the list.",
    start_thread("t"),
    run_turn("t", "list me", says="listed", as_="one"),
    run_turn("t", "not with this", says="without", as_="two"),
    request("thread/revert", back_to("two"), Ok()),
    run_turn("t", "but with that", says="with"),
    request("thread/list", {}, Ok()),
    origin="TRU-04",
    provokes=("reverted-thread-listed-twice",),
)

reverts_that_cannot_be = Scenario(
    "A revert to a turn that is not there, or of a thread that is not, is refused, and changes nothing.",
    start_thread("t"),
    run_turn("t", "the only turn", says="only"),
    request("thread/revert", {**T, "beforeTurnId": NOBODY}, Refused(-32600, f"turn not found: {NOBODY}")),
    request("thread/revert", T, Refused(-32600, text("missing field `beforeTurnId`"))),
    request("thread/revert", {"threadId": NOBODY, "beforeTurnId": "x"}, Refused(-32600, f"thread not found: {NOBODY}")),
    start_thread("e", ephemeral=True),
    request("thread/revert", {"threadId": ref("e.thread.id"), "beforeTurnId": "x"}, Refused(-32600, anything())),
    read_thread("t", turns=("completed",)),
    run_turn("t", "the next turn", says="next"),
    origin="API-06",
)
