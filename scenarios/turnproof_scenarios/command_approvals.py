"""Commands that the user is asked about first: what is declined does not run, what is accepted runs once."""

from __future__ import annotations

from turnproof import (
    Ok,
    Refused,
    Scenario,
    again,
    answer,
    at_once,
    await_ask,
    await_turn,
    close_stdin,
    interrupt,
    kill_server,
    read_thread,
    reconnect,
    ref,
    request,
    resume_thread,
    run_command,
    run_turn,
    say,
    start_thread,
    start_turn,
    subset,
    together,
    wait_for,
)
from turnproof_scenarios._asking import ASKING

BUILD = run_command("build")
WAITING = subset({"status": {"type": "active", "activeFlags": ["waitingOnApproval"]}})

an_accepted_command_runs_once = Scenario(
    "What the user accepts is done, once.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build", prints="built"), say("done")),
    await_ask("build"),
    answer("build", "accept"),
    await_turn("r"),
    read_thread("t", turns=("completed",)),
    origin="TRU-06",
)

a_consent_is_for_once = Scenario(
    "Who accepts a command is asked again about the same one; so is who declines it, whatever is answered too late.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", BUILD, say("done")),
    await_ask("build"),
    answer("build", "accept"),
    await_turn("r"),
    start_turn("s", "t", "build it again", again(BUILD, "again"), say("as you like")),
    await_ask("again"),
    answer("again", "decline"),
    answer("again", "acceptForSession"),
    await_turn("s"),
    start_turn("u", "t", "once more", again(BUILD, "more"), say("done")),
    await_ask("more"),
    answer("more", "accept"),
    await_turn("u"),
    origin="TRU-06",
)

a_consent_for_the_session_is_for_its_thread = Scenario(
    "What is accepted for the session runs again unasked, on its thread and while its server lives.",
    start_thread("t", **ASKING),
    start_thread("other", **ASKING),
    start_turn("r", "t", "build it", BUILD, say("done")),
    await_ask("build"),
    answer("build", "acceptForSession"),
    await_turn("r"),
    run_turn("t", "build it again", again(BUILD, "again"), say("done again")),
    start_turn("s", "other", "build it here", again(BUILD, "here"), say("as you like")),
    await_ask("here"),
    answer("here", "decline"),
    await_turn("s"),
    close_stdin(),
    reconnect(),
    resume_thread("t"),
    start_turn("u", "t", "once more", again(BUILD, "more"), say("as you like")),
    await_ask("more"),
    answer("more", "decline"),
    await_turn("u"),
    origin="TRU-06",
)

a_rule_is_for_every_thread_to_come = Scenario(
    "A command that is accepted with its rule runs again unasked: on its thread, and on all that are loaded from then on.",
    start_thread("t", **ASKING),
    start_thread("other", **ASKING),
    start_turn("r", "t", "build it", BUILD, say("done")),
    await_ask("build"),
    answer("build", "acceptWithExecpolicyAmendment"),
    await_turn("r"),
    run_turn("t", "build it again", again(BUILD, "again"), say("done again")),
    start_turn("s", "other", "build it here", again(BUILD, "here"), say("as you like")),
    await_ask("here"),
    answer("here", "decline"),
    await_turn("s"),
    close_stdin(),
    reconnect(),
    resume_thread("other"),
    run_turn("other", "once more", again(BUILD, "more"), say("done here too")),
    origin="TRU-06",
)

an_accepted_command_may_fail = Scenario(
    "A command that ends with a code other than 0 has failed, and the turn goes on.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build", prints="no good", exits=3), say("it failed")),
    await_ask("build"),
    answer("build", "accept"),
    await_turn("r"),
    origin="TRU-06",
)

a_declined_command_does_not_run = Scenario(
    "What the user declines is not done; the model is told, and the turn goes on.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("as you like")),
    await_ask("build"),
    answer("build", "decline"),
    await_turn("r"),
    read_thread("t", turns=("completed",)),
    origin="TRU-06",
)

