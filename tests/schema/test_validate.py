"""`Schema.validate`: the right type for the method, two levels, one line; and values that nobody should send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from turnproof import profile as profiles
from turnproof.schema import Schema
from turnproof.schema.document import JsonSchema, references
from turnproof.schema.recording import recorded

PROFILE = profiles.load("0.163.0")
SCHEMA = Schema.of(PROFILE)
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.jsonl"))

ITEM = {
    "type": "agentMessage",
    "id": "i",
    "text": "x",
    "phase": None,
    "memoryCitation": None,
    "delivery": None,
    "questions": None,
}


def delta(**changes: Any) -> dict[str, Any]:
    params = {"threadId": "t", "turnId": "u", "itemId": "i", "delta": "x", **changes}
    return {"method": "item/agentMessage/delta", "params": params, "emittedAtMs": 1}


def completed(**changes: Any) -> dict[str, Any]:
    params = {"item": {**ITEM, **changes}, "threadId": "t", "turnId": "u", "completedAtMs": 1}
    return {"method": "item/completed", "params": params, "emittedAtMs": 1}


def told(message: Any, direction: Any = "to_client", answers: str | None = None) -> tuple[str, str]:
    finding = SCHEMA.validate(message, direction, answers)
    return ("clean", "") if finding is None else (finding.level, str(finding))


def test_a_message_of_its_method_is_clean() -> None:
    assert told(delta()) == ("clean", "")
    assert told(completed()) == ("clean", "")


@pytest.mark.parametrize(
    ("message", "level", "words"),
    [
        (delta(delta=5), "published", "item/agentMessage/delta: params.delta: is the integer 5, expected string"),
        (delta(extra=1), "closed", 'params: has the unknown key "extra"'),
        ({"method": "turn/started", "params": None}, "published", "turn/started: params: is null, expected object"),
        (completed(text=None), "published", "params.item.text: is null, expected string"),
        (completed(type="agentMassage"), "published", 'params.item.type: is "agentMassage", expected one of'),
        (completed(sidenote=[]), "closed", 'params.item: has the unknown key "sidenote"'),
        ({"method": "no/such", "params": {}}, "published", "no/such: method: is not in the schema of this direction"),
        ({"method": 5}, "published", "message: method: is 5, expected string"),
        ({"error": {"code": "x", "message": "m"}, "id": 1}, "published", 'error: error.code: is the string "x"'),
        ({"error": {"code": 1, "message": "m", "more": 1}, "id": 1}, "closed", 'error: has the unknown key "more"'),
    ],
)
def test_a_finding_names_method_place_and_problem(message: Any, level: str, words: str) -> None:
    found, text = told(message)
    assert (found, words in text) == (level, True), text
    assert "\n" not in text


def test_what_this_version_always_sends_is_missed_when_it_is_gone() -> None:
    item = {key: value for key, value in ITEM.items() if key != "delivery"}
    message = {**completed(), "params": {**completed()["params"], "item": item}}
    assert told(message) == ("closed", 'item/completed: params.item: lacks the key "delivery" (closed schema)')
    assert Schema(SCHEMA.document).validate(message, "to_client") is None, "the published schema leaves it optional"


def test_a_response_is_judged_by_the_request_that_it_answers() -> None:
    answer: dict[str, Any] = {"id": 1, "result": {}}
    assert told(answer, answers="turn/interrupt") == ("clean", "")
    assert told(answer, answers="thread/read") == (
        "published",
        'thread/read: result: lacks the key "thread" (published schema)',
    )
    assert told({"id": 1, "result": {"x": 1}}, answers="turn/interrupt")[0] == "closed", "an empty result is empty"
    assert told(answer, answers="getAuthStatus") == ("clean", ""), "served, and not in the schema"
    assert told(answer) == ("clean", ""), "nothing to judge it by"


def test_the_direction_tells_two_methods_of_one_name_apart() -> None:
    assert told(delta(), "to_server")[0] == "published"
    request = {"id": 0, "result": {"decision": "maybe"}}
    found = told(request, "to_server", "item/commandExecution/requestApproval")
    assert found[0] == "published"
    assert "result.decision" in found[1]


def test_an_integer_is_no_float() -> None:
    message = completed()
    message["params"]["completedAtMs"] = 1.0
    assert told(message) == (
        "closed",
        "item/completed: params.completedAtMs: is the number 1.0, expected integer (closed schema)",
    )


def test_maps_and_free_values_stay_open() -> None:
    start = {"id": 1, "method": "thread/start", "params": {"config": {"any": {"thing": [1, None]}}}}
    assert told(start, "to_server") == ("clean", "")
    assert told({"error": {"code": 1, "message": "m", "data": [{"x": 1}]}, "id": 1}) == ("clean", "")


def test_a_stable_client_has_fewer_methods_and_keys() -> None:
    stable = SCHEMA.for_client(experimental=False)
    queue = {"id": 1, "method": "thread/queue/list", "params": {"threadId": "t"}}
    history = {"id": 1, "method": "thread/start", "params": {"historyMode": "legacy"}}
    assert [told(queue, "to_server"), told(history, "to_server")] == [("clean", "")] * 2
    assert "experimentalApi" in str(stable.validate(queue, "to_server"))
    assert "historyMode" in str(stable.validate(history, "to_server"))
    assert stable.to_client is SCHEMA.to_client, "what a server may send is the same"


@pytest.mark.parametrize(
    "text",
    [
        '{"method":"item/agentMessage/delta","params":{"threadId":"t","turnId":"u","itemId":"i","delta":"\\ud800"}}',
        '{"method":"item/agentMessage/delta","params":{"threadId":"t","turnId":"u","itemId":5,"delta":"\\ud800\\u0000"}}',
        '{"method":"item/agentMessage/delta","params":{"\\ud800":1}}',
        '{"method":"\\ud800\\n","params":{}}',
        '{"method":"item/completed","params":{"completedAtMs":' + "9" * 4000 + "}}",
        '{"method":"item/completed","params":{"completedAtMs":9223372036854775808,"completedAtMs":NaN,"item":1}}',
        '{"method":"item/completed","params":{"item":{"type":["x"],"type":{"type":null}},"threadId":-Infinity}}',
        '{"method":null,"params":1e999}',
        '{"method":["x"],"params":[]}',
        '{"error":null,"error":[]}',
        '{"error":{"code":1e2,"message":{"\\udfff":"x"}}}',
        "{}",
    ],
)
def test_odd_values_are_findings_or_clean_and_never_a_crash(text: str) -> None:
    message = json.loads(text)
    for direction in ("to_client", "to_server"):
        for answers in (None, "thread/read", "\ud800"):
            line = str(SCHEMA.validate(message, direction, answers))
            line.encode()
            assert line.isprintable()
            assert len(line) <= 400


def test_a_lone_surrogate_in_text_is_data_and_in_a_key_a_finding() -> None:
    assert told(delta(delta="\ud800")) == ("clean", "")
    level, text = told({**delta(), "params": {"\ud800": 1}})
    assert level == "published"
    assert "UnicodeEncodeError" in text


def test_a_deep_value_does_not_break_the_validator() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    assert told(delta(delta=deep))[0] == "published"
    assert told({"error": {"code": 1, "message": "m", "data": deep}, "id": 1}) == ("clean", "")


def raw_validator(kind: str) -> jsonschema_rs.Validator:
    """All methods of one kind in one schema, put together from the published parts: an independent second opinion."""
    table = getattr(SCHEMA.document, kind)
    branches: list[JsonSchema] = [
        {"properties": {"method": {"enum": [method]}, "params": shape.params}, "required": ["method"]}
        for method, shape in table.items()
    ]
    return jsonschema_rs.Draft7Validator({"oneOf": branches, "definitions": dict(SCHEMA.document.definitions)})


def test_the_closed_level_accepts_nothing_that_the_published_one_refuses() -> None:
    """Clean means clean at both levels, for every notification of the corpus and every key of it removed."""
    whole = raw_validator("server_notifications")
    judged = 0
    for one in recorded(CORPUS):
        method = one.message.get("method")
        if one.direction == "to_client" and method in SCHEMA.document.server_notifications:
            for gone in ("", *one.message["params"]):
                params = {key: value for key, value in one.message["params"].items() if key != gone}
                message = {**one.message, "params": params}
                finding = SCHEMA.validate(message, "to_client")
                assert (finding is None or finding.level == "closed") == whole.is_valid(message), (one.source, gone)
                judged += 1
    assert judged > 500


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = SCHEMA.document
    for schema in document.definitions.values():
        assert set(references(schema)) <= set(document.definitions)
