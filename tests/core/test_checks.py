"""Each check by hand-written histories: one that it flags, and a neighbour that it must not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from turnproof.checks import REGISTRY, Context, Judge
from turnproof.expect import expected
from turnproof.history import Event
from turnproof.message import encode
from turnproof.own_schema import own_profile, own_schema
from turnproof.scenario import Scenario, Setup
from turnproof.script import drop_connection, fail, hold, say
from turnproof.steps import (
    Ok,
    Refused,
    await_turn,
    close_stdin,
    initialize,
    interrupt,
    kill_server,
    reconnect,
    request,
    resume_thread,
    run_turn,
    send_bytes,
    start_thread,
    start_turn,
    steer,
)

START = start_thread("t")
HI = run_turn("t", "hi", say("hel", "lo"), as_="r")


class On:
    """Scenarios, in a class so that pytest does not play them."""

    PLAIN = Scenario("One turn.", START, HI)
    KILLED = Scenario("Killed.", START, start_turn("r", "t", "hi", say("hel", hold("g"), "lo")), kill_server(), reconnect(),
                      resume_thread("t"), run_turn("t", "again", says="yes"))  # fmt: skip
    CUT = Scenario("Interrupted.", START, start_turn("r", "t", "hi", say("hel", hold("g"), "lo")), interrupt("r"), await_turn("r"),
                   run_turn("t", "again", says="yes"))  # fmt: skip
    FAILS = Scenario("Fails.", START, run_turn("t", "hi", fail(500)), run_turn("t", "again", says="yes"))
    RETRIES = Scenario("Retries.", START, run_turn("t", "hi", say("hel", drop_connection(times=1), "lo")),
                       setup=Setup(stream_retries=1))  # fmt: skip
    STEERED = Scenario("Steered.", START, start_turn("r", "t", "hi", say("hel", hold("g"))), steer("r", "rather", says="new"),
                       await_turn("r"))  # fmt: skip
    BY_HAND = Scenario("By hand.", request("m", {}, Refused(1)), initialize(), START, setup=Setup(handshake=False))
    CLOSED = Scenario("Closed.", START, start_turn("r", "t", "hi", say("hel", hold("g"), "lo")), close_stdin())
    OVERLAP = Scenario("Two threads.", START, start_turn("r", "t", "hi", say("hel", "lo")), start_thread("v"),
                       run_turn("v", "again", says="yes"), await_turn("r"))  # fmt: skip
    WHOLE = Scenario("Whole.", START, run_turn("t", "hi", say("hello", whole=True)))


SHAPES = ("envelope", "schema", "own-messages")
NOW = 1_767_225_600_000


class Log:
    """A history by hand. Every event has a label, by which others are put before, behind or in place of it."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Any, str | None, bytes, int]] = []
        self.gen = 1

    def add(self, label: str, kind: str, direction: str | None, raw: bytes) -> Log:
        self.entries.append((label, kind, direction, raw, self.gen))
        return self

    def fact(self, label: str, kind: str, **data: Any) -> Log:
        return self.add(label, kind, None, encode(data))

    def spawn(self, gen: int = 1) -> Log:
        self.gen = gen
        return self.fact("spawn", "process", event="spawn", pid=1)

    def exit(self, asked: str | None = "eof", rc: int = 0, **more: Any) -> Log:
        return self.fact("exit", "process", event="exit", rc=rc, asked=asked, **more)

    def step(self, name: str, label: str = "", **report: Any) -> Log:
        phase = "begin" if label == "begin" else "end"
        return self.fact(label or name, "step", step=name, n="1", phase=phase, **report)

    def ask(self, number: Any, method: str, params: Any = None, label: str = "") -> Log:
        return self.add(
            label or method, "line", "to_server", encode({"id": number, "method": method, "params": params or {}})
        )

    def answer(self, number: Any, result: Any, label: str = "answer") -> Log:
        return self.add(label, "line", "to_client", encode({"id": number, "result": result}))

    def refuse(self, number: Any, message: str = "no") -> Log:
        return self.line(encode({"error": {"code": -32600, "message": message}, "id": number}), label="refusal")

    def tell(self, method: str, params: Any, label: str = "") -> Log:
        raw = encode({"method": method, "params": params, "emittedAtMs": NOW})
        return self.add(label or method, "line", "to_client", raw)

    def line(self, raw: bytes, label: str = "line", direction: str = "to_client") -> Log:
        return self.add(label, "line", direction, raw)

    def status(self, thread: str, kind: str, label: str) -> Log:
        return self.tell("thread/status/changed", {"threadId": thread, "status": {"type": kind}}, label)

    def item(self, phase: str, thread: str, turn: str, item: dict[str, Any], label: str) -> Log:
        return self.tell(f"item/{phase}", {"threadId": thread, "turnId": turn, "item": item}, label)

    def delta(self, thread: str, turn: str, item: str, text: str, label: str = "delta") -> Log:
        params = {"threadId": thread, "turnId": turn, "itemId": item, "delta": text}
        return self.tell("item/agentMessage/delta", params, label)

    def begin(self, thread: str = "T", turn: str = "U1", words: str = "hi", number: Any = 3) -> Log:
        said = {"type": "userMessage", "id": f"{turn}u", "content": [{"type": "text", "text": words}]}
        self.ask(number, "turn/start", {"threadId": thread, "input": [{"type": "text", "text": words}]})
        self.answer(number, {"turn": {"id": turn}}, "accepted")
        self.status(thread, "active", "active")
        self.tell("turn/started", {"threadId": thread, "turn": {"id": turn}}, "started")
        self.item("started", thread, turn, said, "words+")
        return self.item("completed", thread, turn, said, "words-")

    def says(self, *chunks: str, thread: str = "T", turn: str = "U1", item: str = "m1") -> Log:
        self.item("started", thread, turn, {"type": "agentMessage", "id": item, "text": ""}, "says+")
        for number, chunk in enumerate(chunks, 1):
            self.delta(thread, turn, item, chunk, f"delta{number}")
        return self.item(
            "completed", thread, turn, {"type": "agentMessage", "id": item, "text": "".join(chunks)}, "says-"
        )

    def finish(self, status: str = "completed", thread: str = "T", turn: str = "U1", after: str = "idle") -> Log:
        self.status(thread, after, "idle")
        error = {"message": "500"} if status == "failed" else None
        over = {"id": turn, "status": status, "error": error}
        return self.tell("turn/completed", {"threadId": thread, "turn": over}, "completed")

    def turn(self, turn: str = "U1", words: str = "hi", *chunks: str, thread: str = "T", number: Any = 3) -> Log:
        self.begin(thread, turn, words, number)
        return self.says(*(chunks or ("hel", "lo")), thread=thread, turn=turn, item=f"{turn}m").finish(
            thread=thread, turn=turn
        )

    # -- changes, by label

    def at(self, label: str) -> int:
        return next(i for i, entry in enumerate(self.entries) if entry[0] == label)

    def without(self, label: str) -> Log:
        del self.entries[self.at(label)]
        return self

    def twice(self, label: str) -> Log:
        self.entries.insert(self.at(label) + 1, self.entries[self.at(label)])
        return self

    def swapped(self, one: str, other: str) -> Log:
        i, j = self.at(one), self.at(other)
        self.entries[i], self.entries[j] = self.entries[j], self.entries[i]
        return self

    def moved_behind(self, label: str, place: str) -> Log:
        entry = self.entries.pop(self.at(label))
        self.entries.insert(self.at(place) + 1, entry)
        return self

    def put_behind(self, place: str, other: Log) -> Log:
        index = self.at(place) + 1
        self.entries[index:index] = other.entries
        return self

    def put_before(self, place: str, other: Log) -> Log:
        index = self.at(place)
        self.entries[index:index] = other.entries
        return self

    def changed(self, label: str, **params: Any) -> Log:
        name, kind, direction, raw, gen = self.entries[self.at(label)]
        value = json.loads(raw)
        value.get("params", value).update(params)
        self.entries[self.at(label)] = (name, kind, direction, encode(value), gen)
        return self

    def events(self) -> Iterable[Event]:
        for seq, (_, kind, direction, raw, gen) in enumerate(self.entries, 1):
            yield Event(seq, "wire", seq, seq * 1000, gen, gen, direction, kind, raw)  # type: ignore[arg-type]


