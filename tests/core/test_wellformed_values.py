"""A value of a wrong type is refused in the words of the author's call, with the values that would be legal."""

from __future__ import annotations

from typing import Any

import pytest

from turnproof.scenario import Scenario, ScenarioError, Setup
from turnproof.script import fail, say, stall, think
from turnproof.steps import Branch, Ok, Refused
from turnproof.writing import (
    await_delta,
    close_stdin,
    interrupt,
    kill_server,
    list_threads,
    read_thread,
    request,
    run_turn,
    send_bytes,
    start_thread,
    start_turn,
    together,
    wait,
)

T: Any = start_thread("t")


class _Ugly:
    def __repr__(self) -> str:
        return "two\nlines"


STEPS: dict[str, tuple[list[Any], str]] = {
    "a text": (
        ["hello"],
        "step 1: 'hello' is no step; mend: use the functions of turnproof (run_turn, …)",
    ),
    "a value of two lines": (
        [_Ugly()],
        "step 1: two lines is no step; mend: use the functions of turnproof (run_turn, …)",
    ),
    "an act": (
        [say("x")],
        'step 1: say(…) is no step; mend: run_turn("…", "…", say(…))',
    ),
    "a list": (
        [[T]],
        "step 1: a list is no step; mend: *steps puts them in one after the other",
    ),
    "an outcome": (
        [Ok()],
        "step 1: Ok(…) is no step; mend: Ok(…) belongs to a step, as request(…, Ok(…))",
    ),
    "a step that was not called": (
        [close_stdin],
        "step 1: close_stdin is no step; mend: call it, close_stdin(…)",
    ),
    "a number for a name": (
        [start_thread(5)],  # type: ignore[arg-type]
        'step 1 start_thread: name is 5, not a text; mend: name="…"',
    ),
    "a text in a script": (
        [T, run_turn("t", "x", "words")],
        "step 2 run_turn: the script holds the text 'words', which is no act; mend: say('words'), or says='words'",
    ),
    "a list in a script": (
        [T, run_turn("t", "x", [say("y")])],
        "step 2 run_turn: the script holds a list; mend: write the acts one after the other, or *acts",
    ),
    "a step in a script": (
        [T, run_turn("t", "x", run_turn("t", "y"))],
        "step 2 run_turn: the script holds run_turn(…), which is a step; mend: put it among the steps of the scenario",
    ),
    "an outcome in a script": (
        [T, run_turn("t", "x", Ok())],
        "step 2 run_turn: the script holds Ok(…), which is an outcome; mend: expect=(Ok(…),)",
    ),
    "an act that was not called": (
        [T, run_turn("t", "x", stall)],
        "step 2 run_turn: the script holds stall, which is no act; mend: call it, stall(…)",
    ),
    "a failure within words": (
        [T, run_turn("t", "x", say("y", fail(500)))],  # type: ignore[arg-type]
        "step 2 run_turn: say holds fail(…), and within an item only text, hold, stall and drop_connection can stand; mend: drop_connection() breaks what is streamed; fail(…) stands in front of all words",
    ),
    "thoughts within words": (
        [T, run_turn("t", "x", say("y", think("z")))],  # type: ignore[arg-type]
        "step 2 run_turn: say holds think(…), and within an item only text, hold, stall and drop_connection can stand; mend: say(…), think(…)",
    ),
    "a number for words": (
        [T, run_turn("t", "x", says=5)],  # type: ignore[arg-type]
        'step 2 run_turn: say holds 5, and within an item only text, hold, stall and drop_connection can stand; mend: say("…")',
    ),
    "a text for a status": (
        [T, run_turn("t", "x", fail("500"))],  # type: ignore[arg-type]
        "step 2 run_turn: status of fail(…) is '500', not a whole number; mend: status=500",
    ),
    "an end that is misspelt": (
        [T, run_turn("t", "x", ends="compleated")],  # type: ignore[arg-type]
        "step 2 run_turn: ends is 'compleated', none of 'completed', 'interrupted', 'failed'; mend: did you mean 'completed'?",
    ),
    "an unknown end": (
        [T, run_turn("t", "x", ends="done")],  # type: ignore[arg-type]
        "step 2 run_turn: ends is 'done', none of 'completed', 'interrupted', 'failed'; mend: ends='completed' or another of them",
    ),
    "an unknown end of a branch": (
        [T, start_turn("r", "t", "x"), interrupt("r", Branch(Ok(), turn="cut"))],  # type: ignore[arg-type]
        "step 3 interrupt: turn of Branch(…) is 'cut', none of 'completed', 'interrupted', 'failed'; mend: turn='completed' or another of them",
    ),
    "an unknown answer of a branch": (
        [T, start_turn("r", "t", "x"), interrupt("r", Branch("x", "completed"))],  # type: ignore[arg-type]
        "step 3 interrupt: answer of Branch(…) is 'x'; mend: Branch(Ok(…), …) or Branch(Refused(code), …)",
    ),
    "an unknown signal": (
        [kill_server("STOP")],  # type: ignore[arg-type]
        "step 1 kill_server: signal is 'STOP', none of 'KILL', 'TERM', 'INT'; mend: signal='KILL' or another of them",
    ),
    "an unknown status": (
        [T, read_thread("t", turns=("done",))],  # type: ignore[arg-type]
        "step 2 read_thread: turns.0 is 'done', none of 'completed', 'interrupted', 'failed', 'inProgress'; mend: 'completed' or another of them",
    ),
    "a status for statuses": (
        [T, read_thread("t", turns="completed")],  # type: ignore[arg-type]
        "step 2 read_thread: turns is 'completed', and a tuple belongs there; mend: a tuple of one, turns=('completed',)",
    ),
    "a text for names": (
        [T, list_threads(has="t")],  # type: ignore[arg-type]
        "step 2 list_threads: has is 't', and a tuple belongs there; mend: a tuple of one, has=('t',)",
    ),
    "a list for names": (
        [T, list_threads(has=["t"])],  # type: ignore[arg-type]
        "step 2 list_threads: has is a list; mend: a tuple, has=('t',)",
    ),
    "a value for an outcome": (
        [request("m", {}, {"a": 1})],  # type: ignore[arg-type]
        "step 1 request: expect holds {'a': 1}, which is no outcome; mend: Ok({'a': 1})",
    ),
    "an act for an outcome": (
        [request("m", {}, say("x"))],  # type: ignore[arg-type]
        "step 1 request: expect holds say(…), which is no outcome; mend: say(…) is an act and stands in a script, behind the text of a turn",
    ),
    "one outcome for several": (
        [request("m", {}, expect=Ok())],  # type: ignore[arg-type]
        "step 1 request: expect is Ok(…), and a tuple belongs there; mend: a tuple of one, expect=(Ok(…),)",
    ),
    "a text for a code": (
        [request("m", {}, Refused("x"))],  # type: ignore[arg-type]
        "step 1 request: code of Refused(…) is 'x', not a whole number; mend: code=-32600",
    ),
    "a number for a result's name": (
        [request("m", {}, as_=5)],  # type: ignore[arg-type]
        'step 1 request: as_ is 5, not a text; mend: as_="…"',
    ),
    "a number for bytes": (
        [send_bytes(5)],  # type: ignore[arg-type]
        'step 1 send_bytes: data is 5, not bytes; mend: data=b"…"',
    ),
    "a text for seconds": (
        [wait("2", because="x")],  # type: ignore[arg-type]
        "step 1 wait: seconds is '2', not a number; mend: seconds=2",
    ),
    "no number of seconds": (
        [wait(float("nan"), because="x")],
        "step 1 wait: seconds is nan, not a number; mend: seconds=2",
    ),
    "a number for a delta's turn": (
        [await_delta(5)],  # type: ignore[arg-type]
        'step 1 await_delta: turn is 5, not a text; mend: turn="…"',
    ),
    "a number for a branch": (
        [together(5, T)],
        "step 1 together: a branch holds 5, which is no step; mend: use the functions of turnproof (run_turn, …)",
    ),
    "a text for a branch": (
        [together("ab", T)],
        "step 1 together: a branch holds 'ab', which is no step; mend: use the functions of turnproof (run_turn, …)",
    ),
    "a lambda": (
        [request("m", {"a": lambda: 1})],
        "step 1 request: params.a is a lambda, which is no JSON; mend: a JSON value, or a matcher: anything(), text(…), one_of(…), subset(…)",
    ),
    "an outcome as a value": (
        [request("m", {"a": [Ok()]})],
        "step 1 request: params.a.0 is Ok(…), which is no JSON; mend: a JSON value, or a matcher: anything(), text(…), one_of(…), subset(…)",
    ),
    "a key that is no text": (
        [request("m", {5: 1})],
        'step 1 request: params has the key 5, and keys are texts; mend: {"…": …}',
    ),
    "NaN": (
        [request("m", {"a": float("nan")})],
        "step 1 request: params.a is nan, which JSON does not have; mend: a finite number, or None",
    ),
    "a tuple within params": (
        [request("m", {"a": (1,)})],
        "step 1 request: params.a is a tuple, and JSON has lists; mend: [1]",
    ),
    "a lone surrogate": (
        [T, run_turn("t", "\ud83d")],
        "step 2 run_turn: text holds a lone surrogate, which JSON in UTF-8 cannot hold; mend: send_bytes(…) can send any bytes",
    ),
}  # fmt: skip

