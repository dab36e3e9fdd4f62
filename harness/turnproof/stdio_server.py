"""A server under test that is a child process on stdio, in a private home.

What a play needs around the process stands here once for all kinds: the home, the model provider for what asks a model,
plan and control channel for a fake, the supervisor, and the search for survivors.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal as signals
from contextlib import AsyncExitStack, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from turnproof.cache import CacheError
from turnproof.composing import for_the_model
from turnproof.control import ControlChannel
from turnproof.homes import Homes, ModelSettings, PlayHome
from turnproof.message import encode
from turnproof.plan import plan_for
from turnproof.processes import Child, SpawnError, StopError
from turnproof.script import Script
from turnproof.supervisor import kill_strays, own_supervisor, strays
from turnproof.transports import HarnessError, PlaySpec, SignalName, Sink
from turnproof_fakes.model_provider import ModelProvider

FORCE = 2.0
"""Seconds that each degree of force has to take effect."""

LINGER: Final = 5.0
"""Seconds that what the server started may outlive it. At start 0.163.0 runs login shells to take a snapshot of the
user's environment; a server that ends sooner than they leaves them to end by themselves."""
LOOK: Final = 0.02
"""Seconds between two looks: nothing tells us of the end of a process that is not our child."""


@cache
def homes() -> Homes:
    """The private homes under the cache folder; stale ones of dead owners are collected once."""
    made = Homes()
    made.collect()
    return made