def opened() -> Log:
    log = Log().spawn().ask(1, "initialize").answer(1, {}, "hello")
    log.ask(2, "thread/start").answer(2, {"thread": {"id": "T"}}, "opened")
    return log.tell("thread/started", {"thread": {"id": "T"}}).status("T", "idle", "idle before")


def healthy() -> Log:
    return opened().turn().exit()


def judged(log: Log, scenario: Scenario = On.PLAIN, only: Iterable[str] | None = None) -> Judge:
    names = [name for name in REGISTRY if name not in SHAPES] if only is None else list(only)
    judge = Judge(Context(expected(scenario), own_schema(), own_profile()), names)
    for event in log.events():
        judge.feed(event)
    judge.end()
    return judge


def flags(log: Log, check: str, scenario: Scenario = On.PLAIN) -> list[str]:
    """The events that one check flags."""
    return [violation.facts["event"] for violation in judged(log, scenario, [check]).violations()]


def test_a_healthy_history_is_flagged_by_nobody() -> None:
    judge = judged(healthy())
    assert judge.violations() == []
    assert {name for name, count in judge.judged().items() if not count} == {
        "as-scripted",
        "settles-in-time",
        "client-view",
        "contents-as-told",
    }


def two_generations() -> Log:
    """Killed in mid-turn; the second server resumes the thread."""
    log = opened().begin().exit("KILL", -9).step("reconnect", "begin").spawn(2).ask(1, "initialize").answer(1, {})
    log.ask(2, "thread/resume", {"threadId": "T"}).answer(2, {"thread": {"id": "T"}}).status("T", "idle", "idle 2")
    return log.turn("U2", "again", "yes", number=3).exit()


def interrupted() -> Log:
    log = opened().begin()
    log.item("started", "T", "U1", {"type": "agentMessage", "id": "m1"}, "says+").delta("T", "U1", "m1", "hel")
    log.ask(4, "turn/interrupt", {"threadId": "T", "turnId": "U1"}).answer(4, {}, "taken").finish("interrupted")
    return log.turn("U2", "again", "yes", number=5).exit()


def failing(after: str = "systemError") -> Log:
    log = (
        opened()
        .begin()
        .tell("error", {"threadId": "T", "turnId": "U1", "willRetry": False, "error": {"message": "500"}})
    )
    return log.finish("failed", after=after).turn("U2", "again", "yes", number=5).exit()


def steered() -> Log:
    log = opened().begin()
    log.item("started", "T", "U1", {"type": "agentMessage", "id": "m1"}, "says+").delta("T", "U1", "m1", "hel")
    log.ask(4, "turn/steer", {"threadId": "T", "input": [{"type": "text", "text": "rather"}]}).answer(
        4, {"turnId": "U1"}
    )
    said = {"type": "userMessage", "id": "u2", "content": [{"type": "text", "text": "rather"}]}
    log.item("started", "T", "U1", said, "steer+").item("completed", "T", "U1", said, "steer-")
    return log.says("new", item="m2").finish().exit()


def retried() -> Log:
    log = opened().begin().item("started", "T", "U1", {"type": "agentMessage", "id": "m1"}, "first try")
    log.delta("T", "U1", "m1", "hel", "void")
    log.tell("error", {"threadId": "T", "turnId": "U1", "willRetry": True, "error": {"message": "Reconnecting... 1/1"}})
    return log.says("hel", "lo").finish().exit()


def two_threads() -> Log:
    log = opened().begin().ask(7, "thread/start", label="second").answer(7, {"thread": {"id": "V"}}, "opened 2")
    log.tell("thread/started", {"thread": {"id": "V"}}, "announced 2").status("V", "idle", "idle V")
    said = {"type": "userMessage", "id": "u2", "content": [{"type": "text", "text": "again"}]}
    log.ask(8, "turn/start", {"threadId": "V", "input": said["content"]}, "start 2").answer(
        8, {"turn": {"id": "U2"}}, "accepted 2"
    )
    log.status("V", "active", "active V").tell("turn/started", {"threadId": "V", "turn": {"id": "U2"}}, "started 2")
    log.item("started", "V", "U2", said, "words2+").item("completed", "V", "U2", said, "words2-")
    log.item("started", "V", "U2", {"type": "agentMessage", "id": "m2"}, "says2+").delta(
        "V", "U2", "m2", "yes", "delta V"
    )
    log.says("hel", "lo").finish()
    log.item("completed", "V", "U2", {"type": "agentMessage", "id": "m2", "text": "yes"}, "says2-")
    log.status("V", "idle", "idle V2").tell(
        "turn/completed", {"threadId": "V", "turn": {"id": "U2", "status": "completed"}}, "end V"
    )
    return log.exit()


