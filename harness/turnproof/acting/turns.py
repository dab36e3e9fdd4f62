"""Steps that begin, steer, interrupt and await turns."""

from __future__ import annotations

from turnproof import steps as s
from turnproof.acting.answers import Report, keep
from turnproof.matching import resolve
from turnproof.message import at
from turnproof.stage import PlayedTurn, Stage


def turn_key(n: str, step: s.StartTurn | s.RunTurn | s.AwaitTurn) -> str:
    """Under which a turn is kept: its name, or that of the step, for two nameless ones may run at once."""
    return step.name or f"#{n}"


async def start_turn(stage: Stage, n: str, step: s.StartTurn | s.RunTurn) -> Report:
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


async def begin_turn(stage: Stage, n: str, step: s.BeginTurn) -> Report:
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


async def queue_turn(stage: Stage, n: str, step: s.QueueTurn) -> Report:
    played = stage.turns[step.name] = PlayedTurn(step.name, step.thread, step.text)
    thread_id = stage.thread_id(step.thread)
    stage.server.expect(thread_id, step.text, step.script)
    answer, played.queued = await stage.session.queue_turn(thread_id, step.text, step.name)
    keep(stage, step.name, answer)
    stage.use(step.thread, n)
    return stage.judge(n, answer, ())[0]


async def run_turn(stage: Stage, n: str, step: s.RunTurn) -> Report:
    report = await start_turn(stage, n, step)
    if "mismatch" in report:
        return report
    key = turn_key(n, step)
    report |= await _end_of(stage, key, {step.ends} if step.ends else None)
    if step.name is None:
        del stage.turns[key]  # nobody can refer to it, and a soak runs for millions of turns
    return report


async def await_turn(stage: Stage, n: str, step: s.AwaitTurn) -> Report:
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


async def steer(stage: Stage, n: str, step: s.Steer) -> Report:
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
    return report | narrow(played, stage.worlds(n, answer, step.expect))


async def interrupt(stage: Stage, n: str, step: s.Interrupt) -> Report:
    played = stage.turns[step.turn]
    record = await played.begun()
    if record is None:
        return {"mismatch": f"turn {step.turn!r} was never accepted"}
    answer = await stage.session.interrupt(record, stage.thread_id(played.thread))
    report, outcome = stage.judge(n, answer, step.expect)
    if outcome is not None and answer.ok and not isinstance(outcome, s.Branch):
        played.worlds = {"interrupted": (n, "1/1")}
    return report | narrow(played, stage.worlds(n, answer, step.expect))


def narrow(played: PlayedTurn, worlds: dict[str, tuple[str, str]]) -> Report:
    """An alternative is a world: the answer that came says how the turn may still end."""
    if not worlds:
        return {}
    played.worlds = worlds
    return {"worlds": {played.name: sorted(worlds)}}
