"""Ends and order of turns and items."""

from __future__ import annotations

from typing import Final

from turnproof.defects.defect import BACK, DELTA, END, THINK, TWICE, TWO, Defect, answer, server
from turnproof.faults import Delay, Drop, Duplicate, Inject, Rewrite, Swap, When

TURNS: Final[tuple[Defect, ...]] = (
    # The ends of turns.
    server("end_lost", "loses the first turn/completed", "settles-in-time", "run_turn", TWO, (When(END), Drop())),
    server("second_end_lost", "loses the end of the second thread's turn", "settles-in-time", "run_turn", TWO,
           (When(END, thread=2), Drop())),
    server("every_second_end_lost", "loses the twentieth end", "settles-in-time", "run_turn",
           "sequential_threads::twenty_threads_one_after_the_other", (When(END, k=20), Drop())),
    server("twelfth_end_lost", "loses the twelfth end", "settles-in-time", "run_turn",
           "sequential_threads::many_turns_on_one_thread", (When(END, k=12), Drop())),
    server("ends_twice", "sends turn/completed twice", "turn-ends-once", END, TWO, (When(END), Duplicate())),
    server("ends_another_turn", "ends the second turn under the first one's id", "turn-ends-once", END, BACK,
           (When(END, k=3), Rewrite("params.turn.id", {"$turn": 1}))),
    server("speaks_after_the_end", "sends a delta after the end of its turn", "turn-ends-once", DELTA, TWO,
           (When(END), Inject({"method": DELTA, "params": {
               "threadId": {"$thread": 1}, "turnId": {"$turn": 1}, "itemId": "msg_late", "delta": "late"},
               "emittedAtMs": 1767225600000}))),
    server("ends_late", "sends the end of a turn a quarter of a minute late", "settles-in-time", "run_turn", TWO,
           (When(END, k=2), Delay(15.0))),
    server("fails_the_turn", "reports a good turn as failed", "no-unlicensed-failure", END, TWO,
           (When(END), Rewrite("params.turn.status", "failed"))),
    server("fails_the_second_thread", "reports the second thread's good turn as failed", "no-unlicensed-failure", END,
           TWO, (When(END, thread=2), Rewrite("params.turn.status", "failed"))),
    server("interrupts_the_turn", "reports a good turn as interrupted", "no-unlicensed-failure", END, TWO,
           (When(END), Rewrite("params.turn.status", "interrupted"))),
    server("interrupted_is_completed", "reports an interrupted turn as completed", "no-unlicensed-failure", END,
           "interrupts::interrupt_mid_stream", (When(END), Rewrite("params.turn.status", "completed"))),
    server("failure_is_success", "reports a failed turn as completed", "no-unlicensed-failure", END,
           "model_failures::server_error", (When(END), Rewrite("params.turn.status", "completed"))),
    server("retries_for_nothing", "announces a retry though the model did not fail", "no-unlicensed-failure", "error",
           TWO, (When("turn/started"), Inject({"method": "error", "params": {
               "error": {"message": "Reconnecting... 1/5", "codexErrorInfo": None, "additionalDetails": None,
                         "misalignment": None},
               "willRetry": True, "threadId": {"$copy": "params.threadId"}, "turnId": {"$copy": "params.turn.id"}},
               "emittedAtMs": 1767225600000}))),
    # The order of a turn.
    server("starts_twice", "sends turn/started twice", "lifecycle-order", "turn/started", TWO,
           (When("turn/started"), Duplicate())),
    server("start_unannounced", "loses turn/started", "lifecycle-order", "item/started", TWO,
           (When("turn/started"), Drop())),
    server("item_before_the_turn", "sends the first item before turn/started", "lifecycle-order", "item/started", TWO,
           (When("turn/started"), Swap())),
    server("active_too_late", "says active after turn/started", "lifecycle-order", "turn/started", TWO,
           (When("thread/status/changed"), Swap())),
    server("idle_too_late", "says idle after turn/completed", "lifecycle-order", END, TWO,
           (When("thread/status/changed", k=2), Swap())),
    server("delta_before_its_item", "sends a delta before the item starts", "lifecycle-order", DELTA, TWO,
           (When("item/started", k=2), Swap())),
    server("item_never_starts", "loses item/started of an answer", "lifecycle-order", DELTA, TWO,
           (When("item/started", k=2), Drop())),
    server("item_completed_twice", "completes an answer twice", "lifecycle-order", "item/completed", TWICE,
           (When("item/completed", k=2), Duplicate())),
    server("thought_before_its_item", "sends a thought before the reasoning item starts", "lifecycle-order",
           "item/reasoning/summaryPartAdded", THINK, (When("item/started", k=2), Swap())),
    server("speaks_before_the_handshake", "sends a notification before it answers initialize", "handshake-first",
           "configWarning", TWO, (answer("initialize"), Inject({"method": "configWarning", "params": {
               "summary": "early", "details": None}, "emittedAtMs": 1767225600000}, before=True))),
)  # fmt: skip