LOST = "019b76da-0000-7000-8000-000000000000"

Case = tuple[str, Callable[[], Log], Scenario, list[str]]
FLAGGED: dict[str, Case] = {
    # Calls.
    "a request is never answered": ("answered-once", lambda: healthy().without("accepted"), On.PLAIN, ["turn/start"]),
    "a request is answered twice": ("answered-once", lambda: healthy().twice("accepted"), On.PLAIN, ["response"]),
    "3 is answered as text": ("answered-once", lambda: healthy().changed("accepted", id="3"), On.PLAIN, ["response", "turn/start"]),
    "3 is answered as 3.0": ("answered-once", lambda: healthy().changed("accepted", id=3.0), On.PLAIN, ["response", "turn/start"]),
    "an id that was never used": ("answered-once", lambda: opened().refuse(99).exit(), On.PLAIN, ["error"]),
    "an answer before its request": ("answered-once", lambda: healthy().swapped("turn/start", "accepted"), On.PLAIN, ["response", "turn/start"]),
    "unanswered at the end of input": ("answered-once", lambda: opened().ask(9, "m").exit(), On.PLAIN, ["m"]),
    "unanswered, and no exit": ("answered-once", lambda: opened().ask(9, "m"), On.PLAIN, ["m"]),
    # Turns.
    "a turn ends twice": ("turn-ends-once", lambda: healthy().twice("completed"), On.PLAIN, ["turn/completed"]),
    "a turn ends again while the next is asked for": (
        "turn-ends-once",
        lambda: healthy().put_before("exit", Log().ask(9, "turn/start", {"threadId": "T"})).put_before("exit", again()),
        On.PLAIN,
        ["turn/completed"],
    ),
    "a turn ends twice after a lost turn/start": ("turn-ends-once", lambda: lost_start().twice("completed"), On.KILLED, ["turn/completed"]),
    "a turn never ends": ("turn-ends-once", lambda: healthy().without("completed"), On.PLAIN, ["turn/completed"]),
    "a turn ends that never began": ("turn-ends-once", lambda: opened().finish(turn="U9").exit(), On.PLAIN, ["turn/completed"]),
    "a delta after the end": (
        "turn-ends-once", lambda: healthy().put_behind("completed", Log().delta("T", "U1", "m1", "x")), On.PLAIN, ["item/agentMessage/delta"],
    ),
    "an error after the end": (
        "turn-ends-once",
        lambda: healthy().put_behind("completed", Log().tell("error", {"threadId": "T", "turnId": "U1", "willRetry": False})),
        On.PLAIN,
        ["error"],
    ),
    "a turn that nobody asked for": ("turn-ends-once", lambda: healthy().put_behind("completed", phantom()), On.PLAIN, ["turn/started"]),
    "one turn/start, two turns": ("turn-ends-once", lambda: healthy().moved_behind("accepted", "completed").put_behind("started", Log().tell("turn/started", {"threadId": "T", "turn": {"id": "U9"}})), On.PLAIN, ["turn/started", "turn/completed"]),
    "a turn of a refused turn/start": ("turn-ends-once", lambda: healthy().put_before("exit", Log().ask(9, "turn/start", {"threadId": "T"}).refuse(9)).put_before("exit", phantom()), On.PLAIN, ["turn/started"]),
    "an answer with a turn that is over": ("turn-ends-once", lambda: healthy().put_before("exit", Log().ask(9, "turn/start", {"threadId": "V"}).answer(9, {"turn": {"id": "U1"}})), On.PLAIN, ["response", "turn/completed"]),
    "one compaction, two turns": ("turn-ends-once", lambda: compacted().put_before("exit", phantom("U8")), On.PLAIN, ["turn/started"]),
    "a turn starts again after its end": ("turn-ends-once", lambda: healthy().moved_behind("started", "completed"), On.PLAIN, ["turn/started"]),
    # Lifecycle.
    "a turn starts twice": ("lifecycle-order", lambda: healthy().twice("started"), On.PLAIN, ["turn/started"]),
    "items before the turn": ("lifecycle-order", lambda: healthy().swapped("started", "words+"), On.PLAIN, ["item/started", "item/completed"]),
    "active too late": ("lifecycle-order", lambda: healthy().swapped("active", "started"), On.PLAIN, ["turn/started"]),
    "idle too late": ("lifecycle-order", lambda: healthy().swapped("idle", "completed"), On.PLAIN, ["turn/completed"]),
    "an item starts twice": ("lifecycle-order", lambda: healthy().twice("says+"), On.PLAIN, ["item/started"]),
    "an item starts after its end": ("lifecycle-order", lambda: healthy().put_behind("says-", Log().item("started", "T", "U1", {"id": "U1m"}, "x")), On.PLAIN, ["item/started"]),
    "an item ends twice": ("lifecycle-order", lambda: healthy().twice("says-"), On.PLAIN, ["item/completed"]),
    "an item ends unstarted": ("lifecycle-order", lambda: healthy().without("words+"), On.PLAIN, ["item/completed"]),
    "a delta before its item": ("lifecycle-order", lambda: healthy().swapped("says+", "delta1"), On.PLAIN, ["item/agentMessage/delta"]),
    "a delta after its item": ("lifecycle-order", lambda: healthy().moved_behind("delta2", "says-"), On.PLAIN, ["item/agentMessage/delta"]),
    "a turn on an unopened thread": ("lifecycle-order", lambda: healthy().without("opened"), On.PLAIN, ["turn/start"]),
    "a turn without a resume": ("lifecycle-order", lambda: two_generations().without("thread/resume"), On.KILLED, ["turn/start"]),
    "a turn of a dead server goes on": ("lifecycle-order", lambda: two_generations().put_before("turn/start", Log()).put_behind("idle 2", Log().delta("T", "U1", "m1", "x").item("completed", "T", "U1", {"id": "m1"}, "x")), On.KILLED, ["item/completed"]),
    "an item starts again without a retry": ("lifecycle-order", lambda: retried().without("error"), On.RETRIES, ["item/started"]),
    # States.
    "a turn starts as completed": ("states-agree", lambda: healthy().changed("started", turn={"id": "U1", "status": "completed"}), On.PLAIN, ["turn/started"]),
    "a turn is accepted as failed": ("states-agree", lambda: healthy().changed("accepted", result={"turn": {"id": "U1", "status": "failed"}}), On.PLAIN, ["response"]),
    "idle in mid-turn": ("states-agree", lambda: healthy().put_behind("delta1", Log().status("T", "idle", "x")), On.PLAIN, ["item/completed"]),
    "unloaded in mid-turn": ("states-agree", lambda: healthy().put_behind("says-", Log().status("T", "notLoaded", "x")), On.PLAIN, ["thread/status/changed"]),
    "the status of a failed turn is idle": ("states-agree", lambda: failing("idle"), On.FAILS, ["turn/completed"]),
    "systemError for nothing": ("states-agree", lambda: healthy().changed("idle", status={"type": "systemError"}), On.PLAIN, ["turn/completed"]),
    "a failure without an error": ("states-agree", lambda: failing().changed("completed", turn={"id": "U1", "status": "failed"}), On.FAILS, ["turn/completed"]),
    "a success with an error": ("states-agree", lambda: healthy().changed("completed", turn={"id": "U1", "status": "completed", "error": {"message": "x"}}), On.PLAIN, ["turn/completed"]),
    "an error of an unknown turn": ("states-agree", lambda: healthy().put_behind("delta1", Log().tell("error", {"threadId": "T", "turnId": "U9"})), On.PLAIN, ["error"]),
    "the usage of an unknown turn": ("states-agree", lambda: healthy().put_behind("delta1", Log().tell("thread/tokenUsage/updated", {"threadId": "T", "turnId": "U9"})), On.PLAIN, ["thread/tokenUsage/updated"]),
    # Threads.
    "a thread is announced twice": ("threads-as-asked", lambda: healthy().twice("thread/started"), On.PLAIN, ["thread/started"]),
    "a thread is never announced": ("threads-as-asked", lambda: healthy().without("thread/started"), On.PLAIN, ["turn/started"]),
    "a thread that nobody opened is announced": ("threads-as-asked", lambda: healthy().put_before("exit", Log().tell("thread/started", {"thread": {"id": "X"}})), On.PLAIN, ["thread/started"]),
    "another thread is announced than opened": ("threads-as-asked", lambda: healthy().swapped("opened", "thread/started").changed("thread/started", thread={"id": "X"}), On.PLAIN, ["thread/started", "turn/started"]),
    "a second thread under a used id": ("threads-as-asked", lambda: healthy().put_before("exit", Log().ask(9, "thread/start").answer(9, {"thread": {"id": "T"}})), On.PLAIN, ["response"]),
    "a resume announces its thread": ("threads-as-asked", lambda: two_generations().put_behind("idle 2", Log().tell("thread/started", {"thread": {"id": "T"}})), On.KILLED, ["thread/started"]),
    "another thread is resumed": ("threads-as-asked", lambda: healthy().put_before("exit", Log().ask(9, "thread/resume", {"threadId": "T"}).answer(9, {"thread": {"id": "X"}})), On.PLAIN, ["response"]),
    "a fork of another thread": ("threads-as-asked", lambda: healthy().put_before("exit", Log().ask(9, "thread/fork", {"threadId": "T"}).answer(9, {"thread": {"id": "F", "forkedFromId": "X"}})), On.PLAIN, ["response"]),
    "a thread is closed": ("threads-as-asked", lambda: healthy().put_before("exit", Log().tell("thread/closed", {"threadId": "T"})), On.PLAIN, ["thread/closed"]),
    "a thread is archived, and another was meant": ("threads-as-asked", lambda: healthy().put_before("exit", Log().ask(9, "thread/archive", {"threadId": "X"}).answer(9, {}).tell("thread/archived", {"threadId": "T"})), On.PLAIN, ["thread/archived"]),
    # The handshake.
    "a request before the handshake": ("handshake-first", lambda: Log().spawn().ask(1, "initialize").ask(2, "thread/start").answer(1, {}), On.PLAIN, ["thread/start"]),
    "the server speaks first": ("handshake-first", lambda: healthy().put_before("hello", Log().tell("configWarning", {})), On.PLAIN, ["configWarning"]),
    "a refused handshake is none": ("handshake-first", lambda: Log().spawn().ask(1, "initialize").refuse(1).ask(2, "m"), On.PLAIN, ["m"]),
    "each server needs its own": ("handshake-first", lambda: two_generations_without_a_second_handshake(), On.KILLED, ["thread/resume", "thread/status/changed"]),
    "what the client opted out of": ("handshake-first", lambda: healthy().changed("initialize", capabilities={"optOutNotificationMethods": ["turn/started"]}), On.PLAIN, ["turn/started"]),
    # Licences.
    "a second server": ("no-unlicensed-reconnect", lambda: healthy().spawn(2), On.PLAIN, ["spawn"]),
    "a third server": ("no-unlicensed-reconnect", lambda: two_generations().spawn(3), On.KILLED, ["spawn"]),
    "it ends by itself": ("one-generation", lambda: opened().exit(None, 0), On.PLAIN, ["exit"]),
    "it crashes at the end of input": ("one-generation", lambda: opened().exit("eof", 101), On.PLAIN, ["exit"]),
    "it crashes on a signal": ("one-generation", lambda: opened().exit("TERM", -11), On.PLAIN, ["exit"]),
    "it outlives SIGKILL": ("one-generation", lambda: opened().exit("KILL", 0), On.PLAIN, ["exit"]),
    "a turn fails": ("no-unlicensed-failure", lambda: healthy().without("completed").put_behind("idle", end("failed")), On.PLAIN, ["turn/completed"]),
    "a turn of unknown words fails": ("no-unlicensed-failure", lambda: opened().turn("U1", "who?").without("completed").put_behind("idle", end("failed")), On.PLAIN, ["turn/completed"]),
    "an interrupted turn fails": ("no-unlicensed-failure", lambda: interrupted().without("completed").put_behind("idle", end("failed")), On.CUT, ["turn/completed"]),
    "a failure is called success": ("no-unlicensed-failure", lambda: failing().without("completed").put_behind("idle", end("completed")), On.FAILS, ["turn/completed"]),
    "a retry for nothing": ("no-unlicensed-failure", lambda: retried(), On.PLAIN, ["error"]),
    "an error for nothing": ("no-unlicensed-failure", lambda: failing(), On.PLAIN, ["error", "turn/completed"]),
    "a retry too many": ("no-unlicensed-failure", lambda: retried().twice("error"), On.RETRIES, ["error"]),
    "the server asks under id 0": ("no-unlicensed-request", lambda: approval(), On.PLAIN, ["item/commandExecution/requestApproval"]),
    "a status that is none": ("no-unlicensed-failure", lambda: healthy().without("completed").put_behind("idle", end([1])), On.PLAIN, ["turn/completed"]),
    # Routing.
    "a delta of another thread": ("right-thread-and-turn", lambda: two_threads().changed("delta V", threadId="T"), On.OVERLAP, ["item/agentMessage/delta"]),
    "a delta of another turn": ("right-thread-and-turn", lambda: two_threads().changed("delta V", turnId="U1", threadId="T"), On.OVERLAP, ["item/agentMessage/delta"]),
    "an end of another thread": ("right-thread-and-turn", lambda: two_threads().changed("end V", threadId="T"), On.OVERLAP, ["turn/completed"]),
    "words show up elsewhere": ("right-thread-and-turn", lambda: two_threads().changed("words2+", turnId="U3", threadId="T"), On.OVERLAP, ["item/started", "item/completed"]),
    "a thread that nobody opened": ("right-thread-and-turn", lambda: healthy().changed("active", threadId=LOST), On.PLAIN, ["thread/status/changed"]),
    "a warning of an unknown thread": ("right-thread-and-turn", lambda: healthy().put_behind("active", Log().tell("warning", {"threadId": LOST})), On.PLAIN, ["warning"]),
    "a thread that was refused": ("right-thread-and-turn", lambda: healthy().put_behind("thread/started", Log().ask(8, "thread/resume", {"threadId": "X"}).refuse(8)).changed("active", threadId=LOST), On.PLAIN, ["thread/status/changed"]),
    "an answer names another thread's turn": ("right-thread-and-turn", lambda: two_threads().changed("accepted 2", result={"turn": {"id": "U1"}}), On.OVERLAP, ["response"]),
    # Text.
    "a lost delta": ("deltas-add-up", lambda: healthy().without("delta1"), On.PLAIN, ["item/completed"]),
    "a doubled delta": ("deltas-add-up", lambda: healthy().twice("delta1"), On.PLAIN, ["item/completed"]),
    "swapped deltas": ("deltas-add-up", lambda: healthy().swapped("delta1", "delta2"), On.PLAIN, ["item/completed"]),
    "a changed delta": ("deltas-add-up", lambda: healthy().changed("delta1", delta="hol"), On.PLAIN, ["item/completed"]),
    "another text": ("text-as-scripted", lambda: healthy().changed("says-", item={"type": "agentMessage", "id": "U1m", "text": "hullo"}), On.PLAIN, ["item/completed"]),
    "a lost text": ("text-as-scripted", lambda: healthy().without("says-"), On.PLAIN, ["turn/completed"]),
    "a text too many": ("text-as-scripted", lambda: healthy().twice("says-"), On.PLAIN, ["item/completed"]),
    "the text of another turn": ("text-as-scripted", lambda: healthy().changed("says-", item={"type": "agentMessage", "id": "x", "text": "yes"}), On.PLAIN, ["item/completed"]),
    "words at the start of an item": ("deltas-add-up", lambda: healthy().changed("says+", item={"type": "agentMessage", "id": "U1m", "text": "x"}), On.PLAIN, ["item/completed"]),
    "a turn repeats other words": ("deltas-add-up", lambda: healthy().changed("completed", turn={"id": "U1", "items": [{"type": "agentMessage", "text": "x"}]}), On.PLAIN, ["turn/completed"]),
    "a thought that does not add up": ("deltas-add-up", lambda: thoughtful("hm"), On.PLAIN, ["item/completed"]),
    "words that nobody said": ("words-come-back", lambda: healthy().changed("words+", item={"type": "userMessage", "id": "x", "content": [{"text": "ho"}]}), On.PLAIN, ["item/started"]),
    "words that do not show up": ("words-come-back", lambda: healthy().without("words+").without("words-"), On.PLAIN, ["turn/completed"]),
    "words of a steer that do not show up": ("words-come-back", lambda: steered().changed("turn/steer", threadId="T").without("steer+").without("steer-"), On.STEERED, ["turn/completed"]),
    "words that were refused": ("words-come-back", lambda: healthy().put_behind("says-", Log().ask(8, "turn/steer", {"threadId": "T", "input": [{"text": "ho"}]}).refuse(8)).put_before("idle", Log().item("started", "T", "U1", {"type": "userMessage", "id": "x", "content": [{"text": "ho"}]}, "x")).moved_behind("turn/steer", "opened").moved_behind("refusal", "turn/steer"), On.PLAIN, ["item/started"]),
    "the text of a turn without its words": ("text-as-scripted", lambda: healthy().without("words-").changed("says-", item={"type": "agentMessage", "id": "x", "text": "yes"}), On.PLAIN, ["item/completed"]),
    # Contents.
    "a read with another text": ("contents-as-told", lambda: read_as(row("U1", "hi", "hullo")), On.PLAIN, ["response"]),
    "a read with other words": ("contents-as-told", lambda: read_as(row("U1", "ho", "hello")), On.PLAIN, ["response"]),
    "a read without the texts": ("contents-as-told", lambda: read_as({"id": "U1", "status": "completed", "items": []}), On.PLAIN, ["response"]),
    "a read without the turn": ("contents-as-told", lambda: read_as(), On.PLAIN, ["response"]),
    "a read of an unknown turn": ("contents-as-told", lambda: read_as(row("U1"), row("U9")), On.PLAIN, ["response"]),
    "a turn twice": ("contents-as-told", lambda: read_as(row("U1"), row("U1")), On.PLAIN, ["response"]),
    "a read of another end": ("contents-as-told", lambda: read_as(row("U1", status="failed")), On.PLAIN, ["response"]),
    "a resume with another text": ("contents-as-told", lambda: read_as(row("U1", "hi", "hullo"), method="thread/resume"), On.PLAIN, ["response"]),
    "a fork with another text": ("contents-as-told", lambda: read_as(row("X", "hi", "hullo"), method="thread/fork"), On.PLAIN, ["response"]),
    "a fork of nothing": ("contents-as-told", lambda: read_as(method="thread/fork"), On.PLAIN, ["response"]),
    "a fork with a turn too many": ("contents-as-told", lambda: read_as(row("X"), row("Y"), method="thread/fork"), On.PLAIN, ["response"]),
    "an interrupted turn with other words": ("contents-as-told", lambda: read_as(row("U1", "hi", "hel", "interrupted"), row("U2", "again", "yes"), log=interrupted()), On.CUT, ["response"]),
    # Stdout and processes.
    "a banner": ("stdout-is-protocol", lambda: healthy().put_behind("hello", Log().line(b"Welcome!")), On.PLAIN, ["not_json"]),
    "an empty line": ("stdout-is-protocol", lambda: healthy().put_behind("hello", Log().line(b"")), On.PLAIN, ["not_json"]),
    "bytes that are no UTF-8": ("stdout-is-protocol", lambda: healthy().put_behind("hello", Log().line(b'{"method":"\xff"}')), On.PLAIN, ["not_json"]),
    "JSON that is no message": ("stdout-is-protocol", lambda: healthy().put_behind("hello", Log().line(b"[]")), On.PLAIN, ["not_rpc"]),
    "half a line at the end": ("stdout-is-protocol", lambda: healthy().put_before("exit", Log().add("x", "bytes", "to_client", b'{"a')), On.PLAIN, ["bytes"]),
    "a survivor": ("no-survivor", lambda: healthy().fact("s", "process", event="survivors", processes=["pid 7: sleep"]), On.PLAIN, ["survivors"]),
    "a held stdout": ("no-survivor", lambda: opened().exit(pipe_held=True), On.PLAIN, ["exit"]),
    # Steps.
    "a mismatch": ("as-scripted", lambda: opened().step("request", mismatch="expected a result"), On.PLAIN, ["request"]),
    "a deadline": ("settles-in-time", lambda: opened().step("run_turn", deadline="did not end within 10 s"), On.PLAIN, ["run_turn"]),
    "two threads under one id": ("client-view", lambda: opened().step("start_thread", thread={"name": "a", "id": "T"}).step("start_thread", thread={"name": "b", "id": "T"}), On.PLAIN, ["start_thread"]),
    "the client tells another text": ("client-view", lambda: opened().step("run_turn", turn=told("hullo")), On.PLAIN, ["run_turn"]),
    "the client tells nothing": ("client-view", lambda: opened().step("run_turn", turn=told()), On.PLAIN, ["run_turn"]),
    "the client heard something else": ("client-view", lambda: opened().step("run_turn", turn=told("hello", heard=["hel"])), On.PLAIN, ["run_turn"]),
    # Shapes.
    "an id on a notification": ("envelope", lambda: opened().line(b'{"method":"turn/started","params":{},"id":1,"emittedAtMs":1}'), On.PLAIN, ["turn/started"]),
    "no time on a notification": ("envelope", lambda: opened().line(b'{"method":"turn/started","params":{}}'), On.PLAIN, ["turn/started"]),
    "jsonrpc": ("envelope", lambda: opened().ask(9, "m").line(b'{"jsonrpc":"2.0","id":9,"result":{}}'), On.PLAIN, ["response"]),
    "id before error": ("envelope", lambda: opened().ask(9, "m").line(b'{"id":9,"error":{"code":1,"message":"x"}}'), On.PLAIN, ["error"]),
    "result and error": ("envelope", lambda: opened().ask(9, "m").line(b'{"error":{"code":1,"message":"x"},"id":9,"result":{}}'), On.PLAIN, ["error"]),
    "a delta that is a number": ("schema", lambda: Log().delta("T", "U", "m", 5), On.PLAIN, ["item/agentMessage/delta"]),  # type: ignore[arg-type]
    "a notification of no known method": ("schema", lambda: Log().tell("no/such", {}), On.PLAIN, ["no/such"]),
    "an answer of another method's shape": ("schema", lambda: Log().ask(1, "turn/start").answer(1, {"data": []}), On.PLAIN, ["response"]),
    "we send what no schema knows": ("own-messages", lambda: Log().ask(1, "thread/read", {"threadId": 7}), On.PLAIN, ["thread/read"]),
}  # fmt: skip


