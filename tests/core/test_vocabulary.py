"""Everything of the vocabulary survives JSON, pickle and deepcopy; a history survives its file byte by byte."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from turnproof import calls as c
from turnproof import faults as f
from turnproof import script as sc
from turnproof import steps as s
from turnproof.act import Act
from turnproof.history import Event, HistoryError, from_line, header, read, to_line, to_lines
from turnproof.message import encode
from turnproof.scenario import Scenario, ScenarioError, Setup, dumps, loads
from turnproof.verdict import Verdict, Violation

HUNDRED = settings(
    max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text("abcxyz é🦀", min_size=1, max_size=5)
INTEGERS = st.integers(-(2**63), 2**64 - 1)
LEAVES = st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | WORDS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=8
)
OBJECTS = st.dictionaries(WORDS, JSON, max_size=3)
TIMES = st.none() | st.integers(1, 5)


def tuples(inner: st.SearchStrategy[Any], size: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(inner, max_size=size).map(tuple)


PIECES = tuples(WORDS | st.builds(sc.Hold, NAMES) | st.just(sc.Stall()) | st.builds(sc.DropConnection, TIMES))
CALLS = st.one_of(
    st.builds(c.RunCommand, NAMES, st.booleans(), WORDS, st.integers(0, 125), st.integers(0, 3), WORDS, again_of=WORDS),
    st.builds(c.ApplyPatch, NAMES, st.booleans(), again_of=WORDS),
    st.builds(c.AskUser, NAMES, WORDS, tuples(WORDS)),
    st.builds(c.CallTool, NAMES, WORDS, OBJECTS),
    st.builds(c.CallMcp, NAMES),
    st.builds(c.AskPermissions, NAMES),
)
ACTS = st.one_of(
    st.builds(sc.Say, PIECES, st.booleans()),
    st.builds(sc.Think, PIECES, st.booleans()),
    st.builds(sc.ProposePlan, PIECES),
    st.builds(sc.Hold, NAMES),
    st.builds(sc.Fail, st.integers(400, 599), TIMES),
    st.builds(sc.DropConnection, TIMES),
    st.just(sc.Stall()),
    st.just(sc.NeverAnswer()),
    CALLS,
    st.builds(c.AtOnce, tuples(CALLS)),
    st.builds(c.TypeInto, NAMES, WORDS),
    st.builds(
        c.UpdatePlan,
        tuples(st.tuples(WORDS, st.sampled_from(["pending", "in_progress", "completed"]))),
        st.none() | WORDS,
    ),
)
SCRIPTS = tuples(ACTS)
ENDS = st.none() | st.sampled_from(["completed", "interrupted", "failed"])
ANSWERS = st.builds(s.Ok, JSON) | st.builds(s.Refused, INTEGERS, JSON)
OUTCOMES = st.one_of(ANSWERS, st.just(s.Unanswered()), st.just(s.Later()), st.builds(s.Branch, ANSWERS, ENDS))
EXPECT = tuples(OUTCOMES, 2)
STATUSES = st.none() | tuples(st.sampled_from(["completed", "interrupted", "inProgress"]))
MAYBE = st.none() | NAMES
ONE = tuples(JSON, 1)
SIMPLE = st.one_of(
    st.builds(s.StartThread, NAMES, OBJECTS, EXPECT),
    st.builds(s.RunTurn, NAMES, WORDS, SCRIPTS, MAYBE, ENDS),
    st.builds(s.StartTurn, NAMES, NAMES, WORDS, SCRIPTS, EXPECT),
    st.builds(
        s.BeginTurn,
        NAMES,
        NAMES,
        st.sampled_from(["review/start", "thread/shellCommand"]),
        OBJECTS,
        MAYBE,
        SCRIPTS,
        EXPECT,
    ),
    st.builds(s.QueueTurn, NAMES, NAMES, WORDS, SCRIPTS),
    st.builds(s.AwaitTurn, NAMES, ENDS),
    st.builds(s.WaitFor, WORDS, MAYBE, MAYBE, OBJECTS, st.integers(1, 9)),
    st.builds(s.Steer, NAMES, WORDS, SCRIPTS, EXPECT),
    st.builds(s.Interrupt, NAMES, EXPECT),
    st.builds(s.AwaitAsk, NAMES, st.integers(1, 9)),
    st.builds(
        s.AnswerAsk, NAMES, MAYBE, ONE, st.none() | OBJECTS, st.sampled_from(["its id", "another id", "another type"])
    ),
    st.builds(s.ReadThread, NAMES, STATUSES, EXPECT, MAYBE),
    st.builds(s.ResumeThread, NAMES, STATUSES, EXPECT, MAYBE),
    st.builds(s.ForkThread, NAMES, NAMES, STATUSES, EXPECT),
    st.builds(s.ListThreads, tuples(NAMES), tuples(NAMES), OBJECTS, MAYBE),
    st.builds(s.Request, WORDS, JSON, EXPECT, MAYBE, ONE, st.booleans()),
    st.builds(s.Notify, WORDS, JSON),
    st.builds(s.SendBytes, st.binary(max_size=40), ONE, EXPECT, st.none() | st.integers(1, 9)),
    st.builds(s.KillServer, st.sampled_from(["KILL", "TERM", "INT"])),
    st.sampled_from([s.CloseStdin(), s.Reconnect(), s.Initialize(), s.AwaitExit()]),
    st.builds(s.Release, NAMES),
    st.builds(s.Wait, st.floats(1, 99), WORDS),
)
STEPS = SIMPLE | st.builds(s.Together, tuples(tuples(SIMPLE)))
SETUPS = st.builds(
    Setup, st.integers(0, 9), st.integers(0, 9), st.sampled_from(["whole", "torn"]), st.sampled_from(["paced", "burst"]),
    st.booleans(), st.booleans(), tuples(WORDS),
)  # fmt: skip
ACTIONS = st.one_of(
    st.just(f.Drop()),
    st.builds(f.Delay, st.floats(0, 60)),
    st.just(f.Duplicate()),
    st.just(f.Swap()),
    st.builds(f.Rewrite, WORDS, JSON),
    st.builds(f.Inject, JSON, st.booleans()),
    st.builds(f.Reply, JSON),
    st.builds(f.Raw, WORDS),
    st.builds(f.Kill, st.sampled_from(f.DEADLY)),
)
KINDS = st.none() | st.sampled_from(["request", "response", "notification", "noise"])
WHENS = st.builds(
    f.When, st.none() | WORDS, st.sampled_from(["to_client", "to_server"]), KINDS, st.none() | st.integers(1, 5),
    st.none() | st.integers(1, 5), st.none() | st.integers(1, 9),
)  # fmt: skip
VIOLATIONS = st.builds(
    Violation, NAMES, st.sampled_from(["MUST", "SHOULD", "POLICY"]), st.integers(0, 2**53), WORDS, WORDS,
    st.dictionaries(WORDS, WORDS, max_size=2), st.none() | NAMES,
)  # fmt: skip


def survives(value: Any, kind: Any) -> None:
    """Equal, and shown the same (which tells 1 from 1.0 and true), after each way there and back."""
    back = msgspec.json.decode(msgspec.json.encode(value), type=kind)
    for other in (back, pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)):
        assert other == value
        assert repr(other) == repr(value)
        assert type(other) is type(value)


@HUNDRED
@given(STEPS)
def test_every_step_survives(step: s.AnyStep) -> None:
    survives(step, s.AnyStep)


@HUNDRED
@given(SCRIPTS)
def test_every_script_survives(script: sc.Script) -> None:
    survives(script, sc.Script)


@HUNDRED
@given(OUTCOMES)
def test_every_outcome_survives(outcome: s.AnyOutcome) -> None:
    survives(outcome, s.AnyOutcome)


@HUNDRED
@given(SETUPS)
def test_every_setup_survives(setup: Setup) -> None:
    survives(setup, Setup)


@HUNDRED
@given(st.builds(f.Fault, WHENS, ACTIONS))
def test_every_fault_survives(fault: f.Fault) -> None:
    survives(fault, f.Fault)
    assert msgspec.convert(msgspec.to_builtins(fault), f.Fault) == fault


@HUNDRED
@given(tuples(VIOLATIONS), st.dictionaries(NAMES, st.integers(0, 9), max_size=2))
def test_every_verdict_survives(violations: tuple[Violation, ...], judged: dict[str, int]) -> None:
    survives(Verdict("fail", "fail", "as scripted", violations, judged=judged, facts={"pids": [1]}), Verdict)


def test_the_strategies_leave_no_step_act_outcome_or_action_out() -> None:
    """A class that is added must be added to the properties above."""

    def tags(base: type) -> set[str]:
        return {cls.__name__ for cls in base.__subclasses__()}

    steps = {
        "StartThread", "RunTurn", "StartTurn", "BeginTurn", "QueueTurn", "AwaitTurn", "WaitFor", "Steer", "Interrupt", "ReadThread", "ResumeThread",
        "ForkThread", "ListThreads", "Request", "Notify", "SendBytes", "KillServer", "CloseStdin", "Reconnect",
        "Initialize", "Release", "Wait", "Together", "AwaitExit", "AwaitAsk", "AnswerAsk",
    }  # fmt: skip
    assert tags(s.Step) == steps
    assert tags(s.Outcome) == {"Ok", "Refused", "Unanswered", "Later", "Branch"}
    assert tags(Act) == {
        "Say",
        "Think",
        "ProposePlan",
        "Hold",
        "Fail",
        "DropConnection",
        "Stall",
        "NeverAnswer",
        "AtOnce",
        "TypeInto",
        "UpdatePlan",
        "Call",
    }
    assert tags(c.Call) == {"Writing", "AskUser", "CallTool", "CallMcp", "AskPermissions"}
    assert tags(c.Writing) == {"RunCommand", "ApplyPatch"}
    assert tags(f.Action) == {"Drop", "Delay", "Duplicate", "Swap", "Rewrite", "Inject", "Reply", "Raw", "Kill"}


def test_every_shipped_scenario_survives(shipped: dict[str, Scenario]) -> None:
    for scenario in shipped.values():
        for other in (loads(dumps(scenario)), pickle.loads(pickle.dumps(scenario)), copy.deepcopy(scenario)):
            assert other == scenario
        assert pickle.loads(pickle.dumps(scenario)).where == scenario.where


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"turnproof_scenario":2,"scenario":{}}', "scenario format 2 is not known here; mend: this version reads 1"),
        (b'{"scenario":{}}', "scenario format None is not known here; mend: this version reads 1"),
        (b'{"turnproof_scenario":"1\\n","scenario":{}}', "scenario format '1\\n' is not known"),
        (b"\xff", "not a scenario file"),
        (b'{"turnproof_scenario":1,"scenario":{"title":"\xff"}}', "'utf-8' codec can't decode"),
        (b"[]", "not a scenario file: Expected `object`, got `array`"),
        (b'{"turnproof_scenario":1}', "missing required field `scenario`"),
        (b'{"turnproof_scenario":1,"scenario":{"title":"t","steps":[{"step":"fly"}]}}', "Invalid value 'fly'"),
        (b'{"turnproof_scenario":1,"scenario":{"title":"t","steps":[]}}', "there are no steps"),
        (b'{"turnproof_scenario":1', "not a scenario file"),
    ],
)
def test_a_scenario_file_that_cannot_be_read_is_refused_in_one_line(data: bytes, said: str) -> None:
    with pytest.raises(ScenarioError) as refusal:
        loads(data, "mine.scenario.json")
    text = str(refusal.value)
    assert text.startswith("mine.scenario.json: ")
    assert said in text
    assert "\n" not in text


def event(raw: bytes, kind: Any = "line", **changes: Any) -> Event:
    fields = {
        "seq": 7, "src": "wire", "src_seq": 3, "t": 123, "conn": 1, "gen": 1,
        "dir": "to_client" if kind in ("line", "bytes") else None, "kind": kind, "raw": raw,
    } | changes  # fmt: skip
    return Event(**fields)


def there_and_back(given: Event) -> None:
    line = to_line(given)
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    back = from_line(line)
    assert back == given
    assert back.raw == given.raw
    if given.kind in ("line", "bytes"):
        assert back.message.kind == given.message.kind
    else:
        assert back.data == given.data


EVIDENCE = {
    "a message": b'{"id":1,"result":{}}',
    "a lone surrogate": b'{"method":"x","params":{"t":"\\ud83d"}}',
    "duplicate keys": b'{"id":1,"id":2,"result":1,"result":2}',
    "an id of 2^63": b'{"id":9223372036854775808,"method":"x"}',
    "an id beyond 2^64": b'{"id":340282366920938463463374607431768211456,"method":"x"}',
    "1.0 for 1": b'{"id":1.0,"result":{}}',
    "NaN": b'{"id":1,"result":NaN}',
    "blanks and a CR": b'  {"id":1,"result":{}} \r',
    "markers inside": b'{"method":"x","params":{"\\"msg\\":":1,"msg":{"data":1},"data":{"msg":1}}}',
    "markers in text": b'"msg":{}} "data":{}} "text":"x" "b64":',
    "a torn line": b'{"method":"turn/sta',
    "only a CR": b"\r",
    "nothing": b"",
    "a bare number": b"42",
    "invalid UTF-8": b'{"id":1,"result":"\xff"}',
    "nul": b'{"id":1}\x00',
    "U+2028 and U+0085": '{"method":"a\u2028b\u0085c"}'.encode(),
    "deep": b"[" * 3000 + b"]" * 3000,
    "a backslash at the end": b'"\\',
}


@pytest.mark.parametrize("raw", EVIDENCE.values(), ids=EVIDENCE.keys())
@pytest.mark.parametrize("kind", ["line", "bytes"])
def test_evidence_survives_its_file(raw: bytes, kind: str) -> None:
    there_and_back(event(raw, kind))


@HUNDRED
@given(
    st.binary(max_size=60).filter(lambda raw: b"\n" not in raw),
    st.sampled_from(["line", "bytes"]),
    st.integers(0, 2**62),
)
def test_any_bytes_survive(raw: bytes, kind: str, number: int) -> None:
    there_and_back(event(raw, kind, seq=number, t=number, dir="to_server"))


SURROGATES = st.text(st.characters(), max_size=8)  # any code point at all


@HUNDRED
@given(
    st.dictionaries(SURROGATES, SURROGATES | st.integers(-(2**70), 2**70) | JSON, max_size=4),
    st.sampled_from(["line", "process", "fault", "step", "note"]),
)
def test_any_object_survives_as_a_line_or_a_fact(value: dict[str, Any], kind: str) -> None:
    raw = encode(value)
    assert json.loads(raw) == value
    there_and_back(event(raw, kind, src="player"))


def test_a_history_is_read_back_whole() -> None:
    events = [event(raw, seq=n) for n, raw in enumerate(EVIDENCE.values())]
    head, back = read([header({"title": "t", "seed": 1}), *map(to_line, events)])
    assert (head["title"], head["turnproof_history"]) == ("t", 1)
    assert list(back) == events


def test_a_chunk_is_written_as_its_events_would_be() -> None:
    events = [event(raw, seq=n, src_seq=n, t=n // 3) for n, raw in enumerate(EVIDENCE.values())]
    events[4:4] = [
        event(b'{"step":"wait"}', "step"),
        event(b"rest", "bytes"),
        event(b"{}", dir="to_server", gen=2, conn=2),
    ]
    assert to_lines(events) == b"".join(map(to_line, events))
    assert to_lines([]) == b""


def test_a_torn_last_line_was_never_acted_on() -> None:
    lines = [header({}), to_line(event(b"{}")), to_line(event(b"[]"))[:-1]]
    assert [e.raw for e in read(lines)[1]] == [b"{}"]


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (b'{"turnproof_history":2}\n', "history format 2 is not known here; mend: this version reads 1"),
        (b'{"turnproof_history":"1\\n2"}\n', "history format '1\\n2' is not known here"),
        (b'{"seq":1}\n', "the first line is no header of a turnproof history"),
        (b"[1]\n", "the first line is no header"),
        (b"", "the first line is no header"),
        (b"\xff\xfe\n", "the first line is no header"),
    ],
)
def test_an_unknown_history_is_refused_in_one_line(first: bytes, said: str) -> None:
    with pytest.raises(HistoryError) as refusal:
        read([first, b"whatever\n"], "old/history.jsonl")
    text = str(refusal.value)
    assert text.startswith("old/history.jsonl: ")
    assert said in text
    assert "\n" not in text


@pytest.mark.parametrize(
    "line", [b"{}\n", b'{"seq":1}\n', b"nonsense\n", b'{"seq":1,"msg":{}}\n', b"[]\n", b'{"b64":"%"}\n']
)
def test_a_line_that_is_no_event_is_refused_in_one_line(line: bytes) -> None:
    with pytest.raises(HistoryError) as refusal:
        list(read([header({}), line])[1])
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("code", [0, -9, 17, 19, "KILL"])
def test_a_kill_by_a_signal_that_ends_nothing_is_refused(code: Any) -> None:
    with pytest.raises(ValueError, match="no signal that ends a process; mend: one of 1, 2"):
        f.Kill(code)
