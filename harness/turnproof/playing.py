"""The synchronous way in: play a scenario on a target and get its verdict.

What pytest items, fixtures, the command line and campaigns call.  Every play has an event loop of its own, a folder of
its own, and a watchdog outside of the loop.
"""

from __future__ import annotations

import asyncio
import os
import traceback
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from turnproof.outer_deadline import GRACE, OuterDeadline, PlayStuck, outer_deadline
from turnproof.player import PLAY_BUDGET, STEP_BUDGET, Options, play, spec_of
from turnproof.scenario import Scenario
from turnproof.session import Session
from turnproof.targets import Target, TargetError, make, parse
from turnproof.transports import HarnessError, SkipPlay
from turnproof.verdict import Verdict
from turnproof.virtual_time import run_virtual


class Settings(msgspec.Struct, frozen=True):
    """How plays are played, for a whole run. ``time_factor`` multiplies every budget."""

    seed: int = 0
    time_factor: float = 1.0
    require_real: bool = False
    probes: bool = True
    until_violated: bool = False


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
    """Play a scenario; raises SkipPlay when the target is not here, TargetError when there is no such target.

    ``folder`` is for what the play writes; one in which nothing was written is gone after a skip.
    """
    chosen = target_of(target)
    if (why := chosen.missing()) is not None:
        if settings.require_real:
            return Verdict("harness error", "unjudged", "as scripted", reason=f"{why} (--require-real)")
        _remove_empty(folder)
        raise SkipPlay(why)
    facts: dict[str, Any] = {"play": play_id}
    try:
        facts = {**chosen.facts, **facts}
        if folder is not None:
            _make(folder)
        options = Options(
            folder=folder,
            seed=settings.seed,
            time_factor=settings.time_factor,
            faults=faults,
            session=session,
            schema=chosen.schema,
            profile=chosen.profile,
            facts=facts,
            probes=settings.probes,
            until_violated=settings.until_violated,
            own_server=chosen.own_server,
        )
        return _run(chosen, scenario, options, play_id)
    except (SkipPlay, TargetError):
        _remove_empty(folder)
        raise
    except HarnessError as trouble:
        return _ours(str(trouble), facts)
    except Exception as trouble:
        traceback.print_exception(trouble)
        return _ours(f"in our own code: {trouble!r}", facts)


def _make(folder: Path) -> None:
    try:
        os.mkdir(folder)  # nearly always enough, and a third of the cost of Path.mkdir with its parents
    except FileExistsError:
        pass
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)


def _remove_empty(folder: Path | None) -> None:
    if folder is not None:
        with suppress(OSError):
            folder.rmdir()


def _ours(reason: str, facts: dict[str, Any]) -> Verdict:
    return Verdict("harness error", "unjudged", "as scripted", reason=reason, facts=dict(facts))


def _run(target: Target, scenario: Scenario, options: Options, play_id: str) -> Verdict:
    """The play in an event loop of its own, and the deadline around that."""
    # A play may end its server by force when the time is up: a step's budget for that and one for the search after it.
    seconds = (PLAY_BUDGET + 2 * STEP_BUDGET) * options.time_factor
    with outer_deadline(seconds + GRACE * max(1.0, options.time_factor)) as deadline:
        try:
            coroutine = _play(target, scenario, options, play_id, deadline)
            if target.loop_factory is not None:
                return run_virtual(coroutine)
            with asyncio.Runner() as runner:
                return runner.run(coroutine)
        except (PlayStuck, asyncio.CancelledError):
            if not deadline.struck:
                raise
            return _ours(str(PlayStuck()), options.facts)


async def _play(target: Target, scenario: Scenario, options: Options, play_id: str, deadline: OuterDeadline) -> Verdict:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    deadline.wake = lambda: loop.call_soon_threadsafe(task.cancel)
    server = await target.open(spec_of(scenario, options, play_id))
    return await play(scenario, server, options)


__all__ = ["PLAY_BUDGET", "Settings", "play_case", "target_of"]
