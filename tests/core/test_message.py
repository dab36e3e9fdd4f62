"""Five kinds of lines and a sixth for what is no JSON; ids are keyed with their type."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnproof.message import Message, decode, encode, id_key

KINDS = {
    b'{"id":1,"method":"m","params":{}}': "request",
    b'{"id":null,"method":"m"}': "request",
    b'{"method":"m","id":0}': "request",
    b'{"id":1,"method":"m","result":{}}': "request",
    b'{"method":"m"}': "notification",
    b'{"method":"m","params":[1]}': "notification",
    b'{"jsonrpc":"2.0","method":"m","params":{}}': "notification",
    b'{"id":1,"result":{}}': "response",
    b'{"id":1,"result":null}': "response",
    b'{"result":1,"id":"x"}': "response",
    b'{"error":{"code":-1,"message":"no"},"id":1}': "error",
    b'{"id":1,"result":{},"error":null}': "error",
    b'{"id":1,"method":5,"result":{}}': "response",
    b'{"id":1}': "not_rpc",
    b'{"result":{}}': "not_rpc",
    b'{"error":{}}': "not_rpc",
    b'{"method":5}': "not_rpc",
    b"{}": "not_rpc",
    b"[]": "not_rpc",
    b'[{"id":1,"result":{}}]': "not_rpc",
    b"42": "not_rpc",
    b"null": "not_rpc",
    b'"text"': "not_rpc",
    b"": "not_json",
    b"\r": "not_json",
    b"   ": "not_json",
    b"Welcome!": "not_json",
    b'{"id":1,"result":{}': "not_json",
    b'{"id":1,"result":{}}{"id":2,"result":{}}': "not_json",
    b'{"id":1,"result":"\xff"}': "not_json",
    b"\x00": "not_json",
    b"[" * 100_000 + b"]" * 100_000: "not_json",
    b'  {"id":1,"result":{}} \r': "response",
    b'{"method":"m","params":{"t":"\\ud800"}}': "notification",
}


@pytest.mark.parametrize(("raw", "kind"), KINDS.items(), ids=[raw[:40].decode("latin-1") for raw in KINDS])
def test_a_line_is_of_one_kind(raw: bytes, kind: str) -> None:
    message = Message(raw)
    assert message.kind == kind
    assert message.raw is raw
    assert isinstance(message.params, dict)
    assert isinstance(message.result, dict)
    assert (message.method is not None) == (kind in ("request", "notification"))


@pytest.mark.parametrize(
    "raw",
    [
        '{"id":1,"result":{}}'.encode("utf-16-le"),
        '{"id":1,"result":{}}'.encode("utf-32-be"),
        b'\xef\xbb\xbf{"id":1,"result":{}}',
        b'{"id":1,"result":"\xed\xa0\x80"}',
    ],
    ids=["utf-16", "utf-32", "byte order mark", "surrogate in bytes"],
)
def test_what_is_not_utf_8_is_no_json(raw: bytes) -> None:
    assert Message(raw).kind == "not_json"


def test_duplicate_keys_stay_in_the_raw_bytes() -> None:
    message = Message(b'{"id":1,"id":2,"result":{}}')
    assert message.id == 2
    assert b'"id":1' in message.raw


def test_params_and_results_of_a_wrong_shape_read_as_empty() -> None:
    assert Message(b'{"method":"m","params":[1]}').params == {}
    assert Message(b'{"id":1,"result":[1]}').result == {}
    assert Message(b"[1]").params == {}


@pytest.mark.parametrize("number", [2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**40, -(2**63), -(2**63) - 1])
def test_an_id_keeps_every_digit(number: int) -> None:
    message = Message(b'{"id":%d,"result":{}}' % number)
    assert message.id == number
    assert isinstance(message.id, int)


def test_ids_are_keyed_by_value_and_type() -> None:
    ids: list[Any] = [
        1,
        "1",
        1.0,
        True,
        0,
        "",
        None,
        False,
        "null",
        0.0,
        [1],
        ["1"],
        {"a": 1},
        {"a": 1.0},
        2**63,
        "true",
    ]
    assert len({id_key(value) for value in ids}) == len(ids)
    assert id_key({"a": 1, "b": 2}) == id_key({"b": 2, "a": 1})
    assert id_key(7) == id_key(Message(b'{"id":7,"result":1}').id)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(2**90), 2**90) | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
    max_leaves=6,
))  # fmt: skip
def test_whatever_is_encoded_is_decoded_the_same(value: Any) -> None:
    raw = encode(value)
    assert b"\n" not in raw
    if "inf" not in repr(value):  # JSON has no infinity; a program that sends one is read all the same
        assert decode(raw) == value == json.loads(raw)
