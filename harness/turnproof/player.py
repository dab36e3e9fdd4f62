"""One play: a scenario on a server, from the first spawn to the verdict.

``play`` opens the server, makes the handshake, does the steps, uses everything a second time, ends the server, looks
for what outlived it, and judges.  Whatever goes wrong becomes an event of the history and so a violation; only our own
side's failures are raised (HarnessError), and they too become a verdict.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from turnproof import steps as s
from turnproof.acting import handshake, hung, perform
from turnproof.calls import ApplyPatch, RunCommand
from turnproof.checks import Context, Judge
from turnproof.composing import nonce, trace
from turnproof.expect import PROBE_SAYS, expected
from turnproof.outer_deadline import PlayStuck
from turnproof.recorder import Recorder
from turnproof.scenario import Scenario
from turnproof.script import Say
from turnproof.session import Session
from turnproof.stage import Stage
from turnproof.summary import Evidence, sum_up
from turnproof.transports import HarnessError, PlaySpec, ServerUnderTest, Transport
from turnproof.verdict import Verdict
from turnproof.virtual_time import is_virtual
from turnproof.wellformed import PROBE, kind_of
from turnproof.wire import Wire

STEP_BUDGET = 10.0
PLAY_BUDGET = 60.0
HURRY = 1.0
"""Seconds for each part of the ending once somebody wants us to go."""
T = TypeVar("T")
TORN = 7
"""Size of the pieces of a torn delivery: a prime, so that cuts wander through characters and lines."""


class Options(msgspec.Struct):
    """How a play is played. ``folder`` keeps history and stderr; ``session`` is the client, healthy by default."""

    folder: Path | None = None
    seed: int = 0
    time_factor: float = 1.0
    faults: tuple[Any, ...] = ()
    session: type[Session] = Session
    schema: Any = None
    profile: Any = None
    facts: dict[str, Any] = {}
    probes: bool = True
    own_server: bool = False
    until_violated: bool = False
    """End the play as soon as a MUST is not kept: what follows is not asked for."""


class _Stop(Exception):
    """A step was not as scripted: what follows would only repeat the same."""


class Play:
    """The state of one play; ``run`` once."""

    def __init__(self, scenario: Scenario, server: ServerUnderTest, options: Options) -> None:
        self.scenario = scenario
        self.server = server
        self.options = options
        self.expected = expected(scenario, options.profile)
        self.judge = Judge(Context(self.expected, options.schema, options.profile, options.own_server))
        loop = asyncio.get_running_loop()
        path = options.folder / "history.jsonl" if options.folder else None
        facts = {"title": scenario.title, "seed": options.seed, **options.facts, **server.facts}
        try:
            self.recorder = Recorder(path, facts, self.judge, loop.time, behind=is_virtual())
        except OSError as trouble:
            raise HarnessError(f"no history can be written: {trouble}") from trouble
        try:
            self._set_the_stage(scenario, server, options)
        except BaseException:
            self.recorder.close()
            raise
        self.problem = ""
        self._running: dict[str, str] = {}
        """The steps that have begun and not ended, by their numbers."""
        self._interrupt: BaseException | None = None
        self._enough = False
        if options.until_violated:
            self.recorder.flagged = self._flagged
        self._steps_task: asyncio.Task[None] | None = None
        loop.set_exception_handler(self._callback_failed)

    def _set_the_stage(self, scenario: Scenario, server: ServerUnderTest, options: Options) -> None:
        setup = scenario.setup
        self.wire = Wire(server, self.recorder, TORN if setup.delivery == "torn" else None)
        self.session = options.session(self.wire, experimental=setup.experimental, opt_out=setup.opt_out)
        self.wire.session = self.session
        budget = STEP_BUDGET * options.time_factor
        self.stage = Stage(scenario, self.expected, self.wire, self.session, server, budget)

    def _callback_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A callback of ours raised: without this the loop would log it, and the play would pass or hang."""
        trouble = context.get("exception")
        self.problem = self.problem or f"in our own code: {trouble!r} ({context.get('message')})"
        if self._steps_task is not None:
            self._steps_task.cancel()

    async def run(self) -> Verdict:
        """Play, end the server whatever happened, and judge."""
        try:
            try:
                await self._play()
            finally:
                await self._ended()
        finally:
            self._written()
            self.recorder.close()
            asyncio.get_running_loop().set_exception_handler(None)
            self.wire.let_go()
        if self._interrupt is not None:
            raise self._interrupt
        self._caught_up()
        self.judge.end()
        return sum_up(self._evidence())

    def _caught_up(self) -> None:
        try:
            self.recorder.catch_up()
        except Exception as trouble:
            self.problem = self.problem or f"in our own code: {trouble!r}"

    def _written(self) -> None:
        try:
            self.recorder.flush()
        except OSError as trouble:
            self.problem = self.problem or f"the history cannot be written: {trouble}"

    async def _play(self) -> None:
        budget = PLAY_BUDGET * self.options.time_factor
        try:
            async with asyncio.timeout(budget):
                self._steps_task = asyncio.ensure_future(self._steps())
                await self._steps_task
        except asyncio.CancelledError as cancelled:
            if not (self.problem or self._enough):
                self._interrupt = cancelled  # somebody else cancels the play, from the keyboard for one
            if self._steps_task is not None and self._steps_task.done() and not self._steps_task.cancelled():
                self._blame_steps(self._steps_task.exception())
        except TimeoutError:
            running = ", ".join(f"step {n} {kind}" for n, kind in self._running.items()) or "no step"
            text = f"the play's budget of {budget:g} s ran out in {running}"
            self._last_fact("step", {"step": "play", "n": "all", "phase": "end", "deadline": text})
        except (Exception, PlayStuck, BaseExceptionGroup) as trouble:
            self._blame_steps(trouble)

    def _flagged(self) -> None:
        """What is no known quirk ends the steps."""
        if not self._enough and self._steps_task is not None and sum_up(self._evidence()).first is not None:
            self._enough = True
            self._steps_task.cancel()

    def _evidence(self) -> Evidence:
        path = self.recorder.path
        return Evidence(
            violations=self.judge.violations(),
            judged=self.judge.judged(),
            profile=self.options.profile,
            trouble=[self.problem] if self.problem else self.wire.problems,
            endings=self.wire.endings,
            licensed=self.expected.endings,
            unfired=self.server.unfired(),
            provokes=self.scenario.provokes,
            branches=self.stage.branches,
            facts={
                "seed": self.options.seed,
                "pids": self.wire.pids,
                **self.options.facts,
                **self.server.facts,
                "history": str(path) if path else None,
                "events": self.judge.seen,
            },
        )

    def _blame_steps(self, trouble: BaseException | None) -> None:
        # Branches that run together fail as a group; a step that was not as scripted is in the history already.
        self._blame([leaf for leaf in _leaves(trouble) if not isinstance(leaf, _Stop)] if trouble else [])

    def _blame(self, ours: list[BaseException]) -> None:
        """What our own side raised: said in one line, and whole in the history."""
        told = [
            str(leaf) if isinstance(leaf, HarnessError | PlayStuck) else f"in our own code: {leaf!r}" for leaf in ours
        ]
        self.problem = self.problem or "; ".join(told)
        for leaf in ours:
            if not isinstance(leaf, HarnessError):
                self._last_fact("note", {"event": "raised", "traceback": "".join(traceback.format_exception(leaf))})

    async def _steps(self) -> None:
        await self._budgeted("0", s.Initialize(), self._open)
        for number, step in enumerate(self.scenario.steps, 1):
            await self._step(str(number), step)
        await self._second_use()
        for n, what, future in self.stage.silent:
            if future.done() and future.result().message is not None:
                self._report(n, "request", {"mismatch": f"{what}: {future.result().describe()}, expected no answer"})

    async def _open(self, stage: Stage, n: str, step: s.Initialize) -> dict[str, Any]:
        await self.wire.reopen()
        return await handshake(stage, n, step) if self.scenario.setup.handshake else {}

    async def _step(self, n: str, step: s.AnyStep) -> None:
        if not isinstance(step, s.Together):
            await self._budgeted(n, step, perform)
            return
        async with asyncio.TaskGroup() as group:
            for b, branch in enumerate(step.branches, 1):
                group.create_task(self._branch(f"{n}.{b}", branch))

    async def _branch(self, n: str, branch: tuple[s.AnyStep, ...]) -> None:
        for number, step in enumerate(branch, 1):
            await self._step(f"{n}.{number}", step)

    async def _budgeted(self, n: str, step: s.AnyStep, do: Any) -> None:
        """One step within its budget; its begin and its end are in the history."""
        kind = kind_of(step)
        self._fact("step", {"step": kind, "n": n, "phase": "begin"})
        self._running[n] = kind
        budget = self.stage.budget + (step.seconds if isinstance(step, s.Wait) else 0)
        try:
            async with asyncio.timeout(budget):
                report = await do(self.stage, n, step)
        except TimeoutError:
            report = {"deadline": hung(self.stage, n, step, budget)}
        del self._running[n]
        self._report(n, kind, report)

    def _report(self, n: str, kind: str, report: dict[str, Any]) -> None:
        self._fact("step", {"step": kind, "n": n, "phase": "end", **report})
        if "mismatch" in report or "deadline" in report:
            raise _Stop

    async def _second_use(self) -> None:
        """Most hangs show only the second time: a turn on the thread that was used last, and one on a new thread."""
        if not (self.expected.probes and self.options.probes):
            return
        if not self.stage.ready:
            await self._budgeted("probe", s.Initialize(), handshake)
        says = (Say((PROBE_SAYS,)),)
        if (last := self.stage.used_last()) is not None:
            await self._step("probe 1", s.RunTurn(last, f"{PROBE} 1", says))
        await self._step("probe thread", s.StartThread(PROBE))
        await self._step("probe 2", s.RunTurn(PROBE, f"{PROBE} 2", says))

    async def _ended(self) -> None:
        """The ending, to its end: it is a task of its own, which whoever cancels the play can only hurry."""
        ending = asyncio.ensure_future(self._end())
        while not ending.done():
            try:
                await asyncio.wait([ending])
            except asyncio.CancelledError as cancelled:
                self._interrupt = self._interrupt or cancelled
                ending.cancel()

    async def _end(self) -> None:
        """Every part of the ending is done, whatever becomes of the parts before it."""
        await self._part(self._server_ends())
        await self._part(self._server_is_killed())
        self._look_at_the_effects()
        outlived = await self._part(self._server_is_closed())
        if outlived:
            self._last_fact("process", {"event": "survivors", "processes": outlived})

    async def _part(self, doing: Coroutine[Any, Any, T]) -> T | None:
        try:
            async with asyncio.timeout(HURRY if self._interrupt else None):
                return await doing
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit) as interrupt:
            self._interrupt = self._interrupt or interrupt
        except TimeoutError as trouble:
            if not self._interrupt:
                self._blame([trouble])
        except (Exception, PlayStuck) as trouble:
            self._blame([trouble])
        return None

    def _living(self) -> Transport | None:
        return None if self.wire.ended.is_set() else self.wire.transport

    async def _server_ends(self) -> None:
        """End the server as a good client does, by end of input."""
        if self._living() is None:
            return
        grace = self.stage.budget
        try:
            async with asyncio.timeout(grace):
                self.wire.close_input()
                await self.wire.ended.wait()
        except TimeoutError:
            text = f"the server did not end within {grace:g} s of the end of its input"
            self._fact("step", {"step": "close", "n": "end", "phase": "end", "deadline": text})

    async def _server_is_killed(self) -> None:
        """By force, when it does not go."""
        if (living := self._living()) is None:
            return
        self.wire.asked = "force"
        if self._interrupt is not None:
            living.signal("KILL")
            await self.wire.ended.wait()
        else:
            await living.kill()

    def _look_at_the_effects(self) -> None:
        """What the calls of the scenario left on disk, now that nobody writes any more."""
        ran: dict[str, int] = {}
        for licence in self.expected.calls.values():
            if isinstance(call := licence.call, RunCommand | ApplyPatch) and not call.again_of:
                line = nonce(call.mark, self.options.seed).encode()
                ran[call.mark] = self.server.left_on_disk(trace(call)).splitlines().count(line)
        if ran:
            self._last_fact("note", {"event": "effects", "ran": ran})

    async def _server_is_closed(self) -> list[str]:
        self._caught_up()
        return await self.server.close(keep=bool(self.problem or self.judge.violations()))

    def _last_fact(self, kind: Any, data: dict[str, Any]) -> None:
        """A fact that is worth less than what comes after it: a history that cannot be written stops nothing."""
        try:
            self._fact(kind, data)
        except Exception as trouble:
            self.problem = self.problem or f"in our own code: {trouble!r}"

    def _fact(self, kind: Any, data: dict[str, Any]) -> None:
        self.recorder.fact(kind, self.wire.gen, data)


async def play(scenario: Scenario, server: ServerUnderTest, options: Options) -> Verdict:
    """Play a scenario on a server that a target has opened, and close it; never raises for what the server does."""
    try:
        opened = Play(scenario, server, options)
    except BaseException:
        await server.close(keep=False)
        raise
    return await opened.run()


def spec_of(scenario: Scenario, options: Options, play_id: str) -> PlaySpec:
    """What a target needs to open its server for this play."""
    folder = str(options.folder) if options.folder else None
    return PlaySpec(scenario, options.seed, options.faults, folder, play_id, options.time_factor)


def _leaves(group: BaseException) -> list[BaseException]:
    if isinstance(group, BaseExceptionGroup):
        inner = cast("BaseExceptionGroup[BaseException]", group)
        return [leaf for e in inner.exceptions for leaf in _leaves(e)]
    return [group]