def again() -> Log:
    return Log().tell("turn/completed", {"threadId": "T", "turn": {"id": "U1", "status": "completed"}})


def thoughtful(summary: str) -> Log:
    log = Log().item("started", "T", "U1", {"type": "reasoning", "id": "r", "summary": []}, "x")
    for delta in ("wha", "t?"):
        log.tell("item/reasoning/summaryTextDelta", {"threadId": "T", "turnId": "U1", "itemId": "r", "delta": delta})
    log.item("completed", "T", "U1", {"type": "reasoning", "id": "r", "summary": [summary]}, "y")
    return healthy().put_behind("words-", log)


def row(turn: str, words: str = "hi", text: str = "hello", status: str = "completed") -> dict[str, Any]:
    said = {"type": "userMessage", "id": "item-1", "content": [{"type": "text", "text": words}]}
    answer = [{"type": "agentMessage", "id": "item-2", "text": text}] if text else []
    return {"id": turn, "status": status, "items": [said, *answer]}


def read_as(*rows: dict[str, Any], method: str = "thread/read", log: Log | None = None) -> Log:
    """A history whose thread is read, resumed or forked with these turns."""
    fork = method == "thread/fork"
    more = {"includeTurns": True} if method == "thread/read" else {}
    given = {"id": "F" if fork else "T", "forkedFromId": "T" if fork else None, "turns": list(rows)}
    log = log or healthy()
    end = log.entries.pop()
    log.ask(9, method, {"threadId": "T"} | more).answer(9, {"thread": given}, "contents")
    if fork:
        log.tell("thread/started", {"thread": {"id": "F"}})
    log.entries.append(end)
    return log


