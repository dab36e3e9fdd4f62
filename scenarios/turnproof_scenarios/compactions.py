"""thread/compact/start: the model sums the thread up, in a turn of which only the usage is heard.

The words that the model is asked with are a setting, `compact_prompt`, by which the turns are scripted.
"""

from __future__ import annotations

from turnproof import (
    Ok,
    Refused,
    Scenario,
    await_delta,
    await_turn,
    begin_turn,
    fail,
    hold,
    interrupt,
    read_thread,
    ref,
    request,
    run_turn,
    same_as,
    say,
    start_thread,
    start_turn,
    subset,
    wait_for,
)

NOBODY = "00000000-0000-7000-8000-000000000000"
SUMMING_UP = {"compact_prompt": "sum it up"}

compaction_between_turns = Scenario(
    "A compaction is a turn of its own, with one item; the thread goes on after it.",
    start_thread("t", config=SUMMING_UP),
    run_turn("t", "a long talk", says="indeed"),
    begin_turn("c", "t", "thread/compact/start", text="sum it up", says="they talked"),
    await_turn("c"),
    request(
        "thread/turns/list",
        {"threadId": ref("t.thread.id"), "limit": 1, "itemsView": "full"},
        Ok(subset({"data": [subset({"id": same_as("c.turn.id"), "items": [subset({"type": "contextCompaction"})]})]})),
    ),
    run_turn("t", "a talk after it", says="as before"),
    read_thread("t", turns=("completed", "completed", "completed")),
    origin="TRU-05",
)

compaction_of_nothing = Scenario(
    "A thread without a turn can be compacted too.",
    start_thread("t", config=SUMMING_UP),
    begin_turn("c", "t", "thread/compact/start", text="sum it up", says="nothing yet"),
    await_turn("c"),
    run_turn("t", "the first words", says="heard"),
    origin="TRU-05",
)

compaction_ends_the_running_turn = Scenario(
    "A compaction that is asked for in mid-turn interrupts the turn, and then runs.",
    start_thread("t", config=SUMMING_UP),
    start_turn("r", "t", "an endless talk", say("so ", hold("never opened"), "on")),
    await_delta("r"),
    begin_turn("c", "t", "thread/compact/start", text="sum it up", says="they talked on"),
    await_turn("r", ends="interrupted"),
    await_turn("c"),
    read_thread("t", turns=("interrupted", "completed")),
    run_turn("t", "a talk with an end", says="the end"),
    origin="TRU-05",
)

compaction_takes_no_words = Scenario(
    "While a compaction runs, words for its thread are refused in a way that names the reason; an interrupt ends it.",
    start_thread("t", config=SUMMING_UP),
    run_turn("t", "a talk before", says="indeed"),
    begin_turn("c", "t", "thread/compact/start", say("they", hold("never opened"), " talked"), text="sum it up"),
    wait_for("thread/tokenUsage/updated", turn="c"),
    request(
        "turn/start",
        {"threadId": ref("t.thread.id"), "input": [{"type": "text", "text": "too early"}]},
        Refused(-32603, "failed to submit turn input: ActiveTurnNotSteerable { turn_kind: Compact }"),
    ),
    request(
        "turn/steer",
        {
            "threadId": ref("t.thread.id"),
            "expectedTurnId": ref("c.turn.id"),
            "input": [{"type": "text", "text": "too early"}],
        },
        Refused(-32600, "cannot steer a compact turn"),
    ),
    interrupt("c"),
    await_turn("c"),
    run_turn("t", "a talk after", says="as before"),
    origin="TRU-05",
)

compaction_that_fails = Scenario(
    "A model that fails in a compaction fails its turn, and the thread goes on.",
    start_thread("t", config=SUMMING_UP),
    run_turn("t", "a talk that stays long", says="indeed"),
    begin_turn("c", "t", "thread/compact/start", fail(500), text="sum it up"),
    await_turn("c"),
    run_turn("t", "a talk all the same", says="as before"),
    read_thread("t", turns=("completed", "failed", "completed")),
    origin="A06",
)

compaction_of_an_unknown_thread = Scenario(
    "A compaction of a thread that does not exist is refused.",
    request("thread/compact/start", {"threadId": NOBODY}, Refused(-32600, f"thread not found: {NOBODY}")),
    start_thread("t"),
    run_turn("t", "not compacted", says="right"),
    origin="API-06",
)
