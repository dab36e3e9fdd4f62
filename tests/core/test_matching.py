"""References and matchers."""

from __future__ import annotations

from typing import Any

import pytest

from turnproof import anything, one_of, ref, same_as, subset, text
from turnproof.matching import Unresolved, look_up, malformed, mark, mismatch, references, resolve

RESULTS = {"t": {"thread": {"id": "T1", "turns": [{"id": "a"}, {"id": "b"}]}, "n": 1}, "page": {"next": None}}


@pytest.mark.parametrize(
    ("want", "got"),
    [
        (anything(), None),
        (anything(), {"a": 1}),
        (text("^no .* turn"), "no active turn to interrupt"),
        (text("b$"), "ab"),
        (one_of(1, "x"), "x"),
        (one_of(text("a"), subset({"k": 1})), {"k": 1, "l": 2}),
        (subset({"a": 1}), {"a": 1, "b": 2}),
        (subset({}), {}),
        ({"a": subset({"b": text("c")})}, {"a": {"b": "cc", "d": 0}}),
        (same_as("t.thread.id"), "T1"),
        (ref("t.thread.turns.1.id"), "b"),
        ([1, anything()], [1, [2]]),
        ((1, 2), [1, 2]),
        ({}, {}),
        (None, None),
        (1.5, 1.5),
    ],
)
def test_it_matches(want: Any, got: Any) -> None:
    assert mismatch(want, got, RESULTS) is None


@pytest.mark.parametrize(
    ("want", "got", "why"),
    [
        (1, 1.0, "the value is 1.0, expected 1"),
        (1, True, "the value is True, expected 1"),
        (0, False, "the value is False, expected 0"),
        ("1", 1, "the value is 1, expected '1'"),
        (None, {}, "the value is {}, expected None"),
        ({"a": 1}, {"a": 1, "b": 2}, "b was not expected"),
        ({"a": 1}, {}, "a is missing"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b is 2, expected 1"),
        ([1, 2], [1], "the value has 1 members, expected 2"),
        ([1, {"x": 2}], [1, {"x": 3}], "1.x is 3, expected 2"),
        ({"a": [1]}, {"a": "1"}, "a is '1', expected [1]"),
        (subset({"a": 1}), {"b": 1}, "a is missing"),
        (subset({"a": 1}), [1], "the value is [1], expected an object"),
        (text("^b"), "ab", "the value is 'ab', expected a text like /^b/"),
        (text("1"), 1, "the value is 1, expected a text like /1/"),
        (one_of(1, 2), 3, "the value is 3, expected one of 1, 2"),
        (one_of(), 3, "the value is 3, expected one of "),
        (same_as("t.thread.id"), "T2", "the value is 'T2', expected 'T1'"),
        (same_as("t.n"), 1.0, "the value is 1.0, expected 1"),
        (same_as("page.next"), "x", "the value is 'x', expected None"),
        ({"id": same_as("t.thread.id")}, {"id": "x"}, "id is 'x', expected 'T1'"),
        ("short", "x" * 500, f"the value is '{'x' * 99}… (502 characters), expected 'short'"),
    ],
)
def test_it_does_not_match_and_says_where(want: Any, got: Any, why: str) -> None:
    assert mismatch(want, got, RESULTS) == why


def test_an_object_of_two_keys_is_no_matcher() -> None:
    assert mark({"$text": "a", "b": 1}) is None
    assert mark({"$else": "a"}) is None
    assert mismatch({"$text": "a", "b": 1}, {"$text": "a", "b": 1}, {}) is None


def test_references_are_found_at_any_depth() -> None:
    value = {"a": [ref("x.y"), {"b": same_as("z")}], "c": subset({"d": one_of(1, ref("w"))})}
    assert list(references(value)) == ["x.y", "z", "w"]


def test_references_are_resolved_in_objects_lists_and_tuples() -> None:
    value = {"a": [ref("t.n")], "b": (ref("t.thread.id"),), "c": "kept", "d": ref("t.thread.turns")}
    assert resolve(value, RESULTS) == {"a": [1], "b": ["T1"], "c": "kept", "d": [{"id": "a"}, {"id": "b"}]}


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("u.x", "nothing is named 'u'"),
        ("t.nope", "'t.nope' has no part 'nope'"),
        ("t.thread.turns.7", "'t.thread.turns.7' has no part '7'"),
        ("t.thread.turns.x", "'t.thread.turns.x' has no part 'x'"),
        ("t.n.deeper", "'t.n.deeper' has no part 'deeper'"),
        ("page.next.cursor", "'page.next.cursor' has no part 'cursor'"),
    ],
)
def test_a_reference_to_nothing_says_which_part_is_missing(path: str, why: str) -> None:
    with pytest.raises(Unresolved) as trouble:
        look_up(path, RESULTS)
    assert trouble.value.args == (why,)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"$text": "("}, "'(' is no regular expression"),
        ({"a": [{"$text": 5}]}, "$text is given 5"),
        (subset({"x": one_of({"$ref": ["t"]})}), "$ref is given ['t']"),
        ({"$one_of": "ab"}, "$one_of is given 'ab'"),
        ({"$subset": []}, "$subset is given []"),
    ],
)
def test_a_malformed_matcher_is_found(value: Any, why: str) -> None:
    found = malformed(value)
    assert found is not None
    assert found.startswith(why)


def test_a_good_value_is_not_malformed() -> None:
    assert (
        malformed({"a": [1, text("x"), subset({"b": one_of(ref("t"), anything())})], "$ref": "x", "c": same_as("y")})
        is None
    )
