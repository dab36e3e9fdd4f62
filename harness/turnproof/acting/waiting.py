"""Steps that wait: for a notification, for a gate, for time to pass."""

from __future__ import annotations

import asyncio

from turnproof import steps as s
from turnproof.acting.answers import Report
from turnproof.session import Watch
from turnproof.stage import Stage


async def wait_for(stage: Stage, n: str, step: s.WaitFor) -> Report:
    if step.turn is not None and await stage.turns[step.turn].begun() is None:
        return {"mismatch": f"turn {step.turn!r} was never accepted"}
    await find_watch(stage, step).reached(watched(stage, step), step.k)
    return {}


def watched(stage: Stage, step: s.WaitFor) -> str | None:
    """The id of the turn or thread whose notifications the step counts; None: those of all."""
    if step.turn is not None:
        record = stage.turns[step.turn].record
        return None if record is None else record.id
    return None if step.thread is None else stage.thread_id(step.thread)


def find_watch(stage: Stage, step: s.WaitFor) -> Watch:
    """The counter that was set up for this step when the play began."""
    return next(w for w in stage.session.watches[step.method] if w.where == step.where)


async def release(stage: Stage, n: str, step: s.Release) -> Report:
    stage.server.release(step.gate)
    return {}


async def wait(stage: Stage, n: str, step: s.Wait) -> Report:
    await asyncio.sleep(step.seconds)
    return {}
