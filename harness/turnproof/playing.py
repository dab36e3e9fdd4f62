"""The synchronous way in: play a scenario on a target and get its verdict.

What pytest items, fixtures, the command line and campaigns call.  Every play has an event loop of its own, a folder of
its own, and a watchdog outside of the loop.
"""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from turnproof.outer_deadline import PlayStuck, outer_deadline
from turnproof.player import PLAY_BUDGET, Options, play, spec_of
from turnproof.scenario import Scenario
from turnproof.session import Session
from turnproof.targets import Target, make, parse
from turnproof.transports import HarnessError, SkipPlay
from turnproof.verdict import Verdict
from turnproof.virtual_time import run_virtual


class Settings(msgspec.Struct, frozen=True):
    """How plays are played, for a whole run. ``time_factor`` multiplies every budget."""

    seed: int = 0
    time_factor: float = 1.0
    require_real: bool = False
    probes: bool = True


@cache
def target_of(text: str) -> Target:
    """The target of a spec; made once a process."""
    return make(parse(text))


def play_case(
    target: str,
    scenario: Scenario,
    folder: Path | None,
    settings: Settings = Settings(),
    *,
    play_id: str = "play",
    faults: tuple[Any, ...] = (),
    session: type[Session] = Session,
) -> Verdict:
    """Play a scenario; raises SkipPlay when the target is not here, TargetError when there is no such target."""
    chosen = target_of(target)
    if (why := chosen.missing()) is not None:
        if settings.require_real:
            return Verdict("harness error", "unjudged", "as scripted", reason=f"{why} (--require-real)")
        raise SkipPlay(why)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    options = Options(
        folder=folder,
        seed=settings.seed,
        time_factor=settings.time_factor,
        faults=faults,
        session=session,
        schema=chosen.schema,
        profile=chosen.profile,
        facts={**chosen.facts, "play": play_id},
        probes=settings.probes,
        own_server=chosen.own_server,
    )
    coroutine = _play(chosen, scenario, options, play_id)
    try:
        with outer_deadline(PLAY_BUDGET * settings.time_factor):
            if chosen.loop_factory is not None:
                return run_virtual(coroutine)
            with asyncio.Runner() as runner:
                return runner.run(coroutine)
    except PlayStuck:
        reason = "the play was stuck beyond its budget in our own code; the traceback is on stderr"
        return Verdict("harness error", "unjudged", "as scripted", reason=reason, facts=dict(options.facts))


async def _play(target: Target, scenario: Scenario, options: Options, play_id: str) -> Verdict:
    try:
        server = await target.open(spec_of(scenario, options, play_id))
    except HarnessError as trouble:
        return Verdict("harness error", "unjudged", "as scripted", reason=str(trouble), facts=dict(options.facts))
    return await play(scenario, server, options)


__all__ = ["PLAY_BUDGET", "Settings", "play_case", "target_of"]