def phantom(turn: str = "U9") -> Log:
    log = Log().status("T", "active", "x").tell("turn/started", {"threadId": "T", "turn": {"id": turn}})
    return log.finish(turn=turn)


def compacted() -> Log:
    log = healthy().put_before("exit", Log().ask(9, "thread/compact/start", {"threadId": "T"}).answer(9, {}))
    return log.put_before("exit", phantom())


def end(status: Any) -> Log:
    return Log().tell("turn/completed", {"threadId": "T", "turn": {"id": "U1", "status": status}}, "completed")


def told(*texts: str, heard: list[str] | None = None) -> dict[str, Any]:
    return {"name": "r", "thread": "t", "id": "U1", "status": "completed", "prompt": "hi", "last_prompt": "hi",
            "texts": list(texts), "heard": list(texts) if heard is None else heard}  # fmt: skip


def lost_start() -> Log:
    """The first server dies with a turn/start unanswered; the second one serves the thread."""
    log = (
        opened()
        .ask(3, "turn/start", {"threadId": "T", "input": []}, "lost")
        .exit("KILL", -9)
        .step("reconnect", "begin")
    )
    log.spawn(2).ask(1, "initialize").answer(1, {}).ask(2, "thread/resume", {"threadId": "T"}).answer(
        2, {"thread": {"id": "T"}}
    )
    return log.turn("U2", "again", "yes").exit()


