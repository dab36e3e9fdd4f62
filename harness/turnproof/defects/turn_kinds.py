"""Turns that another request than turn/start begins (compactions, commands of the user, reviews), and those that are reverted."""

from __future__ import annotations

from typing import Final

from turnproof.defects.defect import END, Defect, a_turn, answer, server
from turnproof.faults import Drop, Duplicate, Rewrite, When

COMMAND: Final = "commands_of_the_user::command_in_a_turn_of_its_own"
FAILING: Final = "commands_of_the_user::command_that_fails"
WITHIN: Final = "commands_of_the_user::command_within_a_turn"
COMPACTION: Final = "compactions::compaction_between_turns"
REVERT: Final = "reverts::revert_drops_the_later_turns"
REVIEW: Final = "reviews::review_by_instructions"

TURN_KINDS: Final[tuple[Defect, ...]] = (
    server("command_unanswered", "loses the answer to thread/shellCommand", "settles-in-time", "begin_turn", COMMAND,
           (answer("thread/shellCommand"), Drop())),
    server("command_begins_unannounced", "never says that a command's turn starts", "lifecycle-order", "item/started",
           COMMAND, (When("turn/started", k=2), Drop())),
    server("command_never_ends", "loses the end of a command's turn", "settles-in-time", "await_turn", COMMAND,
           (When(END, k=2), Drop())),
    server("command_ends_twice", "ends a command's turn twice", "turn-ends-once", END, COMMAND,
           (When(END, k=2), Duplicate())),
    server("command_fails_its_turn", "fails the turn of a command that failed", "no-unlicensed-failure", END, FAILING,
           (When(END, k=2), Rewrite("params.turn.status", "failed"))),
    server("command_of_another_turn", "tells a command of the user under another turn", "lifecycle-order",
           "item/started", WITHIN,
           (When("item/started", k=3), Rewrite("params.turnId", "019b76da-0000-7000-8000-000000000000"))),
    server("compaction_unanswered", "loses the answer to thread/compact/start", "settles-in-time", "begin_turn",
           COMPACTION, (answer("thread/compact/start"), Drop())),
    server("compaction_never_ends", "loses the end of a compaction", "settles-in-time", "await_turn", COMPACTION,
           (When(END, k=2), Drop())),
    server("compaction_interrupted", "tells a compaction as interrupted", "no-unlicensed-failure", END, COMPACTION,
           (When(END, k=2), Rewrite("params.turn.status", "interrupted"))),
    server("compaction_uses_up_nothing", "counts a compaction down instead of up", "usage-is-told",
           "thread/tokenUsage/updated", COMPACTION,
           (When("thread/tokenUsage/updated", k=3), Rewrite("params.tokenUsage.total.totalTokens", 0))),
    server("compaction_spares_the_running_turn", "does not end the turn that a compaction cuts", "settles-in-time",
           "await_turn", "compactions::compaction_ends_the_running_turn", (When(END), Drop())),
    server("review_unanswered", "loses the answer to review/start", "lifecycle-order", "item/started", REVIEW,
           (answer("review/start"), Drop())),
    server("review_never_ends", "loses the end of a review", "settles-in-time", "await_turn", REVIEW,
           (When(END, k=2), Drop())),
    server("review_ends_twice", "ends a review twice", "turn-ends-once", END, REVIEW, (When(END, k=2), Duplicate())),
    server("review_finds_other_words", "leaves the review with other words than the model's", "text-as-scripted",
           "item/completed", REVIEW,
           (When("item/completed", k=5), Rewrite("params.item.review", "leaks everywhere"))),
    server("review_asks_other_words", "asks for another review than its instructions say", "words-come-back",
           "item/started", REVIEW,
           (When("item/started", k=4), Rewrite("params.item.content.0.text", "look away"))),
    server("review_read_without_its_result", "reads a review without what it found", "contents-as-told", "response",
           "reviews::review_is_read_back", (answer("thread/read"), Rewrite("result.thread.turns.2.items.1.review", ""))),
    server("review_of_failure_completes", "reports a failed review as completed", "no-unlicensed-failure", END,
           "reviews::review_that_fails", (When(END, k=2), Rewrite("params.turn.status", "completed"))),
    server("revert_unanswered", "loses the answer to thread/revert", "settles-in-time", "request", REVERT,
           (answer("thread/revert"), Drop())),
    server("never_says_reverted", "loses thread/reverted", "settles-in-time", "wait_for", REVERT,
           (When("thread/reverted"), Drop())),
    server("reverts_too_far", "reads a reverted thread with another turn than was kept", "contents-as-told", "response",
           REVERT, (answer("thread/read"), Rewrite("result.thread.turns.0.id", {"$turn": 2}))),
    server("reverts_nothing", "reads what was reverted to the beginning with a turn of before", "contents-as-told",
           "response", "reverts::revert_to_the_beginning",
           (answer("thread/read"), Rewrite("result.thread.turns", [a_turn({"$turn": 1}, "completed")]))),
    server("lists_a_thread_twice", "lists a thread twice", "threads-as-described", "response",
           "thread_history::lists_what_ran",
           (answer("thread/list"), Rewrite("result.data", [{"$copy": "result.data.0"}, {"$copy": "result.data.0"}]))),
)  # fmt: skip
