"""The rules around the body, one broken message each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from turnproof import profile as profiles
from turnproof.schema import envelope_problems, order_problem

PROFILE = profiles.load("0.163.0")
OLD = replace(PROFILE, emitted_at_ms=False)
NOTE: dict[str, Any] = {"method": "turn/started", "params": {}, "emittedAtMs": 5}
ASK: dict[str, Any] = {"method": "item/tool/call", "id": 0, "params": {}}
ERROR: dict[str, Any] = {"error": {"code": -32600, "message": "no"}, "id": 1}


@pytest.mark.parametrize(
    "message", [NOTE, ASK, {"id": 1, "result": {}}, {"id": "", "result": None}, ERROR, {**ASK, "id": "a"}]
)
def test_healthy_envelopes(message: dict[str, Any]) -> None:
    assert envelope_problems(message, PROFILE) == []


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({**NOTE, "id": 3}, "a notification with the id 3"),
        ({"method": "turn/started", "id": 3, "params": {}}, "a notification with the id 3"),
        ({"method": "turn/started", "params": {}}, "emittedAtMs is missing"),
        ({**NOTE, "emittedAtMs": 5.0}, "emittedAtMs is 5.0, not milliseconds"),
        ({**NOTE, "emittedAtMs": True}, "emittedAtMs is true, not milliseconds"),
        ({**NOTE, "emittedAtMs": -1}, "emittedAtMs is -1, not milliseconds"),
        ({**NOTE, "jsonrpc": "2.0"}, "the key jsonrpc, which the server never sends"),
        ({**NOTE, "trace": None}, 'the unknown key "trace" beside the body'),
        ({**NOTE, "\ud800": 1}, 'the unknown key "\\ud800" beside the body'),
        ({**NOTE, "result": {}}, "a method and an answer in one message"),
        ({**NOTE, "method": 7}, "method is 7, not a string"),
        ({"method": "item/tool/call", "params": {}}, "a request without an id"),
        ({**ASK, "emittedAtMs": 5}, 'the unknown key "emittedAtMs" beside the body'),
        ({**ASK, "id": None}, "the id null is neither a string nor a 64-bit integer"),
        ({**ASK, "id": 1.0}, "the id 1.0 is neither a string nor a 64-bit integer"),
        ({**ASK, "id": True}, "the id true is neither a string nor a 64-bit integer"),
        ({**ASK, "id": 2**63}, "the id 9223372036854775808 is neither a string nor a 64-bit integer"),
        ({"id": 1}, "neither method nor result nor error"),
        ({"error": {"code": 1, "message": "m"}, "result": {}, "id": 1}, "result and error in one answer"),
        ({"result": {}}, "an answer without an id"),
        ({"error": {"message": "m"}, "id": 1}, "an error without an integer code"),
        ({"error": {"code": True, "message": "m"}, "id": 1}, "an error without an integer code"),
        ({"error": {"code": 1}, "id": 1}, "an error without a message text"),
        ({"error": "no", "id": 1}, 'error is "no", not an object'),
        ({"id": 1, "result": {}, "emittedAtMs": 1}, 'the unknown key "emittedAtMs" beside the body'),
    ],
)
def test_each_breach_is_named(message: dict[str, Any], problem: str) -> None:
    assert envelope_problems(message, PROFILE) == [problem]


def test_the_time_of_a_notification_depends_on_the_version() -> None:
    assert envelope_problems({"method": "turn/started", "params": {}}, OLD) == []
    assert envelope_problems(NOTE, OLD) == ["emittedAtMs, which this version does not send"]


def test_a_notification_without_params_is_left_to_the_schema() -> None:
    assert envelope_problems({"method": "skills/changed", "emittedAtMs": 5}, PROFILE) == []


def test_the_order_of_the_keys_of_an_error() -> None:
    error = {"code": 1, "message": "m"}
    profile = PROFILE
    assert order_problem({"error": error, "id": 1}, profile) is None
    assert order_problem({"id": 1, "result": {}}, profile) is None
    assert order_problem({"id": 1, "error": error}, profile) == "id before error: this version prints the error first"
    assert order_problem({"id": 1, "error": error}, replace(profile, error_first=False)) is None
