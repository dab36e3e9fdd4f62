"""What a turn can be given beside words: pictures, mentions, a schema for the answer, an id of the client's."""

from __future__ import annotations

from typing import Any

from turnproof import (
    Ok,
    Refused,
    Scenario,
    ref,
    request,
    run_turn,
    same_as,
    start_thread,
    subset,
    wait_for,
)

T = {"threadId": ref("t.thread.id")}
PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="


def shown(*elements: dict[str, Any]) -> dict[str, Any]:
    """The user's message as the last turn shows it."""
    return subset(
        {"data": [subset({"items": [subset({"type": "userMessage", "content": list(elements)}), subset({})]})]}
    )


def words(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text, "text_elements": []}


LAST = {**T, "limit": 1, "itemsView": "full"}

picture_in_the_input = Scenario(
    "A picture that comes with words, inline or as a file, is part of the user's message as it was sent.",
    start_thread("t"),
    run_turn("t", "what is this", says="a pixel", input=[{"type": "image", "url": PIXEL}]),
    request(
        "thread/turns/list", LAST, Ok(shown({"type": "image", "url": PIXEL, "detail": None}, words("what is this")))
    ),
    run_turn(
        "t", "and that", says="no file", input=[{"type": "localImage", "path": "/no/such/picture.png", "detail": "low"}]
    ),
    request(
        "thread/turns/list",
        LAST,
        Ok(shown({"type": "localImage", "detail": "low", "path": "/no/such/picture.png"}, words("and that"))),
    ),
    run_turn("t", "words alone", says="heard"),
    origin="API-04",
)

mentions_in_the_input = Scenario(
    "Mentions and skills that come with words are part of the user's message as they were sent.",
    start_thread("t"),
    run_turn(
        "t",
        "look at them",
        says="looked",
        input=[
            {"type": "mention", "name": "notes", "path": "app://notes"},
            {"type": "skill", "name": "tidy", "path": "/no/such/SKILL.md"},
        ],
    ),
    request(
        "thread/turns/list",
        LAST,
        Ok(
            shown(
                {"type": "mention", "name": "notes", "path": "app://notes"},
                {"type": "skill", "name": "tidy", "path": "/no/such/SKILL.md"},
                words("look at them"),
            )
        ),
    ),
    run_turn("t", "at nothing now", says="done"),
    origin="API-04",
)

picture_from_the_network = Scenario(
    "A picture that the server would have to fetch is refused, and no turn begins.",
    start_thread("t"),
    request(
        "turn/start",
        {**T, "input": [{"type": "image", "url": "http://127.0.0.1:9/picture.png"}]},
        Refused(-32600, "remote image URLs are not supported; use an inline data URL instead"),
    ),
    run_turn("t", "without a picture", says="fine"),
    origin="API-06",
)

answer_by_a_schema = Scenario(
    "A turn that asks for an answer by a schema is a turn like any other, and the next one is free of it.",
    start_thread("t"),
    run_turn(
        "t",
        "answer in JSON",
        says='{"answer":42}',
        outputSchema={
            "type": "object",
            "properties": {"answer": {"type": "integer"}},
            "required": ["answer"],
            "additionalProperties": False,
        },
    ),
    run_turn("t", "answer in words", says="forty-two"),
    origin="API-04",
)

message_by_the_clients_id = Scenario(
    "The user's message has the id that its client gave it, when it is told and when it is read.",
    start_thread("t"),
    run_turn("t", "know me by my id", says="known", as_="r", clientUserMessageId="mine-1"),
    wait_for("item/completed", thread="t", where={"item": subset({"type": "userMessage", "clientId": "mine-1"})}),
    request(
        "thread/items/list",
        {**T, "limit": 1},
        Ok(subset({"data": [subset({"turnId": same_as("r.turn.id"), "item": subset({"clientId": "mine-1"})})]})),
    ),
    origin="API-04",
)

ephemeral_thread = Scenario(
    "An ephemeral thread has turns like any other; it is in no list, and what needs a file is refused.",
    start_thread("t", ephemeral=True),
    run_turn("t", "leave no trace", says="none"),
    run_turn("t", "none at all", says="none left"),
    request("thread/read", T, Ok(subset({"thread": subset({"ephemeral": True, "path": None})}))),
    request("thread/list", {}, Ok(subset({"data": []}))),
    request(
        "thread/read", {**T, "includeTurns": True}, Refused(-32600, "ephemeral threads do not support includeTurns")
    ),
    origin="API-04",
)
