"""Lines of one thread side by side: what has an order, what has none, and what nobody can say must come."""

from __future__ import annotations

from typing import Final

import pytest
from tests.fidelity.conftest import said

from turnproof.fidelity.lines import Key, Line
from turnproof.fidelity.order import align, chance, independent, is_tail, normal_form

STATUS: Final = "← thread/status/changed active"
RESOLVED: Final = "← serverRequest/resolved"
CONSENT: Final = "→ answer to item/commandExecution/requestApproval"
TOKENS: Final = "← thread/tokenUsage/updated"
LIMITS: Final = "← account/rateLimits/updated"
DELTA: Final = "← item/agentMessage/delta"
WARNING: Final = "← warning"
STARTED: Final = "← answer to turn/start"


def key(letter: str, *, call: str = "", taken_back: bool = False) -> Key:
    return (letter, 0, call, taken_back)


def lines(*letters: str) -> list[Line]:
    return [Line(said("to_client", {}, seq=seq), letter, ((1, "t"),)) for seq, letter in enumerate(letters, 1)]


def letters(lines: list[Line]) -> list[str]:
    return [line.letter for line in lines]


@pytest.mark.parametrize(
    ("one", "other", "has_none"),
    [
        (key(WARNING), key(STARTED), True),
        (key(DELTA), key(STARTED), False),
        # about one call there is an order where there is none about two
        (key(CONSENT, call="call_a"), key("← item/started commandExecution", call="call_b"), True),
        (key(CONSENT, call="call_a"), key("← item/started commandExecution", call="call_a"), False),
        (key(CONSENT, call="call_a"), key("← item/completed commandExecution", call="call_b"), True),
        (key(CONSENT, call="call_a"), key("← item/completed commandExecution"), False),
        # what an interrupt takes back may be answered all the same
        (key(CONSENT, call="call_a"), key(RESOLVED, call="call_a"), False),
        (key(CONSENT, call="call_a"), key(RESOLVED, call="call_a", taken_back=True), True),
        # the kinds for which a rule has no say
        (key("→ thread/read"), key(DELTA), True),
        (key("→ thread/read"), key("← turn/completed completed"), False),
        (key("→ turn/start"), key(STATUS), False),
    ],
)
def test_two_lines_have_an_order_or_none(one: Key, other: Key, has_none: bool) -> None:
    assert independent(one, other) is has_none
    assert independent(other, one) is has_none


def test_orders_that_are_the_same_have_one_form() -> None:
    forms = {
        tuple(letters(normal_form(lines(*order))))
        for order in (
            (WARNING, STATUS, STARTED, DELTA),
            (WARNING, STARTED, STATUS, DELTA),
            (STARTED, WARNING, STATUS, DELTA),
        )
    }
    assert len(forms) == 1
    assert tuple(letters(normal_form(lines(STATUS, WARNING, STARTED, DELTA)))) not in forms
    assert tuple(letters(normal_form(lines(WARNING, STATUS, DELTA, STARTED)))) not in forms


def test_lines_of_one_kind_keep_their_order() -> None:
    deltas = lines(DELTA, DELTA, DELTA)
    assert normal_form(deltas) == deltas


def test_what_is_left_is_what_is_no_others() -> None:
    aligned = align(lines(WARNING, STARTED, DELTA), lines(STARTED, WARNING, STATUS))
    assert {(one.letter, other.letter) for one, other in aligned.pairs} == {(WARNING, WARNING), (STARTED, STARTED)}
    assert (letters(aligned.one), letters(aligned.other)) == ([DELTA], [STATUS])


def test_a_tail_has_nothing_behind_it_that_it_is_ordered_with() -> None:
    thread = lines(STARTED, WARNING, DELTA, DELTA)
    assert is_tail(thread[3:], thread)
    assert is_tail(thread[1:], thread)
    assert not is_tail(thread[1:2], thread)
    assert not is_tail(thread[2:3], thread)
    assert is_tail(thread[:1], thread[:2])
    assert is_tail([], thread)


@pytest.mark.parametrize("letter", [TOKENS, LIMITS])
def test_the_end_of_a_stream_may_be_missed_in_a_turn_that_is_interrupted(letter: str) -> None:
    for end, why in (("interrupted", "its turn was interrupted"), ("completed", ""), ("failed", "")):
        thread = lines(letter, f"← turn/completed {end}", DELTA)
        assert chance(thread[0], thread, last=False) == why
        assert chance(thread[2], thread, last=False) == ""


def test_what_is_said_twice_by_chance_stands_beside_itself() -> None:
    unloaded = "← thread/status/changed notLoaded"
    thread = lines(unloaded, unloaded, DELTA, unloaded)
    assert [bool(chance(line, thread, last=False)) for line in thread] == [True, True, False, False]


def test_what_nothing_waits_for_may_be_missed_in_the_last_thread() -> None:
    thread = lines("← mcpServer/startupStatus/updated ready", DELTA)
    assert chance(thread[0], thread, last=True)
    assert not chance(thread[0], thread, last=False)
    assert not chance(thread[1], thread, last=True)
