"""What the model and the user say."""

from __future__ import annotations

from typing import Final

from turnproof.defects.defect import DELTA, END, NOBODY, NOW_MS, OVERLAP, THINK, TWICE, TWO, WHOLE, Defect, server
from turnproof.faults import Drop, Duplicate, Inject, Rewrite, Swap, When

PLAN: Final = "proposed_plans::a_plan_alone"
PLAN_KEPT: Final = "proposed_plans::a_plan_is_kept"

INTERACTION: Final = "item/commandExecution/terminalInteraction"
TYPED: Final = "typed_input::a_command_is_typed_into"
BOTH_TYPED: Final = "typed_input::two_commands_are_typed_into"

UPDATED: Final = "turn/plan/updated"
WORK: Final = "updated_plans::a_plan_follows_the_work"
NO_WORK: Final = "updated_plans::no_plan_of_work_in_plan_mode"

RAW_THOUGHT: Final = "model_failures::raw_reasoning_then_words"

TEXTS: Final[tuple[Defect, ...]] = (
    server("delta_lost", "loses a piece of an answer", "deltas-add-up", "item/completed", TWICE,
           (When(DELTA), Drop())),
    server("every_delta_lost", "sends no deltas at all", "client-view", "run_turn", TWO, (When(DELTA, k=None), Drop())),
    server("delta_twice", "sends a piece of an answer twice", "deltas-add-up", "item/completed", OVERLAP,
           (When(DELTA), Duplicate())),
    server("deltas_swapped", "swaps two pieces of an answer", "deltas-add-up", "item/completed", TWICE,
           (When(DELTA), Swap())),
    server("delta_of_a_burst_lost", "loses one piece of three hundred", "deltas-add-up", "item/completed",
           "answers_and_events::one_long_stream", (When(DELTA, k=250), Drop())),
    server("answer_changed", "changes the answer, which came without deltas", "text-as-scripted", "item/completed",
           WHOLE, (When("item/completed", k=2), Rewrite("params.item.text", "something else"))),
    server("answer_lost", "completes the turn and loses its answer", "text-as-scripted", END, WHOLE,
           (When("item/completed", k=2), Drop())),
    server("second_message_lost", "loses the second message of a turn", "text-as-scripted", END, TWICE,
           (When("item/completed", k=4), Drop())),
    server("end_holds_other_words", "ends a turn with words that no item said", "deltas-add-up", END, TWO,
           (When(END), Rewrite("params.turn.items.0.text", "never said"))),
    server("item_starts_with_words", "starts an item with words, and adds others", "deltas-add-up", "item/completed", TWO,
           (When("item/started", k=2), Rewrite("params.item.text", "already"))),
    server("thought_changed", "changes a thought behind its deltas", "text-as-scripted", "item/completed", THINK,
           (When("item/completed", k=2), Rewrite("params.item.summary", ["something else"]))),
    server("words_changed", "changes the words of the user", "words-come-back", "item/started", TWO,
           (When("item/started"), Rewrite("params.item.content.0.text", "not what was said")),
           (When("item/completed"), Rewrite("params.item.content.0.text", "not what was said"))),
    server("words_change_on_the_way", "completes the words of the user as others", "words-come-back", "item/completed",
           TWO, (When("item/completed"), Rewrite("params.item.content.0.text", "other"))),
    server("words_lost", "never shows the words of the user", "words-come-back", END, TWO,
           (When("item/started"), Drop()), (When("item/completed"), Drop())),
    server("steered_words_lost", "never shows the words of a steer", "text-as-scripted", "item/completed",
           "steering::steer_mid_stream", (When("item/started", k=3), Drop()), (When("item/completed", k=2), Drop())),
    server("thread_started_lost", "never announces a thread", "settles-in-time", "wait_for",
           "answers_and_events::thread_started_in_one_write", (When("thread/started", k=None), Drop())),
    server("plan_delta_lost", "loses a piece of a plan", "deltas-add-up", "item/completed", PLAN,
           (When("item/plan/delta", k=2), Drop())),
    server("plan_changed", "completes a plan as another than the model's", "text-as-scripted", "item/completed",
           PLAN_KEPT, (When("item/plan/delta"), Rewrite("params.delta", "- three\n")),
           (When("item/completed", k=2), Rewrite("params.item.text", "- three\n"))),
    server("plan_lost", "completes the turn and loses its plan", "text-as-scripted", END, PLAN,
           (When("item/completed", k=2), Drop())),
    server("updated_plan_lost", "does not tell how the model updated its plan", "text-as-scripted", UPDATED, WORK,
           (When(UPDATED), Drop())),
    server("last_plan_lost", "does not tell the last plan of a turn", "text-as-scripted", END, WORK,
           (When(UPDATED, k=2), Drop())),
    server("updated_plan_told_twice", "tells a plan twice", "text-as-scripted", UPDATED, WORK,
           (When(UPDATED, k=2), Duplicate())),
    server("updated_plan_of_another_turn", "tells the plan of a turn that is over as another's", "turn-ends-once",
           UPDATED, WORK, (When(UPDATED, k=3), Rewrite("params.turnId", {"$turn": 1}))),
    server("updated_plan_loses_steps", "tells a plan without its steps", "text-as-scripted", UPDATED, WORK,
           (When(UPDATED), Rewrite("params.plan", []))),
    server("step_done_untold", "tells that a step is pending that is done", "text-as-scripted", UPDATED, WORK,
           (When(UPDATED, k=2), Rewrite("params.plan.0.status", "pending"))),
    server("updated_plan_unexplained", "does not tell why the model updated its plan", "text-as-scripted", UPDATED, WORK,
           (When(UPDATED), Rewrite("params.explanation", None))),
    server("plan_updated_in_plan_mode", "updates the plan of a turn in plan mode", "text-as-scripted", UPDATED, NO_WORK,
           (When("item/completed"), Inject({"method": UPDATED, "params": {
               "threadId": {"$copy": "params.threadId"}, "turnId": {"$copy": "params.turnId"}, "explanation": None,
               "plan": [{"step": "look", "status": "pending"}]}, "emittedAtMs": NOW_MS}))),
    server("raw_thought_delta_lost", "loses a piece of the reasoning itself", "deltas-add-up", "item/completed",
           RAW_THOUGHT, (When("item/reasoning/textDelta"), Drop())),
    server("raw_thought_changed", "changes the reasoning itself, behind its deltas", "text-as-scripted", "item/completed",
           RAW_THOUGHT, (When("item/completed", k=2), Rewrite("params.item.content", ["something else"]))),
    server("typed_text_changed", "tells to have typed what the model did not", "typed-as-scripted", INTERACTION, TYPED,
           (When(INTERACTION, k=2), Rewrite("params.stdin", "no\n"))),
    server("typed_text_twice", "tells twice what the model typed once", "typed-as-scripted", INTERACTION, TYPED,
           (When(INTERACTION), Duplicate())),
    server("typed_text_untold", "never tells what the model typed", "typed-as-scripted", END, TYPED,
           (When(INTERACTION, k=2), Drop())),
    server("typed_into_another_process", "tells of another process what was typed", "typed-as-scripted", INTERACTION,
           TYPED, (When(INTERACTION), Rewrite("params.processId", "1"))),
    server("typed_into_another_command", "tells of the other command what was typed", "typed-as-scripted", INTERACTION,
           BOTH_TYPED, (When(INTERACTION), Rewrite("params.itemId", "call_first"))),
    server("typed_in_another_turn", "tells of another turn what was typed", "right-thread-and-turn", INTERACTION, TYPED,
           (When(INTERACTION), Rewrite("params.turnId", NOBODY))),
    server("terminal_shows_nothing", "loses what a terminal showed", "commands-as-shown", "item/completed", TYPED,
           (When("item/completed", k=3), Rewrite("params.item.aggregatedOutput", ""))),
    server("thought_lost", "completes the turn and loses its thought", "text-as-scripted", END, THINK,
           (When("item/completed", k=2), Drop())),
)  # fmt: skip
