"""A play whose steps are done from outside, one after the other, for as long as a measurement takes.

It is the player's own ``Play``, with all checks, the schema and the journal on: only the list of steps is replaced by
calls, so that no scenario of 50,000 steps has to exist.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from turnproof import steps as s
from turnproof.player import Options, Play, spec_of
from turnproof.playing import target_of
from turnproof.scenario import Scenario
from turnproof.summary import sum_up
from turnproof.transports import PlaySpec, ServerUnderTest

OpenServer = Callable[[PlaySpec], Awaitable[ServerUnderTest]]


class SteppedPlay:
    """``scenario`` licenses what the steps may do; ``open_server`` replaces the target's own way to open a server."""

    def __init__(self, target: str, scenario: Scenario, folder: Path, open_server: OpenServer | None = None) -> None:
        chosen = target_of(target)
        folder.mkdir(parents=True)
        options = Options(folder=folder, schema=chosen.schema, profile=chosen.profile, facts=dict(chosen.facts))
        self.loop = asyncio.new_event_loop()
        self.play = self.loop.run_until_complete(self._begin(open_server or chosen.open, scenario, options))
        self._n = 0

    async def _begin(self, open_server: OpenServer, scenario: Scenario, options: Options) -> Play:
        server = await open_server(spec_of(scenario, options, "bench"))
        play = Play(scenario, server, options)
        await play._budgeted("0", s.Initialize(), play._open)
        return play

    def do(self, *steps: s.AnyStep) -> int:
        """Do steps; gives how many events they left in the history. Raises when one is not as scripted."""
        seen = self.play.judge.seen
        self.loop.run_until_complete(self._do(steps))
        return self.play.judge.seen - seen

    async def _do(self, steps: tuple[s.AnyStep, ...]) -> None:
        for step in steps:
            self._n += 1
            await self.play._step(str(self._n), step)

    def drop_journal(self) -> None:
        """Give the disk back: what is written next goes to its own place in a file with a hole."""
        assert self.play.recorder.path is not None
        os.truncate(self.play.recorder.path, 0)

    def end(self) -> None:
        """End the server and judge: a measurement of a play that did not pass is worth nothing."""
        self.loop.run_until_complete(self._end())
        self.loop.close()

    async def _end(self) -> None:
        await self.play._end()
        self.play.judge.end()
        self.play.recorder.close()
        verdict = sum_up(self.play._evidence())
        if not verdict.passed:
            raise RuntimeError(f"the measured play did not pass: {verdict.outcome}: {verdict.reason}")
