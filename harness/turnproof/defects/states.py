"""States, errors, counts and moments that contradict what happens."""

from __future__ import annotations

from typing import Final

from turnproof.defects.defect import BACK, BOOM, END, NOBODY, TWO, Defect, answer, server, tell
from turnproof.faults import Drop, Duplicate, Rewrite, When

STATES: Final[tuple[Defect, ...]] = (
    server("starts_as_completed", "starts a turn as completed", "states-agree", "turn/started", TWO,
           (When("turn/started"), Rewrite("params.turn.status", "completed"))),
    server("accepts_as_failed", "answers turn/start with a failed turn", "states-agree", "response", TWO,
           (answer("turn/start"), Rewrite("result.turn.status", "failed"))),
    server("idle_in_mid_turn", "says idle in the middle of a turn", "states-agree", "item/started", TWO,
           (When("turn/started"), tell("thread/status/changed", status={"type": "idle"}))),
    server("system_error_for_nothing", "says systemError at the end of a good turn", "states-agree", END, TWO,
           (When("thread/status/changed", k=2), Rewrite("params.status", {"type": "systemError"}))),
    server("idle_after_a_failure", "says idle at the end of a failed turn", "states-agree", END,
           "model_failures::server_error",
           (When("thread/status/changed", k=2), Rewrite("params.status", {"type": "idle"}))),
    server("completed_with_an_error", "completes a turn with an error", "states-agree", END, TWO,
           (When(END), Rewrite("params.turn.error", BOOM))),
    server("failed_without_an_error", "fails a turn without an error", "states-agree", END,
           "model_failures::server_error", (When(END), Rewrite("params.turn.error", None))),
    server("error_of_an_unknown_turn", "tells an error of a turn that nobody knows", "states-agree", "error", TWO,
           (When("turn/started"), tell("error", error=BOOM, willRetry=False, turnId=NOBODY))),
    server("usage_of_an_unknown_turn", "tells the usage of a turn that nobody knows", "states-agree",
           "thread/tokenUsage/updated", TWO,
           (When("thread/tokenUsage/updated"), Rewrite("params.turnId", NOBODY))),
    server("retries_once_too_often", "announces one retry twice", "no-unlicensed-failure", "error",
           "model_failures::retried_after_a_dropped_stream", (When("error"), Duplicate())),
    server("item_again_without_a_retry", "starts an item twice, in a turn whose stream holds", "lifecycle-order",
           "item/started", "model_failures::retried_after_server_errors", (When("item/started"), Duplicate())),
    server("nineteen_answers_lost", "answers only the last of twenty requests", "answered-once", "thread/loaded/list",
           "malformed_lines::many_requests_in_one_write",
           *((answer("thread/loaded/list", k), Drop()) for k in range(1, 20))),
    server("fails_for_another_reason", "tells another reason than the model's", "no-unlicensed-failure", "error",
           "model_failures::server_error", (When("error"), Rewrite("params.error.codexErrorInfo", "other"))),
    server("ends_with_another_error", "fails a turn with another error than it told", "states-agree", END,
           "model_failures::server_error", (When(END), Rewrite("params.turn.error", BOOM))),
    server("usage_untold", "never tells the usage of a turn", "usage-is-told", END, TWO,
           (When("thread/tokenUsage/updated"), Drop())),
    server("usage_shrinks", "tells less usage than before", "usage-is-told", "thread/tokenUsage/updated", BACK,
           (When("thread/tokenUsage/updated", k=3), Rewrite("params.tokenUsage.total.totalTokens", 0))),
    server("made_in_the_past", "dates the end of a turn before its beginning", "times-in-order", END, TWO,
           (When(END), Rewrite("emittedAtMs", 1))),
    server("item_of_negative_length", "completes an item before it started", "times-in-order", "item/completed", TWO,
           (When("item/completed"), Rewrite("params.completedAtMs", 1))),
    server("turn_of_negative_length", "ends a turn before it started", "times-in-order", END, TWO,
           (When(END), Rewrite("params.turn.completedAt", 1))),
)  # fmt: skip
