"""Steps that end the server, and come back to a new one."""

from __future__ import annotations

from turnproof import steps as s
from turnproof.acting.answers import Report
from turnproof.stage import Stage


async def kill_server(stage: Stage, n: str, step: s.KillServer) -> Report:
    stage.wire.signal(step.signal)
    await stage.wire.ended.wait()
    return _cut(stage)


async def close_stdin(stage: Stage, n: str, step: s.CloseStdin) -> Report:
    stage.wire.close_input()
    await stage.wire.ended.wait()
    return _cut(stage)


def _cut(stage: Stage) -> Report:
    """With the server every open turn is over for the client too: a waiter left behind waits for ever (A03)."""
    for played in stage.turns.values():
        if played.record is not None and played.record.status is None:
            return {"mismatch": f"the server is gone, and turn {played.name!r} still runs for the client"}
    return {}


async def await_exit(stage: Stage, n: str, step: s.AwaitExit) -> Report:
    await stage.wire.ended.wait()
    return _cut(stage)


async def reconnect(stage: Stage, n: str, step: s.Reconnect) -> Report:
    stage.loaded.clear()
    return stage.judge(n, await stage.session.reconnect(), ())[0]


async def handshake(stage: Stage, n: str, step: s.Initialize) -> Report:
    """initialize and initialized."""
    answer = await stage.session.handshake()
    stage.ready = answer.ok
    return stage.judge(n, answer, ())[0]
