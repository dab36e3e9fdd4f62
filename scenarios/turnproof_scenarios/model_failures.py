"""The model fails: the turn ends once, says so, and the thread goes on."""

from __future__ import annotations

from turnproof import (
    Scenario,
    Setup,
    await_turn,
    drop_connection,
    fail,
    read_thread,
    run_turn,
    say,
    start_thread,
    start_turn,
    think,
    wait_for,
)

server_error = Scenario(
    "A model that answers 500 fails the turn, and the next turn of the thread completes.",
    start_thread("t"),
    run_turn("t", "unlucky", fail(500)),
    run_turn("t", "lucky", says="fine"),
    read_thread("t", turns=("failed", "completed")),
    origin="A06",
)

too_many_requests = Scenario(
    "A model that answers 429 fails the turn, and the next turn of the thread completes.",
    start_thread("t"),
    run_turn("t", "too fast", fail(429)),
    run_turn("t", "slower", says="fine"),
    origin="A06",
)

unauthorized = Scenario(
    "A model that answers 401 fails the turn.",
    start_thread("t"),
    run_turn("t", "who are you", fail(401)),
    run_turn("t", "known again", says="welcome"),
    origin="A06",
)

dropped_stream = Scenario(
    "A stream that is reset in the middle of a message fails the turn; the half message is never completed.",
    start_thread("t"),
    run_turn("t", "cut off", say("half a ", drop_connection(), "sentence")),
    run_turn("t", "not cut", says="a sentence"),
    origin="G07",
)

said_again_by_the_retry = Scenario(
    "A stream that is reset behind a whole message: the retry says the message again, and goes on.",
    start_thread("t"),
    run_turn("t", "first things first", say("first"), drop_connection(times=1), say("second")),
    run_turn("t", "and then", says="third"),
    read_thread("t", turns=("completed", "completed")),
    origin="G07",
    setup=Setup(stream_retries=1),
    provokes=("retry-repeats-text",),
)

dropped_before_the_first_word = Scenario(
    "A stream that is reset before the first word fails the turn.",
    start_thread("t"),
    run_turn("t", "no first word", drop_connection(), say("never")),
    run_turn("t", "first word", says="word"),
    origin="G07",
)

retried_after_server_errors = Scenario(
    "Two server errors are retried without a word, and the turn completes.",
    start_thread("t"),
    run_turn("t", "third time lucky", fail(500, times=2), say("lucky")),
    origin="A05",
    setup=Setup(request_retries=2),
)

retried_after_a_dropped_stream = Scenario(
    "A stream that is reset once is announced as a retry, and the turn completes with the whole message.",
    start_thread("t"),
    run_turn("t", "once more", say("whole ", drop_connection(times=1), "message")),
    origin="A05",
    setup=Setup(stream_retries=1),
)

retries_used_up = Scenario(
    "When every retry fails the turn fails, once.",
    start_thread("t"),
    run_turn("t", "hopeless", fail(500)),
    run_turn("t", "hopeful", says="good"),
    origin="A05",
    setup=Setup(request_retries=1, stream_retries=1),
)

one_fails_beside_another = Scenario(
    "A failing turn on one thread leaves the turn of another alone.",
    start_thread("bad"),
    start_thread("good"),
    start_turn("g", "good", "take your time", say("slow", "ly")),
    run_turn("bad", "fail now", fail(500)),
    await_turn("g"),
    run_turn("bad", "recover", says="recovered"),
    origin="B01",
)

raw_reasoning_then_words = Scenario(
    "A model that shows its reasoning itself, and no summary, has it told in pieces too.",
    start_thread("t"),
    run_turn("t", "think aloud", think("let me ", "see", raw=True), say("four")),
    read_thread("t", turns=("completed",)),
    origin="TEXT",
)

reasoning_then_words = Scenario(
    "Reasoning is an item of its own, before the words.",
    start_thread("t"),
    start_turn("r", "t", "think first", think("let me ", "see"), say("four")),
    wait_for("item/completed", turn="r", where={"item": {"$subset": {"type": "reasoning"}}}),
    await_turn("r"),
    origin="TEXT",
)

two_messages_in_one_turn = Scenario(
    "A model that says two things in one turn, with a thought between them, is heard twice, in order.",
    start_thread("t"),
    run_turn("t", "twice", say("first ", "thing"), think("and ", "then"), say("second thing")),
    read_thread("t", turns=("completed",)),
    origin="TEXT",
)

a_message_without_deltas = Scenario(
    "A message may come whole, without a single delta.",
    start_thread("t"),
    run_turn("t", "in one piece", say("all of it", whole=True)),
    origin="G07",
)

an_empty_answer = Scenario(
    "A model that says nothing completes the turn all the same.",
    start_thread("t"),
    run_turn("t", "say nothing"),
    run_turn("t", "say something", says="something"),
    origin="TURN-TERM",
)
