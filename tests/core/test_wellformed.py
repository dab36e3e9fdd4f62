"""What makes no sense is refused in one line: file, line, title, step, and the mend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from turnproof import steps as s
from turnproof.matching import one_of, ref, same_as, subset
from turnproof.player import PLAY_BUDGET
from turnproof.scenario import Scenario, ScenarioError, Setup, dumps, loads
from turnproof.script import drop_connection, fail, hold, never_answer, say, stall, think
from turnproof.steps import Branch, Ok, Refused, Unanswered
from turnproof.wellformed.server_rules import LONGEST_WAIT
from turnproof.writing import (
    await_delta,
    await_turn,
    begin_turn,
    close_stdin,
    fork_thread,
    initialize,
    interrupt,
    kill_server,
    list_threads,
    queue_turn,
    read_thread,
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
    wait,
    wait_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable

T = start_thread("t")
HELD = say("a", hold("g"), "b")
BY_HAND = Setup(handshake=False)
NO = Refused(-32600)


def _resized() -> list[Any]:
    return [T, run_turn("t", "same", says="one"), run_turn("t", "same", says="two")]


NONSENSE: dict[str, tuple[list[Any], str]] = {
    # Names.
    "unknown thread": ([T, run_turn("u", "x")], "step 2 run_turn: unknown thread 'u'; mend: start_thread('u') before"),
    "nearly a thread": (
        [start_thread("first"), run_turn("frist", "x")],
        "step 2 run_turn: unknown thread 'frist'; mend: did you mean 'first'?",
    ),
    "unknown turn": ([T, await_turn("r")], "step 2 await_turn: unknown turn 'r'; mend: start_turn('r', …) before"),
    "await before start": (
        [T, await_turn("r"), start_turn("r", "t", "x")],
        "step 2 await_turn: unknown turn 'r'; mend: start_turn('r', …) before",
    ),
    "a thread for a turn": ([T, interrupt("t")], "step 2 interrupt: unknown turn 't'; mend: start_turn('t', …) before"),
    "unknown source": ([fork_thread("f", "t")], "step 1 fork_thread: unknown thread 't'; mend: start_thread('t') before"),
    "unknown in a list": (
        [T, list_threads(has=("t",), lacks=("u",))],
        "step 2 list_threads: unknown thread 'u'; mend: start_thread('u') before",
    ),
    "unknown in wait_for": (
        [T, wait_for("turn/started", thread="u")],
        "step 2 wait_for: unknown thread 'u'; mend: start_thread('u') before",
    ),
    "unknown result": (
        [T, request("m", {"a": [ref("u.thread.id")]})],
        "step 2 request: unknown result 'u'; mend: name a step with as_=\"…\" before",
    ),
    "unknown result in an answer": (
        [T, request("m", {}, Ok(subset({"id": same_as("tt.x")})))],
        "step 2 request: unknown result 'tt'; mend: did you mean 't'?",
    ),
    "unknown result in a refusal": (
        [T, request("m", {}, Refused(1, same_as("u.x")))],
        "step 2 request: unknown result 'u'; mend: name a step with as_=\"…\" before",
    ),
    "unknown result in a branch": (
        [T, start_turn("r", "t", "x"), interrupt("r", Branch(Ok(same_as("q.x")), "completed")), await_turn("r")],
        "step 3 interrupt: unknown result 'q'; mend: name a step with as_=\"…\" before",
    ),
    "unknown result as an id": (
        [request("m", {}, id=ref("u"))],
        "step 1 request: unknown result 'u'; mend: name a step with as_=\"…\" before",
    ),
    "its own result": (
        [request("m", {"a": ref("me.b")}, as_="me")],
        "step 1 request: unknown result 'me'; mend: name a step with as_=\"…\" before",
    ),
    "a compaction without words": (
        [T, begin_turn("c", "t", "thread/compact/start"), await_turn("c")],
        "step 2 begin_turn: thread/compact/start asks the model, and no text says with what words; mend: text=\"…\"",
    ),
    "a command with words": (
        [T, begin_turn("c", "t", "thread/shellCommand", text="x", says="y", command="true"), await_turn("c")],
        "step 2 begin_turn: thread/shellCommand asks no model, and is given a text; mend: leave text and script out",
    ),
    "a thread given twice": (
        [T, begin_turn("c", "t", "thread/shellCommand", command="true", threadId="u"), await_turn("c")],
        "step 2 begin_turn: threadId is given twice; mend: leave it to 't'",
    ),
    "a queued turn that nobody awaits": (
        [T, queue_turn("q", "t", "x", says="y")],
        "at its end: turn 'q' is queued and never awaited; mend: await_turn('q')",
    ),
    "a queued turn that is awaited twice": (
        [T, queue_turn("q", "t", "x", says="y"), kill_server(), reconnect(), await_turn("q"), await_turn("q")],
        "step 6 await_turn: turn 'q' was awaited already; mend: remove this step",
    ),
    "a thread that is unknown to queue on": (
        [queue_turn("q", "t", "x", says="y"), await_turn("q")],
        "step 1 queue_turn: unknown thread 't'; mend: start_thread('t') before",
    ),
    "a begun turn that nobody awaits": (
        [T, begin_turn("c", "t", "thread/shellCommand", command="true")],
        "at its end: turn 'c' is started and never awaited; mend: await_turn('c')",
    ),
    "name taken": ([T, start_thread("t")], "step 2 start_thread: the name 't' is taken; mend: choose another"),
    "turn named like a thread": (
        [T, run_turn("t", "x", as_="t")],
        "step 2 run_turn: the name 't' is taken; mend: choose another",
    ),
    "result named like a turn": (
        [T, run_turn("t", "x", as_="r"), request("m", {}, as_="r")],
        "step 3 request: the name 'r' is taken; mend: choose another",
    ),
    "empty name": ([start_thread("")], "step 1 start_thread: '' is no name; mend: use a word without a full stop"),
    "name with a full stop": (
        [start_thread("a.b")],
        "step 1 start_thread: 'a.b' is no name; mend: use a word without a full stop",
    ),
    "where refers": (
        [T, wait_for("m", where={"a": same_as("t.thread.id")})],
        "step 2 wait_for: where is counted from the start of the play, when no step has a result; mend: thread= or turn=",
    ),
    # Turns.
    "never awaited": (
        [T, start_turn("r", "t", "x")],
        "at its end: turn 'r' is started and never awaited; mend: await_turn('r')",
    ),
    "awaited twice": (
        [T, start_turn("r", "t", "x"), await_turn("r"), await_turn("r")],
        "step 4 await_turn: turn 'r' was awaited already; mend: remove this step",
    ),
    "awaited by run_turn": (
        [T, run_turn("t", "x", as_="r"), await_turn("r")],
        "step 3 await_turn: turn 'r' was awaited already; mend: remove this step",
    ),
    "awaited after the server's end": (
        [T, start_turn("r", "t", "x"), kill_server(), reconnect(), await_turn("r")],
        "step 5 await_turn: turn 'r' ended with its server; mend: remove this step",
    ),
    "awaited though refused": (
        [T, start_turn("r", "t", "x", expect=(NO,)), await_turn("r")],
        "step 3 await_turn: turn 'r' is never started; mend: remove this step",
    ),
    "interrupted after its end": (
        [T, run_turn("t", "x", as_="r"), interrupt("r")],
        "step 3 interrupt: turn 'r' is not running here; mend: interrupt before its await_turn, or Refused",
    ),
    "steered after its end": (
        [T, run_turn("t", "x", as_="r"), steer("r", "y", says="z")],
        "step 3 steer: turn 'r' is not running here; mend: steer before its await_turn, or Refused",
    ),
    "two scripts for one text": (
        _resized(),
        "step 3 run_turn: the text 'same' has two different scripts, and the model is told by the text which to follow; "
        "mend: change the words of one",
    ),
    "two scripts for one text, by a steer": (
        [T, start_turn("r", "t", "x", stall()), steer("r", "x", says="y"), await_turn("r")],
        "step 3 steer: the text 'x' has two different scripts, and the model is told by the text which to follow; "
        "mend: change the words of one",
    ),
    "the probe's text": (
        [T, run_turn("t", "turnproof probe 1")],
        "step 2 run_turn: the text begins with 'turnproof probe', which the second use is known by; "
        "mend: say it otherwise",
    ),
    "a thread that was refused": (
        [start_thread("t", NO), run_turn("t", "x")],
        "step 2 run_turn: unknown thread 't'; mend: start_thread('t') before",
    ),
    # Gates.
    "release of an unknown gate": (
        [T, release("g")],
        "at its end: gate 'g' is released, but no script holds it; mend: hold('g') in a script, or no release",
    ),
    "released twice": (
        [T, release("g"), release("g"), run_turn("t", "x", HELD)],
        "step 3 release: gate 'g' is open already; mend: remove this step",
    ),
    "a gate that nobody releases": (
        [T, start_turn("r", "t", "x", HELD), await_turn("r")],
        "step 3 await_turn: turn 'r' waits at gate 'g', which nobody has released; "
        "mend: release('g') before, or say how else it ends",
    ),
    "a gate that is released too late": (
        [T, start_turn("r", "t", "x", HELD), await_turn("r"), release("g")],
        "step 3 await_turn: turn 'r' waits at gate 'g', which nobody has released; "
        "mend: release('g') before, or say how else it ends",
    ),
    "a gate within run_turn": (
        [T, run_turn("t", "x", think("hm", hold("g")))],
        "step 2 run_turn: the turn waits at gate 'g', which nobody has released; "
        "mend: release('g') before, or say how else it ends",
    ),
    "the second of two gates": (
        [T, start_turn("r", "t", "x", HELD, hold("h")), release("g"), await_turn("r")],
        "step 4 await_turn: turn 'r' waits at gate 'h', which nobody has released; "
        "mend: release('h') before, or say how else it ends",
    ),
    "a gate of the steer's script": (
        [T, start_turn("r", "t", "x", HELD), steer("r", "y", hold("h")), await_turn("r")],
        "step 4 await_turn: turn 'r' waits at gate 'h', which nobody has released; "
        "mend: release('h') before, or say how else it ends",
    ),
    "a refused interrupt opens no gate": (
        [T, start_turn("r", "t", "x", HELD), interrupt("r", NO), await_turn("r")],
        "step 4 await_turn: turn 'r' waits at gate 'g', which nobody has released; "
        "mend: release('g') before, or say how else it ends",
    ),
    "a gate that its own branch releases later": (
        [T, start_thread("u"), together([run_turn("t", "x", HELD), release("g")], run_turn("u", "y"))],
        "step 3 together: in run_turn: the turn waits at gate 'g', which nobody has released; "
        "mend: release('g') before, or say how else it ends",
    ),
    # Scripts that the model provider could not serve.
    "a failure behind words": (
        [T, run_turn("t", "x", say("y"), fail(500))],
        "step 2 run_turn: fail stands in place of a stream, and say(…) has begun one; "
        "mend: fail in front of all words, or drop_connection() behind them",
    ),
    "a failure behind thoughts and a gate": (
        [T, start_turn("r", "t", "x"), steer("r", "y", think("hm"), hold("g"), fail(500, times=1)), await_turn("r")],
        "step 3 steer: fail stands in place of a stream, and think(…) has begun one; "
        "mend: fail in front of all words, or drop_connection() behind them",
    ),
    "no answer behind words": (
        [T, start_turn("r", "t", "x", say("y"), never_answer()), interrupt("r"), await_turn("r")],
        "step 2 start_turn: never_answer stands in place of a stream, and say(…) has begun one; "
        "mend: never_answer in front of all words, or stall() behind them",
    ),
    # Time and counts.
    "a short wait": (
        [wait(0.5, because="x")],
        "step 1 wait: 0.5 s is no duration that a real server keeps; mend: wait_for(…) an event, or a gate",
    ),
    "a wait without a reason": ([wait(2, because=" ")], 'step 1 wait: it does not say why time must pass; mend: because="…"'),
    "a wait that no play can hold": (
        [wait(1e300, because="x")],
        "step 1 wait: 1e+300 s is longer than the 60 s of a whole play; mend: a shorter wait",
    ),
    "a wait backwards": (
        [wait(-1, because="x")],
        "step 1 wait: -1 s is no duration that a real server keeps; mend: wait_for(…) an event, or a gate",
    ),
    "the zeroth delta": (
        [T, start_turn("r", "t", "x"), await_delta("r", k=0), await_turn("r")],
        "step 3 await_delta: k=0 counts from 1; mend: k=1 is the first",
    ),
    "a delta of no turn": ([T, await_delta("r")], "step 2 await_delta: unknown turn 'r'; mend: start_turn('r', …) before"),
    "k=0": ([wait_for("turn/started", k=0)], "step 1 wait_for: k=0 counts from 1; mend: k=1 is the first"),
    "piece=0": ([send_bytes("x", piece=0)], "step 1 send_bytes: piece=0 is no size; mend: piece=1 writes byte by byte"),
    "status 200": ([T, run_turn("t", "x", fail(200))], "step 2 run_turn: HTTP status 200 is no failure; mend: one from 400 to 599"),
    "fail 0 times": ([T, run_turn("t", "x", fail(500, times=0))], "step 2 run_turn: times=0 never happens; mend: times=1 is once"),
    "drop -1 times": (
        [T, run_turn("t", "x", say("a", drop_connection(times=-1)))],
        "step 2 run_turn: times=-1 never happens; mend: times=1 is once",
    ),
    # Bytes and ids.
    "no bytes": ([send_bytes(b"")], 'step 1 send_bytes: it sends nothing; mend: b"…\\n"'),
    "half a line, and a step that writes": (
        [send_bytes("hello"), T],
        "step 2 start_thread: this step would write into the line that send_bytes left without its end, b'hello'; "
        'mend: end those bytes with "\\n", send_bytes the rest of the line before, or close_stdin()',
    ),
    "half a line, and the second use": (
        [T, send_bytes(b"a\nb")],
        "at its end: the second use of the server would write into the line that send_bytes left without its end, b'b'; "
        'mend: end those bytes with "\\n", send_bytes the rest of the line before, or close_stdin()',
    ),
    "an object for an id": (
        [request("m", {}, id={"a": 1})],
        "step 1 request: id is {'a': 1}, and no answer has such an id; mend: a text, a whole number, or Unanswered()",
    ),
    "an id beyond 64 bits that is answered": (
        [request("m", {}, Ok(), id=2**63)],
        "step 1 request: id is 9223372036854775808, and no answer has such an id; "
        "mend: a text, a whole number, or Unanswered()",
    ),
    "an answer to a list": (
        [send_bytes("x\n", Ok(), answer_to=[1])],
        "step 1 send_bytes: answer_to is [1], and no answer has such an id; mend: a text, a whole number, or Unanswered()",
    ),
    "a choice of nothing": (
        [request("m", {}, Ok(one_of()))],
        "step 1 request: one_of() is met by nothing; mend: use the functions of turnproof (ref, text, one_of, …)",
    ),
    # The server.
    "after the end": (
        [kill_server(), T],
        "step 2 start_thread: the server was ended by an earlier step; mend: reconnect() before",
    ),
    "killed twice": (
        [close_stdin(), kill_server()],
        "step 2 kill_server: the server was ended by an earlier step; mend: reconnect() before",
    ),
    "reconnect to a living one": (
        [reconnect()],
        "step 1 reconnect: the server is up; mend: kill_server() or close_stdin() before",
    ),
    "not loaded after reconnect": (
        [T, kill_server(), reconnect(), run_turn("t", "x")],
        "step 4 run_turn: thread 't' is not loaded on the new server; mend: resume_thread('t') before",
    ),
    "not loaded by a refused resume": (
        [T, kill_server(), reconnect(), resume_thread("t", NO), run_turn("t", "x")],
        "step 5 run_turn: thread 't' is not loaded on the new server; mend: resume_thread('t') before",
    ),
    "a second handshake": (
        [initialize()],
        "step 1 initialize: the handshake is made already; mend: Setup(handshake=False), or remove this step",
    ),
    # Answers.
    "an answer to no id": (
        [send_bytes("x\n", Ok())],
        "step 1 send_bytes: it expects an answer to no id; mend: answer_to=<the id in the bytes>",
    ),
    "a branch without a turn": (
        [T, start_turn("r", "t", "x"), interrupt("r", Branch(Ok())), await_turn("r")],
        'step 3 interrupt: a Branch says how the turn ends, and this one does not; mend: turn="…", or the answer alone',
    ),
    "a branch of a request": (
        [request("m", {}, Branch(Ok(), "completed"))],
        "step 1 request: a Branch ties an answer to the end of a running turn; mend: give the answer alone",
    ),
    "a regular expression that is none": (
        [request("m", {}, Ok({"$text": "("}))],
        "step 1 request: '(' is no regular expression: missing ), unterminated subpattern at position 0; "
        "mend: use the functions of turnproof (ref, text, one_of, …)",
    ),
    "a matcher of a wrong type": (
        [request("m", {"a": {"$ref": 5}})],
        "step 1 request: $ref is given 5; mend: use the functions of turnproof (ref, text, one_of, …)",
    ),
    # Together.
    "one branch": (
        [together(start_thread("a"))],
        "step 1 together: one branch is alone; mend: write its steps without together",
    ),
    "no branch": ([together()], "step 1 together: one branch is alone; mend: write its steps without together"),
    "an empty branch": ([together([], T)], "step 1 together: a branch has no steps; mend: remove it"),
    "a name taken by a branch": (
        [together(start_thread("a"), [start_thread("b"), start_thread("a")])],
        "step 1 together: in start_thread: the name 'a' is taken; mend: choose another",
    ),
    "a thread of another branch": (
        [together(start_thread("a"), [start_thread("b"), run_turn("a", "x")])],
        "step 1 together: in run_turn: thread 'a' is of another branch, which may come later; "
        "mend: use it after together(…)",
    ),
    "a result of another branch": (
        [together(request("m", {}, as_="q"), request("n", {"a": ref("q.b")}))],
        "step 1 together: in request: result 'q' is of another branch, which may come later; "
        "mend: use it after together(…)",
    ),
    "a turn of another branch": (
        [T, start_thread("u"), together(start_turn("r", "t", "x"), [run_turn("u", "y"), await_turn("r")])],
        "step 3 together: in await_turn: turn 'r' is of another branch, which may come later; "
        "mend: use it after together(…)",
    ),
    "awaited in two branches": (
        [T, start_turn("r", "t", "x"), together(await_turn("r"), await_turn("r"))],
        "step 3 together: in await_turn: turn 'r' was awaited already; mend: remove this step",
    ),
    "a kill beside others": (
        [together(start_thread("a"), kill_server())],
        "step 1 together: kill_server cannot be one of several at once; mend: put it after the branches",
    ),
    "nonsense two levels down": (
        [together(start_thread("a"), together(start_thread("b"), wait(0.1, "x")))],
        "step 1 together: in together: in wait: 0.1 s is no duration that a real server keeps; "
        "mend: wait_for(…) an event, or a gate",
    ),
}  # fmt: skip


def refusal(build: Callable[[], object]) -> str:
    with pytest.raises(ScenarioError) as refused:
        build()
    text = str(refused.value)
    assert len(text.splitlines()) == 1
    return text


@pytest.mark.parametrize(("steps", "said"), NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_refused_in_one_line(steps: list[Any], said: str) -> None:
    line = test_nonsense_is_refused_in_one_line.__code__.co_firstlineno + 3
    text = refusal(lambda: Scenario("What must hold.", *steps))
    place = f"{__file__}:{line}: scenario 'What must hold.'"
    assert text == f"{place}, {said}"


def test_the_place_is_the_first_line_of_the_call() -> None:
    text = refusal(
        lambda: Scenario(
            "Many lines.",
            start_thread("t"),
            run_turn("u", "x"),
        )
    )
    first = test_the_place_is_the_first_line_of_the_call.__code__.co_firstlineno + 2
    assert text.startswith(f"{__file__}:{first}: ")


def test_a_copy_with_changes_is_placed_where_it_is_made() -> None:
    good = Scenario("Good.", T)
    line = test_a_copy_with_changes_is_placed_where_it_is_made.__code__.co_firstlineno + 3
    text = refusal(lambda: good.replace(steps=()))
    assert text.startswith(f"{__file__}:{line}: scenario 'Good.': there are no steps")


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: Scenario("", T), "scenario '': the title is no text; mend: say in one sentence what must hold"),
        (lambda: Scenario("  ", T), "scenario '  ': the title is no text"),
        (lambda: Scenario(5, T), "scenario 5: the title is no text"),  # type: ignore[arg-type]
        (lambda: Scenario(T), "the title is no text"),  # type: ignore[arg-type]
        (
            lambda: Scenario("two\nlines"),
            "scenario 'two\\nlines': there are no steps, so nothing would be judged; mend: add some",
        ),
        (
            lambda: Scenario("x", T, setup=BY_HAND),
            "step 1 start_thread: the handshake was not made; mend: initialize() before",
        ),
    ],
)
def test_a_frame_of_nonsense_is_refused_in_one_line(build: Callable[[], object], said: str) -> None:
    text = refusal(build)
    assert text.startswith(f"{__file__}:")
    assert said in text


def test_a_saved_scenario_is_refused_with_the_name_of_its_file() -> None:
    good = dumps(Scenario("Saved.", T, run_turn("t", "x")))
    text = refusal(lambda: loads(good.replace(b'"thread": "t"', b'"thread": "u"'), "saved.scenario.json"))
    assert text.startswith("saved.scenario.json: ")
    assert "step 2 run_turn: unknown thread 'u'; mend: start_thread('u') before" in text


OPEN = start_turn("r", "t", "x", HELD)
HEALTHY: dict[str, list[Any]] = {
    "released before the await": [T, OPEN, release("g"), await_turn("r")],
    "released before the start": [T, release("g"), run_turn("t", "x", HELD)],
    "released by another branch": [T, together(run_turn("t", "x", HELD), [wait_for("turn/started"), release("g")])],
    "released two levels up": [
        T,
        together([start_thread("u"), together(run_turn("t", "x", HELD), run_turn("u", "y"))], [wait_for("m"), release("g")]),
    ],
    "released two levels down": [
        T,
        start_thread("u"),
        together(run_turn("t", "x", HELD), together(run_turn("u", "y"), release("g"))),
    ],
    "held and interrupted": [T, OPEN, interrupt("r"), await_turn("r")],
    "held and perhaps interrupted": [T, OPEN, interrupt("r", Branch(Ok(), "interrupted"), Branch(NO, "completed")), await_turn("r")],
    "held and ended otherwise": [T, OPEN, await_turn("r", ends="interrupted")],
    "held and run to failure": [T, run_turn("t", "x", HELD, ends="failed")],
    "held and steered": [T, OPEN, steer("r", "y", says="z"), await_turn("r")],
    "held and perhaps steered": [T, OPEN, steer("r", "y", says="z", expect=(Branch(Ok(), "completed"),)), await_turn("r")],
    "held and steered by a start": [T, OPEN, start_turn("s", "t", "y"), await_turn("r"), await_turn("s")],
    "held and interrupted by hand": [T, OPEN, request("turn/interrupt", {"turnId": ref("r.turn.id")}), await_turn("r")],
    "held and cut": [T, OPEN, kill_server(), reconnect(), resume_thread("t", turns=("interrupted",)), run_turn("t", "y")],
    "held behind a failure": [T, run_turn("t", "x", fail(500), HELD)],
    "held behind silence": [T, start_turn("r", "t", "x", never_answer(), HELD), interrupt("r"), await_turn("r")],
    "a name of a branch, used afterwards": [together(start_thread("a"), start_thread("b")), run_turn("a", "x"), run_turn("b", "y")],
    "a name of a branch, used in it": [together([start_thread("a"), run_turn("a", "x")], start_thread("b"))],
    "a turn from before, used in branches": [T, OPEN, together([await_delta("r"), release("g")], wait_for("m", turn="r")), await_turn("r")],
    "wrong use that is refused": [T, run_turn("t", "x", as_="r"), interrupt("r", NO), steer("r", "y", expect=(NO,))],
    "the same words twice": [T, run_turn("t", "same", says="one"), run_turn("t", "same", says="one")],
    "a thread that was read after a restart": [T, kill_server("TERM"), reconnect(), read_thread("t"), list_threads(has=("t",))],
    "a fork after a restart": [T, close_stdin(), reconnect(), fork_thread("f", "t"), run_turn("f", "x")],
    "an id beyond 64 bits": [request("m", {}, Unanswered(), id=2**63), send_bytes(b"\xff\n")],
    "a failure in front of words": [T, run_turn("t", "x", hold("g"), fail(500, times=1), say("y"), ends="failed")],
    "words whose stream breaks": [T, run_turn("t", "x", say("y"), drop_connection())],
    "a line in two pieces": [send_bytes(b"a"), wait_for("turn/started"), send_bytes(b"b\n"), T],
    "half a line, and the end of input": [T, send_bytes(b"a"), close_stdin()],
    "half a line to a server that is lost": [T, send_bytes(b"a"), kill_server(), reconnect(), start_thread("u")],
    "half a line beside another branch": [T, together(send_bytes(b"a"), send_bytes(b"\n")), start_thread("u")],
    "an id by reference": [T, request("m", {}, id=ref("t.thread.id"))],
    "no server at the end": [T, kill_server(), wait(1, because="it must stay away")],
}  # fmt: skip


@pytest.mark.parametrize("steps", HEALTHY.values(), ids=HEALTHY.keys())
def test_sense_is_accepted(steps: list[Any]) -> None:
    scenario = Scenario("What must hold.", *steps)
    assert loads(dumps(scenario)) == scenario


def test_a_wait_may_be_as_long_as_a_play() -> None:
    assert LONGEST_WAIT == PLAY_BUDGET


def test_a_long_text_is_shown_by_its_beginning() -> None:
    for build in (
        lambda: Scenario("x" * 200_000),
        lambda: Scenario("x", T, run_turn("u" * 200_000, "x")),
        lambda: Scenario("x", T, run_turn("t", "x", "w" * 200_000)),
        lambda: Scenario("x", T, run_turn("t", "x", ends="e" * 200_000)),  # type: ignore[arg-type]
        lambda: Scenario("x", "s" * 200_000),  # type: ignore[arg-type]
        lambda: Scenario("x", T, send_bytes(b"b" * 200_000)),
    ):
        text = refusal(build)
        assert len(text) < 600
        assert "… (20000" in text


def test_before_the_handshake_only_what_needs_none() -> None:
    steps = (request("m", {}), s.Notify("n"), send_bytes(b"x\n"), initialize(), T)
    assert Scenario("By hand.", *steps, setup=BY_HAND).setup == BY_HAND
