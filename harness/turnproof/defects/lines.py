"""Lines: their shape, what else is on stdout, and the process that dies of them."""

from __future__ import annotations

from typing import Final

from turnproof.defects.defect import DELTA, END, TWO, Defect, answer, server
from turnproof.faults import Drop, Kill, Raw, Reply, Rewrite, When

LINES: Final[tuple[Defect, ...]] = (
    # Shapes.
    server("delta_is_a_number", "sends a number for a text", "schema", DELTA, TWO,
           (When(DELTA), Rewrite("params.delta", 5))),
    server("answer_without_a_turn", "answers turn/start without the turn", "schema", "response", TWO,
           (answer("turn/start"), Rewrite("result.turn", {"$delete": True}))),
    server("notification_with_an_id", "puts an id on a notification", "envelope", "turn/started", TWO,
           (When("turn/started"), Rewrite("id", 7))),
    server("notification_without_its_time", "leaves out emittedAtMs", "envelope", "turn/started", TWO,
           (When("turn/started"), Rewrite("emittedAtMs", {"$delete": True}))),
    server("error_beside_a_result", "answers with a result and an error", "envelope", "error", TWO,
           (answer("thread/start"), Rewrite("error", {"code": -1, "message": "both"}))),
    # The process and its stdout.
    server("banner", "prints a banner on stdout", "stdout-is-protocol", "not_json", TWO,
           (answer("initialize"), Raw("Welcome to the server!"))),
    server("half_a_message", "prints half a message as a line", "stdout-is-protocol", "not_json", TWO,
           (When(DELTA), Raw('{"method":"item/agent'))),
    server("json_that_is_no_message", "prints JSON that is no message", "stdout-is-protocol", "not_rpc", TWO,
           (When(DELTA), Raw("{}"))),
    server("dies_between_threads", "dies after the first turn", "one-generation", "exit", TWO, (When(END), Kill())),
    server("dies_mid_turn", "dies at the second thread's first delta", "one-generation", "exit", TWO,
           (When(DELTA, thread=2), Kill())),
    server("dies_when_interrupted", "dies when a turn is interrupted", "one-generation", "exit",
           "interrupts::interrupt_while_the_model_is_silent", (When("turn/interrupt", "to_server"), Kill())),
    server("dies_when_steered", "dies when a turn is steered", "one-generation", "exit", "steering::steer_twice",
           (When("turn/steer", "to_server"), Kill())),
    server("dies_of_noise", "dies of a line that is no message", "one-generation", "exit", "malformed_lines::not_json",
           (When(None, "to_server", "noise"), Kill())),
    server("answers_noise", "answers a line that is no message", "envelope", "error", "malformed_lines::not_json",
           (When(None, "to_server", "noise"), Reply({
               "error": {"code": -32700, "message": "Parse error"}, "id": None}))),
    server("dies_of_an_unknown_notification", "dies of a notification that it does not know", "one-generation", "exit",
           "malformed_lines::unknown_notification",
           (When("no/such/notification", "to_server"), Kill())),
    server("loses_lines_over_512_kib", "does not read lines over 512 KiB", "settles-in-time", "send_bytes",
           "long_lines::line_of_a_mebibyte", (When(None, "to_server", longer_than=2**19), Drop())),
    server("dies_of_lines_over_8_mib", "dies of a line over 8 MiB", "one-generation", "exit",
           "long_lines::line_of_sixteen_mebibytes", (When(None, "to_server", longer_than=2**23), Kill())),
    server("loses_answers_over_64_kib", "does not write lines over 64 KiB", "settles-in-time", "run_turn",
           "long_lines::answer_over_64_kib", (When(None, "to_client", k=None, longer_than=2**16), Drop())),
    server("dies_of_an_unknown_method", "dies of a method that it does not know", "one-generation", "exit",
           "refusals::unknown_method", (When("no/such/method", "to_server"), Kill())),
)  # fmt: skip
