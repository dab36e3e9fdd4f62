"""What the server asks its client: lost, doubled, misplaced, never settled, and done otherwise than answered."""

from __future__ import annotations

from typing import Any, Final

from turnproof.calls import CLOCK
from turnproof.defects.defect import ACCEPTED, END, NOBODY, NOW_MS, TWO, Defect, a_turn, answer, server, tell
from turnproof.faults import Drop, Duplicate, Inject, Reply, Rewrite, When

COMMAND: Final = "item/commandExecution/requestApproval"
PATCH: Final = "item/fileChange/requestApproval"
TOOL: Final = "item/tool/call"
QUESTION: Final = "item/tool/requestUserInput"
ELICITATION: Final = "mcpServer/elicitation/request"
PERMISSIONS: Final = "item/permissions/requestApproval"
RESOLVED: Final = "serverRequest/resolved"
STATUS: Final = "thread/status/changed"
DONE: Final = "item/completed"
DECLINED: Final = "command_approvals::a_declined_command_does_not_run"
CANCELLED: Final = "command_approvals::a_cancelled_command_ends_its_turn"
IN_A_ROW: Final = "command_approvals::one_ask_after_the_other"
SEVERAL: Final = "command_approvals::several_asks_are_answered_in_any_order"
TWO_THREADS: Final = "command_approvals::asks_of_two_threads_do_not_mix"
RESUMED: Final = "command_approvals::a_resume_asks_again_under_the_same_id"
THREE: Final = "asks_of_all_kinds::asks_of_three_threads_wait_at_once"
SHAPES: Final = "asks_of_all_kinds::answers_of_another_shape_decide_nothing"
OTHER_IDS: Final = "asks_of_all_kinds::answers_under_another_id_are_nobodys"
CANCELS_ALL: Final = "asks_of_all_kinds::a_cancelled_command_takes_the_others_with_it"
GONE: Final = "asks_of_all_kinds::asks_go_with_their_threads"
UNANSWERED: Final = "asks_of_all_kinds::nobody_answers_any_more"
ONCE: Final = "command_approvals::a_consent_is_for_once"
FOR_SESSION: Final = "command_approvals::a_consent_for_the_session_is_for_its_thread"
WITH_RULE: Final = "command_approvals::a_rule_is_for_every_thread_to_come"
FILE_FOR_SESSION: Final = "patch_approvals::a_file_accepted_for_the_session_is_patched_again"
RULE: Final = {"acceptWithExecpolicyAmendment": {"execpolicy_amendment": ["/bin/bash"]}}
"""A rule for all that the shell runs."""

REVIEW, REVIEWED = "item/autoApprovalReview/started", "item/autoApprovalReview/completed"
ALLOWED: Final = "automatic_reviews::an_allowed_command_runs_once"
DENIED: Final = "automatic_reviews::a_denied_command_does_not_run"

DIFF: Final = "turn/diff/updated"
PATCHED: Final = "patch_approvals::an_accepted_patch_is_applied_once"
FREE_PATCH: Final = "patch_approvals::a_patch_within_the_sandbox_asks_nobody"
EDIT: Final = ("diff --git a/patched-edit b/patched-edit\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/patched-edit\n"
               "@@ -0,0 +1 @@\n+edit-of-0\n")  # fmt: skip
