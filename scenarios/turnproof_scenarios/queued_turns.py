"""Turns that a client leaves with the server for later: thread/queue/* and what becomes of it."""

from __future__ import annotations

from turnproof import (
    Ok,
    Refused,
    Scenario,
    Setup,
    anything,
    await_delta,
    await_turn,
    hold,
    interrupt,
    kill_server,
    queue_turn,
    read_thread,
    reconnect,
    ref,
    release,
    request,
    resume_thread,
    run_turn,
    same_as,
    say,
    start_thread,
    start_turn,
    subset,
    wait_for,
)

EXPERIMENTAL = Setup(experimental=True)
NOBODY = "00000000-0000-7000-8000-000000000000"
T = {"threadId": ref("t.thread.id")}
BUSY = (
    start_thread("t"),
    start_turn("first", "t", "take your time", say("al", hold("the first may end"), "pha")),
    await_delta("first"),
)
"""A thread with a turn that others have to wait for."""


def waiting(*submissions: str) -> Ok:
    """A queue of just these."""
    return Ok({"data": [same_as(f"{name}.queuedSubmission") for name in submissions], "nextCursor": None})


queued_turns_run_in_their_order = Scenario(
    "Turns that are queued behind a running one begin by themselves, one after the other, and are turns like any other.",
    *BUSY,
    queue_turn("second", "t", "and then", says="beta"),
    wait_for("thread/queue/changed", thread="t"),
    queue_turn("third", "t", "and at last", says="gamma"),
    wait_for("thread/queue/changed", thread="t", k=2),
    request("thread/queue/list", T, waiting("second", "third")),
    release("the first may end"),
    await_turn("first"),
    await_turn("second"),
    await_turn("third"),
    wait_for("thread/queue/changed", thread="t", k=4),
    request("thread/queue/list", T, waiting()),
    read_thread("t", turns=("completed", "completed", "completed")),
    origin="API-04",
    setup=EXPERIMENTAL,
)

an_idle_thread_begins_at_once = Scenario(
    "What is queued on a thread that does nothing begins at once, the first time and the next.",
    start_thread("t"),
    queue_turn("first", "t", "now", says="yes"),
    await_turn("first"),
    queue_turn("second", "t", "now again", says="yes again"),
    await_turn("second"),
    request("thread/queue/list", T, waiting()),
    run_turn("t", "without a queue", says="too"),
    origin="API-04",
    setup=EXPERIMENTAL,
)

a_queue_is_changed_while_it_waits = Scenario(
    "What waits can be reworded, moved and taken back; what is left of it runs in its new order.",
    *BUSY,
    queue_turn("second", "t", "one", says="1"),
    request(
        "thread/queue/add",
        {**T, "clientUserMessageId": "x", "input": [{"type": "text", "text": "never"}]},
        Ok(subset({"queuedSubmission": subset({"clientUserMessageId": "x"})})),
        as_="x",
    ),
    queue_turn("third", "t", "two", says="2"),
    request(
        "thread/queue/update",
        {
            **T,
            "queuedSubmissionId": ref("x.queuedSubmission.id"),
            "input": [{"type": "text", "text": "at no time"}],
        },
        Ok({"queuedSubmission": subset({"id": same_as("x.queuedSubmission.id"), "clientUserMessageId": "x"})}),
        as_="y",
    ),
    request("thread/queue/list", T, waiting("second", "y", "third")),
    request(
        "thread/queue/reorder",
        {**T, "queuedSubmissionIds": [ref("third.queuedSubmission.id"), ref("second.queuedSubmission.id")]},
        Refused(-32600, "queue reorder must include every queued submission exactly once"),
    ),
    request(
        "thread/queue/reorder",
        {
            **T,
            "queuedSubmissionIds": [
                ref("third.queuedSubmission.id"),
                ref("y.queuedSubmission.id"),
                ref("second.queuedSubmission.id"),
            ],
        },
        Ok({}),
    ),
    request("thread/queue/list", T, waiting("third", "y", "second")),
    request(
        "thread/queue/list", {**T, "limit": 1}, Ok({"data": [same_as("third.queuedSubmission")], "nextCursor": "1"})
    ),
    request("thread/queue/list", {**T, "cursor": "1"}, waiting("y", "second")),
    request("thread/queue/delete", {**T, "queuedSubmissionId": ref("y.queuedSubmission.id")}, Ok({"deleted": True})),
    request("thread/queue/delete", {**T, "queuedSubmissionId": ref("y.queuedSubmission.id")}, Ok({"deleted": False})),
    request("thread/queue/list", T, waiting("third", "second")),
    wait_for("thread/queue/changed", thread="t", k=6),
    release("the first may end"),
    await_turn("first"),
    await_turn("third"),
    await_turn("second"),
    origin="API-04",
    setup=EXPERIMENTAL,
)

an_interrupt_holds_the_queue = Scenario(
    "Behind an interrupted turn nothing begins by itself, until one is begun by name; then the others go on.",
    *BUSY[:-2],
    start_turn("first", "t", "a long story", say("once upon", hold("never opened"), " a time")),
    await_delta("first"),
    queue_turn("second", "t", "a short story", says="the end"),
    queue_turn("third", "t", "a moral", says="none"),
    interrupt("first"),
    await_turn("first"),
    request("thread/queue/list", T, waiting("second", "third")),
    request(
        "thread/queue/start",
        {**T, "queuedSubmissionId": ref("third.queuedSubmission.id")},
        Ok({"turn": subset({"status": "inProgress"})}),
    ),
    await_turn("third"),
    await_turn("second"),
    request("thread/queue/start", T, Refused(-32600, "queue is empty")),
    read_thread("t", turns=("interrupted", "completed", "completed")),
    origin="API-04",
    setup=EXPERIMENTAL,
)

a_queue_outlives_its_server = Scenario(
    "A queue is there on a new server, can be added to, and goes on when its thread is resumed.",
    *BUSY,
    queue_turn("second", "t", "say it later", says="later"),
    wait_for("thread/queue/changed", thread="t"),
    kill_server(),
    reconnect(),
    request("thread/queue/list", T, waiting("second")),
    request("thread/queue/start", T, Refused(-32600, "resume the thread before starting a queued message")),
    queue_turn("third", "t", "say it last", says="last"),
    resume_thread("t", turns=("interrupted",)),
    await_turn("second"),
    await_turn("third"),
    run_turn("t", "go on", says="on"),
    origin="TRU-01",
    setup=EXPERIMENTAL,
)

queues_that_cannot_be = Scenario(
    "Nothing is queued without words, on an ephemeral thread, or on one that does not exist; nothing begins twice.",
    start_thread("e", ephemeral=True),
    request("thread/queue/list", {"threadId": ref("e.thread.id")}, Refused(-32600, anything())),
    request("thread/queue/list", {"threadId": NOBODY}, Refused(-32603, anything())),
    *BUSY,
    queue_turn("second", "t", "my turn", says="done"),
    request("thread/queue/start", T, Refused(-32600, "thread already has an active or pending turn")),
    request(
        "thread/queue/add",
        {**T, "clientUserMessageId": "x", "input": []},
        Refused(-32600, "only user input can be added to the user-message queue"),
    ),
    request(
        "thread/queue/update",
        {**T, "queuedSubmissionId": "no", "input": [{"type": "text", "text": "x"}]},
        Refused(-32600, "queued submission not found: no"),
    ),
    request("thread/queue/list", {**T, "cursor": "no"}, Refused(-32600, anything())),
    release("the first may end"),
    await_turn("first"),
    await_turn("second"),
    origin="API-06",
    setup=EXPERIMENTAL,
)