a_cancelled_command_ends_its_turn = Scenario(
    "To cancel a command is to interrupt its turn.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("never said")),
    await_ask("build"),
    answer("build", "cancel"),
    await_turn("r"),
    read_thread("t", turns=("interrupted",)),
    origin="TRU-06",
)

an_error_for_an_answer_is_no_consent = Scenario(
    "A client that answers with an error has not consented.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("it was refused")),
    await_ask("build"),
    answer("build", error={"code": -32603, "message": "the dialogue could not be shown"}),
    await_turn("r"),
    origin="E02",
)

an_unknown_decision_is_no_consent = Scenario(
    "A decision that the server does not know is not taken for consent.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("it was refused")),
    await_ask("build"),
    answer("build", result={"decision": "approved"}),
    await_turn("r"),
    origin="E02",
)

no_decision_is_no_consent = Scenario(
    "An answer without a decision, or without anything, is not taken for consent.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), run_command("test"), say("both were refused")),
    await_ask("build"),
    answer("build", result={}),
    await_ask("test"),
    answer("test", result=None),
    await_turn("r"),
    origin="E02",
)

the_first_of_two_answers_counts = Scenario(
    "A second answer changes nothing: the command has been accepted.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("done")),
    await_ask("build"),
    answer("build", "accept"),
    answer("build", "decline"),
    await_turn("r"),
    origin="TRU-08",
)

a_declined_command_is_not_accepted_later = Scenario(
    "A second answer changes nothing: the command has been declined.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("as you like")),
    await_ask("build"),
    answer("build", "decline"),
    answer("build", "accept"),
    await_turn("r"),
    origin="TRU-08",
)

an_answer_under_another_id_is_nobodys = Scenario(
    "What is answered under another id, or under the same number as a text, decides nothing.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("as you like")),
    await_ask("build"),
    answer("build", "accept", under="another id"),
    answer("build", "accept", under="another type"),
    answer("build", "decline"),
    await_turn("r"),
    origin="TRN-11",
)

an_interrupt_ends_the_wait_for_an_answer = Scenario(
    "A turn that waits for its user can be interrupted; the answer that comes afterwards does nothing.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("never said")),
    await_ask("build"),
    interrupt("r"),
    await_turn("r"),
    answer("build", "accept"),
    run_turn("t", "and now?", says="nothing was built"),
    read_thread("t", turns=("interrupted", "completed")),
    origin="TRU-10",
    provokes=("resolved-after-turn-end",),
)

an_interrupt_races_the_consent = Scenario(
    "An interrupt and the user's consent at the same time: the turn ends, one way or the other.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("done")),
    await_ask("build"),
    answer("build", "accept", ends=("interrupted", "completed")),
    interrupt("r", Ok(), Refused(-32600, "no active turn to interrupt")),
    await_turn("r"),
    origin="TRU-10",
)

several_asks_are_answered_in_any_order = Scenario(
    "Three commands wait for their user at once; each goes the way of its own answer.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "all of it", at_once(run_command("a"), run_command("b"), run_command("c")), say("done")),
    await_ask("a"),
    await_ask("b"),
    await_ask("c"),
    answer("c", "accept"),
    answer("a", "decline"),
    answer("b", "accept"),
    await_turn("r"),
    origin="TRU-06",
)

one_ask_after_the_other = Scenario(
    "Each of two commands is asked about, and the second only when the first is over.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build and test", run_command("build"), run_command("test"), say("done")),
    await_ask("build"),
    answer("build", "accept"),
    await_ask("test"),
    answer("test", "decline"),
    await_turn("r"),
    origin="TRU-06",
)

asks_of_two_threads_do_not_mix = Scenario(
    "Two threads wait for their user; what is declined on the one runs on the other.",
    start_thread("one", **ASKING),
    start_thread("two", **ASKING),
    start_turn("r", "one", "build here", run_command("here"), say("not here")),
    start_turn("s", "two", "build there", run_command("there"), say("there")),
    await_ask("here"),
    await_ask("there"),
    answer("there", "accept"),
    await_turn("s"),
    answer("here", "decline"),
    await_turn("r"),
    origin="CDX-04",
)

