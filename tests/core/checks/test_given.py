"""What the model is given of what its client asked for, in histories with the notes of its provider."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.checks.handwritten import flags, healthy, judged, opened
from tests.core.checks.log import Log

CHECK = "model-is-given-what-was-asked"
SCHEMA = {"type": "object"}
ASIDE, RULE, SAID, CALL, RESULT = "user: aside", "developer: rule", "assistant: so", "function_call:", "call_output:"


def item(name: str) -> dict[str, Any]:
    kind, _, text = name.partition(": ")
    if kind in ("user", "developer", "assistant"):
        return {"type": "message", "role": kind, "content": [{"type": "input_text", "text": text}]}
    return {"type": kind.rstrip(":"), "call_id": "c"}


def note(turn: str, *messages: str, schema: Any = None) -> Log:
    given: dict[str, Any] = {"outputs": {}, "messages": [*messages, "user: hi"]}
    given |= {} if schema is None else {"schema": schema}
    return Log().fact("note", "note", event="request", thread="T", turn=turn, given=given)


def asked(schema: Any = None) -> Log:
    return healthy() if schema is None else healthy().changed("turn/start", outputSchema=schema)


def injects(*names: str) -> Log:
    return Log().ask(8, "thread/inject_items", {"threadId": "T", "items": list(map(item, names))}).answer(8, {})


def turns(injected: Log, *notes: Log, status: str = "completed") -> Log:
    """Items are injected, and turns follow with a note each; the first ends so."""
    log = opened()
    log.entries += injected.entries
    for number, one in enumerate(notes, 1):
        turn = f"U{number}"
        log.begin(turn=turn, number=10 + number)
        log.entries += one.entries
        log.finish(status if number == 1 else "completed", turn=turn)
    return log.exit()


@pytest.mark.parametrize(
    ("schema", "notes", "found"),
    [
        (SCHEMA, [note("U1", schema=SCHEMA)], []),
        (SCHEMA, [note("U1", schema=SCHEMA), note("U1", schema=SCHEMA)], []),
        (None, [note("U1")], []),
        (None, [note("somebody else's", schema=SCHEMA)], []),
        (SCHEMA, [note("U1")], ["request"]),
        (SCHEMA, [note("U1", schema={"type": "array"})], ["request"]),
        (None, [note("U1", schema=SCHEMA)], ["request"]),
    ],
)
@pytest.mark.parametrize("place", ["accepted", "active"])
def test_a_schema_is_for_its_turn(place: str, schema: Any, notes: list[Log], found: list[str]) -> None:
    """A note may come in front of the answer that names its turn."""
    log = asked(schema)
    for one in notes:
        log.put_before(place, one)
    assert flags(log, CHECK) == found


def test_words_for_a_running_turn_leave_its_schema() -> None:
    steer = Log().ask(9, "turn/start", {"threadId": "T"}).answer(9, {"turn": {"id": "U1"}})
    steer.entries += note("U1", schema=SCHEMA).entries
    assert flags(asked(SCHEMA).put_behind("words-", steer), CHECK) == []


@pytest.mark.parametrize(
    ("injected", "given", "found"),
    [
        ([ASIDE, RULE], [ASIDE, RULE], []),
        ([ASIDE], ["developer: environment", ASIDE, "developer: mode"], []),
        ([ASIDE, ASIDE], [ASIDE, ASIDE], []),
        ([RULE, SAID, ASIDE, RESULT], [ASIDE], []),
        ([RULE, CALL, RESULT], [], []),
        ([ASIDE, RULE], [ASIDE], ["request"]),
        ([ASIDE, RULE], [RULE, ASIDE], ["request"]),
        ([ASIDE, RULE], [ASIDE, ASIDE, RULE], ["request"]),
        ([ASIDE, RULE], [ASIDE, "user: rule"], ["request"]),
    ],
)
def test_what_was_injected_is_given_once_in_its_place(injected: list[str], given: list[str], found: list[str]) -> None:
    assert flags(turns(injects(*injected), note("U1", *given)), CHECK) == found


def test_what_was_given_is_not_given_again_in_front_of_other_words() -> None:
    kept = turns(injects(ASIDE), note("U1", ASIDE), note("U2", ASIDE))
    assert flags(kept, CHECK) == ["request"]
    once = turns(injects(ASIDE), note("U1", ASIDE), note("U2"), note("U3"))
    assert (flags(once, CHECK), judged(once, only=[CHECK]).judged()[CHECK]) == ([], 1)
    failed = turns(injects(ASIDE), note("U1", ASIDE), note("U2", ASIDE), status="failed")
    assert flags(failed, CHECK) == []


def test_what_is_injected_into_a_running_turn_or_taken_out_of_the_history_is_not_judged() -> None:
    running = healthy().put_behind("words-", injects(ASIDE))
    running.put_before("exit", note("U2"))
    assert flags(running, CHECK) == []
    reverted = turns(injects(ASIDE), note("U1"))
    reverted.put_before("turn/start", Log().ask(9, "thread/revert", {"threadId": "T"}).answer(9, {}))
    assert flags(reverted, CHECK) == []


def test_notes_that_do_not_tell_of_messages_are_passed_over() -> None:
    bare = Log().fact("note", "note", event="request", thread="T", turn="U1", given={"outputs": {}})
    assert flags(asked(SCHEMA).put_before("exit", bare), CHECK) == []
