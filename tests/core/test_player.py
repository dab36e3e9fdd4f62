"""One play: its deadlines, its errors, its endings, its second use, and its exact replay."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from turnproof.checks import Judge
from turnproof.faults import Drop, Fault, Kill, Rewrite, When
from turnproof.matching import ref, same_as
from turnproof.message import Message, encode
from turnproof.player import Options, play, spec_of
from turnproof.playing import play_case, target_of
from turnproof.recorder import Recorder
from turnproof.scenario import Scenario, Setup
from turnproof.script import hold, say
from turnproof.session import Answer, Session
from turnproof.steps import Ok, Refused, Unanswered
from turnproof.wire import Wire
from turnproof.writing import (
    await_delta,
    await_turn,
    close_stdin,
    kill_server,
    list_threads,
    release,
    request,
    resume_thread,
    run_turn,
    start_thread,
    start_turn,
    together,
    wait,
    wait_for,
)

if TYPE_CHECKING:
    from turnproof.history import Event

END = "turn/completed"
T = start_thread("t")


def one_turn() -> Scenario:
    return Scenario("One turn.", T, run_turn("t", "hi", says="hello", as_="r"))


def drop(method: str, **when: Any) -> Fault:
    return Fault(When(method, **when), Drop())


# -- deadlines


def test_a_step_that_hangs_names_the_open_turn(played: Any) -> None:
    play = played(one_turn(), faults=(drop(END),))
    assert play.verdict.outcome == play.verdict.answer == "hung"
    assert play.verdict.reason == (
        "step 2 run_turn: turn 'r' of thread 't' did not end within 10 s; last seen thread/tokenUsage/updated"
    )


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (drop("initialize", direction="to_server"), "step 0 initialize: initialize was not answered within 10 s"),
        (drop("thread/start", kind="response"), "step 1 start_thread: thread/start was not answered within 10 s"),
        (drop("turn/start", kind="response"), "step 2 start_turn: turn/start was not answered within 10 s"),
        (
            drop("item/agentMessage/delta", k=None),
            "step 3 wait_for: item/agentMessage/delta number 1 of turn 'r' did not come within 10 s (0 seen)",
        ),
        (drop("thread/loaded/list"), "step 5 request: thread/loaded/list was not answered within 10 s"),
        (
            drop(END),
            "step 6 await_turn: turn 'r' of thread 't' did not end within 10 s; last seen thread/tokenUsage/updated",
        ),
        (drop("thread/list"), "step 7 list_threads: thread/list was not answered within 10 s"),
    ],
    ids=lambda value: value.when.method if isinstance(value, Fault) else "",
)
def test_every_step_has_a_deadline_that_names_what_is_missing(fault: Fault, said: str, played: Any) -> None:
    scenario = Scenario(
        "Many steps.",
        T,
        start_turn("r", "t", "hi", say("a", hold("g"), "b")),
        await_delta("r"),
        release("g"),
        request("thread/loaded/list", {}),
        await_turn("r"),
        list_threads(has=("t",)),
    )
    verdict = played(scenario, faults=(fault,)).verdict
    assert (verdict.outcome, verdict.reason) == ("hung", said)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (wait_for(END, thread="u"), "of thread 'u' did not come within 10 s (0 seen)"),
        (wait_for(END, thread="t", k=2), "of thread 't' did not come within 10 s (1 seen)"),
        (wait_for(END, where={"threadId": "x"}), "with {'threadId': 'x'} did not come within 10 s (0 seen)"),
        (wait_for(END, k=2), "number 2 did not come within 10 s (1 seen)"),
    ],
)
def test_what_did_not_come_is_counted_where_it_was_waited_for(step: Any, said: str, played: Any) -> None:
    scenario = Scenario("Waits.", T, start_thread("u"), run_turn("t", "hi", says="hello"), step)
    reason = played(scenario).verdict.reason
    assert reason.startswith("step 4 wait_for: turn/completed number ")
    assert reason.endswith(said)


def test_the_budgets_are_multiplied(played: Any) -> None:
    assert "within 25 s" in played(one_turn(), faults=(drop(END),), factor=2.5).verdict.reason
    assert "within 0.5 s" in played(one_turn(), faults=(drop(END),), factor=0.05).verdict.reason


def test_a_wait_has_its_own_time_and_the_play_a_budget_over_all(played: Any) -> None:
    assert played(Scenario("Waits.", wait(50, because="a test of budgets"))).verdict.passed
    play = played(Scenario("Waits for ever.", wait(50, because="the first"), wait(50, because="a test of budgets")))
    assert play.verdict.outcome == "hung"
    assert play.verdict.reason == "step all play: the play's budget of 60 s ran out in step 2 wait"
    assert play.verdict.ending == "as scripted"


# -- errors of our own, and of the case


class _RaisesInACallback(Session):
    def notified(self, message: Message) -> None:
        if message.method == "turn/started":
            raise ValueError("boom")
        super().notified(message)


@pytest.mark.parametrize("target", ["sim", "fake"])
def test_a_callback_that_raises_is_a_harness_error_and_hangs_nothing(target: str, played: Any) -> None:
    verdict = played(one_turn(), target, session=_RaisesInACallback).verdict
    assert (verdict.outcome, verdict.answer) == ("harness error", "fail" if verdict.first else "unjudged")
    assert verdict.reason.startswith("in our own code: ValueError('boom')")


class _RaisesInAStep(Session):
    async def start_thread(self, params: dict[str, Any]) -> Answer:
        raise RuntimeError("boom")


def history_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "history.jsonl").read_bytes().splitlines()]


def pids_of(folder: Path) -> list[int]:
    facts = [line["data"] for line in history_of(folder) if line.get("kind") == "process"]
    return [fact["pid"] for fact in facts if fact["event"] == "spawn"]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_an_error_in_our_own_step_is_a_verdict_and_leaves_no_child(tmp_path: Path) -> None:
    verdict = play_case("fake", one_turn(), tmp_path, session=_RaisesInAStep)
    assert (verdict.outcome, verdict.answer) == ("harness error", "unjudged")
    assert verdict.reason == "in our own code: RuntimeError('boom')"
    assert [gone(pid) for pid in pids_of(tmp_path)] == [True]
    raised = [line["data"] for line in history_of(tmp_path) if line.get("kind") == "note"]
    assert "in start_thread" in raised[0]["traceback"]


def said(text: str) -> dict[str, Any]:
    return {"threadId": ref("t.thread.id"), "input": [{"type": "text", "text": text, "text_elements": []}]}


@pytest.mark.parametrize("target", ["sim", "fake"])
def test_words_without_a_script_are_a_harness_error(target: str, played: Any) -> None:
    scenario = Scenario("Unscripted.", T, request("turn/start", said("nobody knows these")), wait_for(END))
    verdict = played(scenario, target).verdict
    assert (verdict.outcome, verdict.reason) == (
        "harness error",
        "the model was asked 'nobody knows these', for which there is no script; "
        "mend: start_turn(…) or run_turn(…) with these words and a script, in place of a request(…) by hand",
    )


def test_a_fault_that_never_fires_makes_the_case_invalid(played: Any) -> None:
    verdict = played(one_turn(), faults=(drop("turn/plan/updated"),)).verdict
    assert (verdict.outcome, verdict.answer, verdict.violations) == ("invalid", "unjudged", ())
    assert verdict.reason.startswith("a fault never fired: ")
    assert "turn/plan/updated" in verdict.reason
    assert (
        played(one_turn(), faults=(drop(END), drop("no/such"))).verdict.outcome == "hung"
    )  # what was violated counts more


def test_a_play_that_nothing_looked_at_is_unjudged(played: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("turnproof.checks.judge.REGISTRY", {})
    verdict = played(one_turn()).verdict
    assert (verdict.outcome, verdict.answer, verdict.judged) == ("unjudged", "unjudged", {})


@pytest.mark.parametrize(
    "step",
    [
        request("thread/read", {"threadId": ref("t.thread.nope")}),
        request("thread/loaded/list", {}, Ok(same_as("t.thread.nope"))),
        request("thread/loaded/list", {}, Refused(1), Ok(same_as("t.thread.nope"))),
    ],
)
def test_a_reference_to_what_no_answer_held_fails_the_step(step: Any, played: Any) -> None:
    verdict = played(Scenario("Refers.", T, step)).verdict
    assert verdict.outcome == "fail"
    assert "'t.thread.nope' has no part 'nope'" in verdict.reason


def test_what_the_server_gave_us_wrongly_is_not_our_fault(shipped: dict[str, Scenario], played: Any) -> None:
    """The cursor is of a wrong type, and we hand it back: the server's violation came first."""
    fault = Fault(When("thread/list", kind="response"), Rewrite("result.nextCursor", 7))
    verdict = played(shipped["thread_history::lists_by_page"], faults=(fault,)).verdict
    assert verdict.outcome == "fail"
    assert verdict.first.check == "schema"


