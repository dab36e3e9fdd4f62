"""The server dies, or is ended, and comes back over the same home."""

from __future__ import annotations

from turnproof import (
    Ok,
    Refused,
    Scenario,
    await_delta,
    close_stdin,
    fork_thread,
    hold,
    kill_server,
    list_threads,
    never_answer,
    read_thread,
    reconnect,
    request,
    resume_thread,
    run_turn,
    say,
    send_bytes,
    stall,
    start_thread,
    start_turn,
    subset,
    text,
    wait_for,
)

killed_between_threads = Scenario(
    "kill -9 between two threads: one new server, and the second thread completes on it.",
    start_thread("first"),
    run_turn("first", "before", says="one"),
    kill_server("KILL"),
    reconnect(),
    start_thread("second"),
    run_turn("second", "after", says="two"),
    origin="CDX-10",
)

killed_mid_turn_then_resumed = Scenario(
    "kill -9 in mid-turn: the same home resumes, and the cut turn reads as interrupted.",
    start_thread("t"),
    run_turn("t", "before", says="safe"),
    start_turn("cut", "t", "doomed", say("half a", stall())),
    await_delta("cut"),
    kill_server("KILL"),
    reconnect(),
    resume_thread("t", turns=("completed", "interrupted")),
    run_turn("t", "after", says="back"),
    read_thread("t", turns=("completed", "interrupted", "completed")),
    origin="CDX-11",
)

killed_before_the_first_word = Scenario(
    "kill -9 while the model is silent: the turn is cut, another thread works on the new server.",
    start_thread("t"),
    start_turn("cut", "t", "never heard", never_answer()),
    wait_for("turn/started", turn="cut"),
    kill_server("KILL"),
    reconnect(),
    start_thread("other"),
    run_turn("other", "fresh", says="works"),
    origin="CDX-11",
)

two_turns_cut_at_once = Scenario(
    "kill -9 cuts every running turn; each thread resumes with its own cut turn.",
    start_thread("a"),
    start_thread("b"),
    start_turn("a1", "a", "a is cut", say("a half", stall())),
    start_turn("b1", "b", "b is cut", say("b half", stall())),
    await_delta("a1"),
    await_delta("b1"),
    kill_server("KILL"),
    reconnect(),
    resume_thread("b", turns=("interrupted",)),
    resume_thread("a", turns=("interrupted",)),
    run_turn("a", "a again", says="a is back"),
    run_turn("b", "b again", says="b is back"),
    origin="CDX-11",
)

old_thread_needs_a_resume = Scenario(
    "On a new server a thread is unknown until it is resumed.",
    start_thread("t"),
    run_turn("t", "on the first server", says="one"),
    kill_server("KILL"),
    reconnect(),
    start_turn("early", "t", "too early", says="never", expect=(Refused(-32600, text("^thread not found: ")),)),
    resume_thread("t", turns=("completed",)),
    run_turn("t", "on the second server", says="two"),
    origin="CDX-12",
)

killed_twice = Scenario(
    "Two losses, two reconnects, and nothing is forgotten.",
    start_thread("t"),
    run_turn("t", "first life", says="one"),
    kill_server("KILL"),
    reconnect(),
    resume_thread("t", turns=("completed",)),
    run_turn("t", "second life", says="two"),
    kill_server("KILL"),
    reconnect(),
    resume_thread("t", turns=("completed", "completed")),
    run_turn("t", "third life", says="three"),
    origin="CDX-10",
)

terminated_between_turns = Scenario(
    "SIGTERM ends an idle server with return code 0, and its thread resumes.",
    start_thread("t"),
    run_turn("t", "before the signal", says="one"),
    kill_server("TERM"),
    reconnect(),
    resume_thread("t", turns=("completed",)),
    run_turn("t", "after the signal", says="two"),
    origin="CDX-10",
)

end_of_input_between_turns = Scenario(
    "The end of input ends an idle server with return code 0, and its thread resumes.",
    start_thread("t"),
    run_turn("t", "before the end", says="one"),
    close_stdin(),
    reconnect(),
    resume_thread("t", turns=("completed",)),
    run_turn("t", "after the end", says="two"),
    origin="TRN-04",
)

requests_before_the_end_of_input = Scenario(
    "What is asked right before the end of input is read and may go without an answer; the next server has the thread.",
    start_thread("t"),
    run_turn("t", "before the questions", says="ask"),
    send_bytes('{"id": "last words", "method": "thread/loaded/list", "params": {}}\n'),
    close_stdin(),
    reconnect(),
    resume_thread("t", turns=("completed",)),
    run_turn("t", "after the questions", says="too late"),
    origin="TRN-04",
)

end_of_input_mid_turn = Scenario(
    "The end of input in mid-turn cuts the turn without a farewell; it reads as interrupted.",
    start_thread("t"),
    start_turn("cut", "t", "cut by the end", say("half", hold("never opened"), " lost")),
    await_delta("cut"),
    close_stdin(),
    reconnect(),
    resume_thread("t", turns=("interrupted",)),
    run_turn("t", "go on", says="on"),
    origin="CDX-11",
)

interrupted_by_a_signal = Scenario(
    "SIGINT ends the server by that signal; a new one serves.",
    start_thread("t"),
    run_turn("t", "before ctrl-c", says="one"),
    kill_server("INT"),
    reconnect(),
    list_threads(has=("t",)),
    start_thread("u"),
    run_turn("u", "after ctrl-c", says="two"),
    origin="CDX-10",
)

thread_without_a_turn_is_not_kept = Scenario(
    "A thread that never ran a turn has no history: a new server does not know it.",
    start_thread("unused"),
    wait_for("thread/started"),
    kill_server("KILL"),
    reconnect(),
    resume_thread("unused", Refused(-32600, text("^no rollout found for thread id "))),
    start_thread("next"),
    run_turn("next", "anything", says="fine"),
    origin="CDX-12",
)

listed_but_not_loaded = Scenario(
    "After a restart a thread is listed as not loaded, and can be read without a resume.",
    start_thread("t"),
    run_turn("t", "to be listed", says="kept"),
    kill_server("KILL"),
    reconnect(),
    request("thread/loaded/list", {}, Ok(subset({"data": []}))),
    list_threads(has=("t",)),
    read_thread("t", turns=("completed",)),
    origin="CDX-12",
)

forked_after_a_restart = Scenario(
    "A thread can be forked on a new server without being resumed.",
    start_thread("t"),
    run_turn("t", "to be forked", says="shared"),
    kill_server("KILL"),
    reconnect(),
    fork_thread("f", "t", turns=("completed",)),
    run_turn("f", "on the fork", says="apart"),
    read_thread("f", turns=("completed", "completed")),
    origin="CDX-12",
)
