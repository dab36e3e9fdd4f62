"""Turns on several threads at the same time."""

from __future__ import annotations

from turnproof import (
    Scenario,
    await_delta,
    await_turn,
    hold,
    interrupt,
    read_thread,
    release,
    run_turn,
    say,
    start_thread,
    start_turn,
    think,
    together,
    wait_for,
)

deltas_interleave = Scenario(
    "Two streams interleave, and each thread gets its own words and its own end.",
    start_thread("a"),
    start_thread("b"),
    start_turn("a1", "a", "slow", say("al", hold("more of a"), "pha")),
    start_turn("b1", "b", "slow too", say("be", hold("more of b"), "ta")),
    await_delta("a1"),
    await_delta("b1"),
    release("more of b"),
    release("more of a"),
    await_turn("a1"),
    await_turn("b1"),
    origin="CDX-04",
)

second_turn_ends_first = Scenario(
    "A turn that starts later and ends earlier leaves the running one alone.",
    start_thread("a"),
    start_thread("b"),
    start_turn("a1", "a", "long", say("still ", hold("a goes on"), "here")),
    await_delta("a1"),
    run_turn("b", "short", says="done"),
    release("a goes on"),
    await_turn("a1"),
    origin="CDX-04",
)

first_words_to_an_idle_thread_start_a_turn = Scenario(
    "While one thread's turn runs, words to another thread start a turn there and steer nothing.",
    start_thread("busy"),
    start_thread("fresh"),
    start_turn("running", "busy", "keep going", say("on", hold("finish"), " and off")),
    await_delta("running"),
    start_turn("new", "fresh", "hello", say("hi")),
    await_turn("new"),
    release("finish"),
    await_turn("running"),
    read_thread("fresh", turns=("completed",)),
    read_thread("busy", turns=("completed",)),
    origin="CDX-06",
)

two_creates_at_once = Scenario(
    "Two threads created at once get two ids, and each keeps its own.",
    together(start_thread("left"), start_thread("right")),
    run_turn("left", "to the left", says="left answers"),
    run_turn("right", "to the right", says="right answers"),
    origin="CDX-07",
)

five_turns_at_once = Scenario(
    "Five turns on five threads run at once, and all end.",
    *(start_thread(f"t{n}") for n in range(1, 6)),
    together(*(run_turn(f"t{n}", f"to thread {n}", say(f"thread {n} ", f"says {n}")) for n in range(1, 6))),
    origin="CDX-04",
)

threads_begin_and_speak_at_once = Scenario(
    "Whole lives of threads run side by side: start, turn, second turn.",
    together(
        [start_thread("x"), run_turn("x", "x one", says="x1"), run_turn("x", "x two", says="x2")],
        [start_thread("y"), run_turn("y", "y one", says="y1"), run_turn("y", "y two", says="y2")],
        [start_thread("z"), run_turn("z", "z one", says="z1"), run_turn("z", "z two", says="z2")],
    ),
    origin="CDX-07",
)

reasoning_of_one_beside_words_of_another = Scenario(
    "One model reasons while another speaks; nobody hears the other's thoughts.",
    start_thread("thinker"),
    start_thread("talker"),
    start_turn("deep", "thinker", "ponder", think("hm", hold("insight"), ", yes"), say("so it is")),
    wait_for("item/reasoning/summaryTextDelta", turn="deep"),
    run_turn("talker", "chat", say("bla", " bla")),
    release("insight"),
    await_turn("deep"),
    origin="CDX-04",
)

interrupt_of_one_spares_the_other = Scenario(
    "An interrupt ends the turn that it names, and the other one completes.",
    start_thread("a"),
    start_thread("b"),
    start_turn("a1", "a", "to be cut", say("half", hold("never opened"), " lost")),
    start_turn("b1", "b", "to be kept", say("all", hold("rest of b"), " of it")),
    await_delta("a1"),
    await_delta("b1"),
    interrupt("a1"),
    await_turn("a1", ends="interrupted"),
    release("rest of b"),
    await_turn("b1"),
    origin="CDX-04",
)
