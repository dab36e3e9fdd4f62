"""How each step is done. A performer gives the report that goes into the history when the step has ended.

A report holds ``mismatch`` when what came back is not licensed, ``thread`` and ``turn`` for what the client would tell
its user, and ``branch`` for the alternative that was taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from turnproof import steps as s
from turnproof.call_licences import worlds_after
from turnproof.calls import CALL_ID
from turnproof.decisions import result_of
from turnproof.expect import METHODS
from turnproof.matching import Unresolved, resolve
from turnproof.message import at, rows_of
from turnproof.refusal import shown
from turnproof.session import Answer, Watch
from turnproof.stage import PlayedTurn, Stage

Report = dict[str, Any]
LEAVES: Final = ("thread/archive", "thread/delete", "thread/unsubscribe")
"""Requests behind which no turn can be run, or heard, on a thread until it is resumed."""


async def perform(stage: Stage, n: str, step: s.AnyStep) -> Report:
    """Do a step; gives its report. A reference to what no answer held is a mismatch like any other."""
    try:
        return await PERFORMERS[type(step)](stage, n, step)
    except Unresolved as missing:
        return {"mismatch": str(missing)}


async def _start_thread(stage: Stage, n: str, step: s.StartThread) -> Report:
    answer = await stage.session.start_thread(resolve(step.params, stage.results))
    return _opened(stage, n, step.name, answer, step.expect, None)


async def _resume_thread(stage: Stage, n: str, step: s.ResumeThread) -> Report:
    answer = await stage.session.resume_thread(stage.thread_id(step.thread))
    _name(stage, step.name, answer)
    known = stage.thread_id(step.thread)
    report = _opened(stage, n, step.thread, answer, step.expect, step.turns)
    if stage.threads[step.thread] != known:
        return {"mismatch": f"thread {step.thread!r} is {known}, and the result is of {stage.threads[step.thread]}"}
    return report


async def _fork_thread(stage: Stage, n: str, step: s.ForkThread) -> Report:
    answer = await stage.session.fork_thread(stage.thread_id(step.source))
    return _opened(stage, n, step.name, answer, step.expect, step.turns)


def _opened(
    stage: Stage, n: str, name: str, answer: Answer, expect: tuple[s.AnyOutcome, ...], turns: tuple[str, ...] | None
) -> Report:
    report, outcome = stage.judge(n, answer, expect)
    if outcome is None or not answer.ok:
        return report
    thread = at(answer.result, "thread")
    thread_id = at(thread, "id")
    if not isinstance(thread_id, str):
        return {"mismatch": "the result names no thread"}
    stage.threads[name] = thread_id
    stage.results.setdefault(name, answer.result)
    stage.left.discard(thread_id)
    stage.use(name, n)
    report["thread"] = {"name": name, "id": thread_id}
    return report | _turns(thread, turns)


def _turns(thread: Any, want: tuple[str, ...] | None) -> Report:
    if want is None:
        return {}
    got = tuple(str(at(turn, "status")) for turn in rows_of(at(thread, "turns")))
    if got == want:
        return {}
    return {"mismatch": f"its turns are {', '.join(got) or 'none'}, expected {', '.join(want) or 'none'}"}


async def _read_thread(stage: Stage, n: str, step: s.ReadThread) -> Report:
    answer = await stage.session.read_thread(stage.thread_id(step.thread))
    _name(stage, step.name, answer)
    report, outcome = stage.judge(n, answer, step.expect)
    if outcome is None or not answer.ok:
        return report
    thread = at(answer.result, "thread")
    if at(thread, "id") != stage.thread_id(step.thread):
        return {"mismatch": f"the result is not of thread {step.thread!r}"}
    return report | _turns(thread, step.turns)


async def _list_threads(stage: Stage, n: str, step: s.ListThreads) -> Report:
    answer = await stage.session.request("thread/list", resolve(step.params, stage.results))
    _name(stage, step.name, answer)
    report, outcome = stage.judge(n, answer, ())
    if outcome is None:
        return report
    ids = [at(row, "id") for row in rows_of(at(answer.result, "data"))]
    missing = [name for name in step.has if stage.thread_id(name) not in ids]
    extra = [name for name in step.lacks if stage.threads.get(name) in ids]
    if missing or extra:
        words = [f"{name!r} is not in the list" for name in missing] + [f"{name!r} is in the list" for name in extra]
        return {"mismatch": ", ".join(words)}
    return report


def turn_key(n: str, step: s.StartTurn | s.RunTurn | s.AwaitTurn) -> str:
    """Under which a turn is kept: its name, or that of the step, for two nameless ones may run at once."""
    return step.name or f"#{n}"


async def _start_turn(stage: Stage, n: str, step: s.StartTurn | s.RunTurn) -> Report:
    name = step.name or f"{step.thread}'s turn {step.text[:20]!r}"
    played = PlayedTurn(name, step.thread, step.text)
    thread_id = stage.thread_id(step.thread)
    stage.server.expect(thread_id, step.text, step.script)
    answer, record = await stage.session.start_turn(thread_id, step.text, resolve(step.params, stage.results))
    report, outcome = stage.judge(n, answer, getattr(step, "expect", ()))
    stage.turns[turn_key(n, step)] = played
    if outcome is None or not answer.ok:
        return report
    if record is None:
        return {"mismatch": "the answer names no turn"}
    for other in stage.turns.values():
        if other.record is record:
            other.said = step.text  # a turn/start into a running turn is a steer: both names mean one turn now
    played.record = record
    if step.name:
        stage.results.setdefault(step.name, answer.result)
    stage.use(step.thread, n)
    return report


async def _begin_turn(stage: Stage, n: str, step: s.BeginTurn) -> Report:
    played = stage.turns[step.name] = PlayedTurn(step.name, step.thread, step.words)
    thread_id = stage.thread_id(step.thread)
    if step.text is not None:
        # A review asks the model on a thread of its own, which nobody is told of.
        stage.server.expect(None if step.method == "review/start" else thread_id, step.text, step.script)
    params = resolve(step.params, stage.results)
    answer, played.record = await stage.session.begin_turn(step.method, thread_id, params)
    report, outcome = stage.judge(n, answer, step.expect)
    if outcome is None or not answer.ok:
        return report
    if played.record is None:
        return {"mismatch": "neither the answer nor a turn/started names its turn"}
    stage.results[step.name] = {"turn": {"id": played.record.id}} | answer.result
    stage.use(step.thread, n)
    return report


async def _queue_turn(stage: Stage, n: str, step: s.QueueTurn) -> Report:
    played = stage.turns[step.name] = PlayedTurn(step.name, step.thread, step.text)
    thread_id = stage.thread_id(step.thread)
    stage.server.expect(thread_id, step.text, step.script)
    answer, played.queued = await stage.session.queue_turn(thread_id, step.text, step.name)
    _name(stage, step.name, answer)
    stage.use(step.thread, n)
    return stage.judge(n, answer, ())[0]


async def _run_turn(stage: Stage, n: str, step: s.RunTurn) -> Report:
    report = await _start_turn(stage, n, step)
    if "mismatch" in report:
        return report
    key = turn_key(n, step)
    report |= await _end_of(stage, key, {step.ends} if step.ends else None)
    if step.name is None:
        del stage.turns[key]  # nobody can refer to it, and a soak runs for millions of turns
    return report


async def _await_turn(stage: Stage, n: str, step: s.AwaitTurn) -> Report:
    return await _end_of(stage, step.name, {step.ends} if step.ends else None)


async def _end_of(stage: Stage, name: str, ends: set[str] | None) -> Report:
    played = stage.turns[name]
    record = await played.begun()
    if record is None:
        return {"mismatch": f"turn {name!r} was never accepted"}
    status = await stage.session.end_of(record)
    stage.session.forget(record)
    claim = {
        "name": played.name, "thread": played.thread, "id": record.id, "status": status, "prompt": played.prompt,
        "last_prompt": played.said, "texts": record.texts, "heard": record.heard,
    }  # fmt: skip
    allowed = ends or set(played.worlds) or stage.expected.turns[played.said].ends
    if status in played.worlds:
        step_number, branch = played.worlds[status]
        if branch != "1/1":
            stage.branches[step_number] = branch
    if status == "lost":
        return {"turn": claim, "mismatch": f"the server ended before turn {played.name!r} did"}
    if status not in allowed:
        want = " or ".join(sorted(allowed)) or "no end"
        facts = {"status": status, "error": record.error}
        return {"turn": claim, "mismatch": f"turn {played.name!r} is {status}, expected {want}", "facts": facts}
    return {"turn": claim}


async def _steer(stage: Stage, n: str, step: s.Steer) -> Report:
    played = stage.turns[step.turn]
    thread_id = stage.thread_id(played.thread)
    stage.server.expect(thread_id, step.text, step.script)
    record = await played.begun()
    if record is None:
        return {"mismatch": f"turn {step.turn!r} was never accepted"}
    answer = await stage.session.steer(record, thread_id, step.text)
    report, outcome = stage.judge(n, answer, step.expect)
    if outcome is not None and answer.ok:
        played.said = step.text
        if (named := at(answer.result, "turnId")) != record.id:
            return {"mismatch": f"the steer of turn {record.id} is answered with {named}"}
    return report | _narrow(played, stage.worlds(n, answer, step.expect))


async def _interrupt(stage: Stage, n: str, step: s.Interrupt) -> Report:
    played = stage.turns[step.turn]
    record = await played.begun()
    if record is None:
        return {"mismatch": f"turn {step.turn!r} was never accepted"}
    answer = await stage.session.interrupt(record, stage.thread_id(played.thread))
    report, outcome = stage.judge(n, answer, step.expect)
    if outcome is not None and answer.ok and not isinstance(outcome, s.Branch):
        played.worlds = {"interrupted": (n, "1/1")}
    return report | _narrow(played, stage.worlds(n, answer, step.expect))


def _narrow(played: PlayedTurn, worlds: dict[str, tuple[str, str]]) -> Report:
    """An alternative is a world: the answer that came says how the turn may still end."""
    if not worlds:
        return {}
    played.worlds = worlds
    return {"worlds": {played.name: sorted(worlds)}}


async def _await_ask(stage: Stage, n: str, step: s.AwaitAsk) -> Report:
    await stage.session.asks.reached(step.mark, step.k)
    return {}


async def _answer_ask(stage: Stage, n: str, step: s.AnswerAsk) -> Report:
    ask = stage.session.asks.last(step.mark)
    if ask is None:
        return {"mismatch": f"the server never asked about {step.mark!r}"}
    licence = stage.expected.calls[CALL_ID + step.mark]
    result = step.result[0] if step.result else None
    if step.decision is not None:
        result = result_of(licence.call, step.decision, ask)
    stage.session.reply(_ANSWER_IDS[step.under](ask.id), result=result, error=step.error)
    played = stage.turn_of(step.mark)
    if played is None or not (worlds := worlds_after(step, licence)):
        return {}
    return _narrow(played, {end: (n, branch) for end, branch in worlds.items()})


_ANSWER_IDS: Final[dict[str, Callable[[Any], Any]]] = {
    "its id": lambda ask_id: ask_id,
    "another id": lambda ask_id: f"not {ask_id}",
    "another type": str,
}


async def _request(stage: Stage, n: str, step: s.Request) -> Report:
    params = resolve(step.params, stage.results)
    request_id = tuple(resolve(list(step.id), stage.results))
    future = stage.session.request(step.method, params, id=request_id, bare=step.bare)
    report = await _answer(stage, n, step.method, future, step.expect, step.name)
    if "mismatch" in report:
        report["facts"] = {"method": step.method, "turn_id": str(at(params, "turnId"))}
    stage.ready = stage.ready or (step.method == "initialize" and future.done() and future.result().ok)
    if not (future.done() and not future.result().ok):
        _moved(stage, n, step.method, at(params, "threadId"))
    return report


def _moved(stage: Stage, n: str, method: str, thread_id: Any) -> None:
    """A request that was not refused may have put a thread away, or brought it back."""
    if method in LEAVES:
        stage.left.add(str(thread_id))
    elif method == "thread/resume":
        stage.left.discard(str(thread_id))
        for name, known in stage.threads.items():
            if known == thread_id:
                stage.use(name, n)


async def _send_bytes(stage: Stage, n: str, step: s.SendBytes) -> Report:
    future = stage.session.pending(step.answer_to[0]) if step.answer_to else None
    if step.piece is None:
        stage.wire.write(step.data)
    else:
        stage.wire.write_pieces(step.data, step.piece)
    if future is None:
        return {}
    return await _answer(stage, n, f"answer to {step.answer_to[0]!r}", future, step.expect, None)


async def _answer(
    stage: Stage, n: str, what: str, future: asyncio.Future[Answer], expect: tuple[s.AnyOutcome, ...], name: str | None
) -> Report:
    if any(isinstance(outcome, s.Unanswered) for outcome in expect):
        stage.silent.append((n, what, future))
        return {}
    if any(isinstance(outcome, s.Later) for outcome in expect):
        return {}
    answer = await future
    _name(stage, name, answer)
    return stage.judge(n, answer, expect)[0]


def _name(stage: Stage, name: str | None, answer: Answer) -> None:
    if name is not None:
        stage.results[name] = answer.result if answer.ok else answer.error


async def _wait_for(stage: Stage, n: str, step: s.WaitFor) -> Report:
    if step.turn is not None and await stage.turns[step.turn].begun() is None:
        return {"mismatch": f"turn {step.turn!r} was never accepted"}
    await find_watch(stage, step).reached(_watched(stage, step), step.k)
    return {}


def _watched(stage: Stage, step: s.WaitFor) -> str | None:
    """The id of the turn or thread whose notifications the step counts; None: those of all."""
    if step.turn is not None:
        record = stage.turns[step.turn].record
        return None if record is None else record.id
    return None if step.thread is None else stage.thread_id(step.thread)


def find_watch(stage: Stage, step: s.WaitFor) -> Watch:
    """The counter that was set up for this step when the play began."""
    return next(w for w in stage.session.watches[step.method] if w.where == step.where)


async def _kill_server(stage: Stage, n: str, step: s.KillServer) -> Report:
    stage.wire.signal(step.signal)
    await stage.wire.ended.wait()
    return _cut(stage)


async def _close_stdin(stage: Stage, n: str, step: s.CloseStdin) -> Report:
    stage.wire.close_input()
    await stage.wire.ended.wait()
    return _cut(stage)


def _cut(stage: Stage) -> Report:
    """With the server every open turn is over for the client too: a waiter left behind waits for ever (A03)."""
    for played in stage.turns.values():
        if played.record is not None and played.record.status is None:
            return {"mismatch": f"the server is gone, and turn {played.name!r} still runs for the client"}
    return {}


async def _await_exit(stage: Stage, n: str, step: s.AwaitExit) -> Report:
    await stage.wire.ended.wait()
    return _cut(stage)


async def _reconnect(stage: Stage, n: str, step: s.Reconnect) -> Report:
    stage.loaded.clear()
    return stage.judge(n, await stage.session.reconnect(), ())[0]


async def handshake(stage: Stage, n: str, step: s.Initialize) -> Report:
    """initialize and initialized."""
    answer = await stage.session.handshake()
    stage.ready = answer.ok
    return stage.judge(n, answer, ())[0]


async def _notify(stage: Stage, n: str, step: s.Notify) -> Report:
    stage.session.notify(step.method, resolve(step.params, stage.results))
    return {}


async def _release(stage: Stage, n: str, step: s.Release) -> Report:
    stage.server.release(step.gate)
    return {}


async def _wait(stage: Stage, n: str, step: s.Wait) -> Report:
    await asyncio.sleep(step.seconds)
    return {}


PERFORMERS: Final[dict[type, Callable[[Stage, str, Any], Awaitable[Report]]]] = {
    s.StartThread: _start_thread,
    s.RunTurn: _run_turn,
    s.StartTurn: _start_turn,
    s.BeginTurn: _begin_turn,
    s.QueueTurn: _queue_turn,
    s.AwaitTurn: _await_turn,
    s.WaitFor: _wait_for,
    s.Steer: _steer,
    s.Interrupt: _interrupt,
    s.AwaitAsk: _await_ask,
    s.AnswerAsk: _answer_ask,
    s.ReadThread: _read_thread,
    s.ResumeThread: _resume_thread,
    s.ForkThread: _fork_thread,
    s.ListThreads: _list_threads,
    s.Request: _request,
    s.Notify: _notify,
    s.SendBytes: _send_bytes,
    s.KillServer: _kill_server,
    s.CloseStdin: _close_stdin,
    s.AwaitExit: _await_exit,
    s.Reconnect: _reconnect,
    s.Initialize: handshake,
    s.Release: _release,
    s.Wait: _wait,
}
"""``together`` is the player's: its steps are steps of their own."""