FRAME: dict[str, tuple[dict[str, Any], str]] = {
    "origin=5": ({"origin": 5}, 'origin is 5, not a text; mend: origin="…"'),
    "since=1": ({"since": 1}, 'since is 1, not a text; mend: since="…"'),
    'marks="slow"': ({"marks": "slow"}, "marks is 'slow', and a tuple belongs there; mend: a tuple of one, marks=('slow',)"),
    'marks=["a", "b"]': ({"marks": ["a", "b"]}, "marks is a list; mend: a tuple, marks=('a', 'b')"),
    'marks=("a", 5)': ({"marks": ("a", 5)}, 'marks.1 is 5, not a text; mend: "…"'),
    'provokes="abc"': ({"provokes": "abc"}, "provokes is 'abc', and a tuple belongs there; mend: a tuple of one, provokes=('abc',)"),
    "setup=5": ({"setup": 5}, "setup is 5, not a Setup; mend: setup=Setup(…)"),
    'setup={"delivery": "torn"}': ({"setup": {"delivery": "torn"}}, "setup is a dict; mend: setup=Setup(delivery='torn')"),
    "setup=Setup": ({"setup": Setup}, "setup is the class Setup; mend: call it, setup=Setup(…)"),
    'setup=Setup(pace="fast")': ({"setup": Setup(pace="fast")}, "in Setup, pace is 'fast', none of 'paced', 'burst'; mend: pace='paced' or another of them"),  # type: ignore[arg-type]
    'setup=Setup(delivery="tron")': ({"setup": Setup(delivery="tron")}, "in Setup, delivery is 'tron', none of 'whole', 'torn'; mend: did you mean 'torn'?"),  # type: ignore[arg-type]
    'setup=Setup("2")': ({"setup": Setup("2")}, "in Setup, request_retries is '2', not a whole number; mend: request_retries=1"),  # type: ignore[arg-type]
    'setup=Setup(opt_out="x")': ({"setup": Setup(opt_out="x")}, "in Setup, opt_out is 'x', and a tuple belongs there; mend: a tuple of one, opt_out=('x',)"),  # type: ignore[arg-type]
    "setup=Setup(request_retries=-1)": ({"setup": Setup(request_retries=-1)}, "in Setup, request_retries is -1, and the server asks again 0 to 100 times; mend: Setup(request_retries=0)"),
    "setup=Setup(stream_retries=10**6)": ({"setup": Setup(stream_retries=10**6)}, "in Setup, stream_retries is 1000000, and the server asks again 0 to 100 times; mend: Setup(stream_retries=100)"),
}  # fmt: skip


def refusal(*steps: Any, **fields: Any) -> str:
    with pytest.raises(ScenarioError) as refused:
        Scenario("x", *steps, **fields)
    text = str(refused.value)
    assert len(text.splitlines()) == 1
    return text.partition("scenario 'x'")[2].lstrip(",: ")


@pytest.mark.parametrize(("steps", "said"), STEPS.values(), ids=STEPS.keys())
def test_a_step_of_wrong_types_is_refused_in_its_own_words(steps: list[Any], said: str) -> None:
    assert refusal(*steps) == said


@pytest.mark.parametrize(("fields", "said"), FRAME.values(), ids=FRAME.keys())
def test_a_field_of_a_wrong_type_is_refused_in_its_own_words(fields: dict[str, Any], said: str) -> None:
    assert refusal(T, **fields) == said
