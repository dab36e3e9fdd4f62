"""Steps that wait for what the server asks, and answer it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from turnproof import steps as s
from turnproof.acting.answers import Report
from turnproof.acting.turns import narrow
from turnproof.call_licences import worlds_after
from turnproof.calls import CALL_ID
from turnproof.decisions import result_of
from turnproof.stage import Stage

_ANSWER_IDS: Final[dict[str, Callable[[Any], Any]]] = {
    "its id": lambda ask_id: ask_id,
    "another id": lambda ask_id: f"not {ask_id}",
    "another type": str,
}


async def await_ask(stage: Stage, n: str, step: s.AwaitAsk) -> Report:
    await stage.session.asks.reached(step.mark, step.k)
    return {}


async def answer_ask(stage: Stage, n: str, step: s.AnswerAsk) -> Report:
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
    return narrow(played, {end: (n, branch) for end, branch in worlds.items()})
