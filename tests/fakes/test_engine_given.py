"""What the fake tells that its model is given: a schema for one turn, and injected items until they were heard."""

from __future__ import annotations

from typing import Any

from turnproof_fakes.app_server.disk import Disk

Drive = Any
Json = dict[str, Any]
SCRIPTS = {
    "hi": [{"type": "say", "chunks": ["hello"]}],
    "fails": [{"type": "fail", "status": 500}],
}
ITEMS = [
    {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "a rule " * 9}]},
    {"type": "reasoning", "summary": []},
]
NAMES = [("developer: " + "a rule " * 9)[:51], "reasoning: "]


def given(engine: Any) -> list[Json]:
    """Of each model request what is no result of a call, in order."""
    reports = [item.event for item in engine.out if hasattr(item, "event")]
    notes = [report["given"] for report in reports if report["event"] == "request"]
    return [{name: value for name, value in note.items() if name != "outputs"} for note in notes]


def test_a_schema_is_for_one_turn(drive: Drive) -> None:
    engine = drive(scripts=SCRIPTS).initialize()
    thread = engine.thread()
    engine.start(thread, "hi", outputSchema={"type": "object"})
    engine.run()
    engine.turn(thread, "hi")
    assert given(engine) == [{"messages": ["user: hi"], "schema": {"type": "object"}}, {"messages": ["user: hi"]}]


def test_injected_items_are_given_until_the_model_has_answered(drive: Drive) -> None:
    engine = drive(scripts=SCRIPTS).initialize()
    thread = engine.thread()
    assert engine.result("thread/inject_items", {"threadId": thread, "items": ITEMS}) == {}
    for words in ("fails", "hi", "hi"):
        engine.turn(thread, words)
    assert [note["messages"] for note in given(engine)] == [[*NAMES, "user: fails"], [*NAMES, "user: hi"], ["user: hi"]]


def test_injected_items_are_kept_over_a_new_server(drive: Drive) -> None:
    disk = Disk()
    engine = drive(disk, scripts=SCRIPTS).initialize()
    thread = engine.thread()
    engine.turn(thread, "hi")
    engine.ask("thread/inject_items", {"threadId": thread, "items": ITEMS})
    for expected in ([*NAMES, "user: hi"], ["user: hi"]):
        engine = drive(disk, scripts=SCRIPTS).initialize()
        engine.result("thread/resume", {"threadId": thread})
        engine.turn(thread, "hi")
        assert [note["messages"] for note in given(engine)] == [expected]
