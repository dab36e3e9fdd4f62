"""What a scenario licenses: ends, texts, retries, cuts, endings; and the same in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from turnproof.expect import expected, licences
from turnproof.scenario import Scenario, Setup
from turnproof.script import Act, drop_connection, fail, gates, hold, never_answer, say, stall, think
from turnproof.steps import Branch, Ok, Refused, Unanswered
from turnproof.writing import (
    await_turn,
    close_stdin,
    interrupt,
    kill_server,
    notify,
    reconnect,
    release,
    request,
    resume_thread,
    run_turn,
    send_bytes,
    start_thread,
    start_turn,
    steer,
    together,
)

T = start_thread("t")
NO = Refused(-32600)


def turn(*script: Act, setup: Setup | None = None) -> Any:
    """The licence of one turn with this script."""
    opened = [release(gate) for gate in gates(script) if gate == "open"]
    steps = (T, start_turn("r", "t", "x", *script), *opened, kill_server())
    return expected(Scenario("x", *steps, setup=setup)).turns["x"]


@pytest.mark.parametrize(
    ("script", "setup", "ends", "retries", "texts"),
    [
        ((say("a", "b"),), Setup(), {"completed"}, 0, ("ab",)),
        ((), Setup(), {"completed"}, 0, ()),
        ((think("hm"), say("a"), say("b")), Setup(), {"completed"}, 0, ("a", "b")),
        ((say("a", hold("g"), "b"),), Setup(), set(), 0, ("ab",)),
        ((say("a", hold("open"), "b"),), Setup(), {"completed"}, 0, ("ab",)),
        ((fail(500),), Setup(), {"failed"}, 1, ()),
        ((fail(500),), Setup(1, 1), {"failed"}, 4, ()),
        ((fail(500, times=2), say("a")), Setup(request_retries=1), {"failed"}, 2, ()),
        ((fail(500, times=2), say("a")), Setup(request_retries=2), {"completed"}, 2, ("a",)),
        ((fail(500, times=3), say("a")), Setup(1, 1), {"completed"}, 3, ("a",)),
        ((fail(429, times=1), say("a")), Setup(request_retries=5), {"failed"}, 1, ()),
        ((fail(400),), Setup(9, 0), {"failed"}, 1, ()),
        ((say("a", drop_connection(times=1), "b"),), Setup(stream_retries=1), {"completed"}, 1, ("ab",)),
        ((say("a", drop_connection(times=1), "b"),), Setup(request_retries=1), {"failed"}, 1, ("ab",)),
        ((say("a"), drop_connection(), say("b")), Setup(stream_retries=3), {"failed"}, 4, ("a",)),
        ((say("a"), stall()), Setup(), set(), 0, ("a",)),
        ((say("a", stall()),), Setup(), set(), 0, ("a",)),
        ((never_answer(),), Setup(), set(), 0, ()),
    ],
)
def test_a_script_licenses_its_own_end(
    script: tuple[Act, ...], setup: Setup, ends: set[str], retries: int, texts: tuple[str, ...]
) -> None:
    licence = turn(*script, setup=setup)
    assert (licence.ends, licence.retries, licence.texts) == (ends, retries, texts)


def ends_of(*steps: Any, words: str = "x") -> set[str]:
    return expected(Scenario("x", T, *steps)).turns[words].ends


LONG = start_turn("r", "t", "x", say("a", stall()))
SHORT = start_turn("r", "t", "x", says="a")


def test_an_interrupt_licenses_interrupted_and_nothing_else() -> None:
    assert ends_of(LONG, interrupt("r"), await_turn("r")) == {"interrupted"}
    assert ends_of(LONG, interrupt("r", Ok()), await_turn("r")) == {"interrupted"}
    assert ends_of(SHORT, interrupt("r"), await_turn("r")) == {"interrupted", "completed"}


def test_a_refused_interrupt_licenses_nothing() -> None:
    assert ends_of(SHORT, interrupt("r", NO), await_turn("r")) == {"completed"}


def test_branches_license_their_own_ends() -> None:
    race = interrupt("r", Branch(NO, "completed"), Branch(Ok(), "interrupted"))
    assert ends_of(LONG, race, await_turn("r")) == {"completed", "interrupted"}
    assert ends_of(LONG, interrupt("r", Branch(Ok(), "failed")), await_turn("r")) == {"failed"}


def test_an_awaited_end_is_licensed() -> None:
    assert ends_of(LONG, await_turn("r", ends="interrupted")) == {"interrupted"}
    assert ends_of(run_turn("t", "x", says="a", ends="failed")) == {"failed"}


def test_words_that_are_said_twice_license_both_ends() -> None:
    assert ends_of(run_turn("t", "x", says="a", ends="failed"), run_turn("t", "x", says="a")) == {"failed", "completed"}


def test_a_steer_shares_the_ends_of_old_and_new_words() -> None:
    steps = (LONG, steer("r", "y", says="b"), await_turn("r"))
    assert ends_of(*steps) == ends_of(*steps, words="y") == {"completed"}
    steps = (LONG, steer("r", "y", stall()), interrupt("r"), await_turn("r"))
    assert ends_of(*steps, words="y") == {"interrupted"}


def test_only_what_is_open_may_be_cut_with_its_server() -> None:
    steps = (
        run_turn("t", "before", says="a"),
        LONG,
        kill_server(),
        reconnect(),
        resume_thread("t"),
        run_turn("t", "after"),
    )
    turns = expected(Scenario("x", T, *steps)).turns
    assert {words for words, licence in turns.items() if licence.may_be_cut} == {"x"}


def test_the_probes_are_licensed_to_complete() -> None:
    turns = expected(Scenario("x", T)).turns
    assert [turns[f"turnproof probe {n}"].ends for n in (1, 2)] == [{"completed"}] * 2
    assert turns["turnproof probe 1"].texts == ("still here",)


@pytest.mark.parametrize(
    ("steps", "endings", "reconnects", "probes"),
    [
        ((T,), ["eof"], 0, True),
        ((T, kill_server()), ["KILL"], 0, False),
        ((T, close_stdin()), ["eof"], 0, False),
        ((T, kill_server("TERM"), reconnect()), ["TERM", "eof"], 1, True),
        ((T, kill_server("INT"), reconnect(), close_stdin(), reconnect()), ["INT", "eof", "eof"], 2, True),
        ((T, kill_server(), reconnect(), kill_server()), ["KILL", "KILL"], 1, False),
    ],
)
def test_each_server_process_has_one_licensed_ending(
    steps: tuple[Any, ...], endings: list[str], reconnects: int, probes: bool
) -> None:
    e = expected(Scenario("x", *steps))
    assert (e.endings, e.reconnects, e.probes) == (endings, reconnects, probes)


def test_wrong_use_is_licensed_only_for_the_methods_that_expect_it() -> None:
    steps = (
        T,
        request("no/such/method", {}, NO),
        request("thread/loaded/list", {}, Ok()),
        request("model/list", {}, Unanswered()),
        notify("odd"),
        together(run_turn("t", "x"), request("config/read", {}, NO, Ok())),
    )
    e = expected(Scenario("x", *steps))
    assert e.wrong_methods == {"no/such/method", "model/list", "odd", "config/read"}
    assert not e.wrong_bytes
    assert expected(Scenario("x", send_bytes(b"x\n"))).wrong_bytes


def test_requests_before_the_handshake_are_licensed_only_by_hand() -> None:
    assert not expected(Scenario("x", T)).early_requests
    assert expected(Scenario("x", request("m", {}), setup=Setup(handshake=False))).early_requests


def test_retries_are_licensed_only_where_the_model_fails() -> None:
    assert not expected(Scenario("x", T, run_turn("t", "x", says="a"))).retries
    assert expected(Scenario("x", T, run_turn("t", "x", fail(500)))).retries


def test_steps_within_together_count() -> None:
    e = expected(Scenario("x", T, together([SHORT, interrupt("r")], run_turn("t", "y", fail(500))), await_turn("r")))
    assert e.turns["x"].ends == {"completed", "interrupted"}
    assert e.turns["y"].ends == {"failed"}


def test_the_licences_in_sentences() -> None:
    scenario = Scenario(
        "x",
        T,
        run_turn("t", "unlucky", fail(500)),
        LONG,
        kill_server(),
        reconnect(),
        resume_thread("t"),
        start_turn("s", "t", "z" * 60, say("a", hold("g"), "b")),
        release("g"),
        interrupt("s", Branch(NO, "completed"), Branch(Ok(), "interrupted")),
        await_turn("s"),
    )
    assert licences(scenario) == [
        "2 server process(es), ending by KILL, eof; 1 reconnect(s)",
        "turn 'unlucky': failed, after up to 1 failed attempt(s); says nothing",
        "turn 'x': no end by itself, or cut with its server; says 'a'",
        f"turn '{'z' * 40}': completed or interrupted; says 'ab'",
        "second use: a probe turn on the last thread and one on a new thread",
    ]
    assert licences(Scenario("x", T, kill_server()))[-1] == "no second use: the server is meant to be gone"
