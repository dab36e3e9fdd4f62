"""What a turn is given beside words, what clients ask first, and too much at once."""

from __future__ import annotations

from typing import Final

from turnproof.defects.defect import TWO, Defect, answer, server
from turnproof.faults import Drop, Duplicate, Inject, Rewrite, When

PICTURE: Final = "inputs::picture_in_the_input"
FIRST: Final = "client_starts::first_questions_of_a_client"
UP: Final = "client_starts::burst_before_the_server_is_up"
BURST: Final = "client_starts::burst_beyond_the_limit"
OVERLOAD: Final = {"code": -32001, "message": "Server overloaded; retry later."}

INPUTS: Final[tuple[Defect, ...]] = (
    server("changes_pictures", "shows a message with another picture than came with it", "as-scripted", "request",
           PICTURE, (answer("thread/turns/list"), Rewrite("result.data.0.items.0.content.0.url", "data:,"))),
    server("forgets_the_clients_id", "tells a message without its client's id", "settles-in-time", "wait_for",
           "inputs::message_by_the_clients_id",
           (When("item/completed"), Rewrite("params.item.clientId", None))),
    server("keeps_what_is_ephemeral", "reads an ephemeral thread as one that is kept", "threads-as-described", "response",
           "inputs::ephemeral_thread", (answer("thread/read"), Rewrite("result.thread.ephemeral", False))),
    server("models_unanswered", "loses the answer to model/list", "settles-in-time", "request", FIRST,
           (answer("model/list"), Drop())),
    server("account_of_somebody", "says that a login is needed", "as-scripted", "request", FIRST,
           (answer("account/read"), Rewrite("result.requiresOpenaiAuth", True))),
    server("loses_one_of_many", "loses one answer of three thousand", "answered-once", "thread/loaded/list", BURST,
           (answer("thread/loaded/list", 200), Drop())),
    server("answers_a_refused_one", "refuses a request as one too many, twice", "answered-once", "error", UP,
           (answer("thread/loaded/list"), Duplicate())),
    server("overloaded_by_one", "refuses the second thread/start as too much, with nothing beside it",
           "overload-is-refused", "error", TWO,
           (answer("thread/start", 2), Inject({"error": OVERLOAD, "id": {"$copy": "id"}}, before=True)),
           (answer("thread/start", 2), Drop()), (When("thread/started", k=2), Drop())),
    server("stays_overloaded", "refuses as too much what comes behind too much", "overload-is-refused", "error", UP,
           (answer("thread/loaded/list", 201), Inject({"error": OVERLOAD, "id": {"$copy": "id"}}, before=True)),
           (answer("thread/loaded/list", 201), Drop())),
    server("overload_under_another_code", "refuses what is too much under the code of any refusal",
           "overload-is-refused", "error", UP, (answer("thread/loaded/list"), Rewrite("error.code", -32600))),
    server("overload_in_other_words", "refuses what is too much in other words", "overload-is-refused", "error", UP,
           (answer("thread/loaded/list"), Rewrite("error.message", "busy"))),
)  # fmt: skip
