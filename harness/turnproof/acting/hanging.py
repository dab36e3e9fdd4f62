"""What did not happen when the budget of a step ran out."""

from __future__ import annotations

from turnproof import steps as s
from turnproof.acting.turns import turn_key
from turnproof.acting.waiting import find_watch, watched
from turnproof.expect import METHODS
from turnproof.refusal import shown
from turnproof.stage import Stage


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
        seen = find_watch(stage, step).count(watched(stage, step))
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


def _which(step: s.WaitFor) -> str:
    """Of which turn or thread, and with which values, a notification is waited for."""
    of = f" of turn {step.turn!r}" if step.turn is not None else ""
    of = f" of thread {step.thread!r}" if step.thread is not None and not of else of
    return f"{of} with {shown(step.where, 60)}" if step.where else of
