"""Steps that open, read and list threads."""

from __future__ import annotations

from typing import Any

from turnproof import steps as s
from turnproof.acting.answers import Report, keep
from turnproof.matching import resolve
from turnproof.message import at, rows_of
from turnproof.session import Answer
from turnproof.stage import Stage


async def start_thread(stage: Stage, n: str, step: s.StartThread) -> Report:
    answer = await stage.session.start_thread(resolve(step.params, stage.results))
    return _opened(stage, n, step.name, answer, step.expect, None)


async def resume_thread(stage: Stage, n: str, step: s.ResumeThread) -> Report:
    answer = await stage.session.resume_thread(stage.thread_id(step.thread))
    keep(stage, step.name, answer)
    known = stage.thread_id(step.thread)
    report = _opened(stage, n, step.thread, answer, step.expect, step.turns)
    if stage.threads[step.thread] != known:
        return {"mismatch": f"thread {step.thread!r} is {known}, and the result is of {stage.threads[step.thread]}"}
    return report


async def fork_thread(stage: Stage, n: str, step: s.ForkThread) -> Report:
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


async def read_thread(stage: Stage, n: str, step: s.ReadThread) -> Report:
    answer = await stage.session.read_thread(stage.thread_id(step.thread))
    keep(stage, step.name, answer)
    report, outcome = stage.judge(n, answer, step.expect)
    if outcome is None or not answer.ok:
        return report
    thread = at(answer.result, "thread")
    if at(thread, "id") != stage.thread_id(step.thread):
        return {"mismatch": f"the result is not of thread {step.thread!r}"}
    return report | _turns(thread, step.turns)


async def list_threads(stage: Stage, n: str, step: s.ListThreads) -> Report:
    answer = await stage.session.request("thread/list", resolve(step.params, stage.results))
    keep(stage, step.name, answer)
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