class StdioServer:
    """The server of one play; its home outlives its processes."""

    def __init__(
        self,
        spec: PlaySpec,
        command: list[str],
        facts: dict[str, Any],
        *,
        provider: bool,
        plan: bool,
        template: Path | None = None,
    ) -> None:
        self.spec = spec
        self.command = command
        self.facts = facts
        self.nonce = secrets.token_hex(8)
        self.child: Child | None = None
        self.sink: Sink | None = None
        self.home: PlayHome | None = None
        self.provider = ModelProvider(self._report) if provider else None
        self.control: ControlChannel | None = None
        self._plan = plan
        self._template = template
        self._unfired = set(range(len(spec.faults)))
        self._patience = max(1.0, spec.time_factor)
        self._keep = True
        self._left: list[str] = []
        self._ends = AsyncExitStack()
        """What ends what was opened, the last first; one that fails does not keep the others from it."""

    async def open(self) -> None:
        """Make the home and what stands around the server; all of it, or HarnessError and nothing."""
        try:
            await self._open()
        except BaseException:
            self._keep = False
            await self._ends.aclose()
            raise

    async def _open(self) -> None:
        setup = self.spec.scenario.setup
        url = "http://127.0.0.1:9/v1"
        if self.provider is not None:
            self._ends.push_async_callback(self.provider.close)
            try:
                await self.provider.start()
            except OSError as trouble:
                raise HarnessError(f"no model provider: {trouble}") from trouble
            url = self.provider.url
        model = ModelSettings(url, setup.request_retries, setup.stream_retries)
        try:
            self.home = homes().create(model, self._template, setup.tools)
        except (CacheError, OSError) as trouble:
            raise HarnessError(f"no private home: {trouble}") from trouble
        self._ends.callback(self._leave_home, self.home)
        if self._plan:
            self.control = ControlChannel(self.home.root / "s", self._report)
            self._ends.callback(self.control.close)
            try:
                await self.control.start()
            except OSError as trouble:
                raise HarnessError(f"no control channel: {trouble}") from trouble
        self._ends.push_async_callback(self._kill_the_rest)

    async def spawn(self, gen: int, sink: Sink) -> StdioTransport:
        assert self.home is not None
        self.sink = sink
        extra: dict[str, str] = {}
        if self._plan:
            plan = self.home.root / f"plan{gen}.json"
            plan.write_bytes(encode(plan_for(self.spec, gen, str(self.home.root / "s"))))
            extra["TURNPROOF_PLAN"] = str(plan)
        folder = Path(self.spec.folder) if self.spec.folder else None
        try:
            self.child = Child.spawn(
                self.command,
                environment=self.home.environment(extra),
                cwd=self.home.cwd,
                supervisor=own_supervisor(),
                play=self.nonce,
                on_stdout=sink.on_output,
                on_exit=lambda ended: sink.on_end(ended.returncode, ended.pipe_held),
                stderr_path=folder / f"stderr{'' if gen == 1 else gen}.txt" if folder else None,
            )
        except SpawnError as trouble:
            raise HarnessError(str(trouble)) from trouble
        return StdioTransport(self.child, FORCE * self._patience)

    def expect(self, thread_id: str | None, prompt: str, script: Script) -> None:
        if self.provider is None:
            return
        acts = for_the_model(script, self.spec.seed)
        if thread_id is None:
            self.provider.expect_anywhere(prompt, acts)
        else:
            self.provider.expect(thread_id, prompt, acts)

    def release(self, gate: str) -> None:
        if self.provider is not None:
            self.provider.release(gate)
        if self.control is not None:
            self.control.release(gate)

    def left_on_disk(self, name: str) -> bytes:
        assert self.home is not None
        folders = (Path(folder) for folder, _, files in os.walk(self.home.root) if name in files)
        return b"".join(_content(folder / name) for folder in folders)

    def unfired(self) -> list[str]:
        return [encode(msgspec.to_builtins(self.spec.faults[rule])).decode() for rule in sorted(self._unfired)]

    def stderr(self) -> list[str]:
        lines = self.child.stderr_lines() if self.child is not None else []
        return [line.decode(errors="replace") for line in lines]

    async def close(self, *, keep: bool) -> list[str]:
        """Everything that belongs to the play ends here; what had not ended by itself is named."""
        self._keep = keep
        self._left = []
        async with self._ends:
            if self.child is not None and self.child.running:
                try:
                    await self.child.stop(FORCE * self._patience)
                except StopError as trouble:
                    self._left.append(str(trouble))
            if self.control is not None:
                await self.control.settled(self._patience)
            await self._lingerers_gone()
        return self._left

    async def _lingerers_gone(self) -> None:
        """Give what is on its way out its time; most plays have nothing left and pay one look."""
        table = own_supervisor().table
        for _ in range(int(LINGER * self._patience / LOOK)):
            if not strays(self.nonce, table=table):
                return
            await asyncio.sleep(LOOK)

    async def _kill_the_rest(self) -> None:
        """Our child too, when the waits for it were cancelled; its last events need a round or two of the loop."""
        if self.child is not None and self.child.running:
            self.child.kill_tree()
            with suppress(asyncio.CancelledError):
                await self.child.exited(FORCE)
        left = kill_strays(self.nonce, table=own_supervisor().table)
        self._left += [f"pid {process.pid}: {' '.join(process.cmdline)[:120]}" for process in left]

    def _leave_home(self, home: PlayHome) -> None:
        home.finish(keep=self._keep)
        if self._keep:
            self.facts["home"] = str(home.root)

    def _report(self, fact: dict[str, Any]) -> None:
        if fact.get("event") == "fault":
            self._unfired.discard(fact["rule"])
        if self.sink is not None:
            self.sink.on_fact(fact)


class StdioTransport:
    """One server process."""

    def __init__(self, child: Child, force: float = FORCE) -> None:
        self._child = child
        self._force = force
        self.pid: int | None = child.pid

    def write(self, data: bytes) -> None:
        self._child.write(data)

    def close_input(self) -> None:
        self._child.close_stdin()

    def signal(self, name: SignalName) -> None:
        self._child.signal(getattr(signals, f"SIG{name}"))

    async def kill(self) -> None:
        try:
            await self._child.stop(self._force)
        except StopError as trouble:
            raise HarnessError(str(trouble)) from trouble


def _content(file: Path) -> bytes:
    """Of a file that cannot be read there is nothing."""
    try:
        return file.read_bytes()
    except OSError:
        return b""