def two_generations_without_a_second_handshake() -> Log:
    log = two_generations()
    log.entries = [e for e in log.entries if not (e[4] == 2 and (e[0] == "initialize" or b'"id":1,' in e[3]))]
    log.entries = log.entries[: log.at("idle 2") + 1]
    return log


@pytest.mark.parametrize(("check", "build", "scenario", "events"), FLAGGED.values(), ids=FLAGGED.keys())
def test_it_is_flagged(check: str, build: Callable[[], Log], scenario: Scenario, events: list[str]) -> None:
    assert flags(build(), check, scenario) == events


def test_every_check_has_a_history_that_it_flags() -> None:
    assert {check for check, *_ in FLAGGED.values()} == set(REGISTRY)


def in_flight_over_each_other() -> Log:
    log = opened()
    for number in (5, 6, 7):
        log.ask(number, "thread/loaded/list")
    for number in (7, 5, 6):
        log.answer(number, {"data": []})
    return log.exit()


def approval() -> Log:
    log = (
        opened()
        .begin()
        .line(b'{"method":"item/commandExecution/requestApproval","id":0,"params":{"threadId":"T","turnId":"U1"}}')
    )
    log.line(b'{"id":0,"result":{"decision":"accept"}}', direction="to_server")
    return log.says("hel", "lo").finish().exit()


