"""Patches that the user is asked about first: what is declined does not change a file."""

from __future__ import annotations

from turnproof import (
    Scenario,
    again,
    answer,
    apply_patch,
    await_ask,
    await_turn,
    close_stdin,
    interrupt,
    read_thread,
    reconnect,
    resume_thread,
    run_turn,
    say,
    start_thread,
    start_turn,
)
from turnproof_scenarios._asking import ASKING

EDIT = apply_patch("edit")

an_accepted_patch_is_applied_once = Scenario(
    "What the user accepts is changed, once, and the turn tells the difference.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "edit it", apply_patch("edit"), say("done")),
    await_ask("edit"),
    answer("edit", "accept"),
    await_turn("r"),
    read_thread("t", turns=("completed",)),
    origin="TRU-06",
)

a_declined_patch_changes_nothing = Scenario(
    "What the user declines is not changed.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "edit it", apply_patch("edit"), say("as you like")),
    await_ask("edit"),
    answer("edit", "decline"),
    await_turn("r"),
    origin="TRU-06",
)

a_cancelled_patch_ends_its_turn = Scenario(
    "To cancel a patch is to interrupt its turn.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "edit it", apply_patch("edit"), say("never said")),
    await_ask("edit"),
    answer("edit", "cancel"),
    await_turn("r"),
    read_thread("t", turns=("interrupted",)),
    origin="TRU-06",
)

an_error_for_an_answer_changes_nothing = Scenario(
    "A client that answers with an error has not consented to a patch.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "edit it", apply_patch("edit"), say("it was refused")),
    await_ask("edit"),
    answer("edit", error={"code": -32603, "message": "the dialogue could not be shown"}),
    await_turn("r"),
    origin="E02",
)

a_patch_that_nobody_answers_changes_nothing = Scenario(
    "An interrupt ends the wait for the user; the consent that comes afterwards changes nothing.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "edit it", apply_patch("edit"), say("never said")),
    await_ask("edit"),
    interrupt("r"),
    await_turn("r"),
    answer("edit", "accept"),
    run_turn("t", "and now?", says="nothing was changed"),
    origin="TRU-10",
)

a_patch_is_asked_about_again_on_resume = Scenario(
    "Who resumes a thread that waits for consent to a patch is asked too, under the same id.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "edit it", apply_patch("edit"), say("done")),
    await_ask("edit"),
    resume_thread("t"),
    await_ask("edit", k=2),
    answer("edit", "acceptForSession"),
    await_turn("r"),
    origin="E04",
)

a_file_accepted_for_the_session_is_patched_again = Scenario(
    "A file accepted for the session is patched again unasked, until its server is gone; another is not, nor where nothing may be.",
    start_thread("t", **ASKING),
    start_turn("r", "t", "edit it", EDIT, say("done")),
    await_ask("edit"),
    answer("edit", "acceptForSession"),
    await_turn("r"),
    run_turn("t", "edit it again", again(EDIT, "again"), say("done again")),
    start_turn("s", "t", "edit another", apply_patch("other"), say("as you like")),
    await_ask("other"),
    answer("other", "decline"),
    await_turn("s"),
    run_turn("t", "edit it in secret", again(EDIT, "quiet"), say("I may not"), approvalPolicy="never"),
    close_stdin(),
    reconnect(),
    resume_thread("t"),
    start_turn("u", "t", "once more", again(EDIT, "more"), say("as you like"), approvalPolicy="on-request"),
    await_ask("more"),
    answer("more", "decline"),
    await_turn("u"),
    origin="TRU-06",
)

a_patch_within_the_sandbox_asks_nobody = Scenario(
    "Where the sandbox lets the model write, a patch is applied and nobody is asked.",
    start_thread("t", approvalPolicy="on-request", sandbox="workspace-write"),
    run_turn("t", "edit it", apply_patch("edit"), say("done")),
    read_thread("t", turns=("completed",)),
    origin="TRU-06",
)
