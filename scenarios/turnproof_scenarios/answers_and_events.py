"""Answers and the events around them may come in one write, and be cut anywhere."""

from __future__ import annotations

from turnproof import (
    Ok,
    Scenario,
    Setup,
    await_turn,
    read_thread,
    ref,
    request,
    run_turn,
    say,
    start_thread,
    start_turn,
    think,
    together,
    wait_for,
)

BURST = Setup(pace="burst")
T = {"threadId": ref("t.thread.id")}
TORN = Setup(delivery="torn")

everything_in_one_write = Scenario(
    "turn/started, the whole answer and turn/completed may come with the answer to turn/start.",
    start_thread("t"),
    run_turn("t", "at once", say("all ", "in ", "one")),
    run_turn("t", "again at once", says="and again"),
    origin="CDX-09",
    setup=BURST,
)

thread_started_in_one_write = Scenario(
    "thread/started may come in the same write as the answer to thread/start.",
    start_thread("a"),
    wait_for("thread/started"),
    start_thread("b"),
    wait_for("thread/started", k=2),
    request("thread/loaded/list", {}, Ok()),
    run_turn("a", "for a", says="a"),
    run_turn("b", "for b", says="b"),
    origin="CDX-08",
    setup=BURST,
)

bursts_of_two_threads = Scenario(
    "Two turns started together may each come as one burst.",
    start_thread("a"),
    start_thread("b"),
    together(run_turn("a", "burst a", say("1", "2", "3")), run_turn("b", "burst b", say("4", "5", "6"))),
    origin="CDX-09",
    setup=BURST,
)

output_cut_anywhere = Scenario(
    "What the server writes means the same wherever reads cut it, inside characters too.",
    start_thread("t"),
    run_turn("t", "grüße", say("größer ", "als ", "日本語 ", "und 🦀")),
    read_thread("t", turns=("completed",)),
    origin="TRN-09",
    setup=TORN,
)

separators_inside_strings = Scenario(
    "U+2028, U+0085 and a form feed inside a text are text, not the end of a line.",
    start_thread("t"),
    run_turn("t", "separators", say("one\u2028two", "\u0085three\x0c", "four\u2029five")),
    origin="TRN-09",
)

separators_cut_anywhere = Scenario(
    "The same separators, delivered in pieces.",
    start_thread("t"),
    run_turn("t", "separators\u2028here too", say("a\u2028b", "\u0085", "c\u2029🦀")),
    origin="TRN-09",
    setup=TORN,
)

bursts_cut_anywhere = Scenario(
    "A burst that is cut into pieces is still a turn.",
    start_thread("t"),
    run_turn("t", "burst in pieces", think("ü", "ber"), say("größe", "🦀")),
    origin="CDX-09",
    setup=Setup(pace="burst", delivery="torn"),
)

one_long_stream = Scenario(
    "Three hundred pieces of text add up.",
    start_thread("t"),
    start_turn("long", "t", "count", say(*(f"{n} " for n in range(300)))),
    await_turn("long"),
    origin="TEXT",
)

the_end_of_a_turn_on_a_thread_that_was_left = Scenario(
    "A client that unsubscribed still starts a turn, is not told how it ends, and reads it when it comes back.",
    start_thread("t"),
    run_turn("t", "say it", says="said"),
    request("thread/unsubscribe", T, Ok({"status": "unsubscribed"})),
    request("turn/start", {**T, "input": [{"type": "text", "text": "say it"}]}, Ok()),
    wait_for("thread/status/changed", thread="t", where={"status": {"type": "idle"}}, k=2),
    read_thread("t", turns=("completed", "completed")),
    start_thread("u"),
    run_turn("u", "and here", says="heard"),
    origin="E04",
    provokes=("unsubscribe-hides-turn-end",),
)