def command_output() -> Log:
    log = opened().begin().item("started", "T", "U1", {"type": "commandExecution", "id": "c1"}, "c+")
    params = {"threadId": "T", "turnId": "U1", "itemId": "c1", "delta": "half of it"}
    log.tell("item/commandExecution/outputDelta", params)
    log.item("completed", "T", "U1", {"type": "commandExecution", "id": "c1", "aggregatedOutput": "all of it"}, "c-")
    return log.says("hel", "lo").finish().exit()


def usage_again() -> Log:
    usage = Log().tell("thread/tokenUsage/updated", {"threadId": "T", "turnId": "U1", "tokenUsage": {}})
    resumed = Log().ask(9, "thread/resume", {"threadId": "T"}).answer(9, {"thread": {"id": "T", "turns": [row("U1")]}})
    return healthy().put_before("exit", resumed).put_before("exit", usage)


def second_start_steers() -> Log:
    log = steered()
    return log.changed("turn/steer", threadId="T")


LEGAL: dict[str, tuple[Callable[[], Log], Scenario]] = {
    "the answer to turn/start comes behind turn/started": (lambda: healthy().moved_behind("accepted", "started"), On.PLAIN),
    "the answer to turn/start comes behind the end": (lambda: healthy().moved_behind("accepted", "completed"), On.PLAIN),
    "thread/started comes before the answer": (lambda: healthy().swapped("opened", "thread/started"), On.PLAIN),
    "a status comes before the answer": (lambda: healthy().moved_behind("opened", "idle before"), On.PLAIN),
    "a notice comes before an answer": (lambda: healthy().put_before("opened", Log().tell("deprecationNotice", {})), On.PLAIN),
    "answers come in any order": (in_flight_over_each_other, On.PLAIN),
    "a turn has no deltas": (lambda: healthy().without("delta1").without("delta2"), On.PLAIN),
    "an interrupt leaves an item open": (interrupted, On.CUT),
    "a steer leaves an item open": (steered, On.STEERED),
    "a retry opens an item again": (retried, On.RETRIES),
    "systemError, and the next turn works": (failing, On.FAILS),
    "a failure without an error": (lambda: failing().without("error"), On.FAILS),
    "output of a command does not add up": (command_output, On.PLAIN),
    "a resume repeats the usage": (usage_again, On.PLAIN),
    "a server is killed in mid-turn": (two_generations, On.KILLED),
    "a server is killed before it answers turn/start": (lost_start, On.KILLED),
    "the end of input cuts a turn": (lambda: opened().begin().exit(), On.CLOSED),
    "a thought": (lambda: thoughtful("what?"), On.PLAIN),
    "a turn repeats its last words": (lambda: healthy().changed("completed", turn={"id": "U1", "status": "completed", "items": [{"type": "agentMessage", "text": "hello"}]}), On.PLAIN),
    "a read": (lambda: read_as(row("U1")), On.PLAIN),
    "a resume": (lambda: read_as(row("U1"), method="thread/resume"), On.PLAIN),
    "a fork under other ids": (lambda: read_as(row("X"), method="thread/fork"), On.PLAIN),
    "an interrupted turn without its text": (lambda: read_as(row("U1", "hi", "", "interrupted"), row("U2", "again", "yes"), log=interrupted()), On.CUT),
    "a cut turn with what was not told": (lambda: read_as(row("U1", "hi", "hel", "interrupted"), row("U2", "again", "yes"), log=two_generations()), On.KILLED),
    "a cut turn that was not kept": (lambda: read_as(row("U2", "again", "yes"), log=two_generations()), On.KILLED),
    "a read while the turn ends": (lambda: read_as(row("U1", "hi", "", "inProgress")).moved_behind("thread/read", "says+"), On.PLAIN),
    "a compaction is a turn of its own": (compacted, On.PLAIN),
    "a thread is archived and closed": (lambda: healthy().put_before("exit", Log().ask(9, "thread/archive", {"threadId": "T"}).answer(9, {}).tell("thread/archived", {"threadId": "T"}).tell("thread/closed", {"threadId": "T"})), On.PLAIN),
    "two threads overlap": (two_threads, On.OVERLAP),
    "unscoped notifications": (lambda: healthy().put_behind("active", Log().tell("account/rateLimits/updated", {})), On.PLAIN),
    "a killed server leaves requests open": (lambda: two_generations().put_before("exit", Log().ask(9, "m")), On.KILLED),
    "a refused request": (lambda: healthy().put_before("exit", Log().ask(9, "m").refuse(9)), On.PLAIN),
    "one id, twice in a row": (lambda: healthy().put_before("exit", Log().ask(3, "m").answer(3, {})), On.PLAIN),
    "7 and \"7\" at once": (lambda: healthy().put_before("exit", Log().ask(7, "m").ask("7", "m").answer("7", {}).answer(7, {})), On.PLAIN),
    "SIGTERM ends with 0": (lambda: opened().exit("TERM", 0), On.PLAIN),
    "SIGINT ends by that signal": (lambda: opened().exit("INT", -2), On.PLAIN),
    "steps that went well": (lambda: opened().step("start_thread", thread={"name": "t", "id": "T"}).step("run_turn", turn=told("hello")), On.PLAIN),
    "a client without deltas": (lambda: opened().step("run_turn", turn=told("hello", heard=[""])), On.WHOLE),
    "a steered client tells the last": (lambda: opened().step("await_turn", turn=told("new") | {"last_prompt": "rather"}), On.STEERED),
    "the same thread resumed": (lambda: opened().step("start_thread", thread={"name": "t", "id": "T"}).step("resume_thread", thread={"name": "t", "id": "T"}), On.PLAIN),
    "requests before the handshake, by hand": (lambda: Log().spawn().ask(9, "m").refuse(9).ask(1, "initialize").answer(1, {}), On.BY_HAND),
}  # fmt: skip


