"""Threads one after the other on one server."""

from __future__ import annotations

from turnproof import Ok, Scenario, one_of, read_thread, request, run_turn, same_as, start_thread, subset, wait

second_thread_completes_after_the_first = Scenario(
    "The end of a thread's turn is not the end of the child.",
    start_thread("first"),
    run_turn("first", "hello", says="one"),
    start_thread("second"),
    run_turn("second", "hello again", says="two"),
    origin="BUG-008",
)

twenty_threads_one_after_the_other = Scenario(
    "The twentieth thread is served like the first.",
    *(
        step
        for n in range(1, 21)
        for step in (start_thread(f"t{n}"), run_turn(f"t{n}", f"words for thread {n}", says=f"answer {n}"))
    ),
    origin="CDX-02",
)

back_to_the_first_thread = Scenario(
    "After a turn on a second thread the first one still works, with words of its own.",
    start_thread("first"),
    run_turn("first", "one", says="first answer"),
    start_thread("second"),
    run_turn("second", "two", says="second answer"),
    run_turn("first", "three", says="third answer"),
    read_thread("first", turns=("completed", "completed")),
    read_thread("second", turns=("completed",)),
    origin="CDX-03",
)

idle_between_threads = Scenario(
    "Two idle seconds between threads close nothing.",
    start_thread("first"),
    run_turn("first", "before the pause", says="one"),
    wait(2, because="only time can show that idleness is not taken for an end"),
    start_thread("second"),
    run_turn("second", "after the pause", says="two"),
    origin="CDX-05",
)

threads_without_turns_are_listed_as_loaded = Scenario(
    "Threads that never ran a turn are loaded all the same, and one of them can be used later.",
    start_thread("unused"),
    start_thread("used"),
    request(
        "thread/loaded/list",
        {},
        Ok(
            subset(
                {
                    "data": one_of(
                        [same_as("unused.thread.id"), same_as("used.thread.id")],
                        [same_as("used.thread.id"), same_as("unused.thread.id")],
                    )
                }
            )
        ),
    ),
    run_turn("used", "now", says="then"),
    origin="CDX-07",
)

many_turns_on_one_thread = Scenario(
    "The twelfth turn of a thread is like its first, and all of them are read back.",
    start_thread("t"),
    *(run_turn("t", f"turn {n}", says=f"answer {n}") for n in range(1, 13)),
    read_thread("t", turns=("completed",) * 12),
    origin="INV-ONE",
)
