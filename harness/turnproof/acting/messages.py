"""Steps that write to the server: requests, notifications, bytes."""

from __future__ import annotations

from typing import Any, Final

from turnproof import steps as s
from turnproof.acting.answers import Report, answered
from turnproof.matching import resolve
from turnproof.message import at
from turnproof.stage import Stage

LEAVES: Final = ("thread/archive", "thread/delete", "thread/unsubscribe")
"""Requests behind which no turn can be run, or heard, on a thread until it is resumed."""


async def request(stage: Stage, n: str, step: s.Request) -> Report:
    params = resolve(step.params, stage.results)
    request_id = tuple(resolve(list(step.id), stage.results))
    future = stage.session.request(step.method, params, id=request_id, bare=step.bare)
    report = await answered(stage, n, step.method, future, step.expect, step.name)
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


async def notify(stage: Stage, n: str, step: s.Notify) -> Report:
    stage.session.notify(step.method, resolve(step.params, stage.results))
    return {}


async def send_bytes(stage: Stage, n: str, step: s.SendBytes) -> Report:
    future = stage.session.pending(step.answer_to[0]) if step.answer_to else None
    if step.piece is None:
        stage.wire.write(step.data)
    else:
        stage.wire.write_pieces(step.data, step.piece)
    if future is None:
        return {}
    return await answered(stage, n, f"answer to {step.answer_to[0]!r}", future, step.expect, None)