@pytest.mark.parametrize("value", [[], {}, 7, None, "x", [[]], [{"id": []}]], ids=repr)
@pytest.mark.parametrize(
    ("on", "method", "path"),
    [
        ("thread_history::fork_goes_its_own_way", "thread/fork", "result.thread.turns"),
        ("thread_history::fork_goes_its_own_way", "thread/fork", "result.thread"),
        ("thread_history::fork_goes_its_own_way", "thread/fork", "result.thread.id"),
        ("thread_history::fork_goes_its_own_way", "thread/read", "result.thread.turns"),
        ("thread_history::fork_goes_its_own_way", "turn/start", "result.turn.id"),
        ("thread_history::lists_what_ran", "thread/list", "result.data"),
        ("thread_history::lists_what_ran", "thread/list", "result"),
        ("thread_history::lists_what_ran", "item/agentMessage/delta", "params.itemId"),
        ("thread_history::lists_what_ran", "item/agentMessage/delta", "params.turnId"),
        ("thread_history::lists_what_ran", "item/completed", "params.item"),
        ("thread_history::lists_what_ran", "item/completed", "params.item.id"),
        ("thread_history::lists_what_ran", "turn/started", "params.turn"),
        ("thread_history::lists_what_ran", "turn/completed", "params"),
        ("thread_history::lists_what_ran", "turn/completed", "params.turn.status"),
        ("refusals::unknown_method", "no/such/method", "error"),
        ("refusals::unknown_method", "no/such/method", "id"),
        ("refusals::unknown_method", "initialize", "id"),
    ],
)
def test_no_shape_that_a_server_sends_is_our_error(
    on: str, method: str, path: str, value: Any, shipped: dict[str, Scenario], played: Any
) -> None:
    kind = "response" if path.startswith(("result", "error", "id")) else "notification"
    play = played(shipped[on], faults=(Fault(When(method, kind=kind), Rewrite(path, value)),))
    assert play.facts("fault")
    assert play.verdict.outcome in ("pass", "fail", "hung"), play.verdict.reason