"""The diff of a turn that applied the patch "edit"."""
GROWS: Final = "item/fileChange/patchUpdated"
GREW: Final = "streamed_patches::a_patch_that_grew_is_declined"
TIMED: Final = "clocks_of_the_client::the_time_is_asked_for_in_each_turn"
TOLD: Final = Reply({"id": {"$copy": "id"}, "result": {"currentTimeAt": NOW_MS // 1000}})
"""The server takes its own time for the client's."""

ACCEPT: Final = {"decision": "accept"}
CONSENT: Final = Reply({"id": {"$copy": "id"}, "result": ACCEPT})
"""The server takes the user's consent as given."""
WAITS, GOES_ON = When(STATUS, k=2), When(STATUS, k=3)
"""The second status of a thread's first turn says that it waits, the third that it goes on."""
UNRUN: Final = tuple((When(DONE, k=2), Rewrite(f"params.item.{key}", value))
                     for key, value in (("status", "declined"), ("exitCode", None), ("aggregatedOutput", None)))  # fmt: skip
RUN: Final = tuple((When(DONE, k=2), Rewrite(f"params.item.{key}", value))
                   for key, value in (("status", "completed"), ("exitCode", 0), ("aggregatedOutput", "built\n")))  # fmt: skip
"""The second completed item of a thread is that of the command: told as not run, and as run."""


def ask(method: str, **params: Any) -> Inject:
    """One ask more, of the turn that a matched notification names."""
    where = {key: {"$copy": f"params.{key}"} for key in ("threadId", "turnId")}
    return Inject({"method": method, "id": 4242, "params": where | params})


def replied(method: str = COMMAND, k: int | None = 1) -> When:
    """When the client answers the k-th ask of this method."""
    return When(method, "to_server", "response", k=k)


ASKS: Final[tuple[Defect, ...]] = (
    # What the model is asked in place of the user.
    server("review_untold", "does not tell that a review begins", "reviewed-as-scripted", REVIEWED, DENIED,
           (When(REVIEW), Drop())),
    server("review_told_twice", "begins a review twice", "reviewed-as-scripted", REVIEW, ALLOWED,
           (When(REVIEW), Duplicate())),
    server("verdict_untold", "does not tell how a review ended", "reviewed-as-scripted", DONE, DENIED,
           (When(REVIEWED), Drop())),
    server("review_of_another_call", "reviews a call that nobody made", "reviewed-as-scripted", REVIEW, ALLOWED,
           (When(REVIEW), Rewrite("params.targetItemId", "call_other"))),
    server("review_ends_as_another", "ends a review under another id", "reviewed-as-scripted", REVIEWED, ALLOWED,
           (When(REVIEWED), Rewrite("params.reviewId", NOBODY))),
    server("verdict_turned", "tells that it was denied what the model allowed", "reviewed-as-scripted", REVIEWED, ALLOWED,
           (When(REVIEWED), Rewrite("params.review.status", "denied"))),
    server("denied_and_told_as_run", "tells as done what the model denied", "reviewed-as-scripted", DONE, DENIED, *RUN),
    server("allowed_and_told_as_declined", "tells as declined what the model allowed", "reviewed-as-scripted", DONE,
           ALLOWED, *UNRUN),
    # What is told of a patch that the model streams.
    server("patch_grows_untold", "does not tell how a patch grows", "patch-grows-to-its-item", "item/started", GREW,
           (When(GROWS, k=None), Drop())),
    server("patch_loses_its_last_piece", "does not tell the last of a patch", "patch-grows-to-its-item", "item/started", GREW,
           (When(GROWS, k=2), Drop())),
    server("patch_of_another_call_grows", "tells how the patch of a call grows that nobody made", "patch-grows-to-its-item",
           GROWS, GREW, (When(GROWS), Rewrite("params.itemId", "call_nobody"))),
    server("patch_shrinks", "takes back what it told of a patch", "patch-grows-to-its-item", GROWS, GREW,
           (When(GROWS, k=2), Duplicate()), (When(GROWS, k=2), Rewrite("params.changes.0.diff", "x"))),
    server("patch_begins_as_another", "shows one patch and asks for another", "patch-grows-to-its-item", "item/started", GREW,
           (When("item/started", k=2), Rewrite("params.item.changes.0.diff", "rm\n"))),
    # What the user is shown of a command.
    server("output_made_up", "tells an output that the command never printed", "commands-as-shown", DONE,
           "commands_of_the_user::command_that_fails",
           (When("item/commandExecution/outputDelta"), Rewrite("params.delta", "all is well"))),
    server("actions_of_another_command", "asks for a command, and shows another as what it does", "asks-name-what-runs",
           COMMAND, ACCEPTED, (When(COMMAND), Rewrite("params.commandActions.0.command", "true"))),
    server("ends_as_another_action", "ends a command as one that did something else", "commands-as-shown", DONE, ACCEPTED,
           (When(DONE, k=2), Rewrite("params.item.commandActions.0.command", "true"))),
    server("ends_as_another_command", "ends a command as another than it began", "commands-as-shown", DONE, ACCEPTED,
           (When(DONE, k=2), Rewrite("params.item.command", "true"))),
    server("rule_for_another_command", "proposes to allow for good what nobody ran", "commands-as-shown", COMMAND, ACCEPTED,
           (When(COMMAND), Rewrite("params.proposedExecpolicyAmendment", ["rm", "-rf", "/"])),
           (When(COMMAND), Rewrite("params.availableDecisions", ["accept", "cancel",
               {"acceptWithExecpolicyAmendment": {"execpolicy_amendment": ["rm", "-rf", "/"]}}]))),
    server("rule_offered_unproposed", "offers a rule, and proposes none", "commands-as-shown", COMMAND, ACCEPTED,
           (When(COMMAND), Rewrite("params.proposedExecpolicyAmendment", None))),
    server("no_way_to_refuse", "asks for a consent that cannot be refused", "commands-as-shown", COMMAND, ACCEPTED,
           (When(COMMAND), Rewrite("params.availableDecisions.2", "accept"))),
    # What the user is shown of a patch.
    server("patch_shown_elsewhere", "asks for a patch of one file, and shows another file", "patches-as-scripted",
           "item/started", PATCHED, (When("item/started", k=2), Rewrite("params.item.changes.0.path", "/etc/passwd"))),
    server("patch_shown_as_a_deletion", "shows a patch that adds a file as one that deletes it", "patches-as-scripted",
           "item/started", PATCHED, (When("item/started", k=2), Rewrite("params.item.changes.0.kind.type", "delete"))),
    server("patch_ends_without_changes", "ends a patch as one that changed nothing", "patches-as-scripted", DONE, PATCHED,
           (When(DONE, k=2), Rewrite("params.item.changes", []))),
    server("patch_asks_for_everything", "asks for all files where the patch changes one", "patches-as-scripted", PATCH,
           PATCHED, (When(PATCH), Rewrite("params.grantRoot", "/"))),
    server("diff_untold", "never tells what a turn changed", "patches-as-scripted", END, PATCHED,
           (When(DIFF, k=None), Drop())),
    server("diff_of_nonsense", "tells a diff that is none", "patches-as-scripted", DIFF, PATCHED,
           (When(DIFF, k=None), Rewrite("params.diff", "nonsense"))),
    server("diff_of_another_file", "tells a diff of a file that nobody changed", "patches-as-scripted", DIFF, FREE_PATCH,
           (When(DIFF), Rewrite("params.diff", EDIT.replace("patched-edit", "passwd")))),
    # What the server asks that goes by its client's clock.
    server("goes_by_its_own_clock", "never asks for the time", "time-asked-in-turns", END, TIMED,
           (When(CLOCK, k=None), TOLD), (When(CLOCK, k=None), Drop())),
    server("time_of_another_thread", "asks for the time in the name of a thread that nobody opened", "time-asked-in-turns",
           CLOCK, TIMED, (When(CLOCK), Rewrite("params.threadId", NOBODY))),
    server("time_asked_after_the_turn", "asks for the time when no turn is at work", "time-asked-in-turns", CLOCK, TIMED,
           (When(END), Inject({"method": CLOCK, "id": 4242, "params": {"threadId": {"$copy": "params.threadId"}}}))),
    server("time_asked_twice", "asks for the time twice under one id", "time-asked-in-turns", CLOCK, TIMED,
           (When(CLOCK), Duplicate())),
    # What is asked.
    server("ask_lost", "waits for an answer, and never asks", "settles-in-time", "await_ask", ACCEPTED,
           (When(COMMAND), Drop())),
    server("asked_twice", "asks the same twice", "asks-name-what-runs", COMMAND, ACCEPTED,
           (When(COMMAND), Duplicate())),
    server("ask_id_reused", "asks two things under one id", "asks-name-what-runs", COMMAND, SEVERAL,
           (When(COMMAND, k=2), Rewrite("id", 0))),
    server("ask_id_becomes_text", "asks under \"0\", and waits for an answer to 0", "settles-in-time", "await_turn", ACCEPTED,
           (When(COMMAND), Rewrite("id", "0"))),
    server("wrong_thread_in_ask", "asks in the name of another thread", "asks-name-what-runs", COMMAND, TWO_THREADS,
           (When(COMMAND, k=2), Rewrite("params.threadId", {"$thread": 1}))),
    server("wrong_turn_in_ask", "asks in the name of another turn", "asks-name-what-runs", COMMAND, TWO_THREADS,
           (When(COMMAND, k=2), Rewrite("params.turnId", {"$turn": 1}))),
    server("wrong_item_in_ask", "asks about a command that is done", "asks-name-what-runs", COMMAND, IN_A_ROW,
           (When(COMMAND, k=2), Rewrite("params.itemId", "call_build"))),
    server("wrong_command_in_ask", "shows another command than it would run", "asks-name-what-runs", COMMAND, ACCEPTED,
           (When(COMMAND), Rewrite("params.command", "/bin/bash -lc true"))),
    server("resume_forgets_the_ask", "does not ask again when the thread is resumed", "settles-in-time", "await_ask",
           RESUMED, (When(COMMAND, k=2), Drop())),
    server("resume_asks_under_a_new_id", "asks again under another id", "asks-name-what-runs", COMMAND, RESUMED,
           (When(COMMAND, k=2), Rewrite("id", 77))),
    # How it is settled.
    server("resolved_lost", "never tells that an ask is settled", "asks-settle", END, ACCEPTED, (When(RESOLVED), Drop())),
    server("resolved_twice", "tells twice that an ask is settled", "asks-settle", RESOLVED, ACCEPTED,
           (When(RESOLVED), Duplicate())),
    server("resolved_unasked", "settles what it never asked", "asks-settle", RESOLVED, TWO,
           (When("turn/started"), tell(RESOLVED, requestId=7))),
    server("resolved_before_answer", "settles an ask before it is answered", "asks-settle", RESOLVED, ACCEPTED,
           (When(COMMAND), tell(RESOLVED, requestId=0))),
    server("resolved_for_another_thread", "settles the ask of another thread", "asks-settle", RESOLVED, TWO_THREADS,
           (When(RESOLVED), Rewrite("params.threadId", {"$thread": 1}))),
    server("resolved_under_text", "settles 0 as \"0\"", "asks-settle", RESOLVED, ACCEPTED,
           (When(RESOLVED), Rewrite("params.requestId", "0"))),
    server("turn_ends_while_asking", "ends the turn while it waits for an answer", "asks-settle", END, ACCEPTED,
           (When(COMMAND), tell(STATUS, status={"type": "idle"})),
           (When(COMMAND), tell(END, turn=a_turn({"$copy": "params.turnId"}, "completed")))),
    # What the thread is told to wait for.
    server("flag_never_told", "does not say that the thread waits", "flags-agree", COMMAND, ACCEPTED, (WAITS, Drop())),
    server("flag_stays", "does not say that the thread goes on", "flags-agree", "item/started", ACCEPTED,
           (GOES_ON, Drop())),
    server("flag_wrong_kind", "says that the thread waits for words, not for leave", "flags-agree", COMMAND, ACCEPTED,
           (WAITS, Rewrite("params.status.activeFlags", ["waitingOnUserInput"]))),
    server("flag_for_nothing", "says that a thread waits for leave which nobody asks for", "flags-agree", "item/started",
           TWO, (When("turn/started"), tell(STATUS, status={"type": "active", "activeFlags": ["waitingOnApproval"]}))),
    server("flag_gone_too_early", "says that the thread goes on while it waits", "flags-agree", STATUS, ACCEPTED,
           (When(COMMAND), tell(STATUS, status={"type": "active", "activeFlags": []}))),
    server("reads_without_the_flag", "reads a waiting thread as one that waits for nothing", "flags-agree", "response",
           "command_approvals::a_read_shows_that_a_thread_waits",
           (answer("thread/read"), Rewrite("result.thread.status.activeFlags", []))),
    server("resumes_without_the_flag", "resumes a waiting thread as one that waits for nothing", "flags-agree", "response",
           RESUMED, (answer("thread/resume"), Rewrite("result.thread.status.activeFlags", []))),
    # What is done.
    server("runs_when_declined", "runs what was declined", "items-end-as-answered", DONE, DECLINED,
           (replied(), Rewrite("result", ACCEPT))),
    server("runs_in_secret", "runs what was declined, and tells that it did not", "run-as-answered", "effects", DECLINED,
           (replied(), Rewrite("result", ACCEPT)), *UNRUN),
    server("declined_told_completed", "tells that a declined command ran", "items-end-as-answered", DONE, DECLINED,
           (When(DONE, k=2), Rewrite("params.item.status", "completed"))),
    server("accepted_never_runs", "tells that an accepted command ran, which did not", "run-as-answered", "effects",
           ACCEPTED, (replied(), Rewrite("result.decision", "decline")), *RUN),
    server("accepted_is_declined", "declines what was accepted", "items-end-as-answered", DONE, ACCEPTED,
           (replied(), Rewrite("result.decision", "decline"))),
    server("accepted_told_as_failed", "does not run what was accepted, and tells that it could not", "items-end-as-answered",
           END, ACCEPTED, (replied(), Rewrite("result.decision", "decline")),
           (When(DONE, k=2), Rewrite("params.item.status", "failed"))),
    server("cancelled_goes_on", "goes on with a turn whose command was cancelled", "items-end-as-answered", END, CANCELLED,
           (replied(), Rewrite("result.decision", "decline"))),
    server("declined_is_cancelled", "interrupts a turn whose command was declined", "no-unlicensed-failure", END, DECLINED,
           (replied(), Rewrite("result.decision", "cancel"))),
    server("an_error_is_consent", "takes an error for consent", "items-end-as-answered", DONE,
           "command_approvals::an_error_for_an_answer_is_no_consent",
           (replied(), Rewrite("error", {"$delete": True})), (replied(), Rewrite("result", ACCEPT))),
    server("nonsense_is_consent", "takes a decision that it does not know for consent", "items-end-as-answered", DONE,
           "command_approvals::an_unknown_decision_is_no_consent", (replied(), Rewrite("result", ACCEPT))),
    server("any_id_is_its_id", "takes the answer to \"0\" for one to 0", "items-end-as-answered", DONE,
           "command_approvals::an_answer_under_another_id_is_nobodys",
           (When(None, "to_server", "response"), Rewrite("id", 0))),
    server("runs_without_asking", "runs what it should have asked for", "items-end-as-answered", DONE, ACCEPTED,
           (When(COMMAND), CONSENT), (When(COMMAND), Drop()), (When(RESOLVED), Drop()), (WAITS, Drop()),
           (GOES_ON, Drop())),
    server("runs_before_the_answer", "asks, and does not wait for the answer", "items-end-as-answered", DONE, ACCEPTED,
           (When(COMMAND), CONSENT), (When(RESOLVED), Drop()), (GOES_ON, Drop())),
    server("tells_another_exit_code", "tells that a failed command exits with 1", "items-end-as-answered", DONE,
           "command_approvals::an_accepted_command_may_fail", (When(DONE, k=2), Rewrite("params.item.exitCode", 1))),
    server("output_lost", "leaves out what a command printed", "items-end-as-answered", DONE, ACCEPTED,
           (When(DONE, k=2), Rewrite("params.item.aggregatedOutput", ""))),
    server("call_left_open", "ends a turn whose call is not told to be over", "items-end-as-answered", END, ACCEPTED,
           (When(DONE, k=2), Drop())),
    server("cut_off_never_resolved", "never settles what an interrupt cut off", "asks-settle", RESOLVED,
           "command_approvals::an_interrupt_ends_the_wait_for_an_answer", (When(RESOLVED), Drop())),
    # What a consent is worth when the same is done again.
    server("consent_is_for_good", "does not ask again for what was accepted once", "items-end-as-answered", DONE, ONCE,
           (replied(), Rewrite("result.decision", "acceptForSession"))),
    server("forgets_the_session", "asks again for what was accepted for the session", "no-unlicensed-request", COMMAND,
           FOR_SESSION, (replied(), Rewrite("result.decision", "accept"))),
    server("session_never_ends", "keeps for good what was accepted for the session", "items-end-as-answered", DONE,
           FOR_SESSION, (replied(), Rewrite("result.decision", RULE))),
    server("forgets_the_rule", "keeps a rule for the session only", "no-unlicensed-request", COMMAND, WITH_RULE,
           (replied(), Rewrite("result.decision", "acceptForSession"))),
    server("patch_forgets_the_session", "asks again for a file that was accepted for the session",
           "no-unlicensed-request", PATCH, FILE_FOR_SESSION, (replied(PATCH), Rewrite("result.decision", "accept"))),
    server("diff_without_a_difference", "tells as a difference what was there before", "patches-as-scripted", DIFF,
           FILE_FOR_SESSION, (When(DONE, k=5), tell(DIFF, turnId={"$turn": 2}, diff=EDIT))),
    # Asks of all kinds, at once and in a row.
    server("tool_never_asked_again", "does not ask again for a tool when the thread is resumed", "settles-in-time",
           "await_ask", THREE, (When(TOOL, k=2), Drop())),
    server("resume_asks_twice", "asks twice for each that resumes the thread", "asks-name-what-runs", COMMAND, RESUMED,
           (When(COMMAND, k=2), Duplicate())),
    server("answer_decides_the_oldest", "takes each answer for one to what it asked first", "asks-settle", RESOLVED, THREE,
           (When(None, "to_server", "response"), Rewrite("id", 0))),
    server("nonsense_is_consent_to_a_patch", "takes a decision about a patch that it does not know for consent",
           "items-end-as-answered", DONE, SHAPES, (replied(PATCH), Rewrite("result", ACCEPT))),
    server("nonsense_is_what_a_tool_gave", "takes what is no result of a tool for one", "items-end-as-answered", DONE, SHAPES,
           (replied(TOOL), Rewrite("result", {"contentItems": [], "success": True}))),
    server("nonsense_accepts_an_elicitation", "takes an action that it does not know for consent", "items-end-as-answered",
           DONE, SHAPES, (replied(ELICITATION), Rewrite("result.action", "accept"))),
    server("nonsense_grants_permissions", "grants what was asked for to an answer that it cannot read",
           "model-is-told-the-answer", "effects", SHAPES,
           (replied(PERMISSIONS), Rewrite("result", {"permissions": {"network": {"enabled": True}}, "scope": "turn"}))),
    server("nonsense_about_files_grants_the_network", "grants the network to an answer whose files it cannot read",
           "model-is-told-the-answer", "effects", SHAPES,
           (replied(PERMISSIONS, 3), Rewrite("result.permissions.fileSystem", None))),
    server("any_id_is_the_patchs", "takes any answer for one to a patch", "items-end-as-answered", DONE, OTHER_IDS,
           (When(None, "to_server", "response"), Rewrite("id", 0))),
    server("other_ask_never_resolved", "never settles what a cancelled command takes with it", "asks-settle", RESOLVED,
           CANCELS_ALL, (When(RESOLVED, k=3), Drop())),
    server("deleted_thread_never_resolved", "never settles what a deleted thread was asked", "asks-settle", RESOLVED, GONE,
           (When(RESOLVED, k=1), Drop())),
    server("archived_thread_never_resolved", "never settles what an archived thread was asked", "asks-settle", RESOLVED,
           GONE, (When(RESOLVED, k=2), Drop())),
    server("reverted_turn_never_resolved", "never settles what a reverted turn was asked", "asks-settle", RESOLVED,
           UNANSWERED, (When(RESOLVED, k=1), Drop())),
    # The other ways of asking.
    server("patch_applied_when_declined", "applies a patch that was declined", "items-end-as-answered", DONE,
           "patch_approvals::a_declined_patch_changes_nothing", (replied(PATCH), Rewrite("result", ACCEPT))),
    server("patch_applied_in_secret", "applies a patch that was declined, and tells that it did not", "run-as-answered",
           "effects", "patch_approvals::a_declined_patch_changes_nothing", (replied(PATCH), Rewrite("result", ACCEPT)),
           UNRUN[0], (When(DIFF, k=None), Drop())),
    server("patch_never_applied", "tells that an accepted patch is applied, which is not", "run-as-answered", "effects",
           PATCHED, (replied(PATCH), Rewrite("result.decision", "decline")), RUN[0],
           (When(DONE, k=2), tell(DIFF, turnId={"$turn": 1}, diff=EDIT))),
    server("patch_asked_unneeded", "asks about a patch that needs no leave", "no-unlicensed-request", PATCH,
           "patch_approvals::a_patch_within_the_sandbox_asks_nobody",
           (When("item/started", k=2), ask(PATCH, itemId="call_edit", startedAtMs=NOW_MS, reason=None, grantRoot=None))),
    server("tool_result_changed", "tells another result of a tool than the client's", "items-end-as-answered", DONE,
           "tools_of_the_client::a_tool_of_the_client_gives_a_result",
           (When(DONE, k=2), Rewrite("params.item.contentItems", []))),
    server("tool_failure_is_success", "tells that a tool which failed succeeded", "items-end-as-answered", DONE,
           "tools_of_the_client::a_tool_of_the_client_may_fail",
           (When(DONE, k=2), Rewrite("params.item.status", "completed"))),
    server("another_tool_called", "calls another tool than the model did", "asks-name-what-runs", TOOL,
           "tools_of_the_client::a_tool_of_the_client_gives_a_result", (When(TOOL), Rewrite("params.tool", "rm"))),
    server("question_waits_for_leave", "says that a question waits for leave", "flags-agree", QUESTION,
           "questions_to_the_user::a_question_is_answered",
           (WAITS, Rewrite("params.status.activeFlags", ["waitingOnApproval"]))),
    server("question_never_resolved", "never settles a question", "asks-settle", END,
           "questions_to_the_user::a_question_is_answered", (When(RESOLVED), Drop())),
    server("question_in_other_words", "asks the user another question than the model's", "asks-name-what-runs", QUESTION,
           "questions_to_the_user::a_question_is_answered", (When(QUESTION), Rewrite("params.questions.0.question", "Why?"))),
    server("option_lost", "offers the user one choice less than the model", "asks-name-what-runs", QUESTION,
           "questions_to_the_user::a_question_is_answered",
           (When(QUESTION), Rewrite("params.questions.0.options", [{"label": "red", "description": "it is red"}]))),
    server("elicits_something_else", "elicits something else than the MCP server wants to know", "asks-name-what-runs",
           ELICITATION, "mcp_elicitations::an_elicitation_is_accepted",
           (When(ELICITATION), Rewrite("params.requestedSchema.properties", {}))),
    server("elicitation_of_another_server", "elicits in the name of another MCP server", "asks-name-what-runs",
           ELICITATION, "mcp_elicitations::an_elicitation_is_accepted",
           (When(ELICITATION), Rewrite("params.serverName", "somebody"))),
    server("declined_elicitation_completes", "tells that a tool went well whose question was declined",
           "items-end-as-answered", DONE, "mcp_elicitations::an_elicitation_is_declined_and_another_cancelled",
           (When(DONE, k=2), Rewrite("params.item.status", "completed"))),
    server("permissions_flag_lost", "does not say that the thread waits for permissions", "flags-agree", PERMISSIONS,
           "permission_requests::permissions_are_granted", (WAITS, Drop())),
    server("permissions_of_another_turn", "asks for permissions in the name of a turn that is none",
           "asks-name-what-runs", PERMISSIONS, "permission_requests::permissions_are_granted",
           (When(PERMISSIONS), Rewrite("params.turnId", NOBODY))),
)  # fmt: skip
