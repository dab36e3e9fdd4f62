"""Defects on purpose: what proves that a check can fail, and that a scenario is worth having.

A *broken server* is the healthy fake with fault rules; a *broken session* is the healthy client with one rule broken
(``broken_sessions``).  For each the check that must catch it, the event that must show it, and a scenario on which it
does, are declared here, beforehand: another first violation is a miss.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from turnproof.faults import Delay, Drop, Duplicate, Fault, Inject, Kill, Raw, Reply, Rewrite, Swap, When

END: Final = "turn/completed"
DELTA: Final = "item/agentMessage/delta"


class Defect(msgspec.Struct, frozen=True):
    """One defect. ``on`` is the scenario (module::name) on which ``check`` must be violated first, by ``event``."""

    name: str
    what: str
    check: str
    event: str
    on: str
    faults: tuple[Fault, ...] = ()
    session: str = ""


def _server(name: str, what: str, check: str, event: str, on: str, *rules: tuple[When, Any]) -> Defect:
    return Defect(name, what, check, event, on, tuple(Fault(when, do) for when, do in rules))


def _client(session: str, check: str, event: str, on: str) -> Defect:
    return Defect(session, "", check, event, on, session=session)


_TWO = "sequential_threads::second_thread_completes_after_the_first"
_BACK = "sequential_threads::back_to_the_first_thread"
_OVERLAP = "overlapping_turns::deltas_interleave"
_WHOLE = "model_failures::a_message_without_deltas"
_TWICE = "model_failures::two_messages_in_one_turn"
_THINK = "model_failures::reasoning_then_words"


def _tell(method: str, **params: Any) -> Inject:
    """One more notification, of the first thread unless it says otherwise."""
    return Inject({"method": method, "params": {"threadId": {"$thread": 1}} | params, "emittedAtMs": 1767225600000})


def _turn(turn_id: Any, status: str) -> dict[str, Any]:
    over = 1767225600 if status != "inProgress" else None
    return {"id": turn_id, "rootTurnId": turn_id, "items": [], "itemsView": "notLoaded", "status": status, "error": None,
            "startedAt": 1767225600, "completedAt": over, "durationMs": over and 1}  # fmt: skip


_NOBODY = "019b76da-0000-7000-8000-000000000000"
_COUNTS = dict.fromkeys(("totalTokens", "inputTokens", "cachedInputTokens", "cacheWriteInputTokens", "outputTokens",
                         "reasoningOutputTokens"), 0)  # fmt: skip
_USAGE = {"total": _COUNTS, "last": _COUNTS, "modelContextWindow": None}
_BOOM = {"message": "boom", "codexErrorInfo": None, "additionalDetails": None, "misalignment": None}


def _answer(method: str, k: int | None = 1) -> When:
    return When(method, kind="response", k=k)


SERVERS: Final[tuple[Defect, ...]] = (
    # Answers.
    _server("initialize_unanswered", "never answers initialize, and goes on", "handshake-first", "remoteControl/status/changed", _TWO,
            (_answer("initialize"), Drop())),
    _server("thread_start_unanswered", "loses the answer to the second thread/start", "settles-in-time", "start_thread",
            _TWO, (_answer("thread/start", 2), Drop())),
    _server("turn_start_unanswered", "loses the answer to the second turn/start", "settles-in-time", "run_turn", _TWO,
            (_answer("turn/start", 2), Drop())),
    _server("turn_start_lost", "does not read the second turn/start", "settles-in-time", "run_turn", _TWO,
            (When("turn/start", "to_server", k=2), Drop())),
    _server("answers_twice", "answers turn/start twice", "answered-once", "response", _TWO,
            (_answer("turn/start"), Duplicate())),
    _server("answers_nobody", "answers an id that was never used", "answered-once", "response", _TWO,
            (_answer("thread/start"), Inject({"id": 4242, "result": {}}))),
    _server("id_becomes_text", "answers id 3 as \"3\"", "answered-once", "response", _TWO,
            (_answer("turn/start"), Rewrite("id", "3"))),
    _server("interrupt_unanswered", "loses the answer to turn/interrupt", "settles-in-time", "interrupt",
            "interrupts::interrupt_mid_stream", (_answer("turn/interrupt"), Drop())),
    _server("steer_unanswered", "loses the answer to turn/steer", "settles-in-time", "steer",
            "steering::steer_mid_stream", (_answer("turn/steer"), Drop())),
    _server("read_unanswered", "loses the answer to thread/read", "settles-in-time", "read_thread",
            "thread_history::read_gives_the_turns_in_order", (_answer("thread/read"), Drop())),
    _server("resume_unanswered", "loses the answer to thread/resume", "settles-in-time", "resume_thread",
            "thread_history::resume_of_a_loaded_thread", (_answer("thread/resume"), Drop())),
    _server("fork_unanswered", "loses the answer to thread/fork", "settles-in-time", "fork_thread",
            "thread_history::fork_goes_its_own_way", (_answer("thread/fork"), Drop())),
    _server("list_unanswered", "loses the answer to thread/list", "settles-in-time", "list_threads",
            "thread_history::lists_what_ran", (_answer("thread/list"), Drop())),
    _server("loaded_list_unanswered", "loses every answer to thread/loaded/list", "settles-in-time", "send_bytes",
            "malformed_lines::not_json", (_answer("thread/loaded/list"), Drop())),
    _server("twentieth_answer_lost", "loses the twentieth answer to thread/loaded/list", "settles-in-time", "send_bytes",
            "malformed_lines::many_requests_in_one_write", (_answer("thread/loaded/list", 20), Drop())),
    _server("turns_list_unanswered", "loses the answer to thread/turns/list", "settles-in-time", "request",
            "thread_history::turns_are_paged", (_answer("thread/turns/list"), Drop())),
    _server("steer_names_another_turn", "answers a steer with another turn's id", "as-scripted", "steer",
            "steering::steer_names_the_turn", (_answer("turn/steer"), Rewrite("result.turnId", "somebody-else"))),
    _server("refuses_the_second_thread", "refuses the second thread/start", "as-scripted", "start_thread", _TWO,
            (_answer("thread/start", 2), Inject({
                "error": {"code": -32600, "message": "one thread is enough"}, "id": {"$copy": "id"}}, before=True)),
            (_answer("thread/start", 2), Drop()), (When("thread/started", k=2), Drop())),
    _server("wrong_code", "refuses under the standard's code instead of this server's", "as-scripted", "request",
            "refusals::unknown_method", (_answer("no/such/method"), Rewrite("error.code", -32601))),
    _server("wrong_words", "refuses in other words", "as-scripted", "interrupt",
            "interrupts::interrupt_of_a_completed_turn", (_answer("turn/interrupt"), Rewrite("error.message", "no"))),
    _server("forgets_a_turn", "reads a thread without its turns", "contents-as-told", "response", _BACK,
            (_answer("thread/read"), Rewrite("result.thread.turns", []))),
    _server("reads_under_other_ids", "reads a thread with other ids for its turns", "contents-as-told", "response",
            "thread_history::read_gives_the_turns_in_order",
            (_answer("thread/read", None), Rewrite("result.thread.turns.0.id", "item-1"))),
    _server("resumes_an_empty_thread", "resumes a thread without its turns", "contents-as-told", "response",
            "server_loss::killed_mid_turn_then_resumed", (_answer("thread/resume"), Rewrite("result.thread.turns", []))),
    _server("forks_an_empty_thread", "forks a thread without its turns", "contents-as-told", "response",
            "thread_history::fork_goes_its_own_way", (_answer("thread/fork"), Rewrite("result.thread.turns", []))),
    _server("lists_nothing", "lists no threads", "as-scripted", "list_threads", "thread_history::lists_what_ran",
            (_answer("thread/list"), Rewrite("result.data", []))),
    _server("thread_under_a_used_id", "gives the second thread the first one's id", "threads-as-asked", "response", _TWO,
            (_answer("thread/start", 2), Rewrite("result.thread.id", {"$thread": 1}))),
    # The ends of turns.
    _server("end_lost", "loses the first turn/completed", "settles-in-time", "run_turn", _TWO, (When(END), Drop())),
    _server("second_end_lost", "loses the end of the second thread's turn", "settles-in-time", "run_turn", _TWO,
            (When(END, thread=2), Drop())),
    _server("every_second_end_lost", "loses the twentieth end", "settles-in-time", "run_turn",
            "sequential_threads::twenty_threads_one_after_the_other", (When(END, k=20), Drop())),
    _server("twelfth_end_lost", "loses the twelfth end", "settles-in-time", "run_turn",
            "sequential_threads::many_turns_on_one_thread", (When(END, k=12), Drop())),
    _server("ends_twice", "sends turn/completed twice", "turn-ends-once", END, _TWO, (When(END), Duplicate())),
    _server("ends_another_turn", "ends the second turn under the first one's id", "turn-ends-once", END, _BACK,
            (When(END, k=3), Rewrite("params.turn.id", {"$turn": 1}))),
    _server("speaks_after_the_end", "sends a delta after the end of its turn", "turn-ends-once", DELTA, _TWO,
            (When(END), Inject({"method": DELTA, "params": {
                "threadId": {"$thread": 1}, "turnId": {"$turn": 1}, "itemId": "msg_late", "delta": "late"},
                "emittedAtMs": 1767225600000}))),
    _server("ends_late", "sends the end of a turn a second late", "settles-in-time", "run_turn", _TWO,
            (When(END, k=2), Delay(15.0))),
    _server("fails_the_turn", "reports a good turn as failed", "no-unlicensed-failure", END, _TWO,
            (When(END), Rewrite("params.turn.status", "failed"))),
    _server("fails_the_second_thread", "reports the second thread's good turn as failed", "no-unlicensed-failure", END,
            _TWO, (When(END, thread=2), Rewrite("params.turn.status", "failed"))),
    _server("interrupts_the_turn", "reports a good turn as interrupted", "no-unlicensed-failure", END, _TWO,
            (When(END), Rewrite("params.turn.status", "interrupted"))),
    _server("interrupted_is_completed", "reports an interrupted turn as completed", "text-as-scripted", END,
            "interrupts::interrupt_mid_stream", (When(END), Rewrite("params.turn.status", "completed"))),
    _server("failure_is_success", "reports a failed turn as completed", "no-unlicensed-failure", END,
            "model_failures::server_error", (When(END), Rewrite("params.turn.status", "completed"))),
    _server("retries_for_nothing", "announces a retry though the model did not fail", "no-unlicensed-failure", "error",
            _TWO, (When("turn/started"), Inject({"method": "error", "params": {
                "error": {"message": "Reconnecting... 1/5", "codexErrorInfo": None, "additionalDetails": None,
                          "misalignment": None},
                "willRetry": True, "threadId": {"$copy": "params.threadId"}, "turnId": {"$copy": "params.turn.id"}},
                "emittedAtMs": 1767225600000}))),
    # The order of a turn.
    _server("starts_twice", "sends turn/started twice", "lifecycle-order", "turn/started", _TWO,
            (When("turn/started"), Duplicate())),
    _server("start_unannounced", "loses turn/started", "lifecycle-order", "item/started", _TWO,
            (When("turn/started"), Drop())),
    _server("item_before_the_turn", "sends the first item before turn/started", "lifecycle-order", "item/started", _TWO,
            (When("turn/started"), Swap())),
    _server("active_too_late", "says active after turn/started", "lifecycle-order", "turn/started", _TWO,
            (When("thread/status/changed"), Swap())),
    _server("idle_too_late", "says idle after turn/completed", "lifecycle-order", END, _TWO,
            (When("thread/status/changed", k=2), Swap())),
    _server("delta_before_its_item", "sends a delta before the item starts", "lifecycle-order", DELTA, _TWO,
            (When("item/started", k=2), Swap())),
    _server("item_never_starts", "loses item/started of an answer", "lifecycle-order", DELTA, _TWO,
            (When("item/started", k=2), Drop())),
    _server("item_completed_twice", "completes an answer twice", "lifecycle-order", "item/completed", _TWICE,
            (When("item/completed", k=2), Duplicate())),
    _server("thought_before_its_item", "sends a thought before the reasoning item starts", "lifecycle-order",
            "item/reasoning/summaryPartAdded", _THINK, (When("item/started", k=2), Swap())),
    _server("speaks_before_the_handshake", "sends a notification before it answers initialize", "handshake-first",
            "configWarning", _TWO, (_answer("initialize"), Inject({"method": "configWarning", "params": {
                "summary": "early", "details": None}, "emittedAtMs": 1767225600000}, before=True))),
    # Text.
    _server("delta_lost", "loses a piece of an answer", "deltas-add-up", "item/completed", _TWICE,
            (When(DELTA), Drop())),
    _server("every_delta_lost", "sends no deltas at all", "client-view", "run_turn", _TWO, (When(DELTA, k=None), Drop())),
    _server("delta_twice", "sends a piece of an answer twice", "deltas-add-up", "item/completed", _OVERLAP,
            (When(DELTA), Duplicate())),
    _server("deltas_swapped", "swaps two pieces of an answer", "deltas-add-up", "item/completed", _TWICE,
            (When(DELTA), Swap())),
    _server("delta_of_a_burst_lost", "loses one piece of three hundred", "deltas-add-up", "item/completed",
            "answers_and_events::one_long_stream", (When(DELTA, k=250), Drop())),
    _server("answer_changed", "changes the answer, which came without deltas", "text-as-scripted", "item/completed",
            _WHOLE, (When("item/completed", k=2), Rewrite("params.item.text", "something else"))),
    _server("answer_lost", "completes the turn and loses its answer", "text-as-scripted", END, _WHOLE,
            (When("item/completed", k=2), Drop())),
    _server("second_message_lost", "loses the second message of a turn", "text-as-scripted", END, _TWICE,
            (When("item/completed", k=4), Drop())),
    _server("end_holds_other_words", "ends a turn with words that no item said", "deltas-add-up", END, _TWO,
            (When(END), Rewrite("params.turn.items.0.text", "never said"))),
    _server("item_starts_with_words", "starts an item with words, and adds others", "deltas-add-up", "item/completed", _TWO,
            (When("item/started", k=2), Rewrite("params.item.text", "already"))),
    _server("thought_changed", "changes a thought behind its deltas", "deltas-add-up", "item/completed", _THINK,
            (When("item/completed", k=2), Rewrite("params.item.summary", ["something else"]))),
    _server("words_changed", "changes the words of the user", "words-come-back", "item/started", _TWO,
            (When("item/started"), Rewrite("params.item.content.0.text", "not what was said")),
            (When("item/completed"), Rewrite("params.item.content.0.text", "not what was said"))),
    _server("words_change_on_the_way", "completes the words of the user as others", "words-come-back", "item/completed",
            _TWO, (When("item/completed"), Rewrite("params.item.content.0.text", "other"))),
    _server("words_lost", "never shows the words of the user", "words-come-back", END, _TWO,
            (When("item/started"), Drop()), (When("item/completed"), Drop())),
    _server("steered_words_lost", "never shows the words of a steer", "text-as-scripted", "item/completed",
            "steering::steer_mid_stream", (When("item/started", k=3), Drop()), (When("item/completed", k=2), Drop())),
    _server("thread_started_lost", "never announces a thread", "settles-in-time", "wait_for",
            "answers_and_events::thread_started_in_one_write", (When("thread/started", k=None), Drop())),
    # Routing.
    _server("delta_of_another_thread", "sends a delta under the first thread's id", "right-thread-and-turn", DELTA, _BACK,
            (When(DELTA, thread=2), Rewrite("params.threadId", {"$thread": 1}))),
    _server("end_of_another_thread", "ends the second thread's turn under the first thread's id",
            "right-thread-and-turn", END, _BACK, (When(END, thread=2), Rewrite("params.threadId", {"$thread": 1}))),
    _server("delta_of_another_turn", "sends a delta of one overlapping turn under the other's id",
            "right-thread-and-turn", DELTA, _OVERLAP, (When(DELTA, thread=2), Rewrite("params.turnId", {"$turn": 1}))),
    _server("status_of_an_unknown_thread", "tells the status of a thread that nobody opened", "right-thread-and-turn",
            "thread/status/changed", _TWO,
            (When("thread/status/changed"), Rewrite("params.threadId", "019b76da-0000-7000-8000-000000000000"))),
    # The contents of threads.
    _server("reads_other_words", "reads a thread with an answer that was never given", "contents-as-told", "response",
            "thread_history::read_gives_the_turns_in_order",
            (_answer("thread/read", None), Rewrite("result.thread.turns.0.items.1.text", "never said"))),
    _server("reads_other_questions", "reads a thread with words that nobody said", "contents-as-told", "response",
            "thread_history::read_gives_the_turns_in_order",
            (_answer("thread/read", None), Rewrite("result.thread.turns.0.items.0.content.0.text", "never asked"))),
    _server("reads_empty_turns", "reads a thread with turns that hold nothing", "contents-as-told", "response",
            "thread_history::read_gives_the_turns_in_order",
            (_answer("thread/read", None), Rewrite("result.thread.turns.0.items", []))),
    _server("reads_a_turn_twice", "reads a thread with one turn twice", "contents-as-told", "response", _BACK,
            (_answer("thread/read"), Rewrite("result.thread.turns.0", {"$copy": "result.thread.turns.1"}))),
    _server("reads_another_end", "reads a completed turn as interrupted", "contents-as-told", "response", _BACK,
            (_answer("thread/read"), Rewrite("result.thread.turns.0.status", "interrupted"))),
    _server("resumes_other_words", "resumes a thread with an answer that was never given", "contents-as-told", "response",
            "thread_history::resume_of_a_loaded_thread",
            (_answer("thread/resume", None), Rewrite("result.thread.turns.0.items.1.text", "never said"))),
    _server("restart_changes_the_story", "resumes a thread after a restart with other words", "contents-as-told",
            "response", "server_loss::killed_mid_turn_then_resumed",
            (_answer("thread/resume"), Rewrite("result.thread.turns.0.items.1.text", "never said"))),
    _server("forks_other_words", "forks a thread with an answer that was never given", "contents-as-told", "response",
            "thread_history::fork_goes_its_own_way",
            (_answer("thread/fork"), Rewrite("result.thread.turns.0.items.1.text", "never said"))),
    # What nobody asked for.
    _server("phantom_turn", "runs a turn that nobody asked for, on an idle thread", "turn-ends-once", "turn/started", _TWO,
            (When(END), _tell("thread/status/changed", status={"type": "active", "activeFlags": []})),
            (When(END), _tell("turn/started", turn=_turn(_NOBODY, "inProgress"))),
            (When(END), _tell("thread/status/changed", status={"type": "idle"})),
            (When(END), _tell(END, turn=_turn(_NOBODY, "completed")))),
    _server("runs_what_it_refused", "refuses a turn and runs one", "turn-ends-once", "turn/started",
            "refusals::turn_without_input",
            (_answer("turn/start", 2), _tell("thread/status/changed", status={"type": "active", "activeFlags": []})),
            (_answer("turn/start", 2), _tell("turn/started", turn=_turn(_NOBODY, "inProgress"))),
            (_answer("turn/start", 2), _tell("thread/status/changed", status={"type": "idle"})),
            (_answer("turn/start", 2), _tell(END, turn=_turn(_NOBODY, "completed")))),
    _server("answers_with_an_old_turn", "answers turn/start with a turn that is over", "turn-ends-once", "response", _TWO,
            (_answer("turn/start", 2), Rewrite("result.turn.id", {"$turn": 1}))),
    _server("forgets_the_opt_out", "sends what the client opted out of", "handshake-first", "thread/tokenUsage/updated",
            "handshakes::opting_out_of_notifications", (When("turn/started"), _tell("thread/tokenUsage/updated",
                turnId={"$copy": "params.turn.id"}, tokenUsage=_USAGE))),
    _server("asks_for_an_approval", "asks its client though nothing makes it ask", "no-unlicensed-request",
            "currentTime/read", _TWO,
            (When("turn/started"), Inject({"id": 0, "method": "currentTime/read", "params": {
                "threadId": {"$thread": 1}}}))),
    _server("announces_twice", "announces a thread twice", "threads-as-asked", "thread/started", _TWO,
            (When("thread/started"), Duplicate())),
    _server("announces_nothing", "never announces its threads", "threads-as-asked", "turn/started", _TWO,
            (When("thread/started", k=None), Drop())),
    _server("announces_another", "announces a thread that nobody opened", "threads-as-asked", "thread/started", _TWO,
            (When("thread/started"), Rewrite("params.thread.id", _NOBODY))),
    _server("closes_a_thread", "closes a thread that is in use", "threads-as-asked", "thread/closed", _TWO,
            (When(END), _tell("thread/closed"))),
    _server("archives_a_thread", "archives a thread that is in use", "threads-as-asked", "thread/archived", _TWO,
            (When(END), _tell("thread/archived"))),
    _server("resumes_another", "resumes another thread than it was asked for", "threads-as-asked", "response",
            "thread_history::resume_of_a_loaded_thread", (_answer("thread/resume"), Rewrite("result.thread.id", _NOBODY))),
    _server("fork_of_nothing", "does not say where a fork comes from", "threads-as-asked", "response",
            "thread_history::fork_goes_its_own_way", (_answer("thread/fork"), Rewrite("result.thread.forkedFromId", None))),
    _server("warns_of_an_unknown_thread", "warns of a thread that nobody opened", "right-thread-and-turn", "warning", _TWO,
            (When(END), _tell("warning", threadId=_NOBODY, message="careful"))),
    # States.
    _server("starts_as_completed", "starts a turn as completed", "states-agree", "turn/started", _TWO,
            (When("turn/started"), Rewrite("params.turn.status", "completed"))),
    _server("accepts_as_failed", "answers turn/start with a failed turn", "states-agree", "response", _TWO,
            (_answer("turn/start"), Rewrite("result.turn.status", "failed"))),
    _server("idle_in_mid_turn", "says idle in the middle of a turn", "states-agree", "item/started", _TWO,
            (When("turn/started"), _tell("thread/status/changed", status={"type": "idle"}))),
    _server("system_error_for_nothing", "says systemError at the end of a good turn", "states-agree", END, _TWO,
            (When("thread/status/changed", k=2), Rewrite("params.status", {"type": "systemError"}))),
    _server("idle_after_a_failure", "says idle at the end of a failed turn", "states-agree", END,
            "model_failures::server_error",
            (When("thread/status/changed", k=2), Rewrite("params.status", {"type": "idle"}))),
    _server("completed_with_an_error", "completes a turn with an error", "states-agree", END, _TWO,
            (When(END), Rewrite("params.turn.error", _BOOM))),
    _server("failed_without_an_error", "fails a turn without an error", "states-agree", END,
            "model_failures::server_error", (When(END), Rewrite("params.turn.error", None))),
    _server("error_of_an_unknown_turn", "tells an error of a turn that nobody knows", "states-agree", "error", _TWO,
            (When("turn/started"), _tell("error", error=_BOOM, willRetry=False, turnId=_NOBODY))),
    _server("usage_of_an_unknown_turn", "tells the usage of a turn that nobody knows", "states-agree",
            "thread/tokenUsage/updated", _TWO,
            (When("thread/tokenUsage/updated"), Rewrite("params.turnId", _NOBODY))),
    _server("retries_once_too_often", "announces one retry twice", "no-unlicensed-failure", "error",
            "model_failures::retried_after_a_dropped_stream", (When("error"), Duplicate())),
    _server("item_again_without_a_retry", "starts an item twice, in a turn whose stream holds", "lifecycle-order",
            "item/started", "model_failures::retried_after_server_errors", (When("item/started"), Duplicate())),
    _server("nineteen_answers_lost", "answers only the last of twenty requests", "answered-once", "thread/loaded/list",
            "malformed_lines::many_requests_in_one_write",
            *((_answer("thread/loaded/list", k), Drop()) for k in range(1, 20))),
    # Shapes.
    _server("delta_is_a_number", "sends a number for a text", "schema", DELTA, _TWO,
            (When(DELTA), Rewrite("params.delta", 5))),
    _server("answer_without_a_turn", "answers turn/start without the turn", "schema", "response", _TWO,
            (_answer("turn/start"), Rewrite("result.turn", {"$delete": True}))),
    _server("notification_with_an_id", "puts an id on a notification", "envelope", "turn/started", _TWO,
            (When("turn/started"), Rewrite("id", 7))),
    _server("notification_without_its_time", "leaves out emittedAtMs", "envelope", "turn/started", _TWO,
            (When("turn/started"), Rewrite("emittedAtMs", {"$delete": True}))),
    _server("error_beside_a_result", "answers with a result and an error", "envelope", "error", _TWO,
            (_answer("thread/start"), Rewrite("error", {"code": -1, "message": "both"}))),
    # The process and its stdout.
    _server("banner", "prints a banner on stdout", "stdout-is-protocol", "not_json", _TWO,
            (_answer("initialize"), Raw("Welcome to the server!"))),
    _server("half_a_message", "prints half a message as a line", "stdout-is-protocol", "not_json", _TWO,
            (When(DELTA), Raw('{"method":"item/agent'))),
    _server("json_that_is_no_message", "prints JSON that is no message", "stdout-is-protocol", "not_rpc", _TWO,
            (When(DELTA), Raw("{}"))),
    _server("dies_between_threads", "dies after the first turn", "one-generation", "exit", _TWO, (When(END), Kill())),
    _server("dies_mid_turn", "dies at the second thread's first delta", "one-generation", "exit", _TWO,
            (When(DELTA, thread=2), Kill())),
    _server("dies_when_interrupted", "dies when a turn is interrupted", "one-generation", "exit",
            "interrupts::interrupt_while_the_model_is_silent", (When("turn/interrupt", "to_server"), Kill())),
    _server("dies_when_steered", "dies when a turn is steered", "one-generation", "exit", "steering::steer_twice",
            (When("turn/steer", "to_server"), Kill())),
    _server("dies_of_noise", "dies of a line that is no message", "one-generation", "exit", "malformed_lines::not_json",
            (When(None, "to_server", "noise"), Kill())),
    _server("answers_noise", "answers a line that is no message", "envelope", "error", "malformed_lines::not_json",
            (When(None, "to_server", "noise"), Reply({
                "error": {"code": -32700, "message": "Parse error"}, "id": None}))),
    _server("dies_of_an_unknown_notification", "dies of a notification that it does not know", "one-generation", "exit",
            "malformed_lines::unknown_notification",
            (When("no/such/notification", "to_server"), Kill())),
    _server("loses_lines_over_512_kib", "does not read lines over 512 KiB", "settles-in-time", "send_bytes",
            "long_lines::line_of_a_mebibyte", (When(None, "to_server", longer_than=2**19), Drop())),
    _server("dies_of_lines_over_8_mib", "dies of a line over 8 MiB", "one-generation", "exit",
            "long_lines::line_of_sixteen_mebibytes", (When(None, "to_server", longer_than=2**23), Kill())),
    _server("loses_answers_over_64_kib", "does not write lines over 64 KiB", "settles-in-time", "run_turn",
            "long_lines::answer_over_64_kib", (When(None, "to_client", k=None, longer_than=2**16), Drop())),
    _server("dies_of_an_unknown_method", "dies of a method that it does not know", "one-generation", "exit",
            "refusals::unknown_method", (When("no/such/method", "to_server"), Kill())),
)  # fmt: skip

CLIENTS: Final[tuple[Defect, ...]] = (
    _client("ThreadDoneIsStreamEnd", "no-unlicensed-reconnect", "spawn", _TWO),
    _client("ClientCachedByFirstThread", "settles-in-time", "run_turn",
            "sequential_threads::twenty_threads_one_after_the_other"),
    _client("LastThreadWins", "settles-in-time", "await_turn", _OVERLAP),
    _client("RouteByMethodOnly", "client-view", "await_turn", _OVERLAP),
    _client("SharedPendingThreadId", "client-view", "start_thread", "overlapping_turns::two_creates_at_once"),
    _client("SubscribeAfterResponse", "settles-in-time", "run_turn", "answers_and_events::everything_in_one_write"),
    _client("SteerWhenAnyTurnActive", "as-scripted", "start_turn",
            "overlapping_turns::first_words_to_an_idle_thread_start_a_turn"),
    _client("SendsEarly", "handshake-first", "thread/loaded/list", _TWO),
    _client("InitializesTwice", "as-scripted", "start_thread", _TWO),
    _client("Utf8PerChunk", "client-view", "run_turn", "answers_and_events::output_cut_anywhere"),
    _client("SplitlinesUnicode", "settles-in-time", "run_turn", "answers_and_events::separators_inside_strings"),
    _client("Fixed64kLine", "settles-in-time", "run_turn", "long_lines::answer_over_64_kib"),
    _client("OneLinePerChunk", "settles-in-time", "run_turn", "answers_and_events::everything_in_one_write"),
    _client("IdLooseCompare", "as-scripted", "send_bytes", "malformed_lines::same_id_as_number_and_text"),
    _client("FalsyIdIsNoId", "settles-in-time", "request", "malformed_lines::ids_of_every_kind"),
    _client("NoRespawn", "as-scripted", "reconnect", "server_loss::killed_between_threads"),
    _client("RespawnLoop", "no-unlicensed-reconnect", "spawn", "server_loss::killed_between_threads"),
    _client("TurnEndsWithServerOnly", "settles-in-time", "run_turn", _TWO),
    _client("ReuseThreadWithoutResume", "as-scripted", "resume_thread", "server_loss::killed_mid_turn_then_resumed"),
    _client("RetryNoticeIsFailure", "as-scripted", "run_turn", "model_failures::retried_after_a_dropped_stream"),
    _client("EveryEndIsSuccess", "as-scripted", "run_turn", "model_failures::server_error"),
    _client("IdleIsTheEnd", "as-scripted", "await_turn", "interrupts::interrupt_mid_stream"),
    _client("TextFromDeltasOnly", "client-view", "run_turn", _WHOLE),
    _client("InterruptsTheNewest", "no-unlicensed-failure", END, "overlapping_turns::interrupt_of_one_spares_the_other"),
    _client("SteerStartsATurn", "settles-in-time", "await_turn", "steering::steer_mid_stream"),
    _client("TellsAsciiOnly", "client-view", "run_turn", "long_lines::text_beyond_the_basic_plane"),
    _client("UnknownEndsTheSession", "as-scripted", "start_thread", _TWO),
    _client("ErrorsAreIgnored", "settles-in-time", "request", "refusals::unknown_method"),
    _client("StopsAtUnparsable", "as-scripted", "start_thread", "refusals::unknown_method"),
    _client("OneTurnAtATime", "as-scripted", "start_turn", "overlapping_turns::deltas_interleave"),
    _client("InterruptsOnlyRunning", "as-scripted", "interrupt", "interrupts::interrupt_of_a_completed_turn"),
    _client("StripsControlCharacters", "client-view", "run_turn", "long_lines::control_characters_in_text"),
    _client("IdleIsClose", "as-scripted", "start_thread", "sequential_threads::idle_between_threads"),
    _client("ExitDropsOnlyPendingRequests", "as-scripted", "kill_server", "server_loss::killed_mid_turn_then_resumed"),
    _client("SendsWhatNoSchemaKnows", "own-messages", "thread/read", "thread_history::read_gives_the_turns_in_order"),
)  # fmt: skip

DEFECTS: Final = SERVERS + CLIENTS
