"""Broken sessions: the healthy client with one rule broken (`turnproof.broken_sessions`)."""

from __future__ import annotations

from typing import Final

from turnproof.defects.defect import ACCEPTED, END, OVERLAP, TWO, WHOLE, Defect, client

CLIENTS: Final[tuple[Defect, ...]] = (
    client("ThreadDoneIsStreamEnd", "no-unlicensed-reconnect", "spawn", TWO),
    client("ClientCachedByFirstThread", "settles-in-time", "run_turn",
           "sequential_threads::twenty_threads_one_after_the_other"),
    client("LastThreadWins", "settles-in-time", "await_turn", OVERLAP),
    client("RouteByMethodOnly", "client-view", "await_turn", OVERLAP),
    client("SharedPendingThreadId", "client-view", "start_thread", "overlapping_turns::two_creates_at_once"),
    client("SubscribeAfterResponse", "settles-in-time", "run_turn", "answers_and_events::everything_in_one_write"),
    client("SteerWhenAnyTurnActive", "as-scripted", "start_turn",
           "overlapping_turns::first_words_to_an_idle_thread_start_a_turn"),
    client("SendsEarly", "handshake-first", "thread/loaded/list", TWO),
    client("InitializesTwice", "as-scripted", "start_thread", TWO),
    client("Utf8PerChunk", "client-view", "run_turn", "answers_and_events::output_cut_anywhere"),
    client("SplitlinesUnicode", "settles-in-time", "run_turn", "answers_and_events::separators_inside_strings"),
    client("Fixed64kLine", "settles-in-time", "run_turn", "long_lines::answer_over_64_kib"),
    client("OneLinePerChunk", "settles-in-time", "run_turn", "answers_and_events::everything_in_one_write"),
    client("IdLooseCompare", "as-scripted", "send_bytes", "malformed_lines::same_id_as_number_and_text"),
    client("FalsyIdIsNoId", "settles-in-time", "request", "malformed_lines::ids_of_every_kind"),
    client("NoRespawn", "as-scripted", "reconnect", "server_loss::killed_between_threads"),
    client("RespawnLoop", "no-unlicensed-reconnect", "spawn", "server_loss::killed_between_threads"),
    client("TurnEndsWithServerOnly", "settles-in-time", "run_turn", TWO),
    client("ReuseThreadWithoutResume", "as-scripted", "resume_thread", "server_loss::killed_mid_turn_then_resumed"),
    client("RetryNoticeIsFailure", "as-scripted", "run_turn", "model_failures::retried_after_a_dropped_stream"),
    client("EveryEndIsSuccess", "as-scripted", "run_turn", "model_failures::server_error"),
    client("IdleIsTheEnd", "as-scripted", "await_turn", "interrupts::interrupt_mid_stream"),
    client("TextFromDeltasOnly", "client-view", "run_turn", WHOLE),
    client("InterruptsTheNewest", "no-unlicensed-failure", END, "overlapping_turns::interrupt_of_one_spares_the_other"),
    client("SteerStartsATurn", "settles-in-time", "await_turn", "steering::steer_mid_stream"),
    client("TellsAsciiOnly", "client-view", "run_turn", "long_lines::text_beyond_the_basic_plane"),
    client("UnknownEndsTheSession", "as-scripted", "start_thread", TWO),
    client("ErrorsAreIgnored", "settles-in-time", "request", "refusals::unknown_method"),
    client("StopsAtUnparsable", "as-scripted", "start_thread", "refusals::unknown_method"),
    client("OneTurnAtATime", "as-scripted", "start_turn", "overlapping_turns::deltas_interleave"),
    client("InterruptsOnlyRunning", "as-scripted", "interrupt", "interrupts::interrupt_of_a_completed_turn"),
    client("StripsControlCharacters", "client-view", "run_turn", "long_lines::control_characters_in_text"),
    client("IdleIsClose", "as-scripted", "start_thread", "sequential_threads::idle_between_threads"),
    client("ExitDropsOnlyPendingRequests", "as-scripted", "kill_server", "server_loss::killed_mid_turn_then_resumed"),
    client("AnswersTwice", "asks-answered-once", "response", ACCEPTED),
    client("AnswersUnderItsOwnIds", "asks-answered-once", "response", ACCEPTED),
    client("AnswersUnderText", "asks-answered-once", "response", ACCEPTED),
    client("NeverAnswers", "settles-in-time", "await_turn", ACCEPTED),
    client("AsksAreNotifications", "settles-in-time", "await_ask", ACCEPTED),
    client("FalsyAskIsNone", "settles-in-time", "await_ask", ACCEPTED),
    client("AnswersInOldWords", "own-messages", "response", ACCEPTED),
    client("SendsWhatNoSchemaKnows", "own-messages", "thread/read", "thread_history::read_gives_the_turns_in_order"),
)  # fmt: skip