@pytest.mark.parametrize("path", ["params.threadId", "params.turnId"])
def test_no_id_that_a_server_sends_disturbs_who_waits(path: str, shipped: dict[str, Scenario], played: Any) -> None:
    fault = Fault(When("item/agentMessage/delta"), Rewrite(path, [[]]))
    assert played(shipped["steering::steer_mid_stream"], faults=(fault,)).verdict.outcome in ("fail", "hung")


# -- branches, second use, silence


def test_together_fails_in_the_branch_that_fails(played: Any) -> None:
    scenario = Scenario(
        "Side by side.",
        T,
        start_thread("u"),
        together(run_turn("t", "to t", says="1"), run_turn("u", "to u", says="2")),
    )
    assert played(scenario).verdict.passed
    play = played(scenario, faults=(drop(END, thread=2),))
    assert play.verdict.outcome == "hung"
    assert play.verdict.reason.startswith("step 3.2.1 run_turn: turn \"u's turn 'to u'\" of thread 'u' did not end")
    ends = {fact["n"]: fact for fact in play.ended("run_turn")}
    assert ends["3.1.1"]["turn"]["texts"] == ["1"]


def test_what_fails_first_ends_the_branches_beside_it(played: Any) -> None:
    scenario = Scenario(
        "Side by side.", T, together(request("thread/loaded/list", {}, Refused(1)), wait(30, because="a test"))
    )
    play = played(scenario)
    assert play.verdict.reason == "step 2.1.1 request: expected error 1, got a result"
    assert play.ended("wait") == []
    assert max(event.t for event in play.events) < 10e9


def test_the_second_use_finds_a_server_whose_second_turn_hangs(played: Any) -> None:
    fault = drop(END, k=2)
    play = played(one_turn(), faults=(fault,))
    assert play.verdict.outcome == "hung"
    assert play.verdict.reason.startswith("step probe 1 run_turn: turn \"t's turn 'turnproof probe 1'\" of thread 't'")
    play = played(one_turn(), faults=(drop(END, k=3),))
    assert play.verdict.reason.startswith("step probe 2 run_turn: ")
    assert played(one_turn(), faults=(fault,), probes=False).verdict.outcome == "invalid"  # without it nothing is found


def test_the_second_use_stays_away_from_a_server_that_is_gone(played: Any) -> None:
    for last in (kill_server(), close_stdin()):
        play = played(Scenario("Gone.", T, last))
        assert play.verdict.passed
        assert not [fact for fact in play.facts("step") if "probe" in fact["n"]]