def _which(step: s.WaitFor) -> str:
    """Of which turn or thread, and with which values, a notification is waited for."""
    of = f" of turn {step.turn!r}" if step.turn is not None else ""
    of = f" of thread {step.thread!r}" if step.thread is not None and not of else of
    return f"{of} with {shown(step.where, 60)}" if step.where else of


def hung(stage: Stage, n: str, step: s.AnyStep, seconds: float) -> str:
    """What did not happen, for a step whose budget ran out."""
    within = f"within {seconds:g} s"
    if isinstance(step, s.RunTurn | s.AwaitTurn):
        played = stage.turns.get(turn_key(n, step))
        if played is not None and played.queued is not None and not played.queued.done():
            return f"turn {played.name!r}, which waits in the queue of thread {played.thread!r}, did not begin {within}"
        if played is not None and played.record is not None:
            last = played.record.last
            return f"turn {played.name!r} of thread {played.thread!r} did not end {within}; last seen {last}"
        return f"turn/start was not answered {within}"
    if isinstance(step, s.BeginTurn):
        return f"{step.method} was not answered, or no turn of thread {step.thread!r} began, {within}"
    if isinstance(step, s.AwaitAsk):
        return f"the server did not ask about {step.mark!r} {within} ({stage.session.asks.count(step.mark)} asks seen)"
    if isinstance(step, s.WaitFor):
        seen = find_watch(stage, step).count(_watched(stage, step))
        return f"{step.method} number {step.k}{_which(step)} did not come {within} ({seen} seen)"
    if isinstance(step, s.KillServer | s.CloseStdin | s.AwaitExit):
        return f"the server did not end {within}"
    if isinstance(step, s.Request):
        return f"{step.method} was not answered {within}"
    if isinstance(step, s.SendBytes):
        return f"the request with id {step.answer_to[0]!r} was not answered {within}"
    if isinstance(step, s.Reconnect | s.Initialize):
        return f"initialize was not answered {within}"
    return f"{METHODS.get(type(step), type(step).__name__)} was not answered {within}"


__all__ = ["Report", "handshake", "hung", "perform"]
