"""What becomes of a turn when the model fails: retries, notices, the last word."""

from __future__ import annotations

from typing import Any

import pytest

Drive = Any
TAIL = ["thread/status/changed", "error", "turn/completed"]


def say(*chunks: Any) -> dict[str, Any]:
    return {"type": "say", "chunks": list(chunks)}


def fail(status: int, **rest: Any) -> dict[str, Any]:
    return {"type": "fail", "status": status} | rest


def notices(engine: Any) -> list[tuple[str, bool]]:
    errors = [message["params"] for message in engine.messages if message.get("method") == "error"]
    return [(error["error"]["message"], error["willRetry"]) for error in errors]


def attempts(engine: Any, thread: str, prompt: str) -> int:
    return engine.engine.library.loaded(thread).attempts[prompt, 0]


@pytest.mark.parametrize(
    ("status", "info"),
    [
        (400, "other"),
        (403, {"httpConnectionFailed": {"httpStatusCode": 403}}),
        (429, {"responseTooManyFailedAttempts": {"httpStatusCode": 429}}),
        (500, "internalServerError"),
        (502, {"httpConnectionFailed": {"httpStatusCode": 502}}),
    ],
)
def test_the_last_word_of_a_failed_turn(drive: Drive, status: int, info: Any) -> None:
    engine = drive(scripts={"go": [fail(status)], "hi": [say("x")]}).initialize()
    thread = engine.thread()
    engine.turn(thread, "go")
    assert engine.methods()[-3:] == TAIL
    assert engine.last("thread/status/changed")["status"] == {"type": "systemError"}
    turn = engine.last("turn/completed")["turn"]
    assert (turn["status"], turn["items"], turn["error"]["codexErrorInfo"]) == ("failed", [], info)
    assert engine.last("error")["error"] == turn["error"]
    engine.turn(thread, "hi")
    assert engine.last("turn/completed")["turn"]["status"] == "completed"


# Attempts at one prompt with 2 request and 2 stream retries, and how many notices say so.
@pytest.mark.parametrize(
    ("act", "posts", "said"),
    [
        (fail(500), 9, 2),
        (fail(501), 9, 2),
        (fail(503, body={"error": {"code": "server_is_overloaded"}}), 3, 0),
        (fail(404), 3, 2),
        (fail(400), 1, 0),
        (fail(429), 1, 0),
        (fail(429, body={"error": {"type": "usage_limit_reached"}}), 1, 0),
        (fail(429, retry_after=1), 3, 2),
        ({"type": "drop_connection"}, 3, 2),
    ],
)
def test_retries_multiply(drive: Drive, act: Any, posts: int, said: int) -> None:
    engine = drive(scripts={"go": [act]}, retries={"request": 2, "stream": 2}).initialize()
    thread = engine.thread()
    engine.turn(thread, "go")
    assert attempts(engine, thread, "go") == posts
    assert [message for message, will_retry in notices(engine) if will_retry] == [
        f"Reconnecting... {number}/2" for number in range(1, said + 1)
    ]
    assert engine.last("turn/completed")["turn"]["status"] == "failed"


def test_a_request_retry_is_silent(drive: Drive) -> None:
    engine = drive(scripts={"go": [fail(500, times=2), say("x")]}, retries={"request": 2, "stream": 0}).initialize()
    engine.turn(engine.thread(), "go")
    assert notices(engine) == []
    assert engine.last("turn/completed")["turn"]["status"] == "completed"


def test_a_retry_after_is_waited_for(drive: Drive) -> None:
    engine = drive(scripts={"go": [fail(429, retry_after=1, times=1), say("x")]}, retries={"stream": 1}).initialize()
    engine.turn(engine.thread(), "go")
    assert engine.now > 1


def test_a_broken_stream_leaves_its_item_open_and_starts_a_new_one(drive: Drive) -> None:
    script = [say("par", {"type": "drop_connection", "times": 1}, "tial")]
    engine = drive(scripts={"go": script}, retries={"stream": 1}).initialize()
    engine.turn(engine.thread(), "go")
    items = [
        (message["method"], message["params"]["item"]["id"])
        for message in engine.messages
        if message.get("method") in ("item/started", "item/completed")
        and message["params"]["item"]["type"] == "agentMessage"
    ]
    (_, first), (_, second), (last, completed) = items
    assert first != second == completed
    assert last == "item/completed"
    assert engine.last("turn/completed")["turn"]["items"][0]["text"] == "partial"


def test_an_interrupt_ends_a_retry(drive: Drive) -> None:
    engine = drive(scripts={"go": [fail(404)]}, retries={"stream": 5}).initialize()
    thread = engine.thread()
    turn = engine.start(thread, "go")
    while not notices(engine):
        engine.run(until=engine.server.next_deadline())
    engine.send("turn/interrupt", {"threadId": thread, "turnId": turn})
    engine.run()
    assert engine.last("turn/completed")["turn"]["status"] == "interrupted"