ON_T = {"threadId": ref("t.thread.id")}
LEFT = {method: request(f"thread/{method}", ON_T) for method in ("archive", "delete", "unsubscribe")}
BACK = {
    "archive": (request("thread/unarchive", ON_T), resume_thread("t")),
    "unsubscribe": (resume_thread("t"),),
    "unsubscribe, resumed by hand": (request("thread/resume", ON_T),),
    "unarchived only": (request("thread/unarchive", ON_T),),
}


def probed(play: Any) -> list[str]:
    """The steps of the second use, in a play that passes."""
    assert play.verdict.passed, play.verdict.reason
    return [fact["n"] for fact in play.facts("step") if "probe" in fact["n"] and fact["phase"] == "end"]


@pytest.mark.parametrize("target", ["sim", "fake"])
@pytest.mark.parametrize("method", LEFT)
def test_the_second_use_stays_away_from_a_thread_that_was_left(method: str, target: str, played: Any) -> None:
    talk = run_turn("t", "hi", says="hello")
    assert probed(played(Scenario("Left.", T, talk, LEFT[method]), target)) == ["probe thread", "probe 2"]
    play = played(Scenario("Left, not the last.", start_thread("u"), T, talk, LEFT[method]), target)
    assert probed(play) == ["probe 1", "probe thread", "probe 2"]  # on the thread that is still there
    refused = request(f"thread/{method}", {"threadId": "nobody"}, Refused(-32600))
    assert "probe 1" in probed(played(Scenario("Refused.", T, talk, refused), target))


@pytest.mark.parametrize("way", BACK)
def test_the_second_use_comes_to_a_thread_that_is_back(way: str, played: Any) -> None:
    leave = LEFT["unsubscribe" if way.startswith("unsubscribe") else "archive"]
    play = played(Scenario("Back.", T, run_turn("t", "hi", says="hello"), leave, *BACK[way]))
    assert ("probe 1" in probed(play)) == (way != "unarchived only")


def test_the_second_use_makes_a_handshake_that_nobody_made(played: Any) -> None:
    scenario = Scenario("No handshake.", request("thread/list", {}, Refused(-32600)), setup=Setup(handshake=False))
    play = played(scenario)
    assert play.verdict.passed
    assert [fact["n"] for fact in play.ended("initialize")] == ["0", "probe"]


def test_an_answer_where_none_may_come_is_a_mismatch(played: Any) -> None:
    verdict = played(Scenario("Answered.", T, request("thread/loaded/list", {}, Unanswered()))).verdict
    assert verdict.outcome == "fail"
    assert verdict.first.check == "as-scripted"
    assert "expected no answer" in verdict.reason


def test_what_two_branches_expect_alike_is_said_once(played: Any) -> None:
    verdict = played(Scenario("Twice.", T, request("thread/read", {"threadId": "x"}, Ok(), Ok({})))).verdict
    assert verdict.reason.count("expected a result") == 1


# -- endings


@pytest.mark.parametrize(
    ("scenario", "faults", "outcome", "ending"),
    [
        (one_turn, (), "pass", "as scripted"),
        (one_turn, (Fault(When(END), Kill()),), "fail", "killed"),
        (one_turn, (Fault(When(END), Kill(11)),), "fail", "killed"),
        (lambda: Scenario("Killed.", T, kill_server("KILL")), (), "pass", "as scripted"),
        (lambda: Scenario("Ended.", T, kill_server("TERM")), (), "pass", "as scripted"),
        (lambda: Scenario("Closed.", T, close_stdin()), (), "pass", "as scripted"),
    ],
)
@pytest.mark.parametrize("target", ["sim", "fake"])
def test_how_a_server_ends(
    target: str, scenario: Any, faults: tuple[Fault, ...], outcome: str, ending: str, played: Any
) -> None:
    verdict = played(scenario(), target, faults=faults).verdict
    assert (verdict.outcome, verdict.ending) == (outcome, ending)


def test_a_crash_is_no_refusal(played: Any) -> None:
    scenario = Scenario("Refused.", T, request("no/such", {}, Refused(-32600)))
    play = played(scenario, faults=(Fault(When("no/such", "to_server"), Kill()),))
    assert play.first() == ("one-generation", "exit")
    assert {violation.check for violation in play.verdict.violations} >= {"one-generation", "as-scripted"}


def test_the_history_is_complete(played: Any) -> None:
    play = played(one_turn(), "fake")
    assert len(play.events) == play.verdict.facts["events"]
    assert [event.seq for event in play.events] == list(range(1, len(play.events) + 1))
    assert [fact["event"] for fact in play.facts("process")] == ["spawn", "exit"]
    assert [play.facts("process")[0]["pid"]] == play.verdict.facts["pids"]
    times = [event.t for event in play.events]
    assert times == sorted(times)


