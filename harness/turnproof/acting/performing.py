"""How each step is done. A performer gives the report that goes into the history when the step has ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from turnproof import steps as s
from turnproof.acting import asks, messages, server_life, threads, turns, waiting
from turnproof.acting.answers import Report
from turnproof.matching import Unresolved
from turnproof.stage import Stage

PERFORMERS: Final[dict[type, Callable[[Stage, str, Any], Awaitable[Report]]]] = {
    s.StartThread: threads.start_thread,
    s.RunTurn: turns.run_turn,
    s.StartTurn: turns.start_turn,
    s.BeginTurn: turns.begin_turn,
    s.QueueTurn: turns.queue_turn,
    s.AwaitTurn: turns.await_turn,
    s.WaitFor: waiting.wait_for,
    s.Steer: turns.steer,
    s.Interrupt: turns.interrupt,
    s.AwaitAsk: asks.await_ask,
    s.AnswerAsk: asks.answer_ask,
    s.ReadThread: threads.read_thread,
    s.ResumeThread: threads.resume_thread,
    s.ForkThread: threads.fork_thread,
    s.ListThreads: threads.list_threads,
    s.Request: messages.request,
    s.Notify: messages.notify,
    s.SendBytes: messages.send_bytes,
    s.KillServer: server_life.kill_server,
    s.CloseStdin: server_life.close_stdin,
    s.AwaitExit: server_life.await_exit,
    s.Reconnect: server_life.reconnect,
    s.Initialize: server_life.handshake,
    s.Release: waiting.release,
    s.Wait: waiting.wait,
}
"""``together`` is the player's: its steps are steps of their own."""


async def perform(stage: Stage, n: str, step: s.AnyStep) -> Report:
    """Do a step; gives its report. A reference to what no answer held is a mismatch like any other."""
    try:
        return await PERFORMERS[type(step)](stage, n, step)
    except Unresolved as missing:
        return {"mismatch": str(missing)}