a_thread_that_waits_holds_up_no_other = Scenario(
    "While a thread waits for its user, another thread's turn runs to its end.",
    start_thread("one", **ASKING),
    start_thread("two"),
    start_turn("r", "one", "build it", run_command("build"), say("done")),
    await_ask("build"),
    run_turn("two", "hello", says="hello"),
    answer("build", "accept"),
    await_turn("r"),
    origin="CDX-04",
)

a_resume_asks_again_under_the_same_id = Scenario(
    "Who resumes a thread that waits for its user is asked too; one answer is enough.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("done")),
    await_ask("build"),
    resume_thread("t", turns=("inProgress",)),
    await_ask("build", k=2),
    answer("build", "accept"),
    await_turn("r"),
    origin="E04",
)

a_read_shows_that_a_thread_waits = Scenario(
    "A thread that waits for its user says so when it is read.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("done")),
    await_ask("build"),
    request("thread/read", {"threadId": ref("t.thread.id")}, Ok(subset({"thread": WAITING}))),
    answer("build", "accept"),
    await_turn("r"),
    origin="E04",
)

an_answer_counts_after_the_thread_was_left = Scenario(
    "A client that unsubscribed may still answer what it was asked, and the command runs.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("done")),
    await_ask("build"),
    request("thread/unsubscribe", {"threadId": ref("t.thread.id")}),
    answer("build", "accept"),
    wait_for("thread/status/changed", thread="t", where={"status": subset({"type": "idle"})}),
    close_stdin(),
    reconnect(),
    read_thread("t", turns=("completed",)),
    origin="E04",
)

who_left_and_returns_is_asked_again = Scenario(
    "A client that left a waiting thread is asked again when it resumes it, and told how the turn ends.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("done")),
    await_ask("build"),
    request("thread/unsubscribe", {"threadId": ref("t.thread.id")}),
    resume_thread("t", turns=("inProgress",)),
    await_ask("build", k=2),
    answer("build", "accept"),
    await_turn("r"),
    origin="E04",
)

more_words_wait_with_the_turn = Scenario(
    "What the user says while a command waits for consent belongs to the same turn.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("done")),
    await_ask("build"),
    start_turn("s", "t", "and quickly", says="done, quickly"),
    answer("build", "accept"),
    together(await_turn("r"), await_turn("s")),
    origin="TRU-13",
)

an_ask_ends_with_its_server = Scenario(
    "A server that is killed while it waits leaves nothing to wait for; the command never runs.",
    start_thread("t", **ASKING),
    run_turn("t", "hello", says="hello"),
    start_turn("r", "t", "build it", run_command("build"), say("never said")),
    await_ask("build"),
    kill_server(),
    reconnect(),
    resume_thread("t", turns=("completed", "interrupted")),
    run_turn("t", "and now?", says="nothing was built"),
    origin="TRU-07",
)

an_ask_ends_with_the_input = Scenario(
    "A server whose input ends while it waits ends too; the command never runs.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "build it", run_command("build"), say("never said")),
    await_ask("build"),
    close_stdin(),
    reconnect(),
    read_thread("t", turns=("interrupted",)),
    origin="TRU-07",
)

a_command_within_the_sandbox_asks_nobody = Scenario(
    "A command that needs no consent runs once, and nobody is asked.",
    start_thread("t"),
    run_turn("t", "build it", run_command("build", asks=False, prints="built"), say("done")),
    origin="TRU-06",
)

a_policy_of_never_asks_nobody = Scenario(
    "A thread whose user is never to be asked does not run what would need consent.",
    start_thread("t", approvalPolicy="never", sandbox="read-only"),
    run_turn("t", "build it", run_command("build"), say("I may not")),
    origin="TRU-06",
)