# -- interrupts


def hangs() -> Scenario:
    scenario = Scenario(
        "Hangs.", T, start_turn("r", "t", "hi", say("a", hold("g"))), wait_for("never"), release("g"), await_turn("r")
    )
    assert scenario.steps
    return scenario


def test_a_play_that_is_cancelled_leaves_no_child(tmp_path: Path) -> None:
    target = target_of("fake")
    speaking = asyncio.Event

    async def cancelled() -> None:
        heard = speaking()

        class Tells(Session):
            def notified(self, message: Message) -> None:
                super().notified(message)
                if message.method == "item/agentMessage/delta":
                    heard.set()

        options = Options(folder=tmp_path, schema=target.schema, profile=target.profile, session=Tells)
        scenario = hangs()
        server = await target.open(spec_of(scenario, options, "cancelled"))
        playing = asyncio.ensure_future(play(scenario, server, options))
        async with asyncio.timeout(30):
            await heard.wait()
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing

    asyncio.run(cancelled())
    assert [gone(pid) for pid in pids_of(tmp_path)] == [True]
    assert history_of(tmp_path)[-1]["data"]["event"] == "exit"


class _Interrupted(Session):
    """The keyboard interrupts in mid-turn."""

    def notified(self, message: Message) -> None:
        super().notified(message)
        if message.method == "item/agentMessage/delta":
            os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_from_the_keyboard_leaves_no_child(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        play_case("fake", hangs(), tmp_path, session=_Interrupted)
    assert [gone(pid) for pid in pids_of(tmp_path)] == [True]


# -- replay


def test_the_same_seed_gives_the_same_history_byte_for_byte(shipped: dict[str, Scenario], played: Any) -> None:
    for name, scenario in shipped.items():
        one, other = (played(scenario, seed=7) for _ in range(2))
        assert one.path.read_bytes() == other.path.read_bytes(), name
        assert one.verdict.violations == other.verdict.violations


def test_seeds_reach_both_branches_of_a_race(shipped: dict[str, Scenario], played: Any) -> None:
    race = shipped["interrupts::interrupt_races_the_start"]
    plays = [played(race, seed=seed) for seed in range(40)]
    assert all(play.verdict.passed for play in plays)
    taken = {play.verdict.branches["3"] for play in plays}
    assert taken == {"1/2", "2/2"}
    ends = {(play.verdict.branches["3"], play.ended("await_turn")[0]["turn"]["status"]) for play in plays}
    assert ends == {("1/2", "completed"), ("2/2", "interrupted")}
    assert len({play.path.read_bytes() for play in plays}) == 40


GOLDEN = json.loads(Path(__file__).with_name("golden_replay.json").read_bytes())


def interleaving(events: list[Event]) -> str:
    """What a seed decides, and nothing else: a digest over who said what when, and under which ids.

    For each event its virtual time, server process, direction and kind; for a line its kind, method, request id, and the
    ids of thread, turn and item; for a fact its step, number, phase, branch and fault rule.  No text, no version, no
    shape of a result: those may change without a word here.
    """
    told: list[Any] = []
    for event in events:
        seen: list[Any] = [event.t, event.gen, event.dir, event.kind]
        if event.kind == "line":
            message = event.message
            ids = [message.params.get(key) for key in ("threadId", "turnId", "itemId")]
            seen += [message.kind, message.method, message.id, *ids]
        else:
            seen += [event.data.get(key) for key in ("event", "step", "n", "phase", "branch", "rule")]
        told.append(seen)
    return hashlib.sha256(encode(told)).hexdigest()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_seed_means_the_same_on_every_python(seed: int, shipped: dict[str, Scenario], played: Any) -> None:
    """The digests are committed; this file is run by every supported Python. On a wanted change, copy the new ones."""
    names = GOLDEN["scenarios"]
    now = {name: interleaving(played(shipped[name], seed=seed).events) for name in names}
    assert now == GOLDEN["seeds"][str(seed)]


# -- what is left of it


def test_a_play_that_is_over_leaves_nothing_for_the_garbage_collector() -> None:
    """Its parts know each other: a circle that is left makes every play pay for the collection of those before it."""
    kinds = (Judge, Wire, Session, Recorder)
    gc.collect()
    before = sum(isinstance(thing, kinds) for thing in gc.get_objects())
    gc.disable()
    try:
        assert play_case("sim", one_turn(), None).passed
        assert sum(isinstance(thing, kinds) for thing in gc.get_objects()) == before
    finally:
        gc.enable()
