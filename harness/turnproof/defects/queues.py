"""What a client leaves in a queue, and is not run as it was left."""

from __future__ import annotations

from typing import Final

from turnproof.defects.defect import Defect, answer, server
from turnproof.faults import Drop, Duplicate, Reply, Rewrite, When

RUNS: Final = "queued_turns::queued_turns_run_in_their_order"
IDLE: Final = "queued_turns::an_idle_thread_begins_at_once"
MOVED: Final = "queued_turns::a_queue_is_changed_while_it_waits"
HELD: Final = "queued_turns::an_interrupt_holds_the_queue"
KEPT: Final = "queued_turns::a_queue_outlives_its_server"
REFUSED: Final = "queued_turns::queues_that_cannot_be"

QUEUES: Final[tuple[Defect, ...]] = (
    server("queues_other_words", "answers a queued turn with other words", "queue-as-left", "response", RUNS,
           (answer("thread/queue/add"), Rewrite("result.queuedSubmission.input.0.text", "other"))),
    server("lists_a_queue_twice", "lists the first of a queue in the place of the second", "queue-as-left", "response",
           RUNS, (answer("thread/queue/list"), Rewrite("result.data.1", {"$copy": "result.data.0"}))),
    server("never_says_queue_changed", "loses thread/queue/changed", "settles-in-time", "wait_for", RUNS,
           (When("thread/queue/changed", k=None), Drop())),
    server("queued_turn_unannounced", "runs a queued turn under no id of the client's", "settles-in-time", "await_turn",
           IDLE, (When("item/completed"), Rewrite("params.item.clientId", None))),
    server("reorders_nothing", "runs a queue in the order it had", "queue-as-left", "response", MOVED,
           (When("thread/queue/reorder", "to_server", k=2), Reply({"id": {"$copy": "id"}, "result": {}})),
           (When("thread/queue/reorder", "to_server", k=2), Drop())),
    server("forgets_an_update", "lists a queued turn in its old words", "queue-as-left", "response", MOVED,
           (answer("thread/queue/list"), Rewrite("result.data.1.input.0.text", "the second"))),
    server("forgets_a_queue", "lists nothing once an interrupt holds the queue", "queue-as-left", "response", HELD,
           (answer("thread/queue/list"), Rewrite("result.data", []))),
    server("queue_lost_with_its_server", "knows no queue of the server before", "queue-as-left", "response", KEPT,
           (answer("thread/queue/list"), Rewrite("result.data", []))),
    server("queue_answered_twice", "answers thread/queue/add twice", "answered-once", "response", REFUSED,
           (answer("thread/queue/add"), Duplicate())),
)  # fmt: skip
