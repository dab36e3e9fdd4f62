"""What a turn is given beside words, what clients ask first, and too much at once."""

from __future__ import annotations

from typing import Final

from turnproof.defects.defect import Defect, answer, server
from turnproof.faults import Drop, Duplicate, Rewrite, When

PICTURE: Final = "inputs::picture_in_the_input"
FIRST: Final = "client_starts::first_questions_of_a_client"
BURST: Final = "client_starts::burst_beyond_the_limit"

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
           (answer("thread/loaded/list", 2345), Drop())),
    server("answers_one_of_many_twice", "answers one of three thousand twice", "answered-once", "response", BURST,
           (answer("thread/loaded/list", 2345), Duplicate())),
)  # fmt: skip