@pytest.mark.parametrize(("build", "scenario"), LEGAL.values(), ids=LEGAL.keys())
def test_it_is_legal(build: Callable[[], Log], scenario: Scenario) -> None:
    assert judged(build(), scenario).violations() == []


def test_the_end_of_input_is_held_against_what_was_overtaken_only() -> None:
    """A request that came behind all that was settled may be lost with the end of input (seen on 0.163.0)."""
    first = Log().ask(8, "m", label="x").ask(9, "m", label="y").answer(9, {}, "y-")
    overtaken = judged(healthy().put_before("exit", first), only=["answered-once"]).violations()
    assert [(v.facts["event"], v.facts["asked"]) for v in overtaken] == [("m", "")]
    last = Log().ask(8, "m", label="x").answer(8, {}, "x-").ask(9, "m", label="y")
    behind = judged(healthy().put_before("exit", last), only=["answered-once"]).violations()
    assert [(v.facts["event"], v.facts["asked"]) for v in behind] == [("m", "eof")]


def test_wrong_use_on_purpose_is_not_held_against_us() -> None:
    log = Log().ask(1, "m", {"a": 1})
    assert flags(log, "own-messages", Scenario("x", request("m", {}, Ok()))) == ["m"]
    assert flags(log, "own-messages", Scenario("x", request("m", {}, Refused(1)))) == []
    assert flags(log, "own-messages", Scenario("x", send_bytes(b"x\n"))) == []


# -- the same folds over a file


@pytest.mark.parametrize(
    "name",
    [
        "sequential_threads::second_thread_completes_after_the_first",
        "server_loss::killed_mid_turn_then_resumed",
        "malformed_lines::ids_that_are_none",
        "refusals::unknown_method",
        "model_failures::retried_after_a_dropped_stream",
    ],
)
def test_a_history_file_is_judged_as_its_play_was(name: str, shipped: dict[str, Scenario], played: Any) -> None:
    play = played(shipped[name])
    assert rejudged(play, shipped[name]) == (violations(play), play.verdict.judged)


def test_a_broken_play_is_judged_the_same_from_its_file(shipped: dict[str, Scenario], played: Any) -> None:
    from turnproof.defects import SERVERS

    for defect in SERVERS[::3]:
        play = played(shipped[defect.on], faults=defect.faults)
        assert violations(play)
        assert rejudged(play, shipped[defect.on]) == (violations(play), play.verdict.judged), defect.name


def violations(play: Any) -> list[tuple[str, int, str]]:
    verdict = play.verdict
    return sorted((v.check, v.seq, v.what) for v in (*verdict.violations, *verdict.warnings, *verdict.quirks))


def rejudged(play: Any, scenario: Scenario) -> tuple[list[tuple[str, int, str]], dict[str, int]]:
    judge = Judge(Context(expected(scenario, own_profile()), own_schema(), own_profile()))
    for event in play.events:
        judge.feed(event)
    judge.end()
    return sorted((v.check, v.seq, v.what) for v in judge.violations()), judge.judged()


# -- whatever a server sends, no fold raises


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    if at:
        yield at
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from places(member, (*at, key))


def with_other(value: Any, at: tuple[Any, ...], other: Any) -> Any:
    value = json.loads(json.dumps(value))
    inner = value
    for key in at[:-1]:
        inner = inner[key]
    if other is None:
        del inner[at[-1]]
    else:
        inner[at[-1]] = other
    return value


@pytest.mark.parametrize("build", [healthy, interrupted, retried, steered], ids=lambda build: build.__name__)
def test_no_fold_raises_whatever_comes(build: Callable[[], Log]) -> None:
    entries = build().entries
    for index, (label, kind, direction, raw, gen) in enumerate(entries):
        if kind != "line" or direction != "to_client":
            continue
        value = json.loads(raw)
        for at in places(value):
            for other in (None, [], {}, [{}], 7, "x", True):
                log = Log()
                log.entries = list(entries)
                log.entries[index] = (label, kind, direction, encode(with_other(value, at, other)), gen)
                judged(log)


# -- memory


def size_of(value: Any, seen: set[int]) -> int:
    """How many things a value holds, all the way down; what was there before the play is not the fold's."""
    if id(value) in seen or isinstance(value, str | bytes | int | float | type(None)):
        return 0
    seen.add(id(value))
    if isinstance(value, dict):
        return len(value) + sum(size_of(member, seen) for member in value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return len(value) + sum(size_of(member, seen) for member in value)
    fields = [name for cls in type(value).__mro__ for name in getattr(cls, "__slots__", ())]
    members = [getattr(value, name, None) for name in fields] + list(getattr(value, "__dict__", {}).values())
    return sum(size_of(member, seen) for member in members)


def state(judge: Judge) -> dict[str, int]:
    folds = {
        check.name: size_of({k: v for k, v in vars(check).items() if k.startswith("_")}, set())
        for check in judge.checks
    }
    return folds | {"calls": size_of(judge.open, set())}


@pytest.mark.parametrize("late", [False, True], ids=["answer first", "answer last"])
def test_a_fold_over_twenty_thousand_turns_keeps_what_is_open(late: bool) -> None:
    judge = Judge(Context(expected(On.PLAIN), None, own_profile()))
    for event in opened().events():
        judge.feed(event)
    log = Log().turn("U@", "hi", number=999_999)
    if late:
        log.moved_behind("accepted", "completed")
    seq, early = 1000, {}
    for turn in range(20_000):
        name, number = b"U%d" % turn, b"%d" % (1000 + turn)
        for _, kind, direction, raw, gen in log.entries:
            seq += 1
            raw = raw.replace(b"U@", name).replace(b"999999", number)
            judge.feed(Event(seq, "wire", seq, seq, gen, gen, direction, kind, raw))  # type: ignore[arg-type]
        if turn == 200:
            early = state(judge)
    judge.end()
    assert judge.violations() == []
    assert state(judge) == early
