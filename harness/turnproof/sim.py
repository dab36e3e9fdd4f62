"""Target ``sim``: the fake app-server in this process, on virtual time.

Bytes travel through queues with seeded delays in both directions, never by a call: interleavings come from the seed and
not from the scheduler.  A play takes about a millisecond, a wait of an hour too.
"""

from __future__ import annotations

import asyncio
import random
import signal as signals
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec

from turnproof.framing import LineFramer
from turnproof.message import encode
from turnproof.plan import plan_for
from turnproof.script import Script
from turnproof.transports import PlaySpec, SignalName, Sink
from turnproof.virtual_time import EPOCH
from turnproof_fakes.app_server.composition import new_engine
from turnproof_fakes.app_server.disk import Disk
from turnproof_fakes.app_server.intake import in_turn
from turnproof_fakes.app_server.outputs import Exit, Kill, Report, Send, SendRaw, Stderr
from turnproof_fakes.nemesis import FaultyEngine

LATENCY: Final = 0.006
"""Longest delay of the in-memory wire, seconds, against the 3 to 5 ms after turn/start in which no interrupt is taken: both
orders of that race come up within a few seeds."""
CWD: Final = "/home/sim/work"


class SimServer:
    """The server of one play; its disk outlives its processes."""

    def __init__(self, spec: PlaySpec) -> None:
        self.spec = spec
        self.facts: dict[str, Any] = {"server": "fake, simulated", "version": "0.163.0"}
        self.disk = Disk()
        self.engine: Any = None
        self.transport: SimTransport | None = None
        self.opened: set[str] = set()
        self.log: list[str] = []
        self._unfired = set(range(len(spec.faults)))

    async def spawn(self, gen: int, sink: Sink) -> SimTransport:
        plan = plan_for(self.spec, gen)
        engine = new_engine(plan, self.disk, home="/home/sim/.codex", cwd=CWD, epoch_ms=EPOCH * 1000)
        self.engine = FaultyEngine(engine, plan["faults"]) if plan["faults"] else engine
        self.transport = SimTransport(self, self.engine, sink, random.Random(f"{self.spec.seed}:wire:{gen}"))
        for gate in self.opened:
            self.transport.release(gate)
        return self.transport

    def expect(self, thread_id: str | None, prompt: str, script: Script) -> None:
        """The plan holds every script already."""

    def release(self, gate: str) -> None:
        self.opened.add(gate)
        if self.transport is not None:
            self.transport.release(gate)

    def fired(self, rule: int) -> None:
        self._unfired.discard(rule)

    def left_on_disk(self, name: str) -> bytes:
        return b"".join(content for path, content in self.disk.files.items() if path.endswith(f"/{name}"))

    def unfired(self) -> list[str]:
        return [encode(msgspec.to_builtins(self.spec.faults[rule])).decode() for rule in sorted(self._unfired)]

    def stderr(self) -> list[str]:
        return self.log[-32:]

    async def close(self, *, keep: bool) -> list[str]:
        if self.transport is not None:
            self.transport.dead = True
            self.transport = None
        return []


class _Lane:
    """One direction of the wire. A queue, because timers that are due at the same instant have no order."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fraction: Callable[[], float]) -> None:
        self._loop = loop
        self._fraction = fraction
        self._queue: deque[Callable[[], None]] = deque()
        self._arrival = 0.0

    def send(self, deliver: Callable[[], None]) -> None:
        self._arrival = max(self._arrival, self._loop.time() + self._fraction() * LATENCY)
        self._queue.append(deliver)
        self._loop.call_at(self._arrival, self._arrive)

    def _arrive(self) -> None:
        self._queue.popleft()()


class SimTransport:
    """One simulated server process."""

    def __init__(self, server: SimServer, engine: Any, sink: Sink, rng: random.Random) -> None:
        self.pid: int | None = None
        self.dead = False
        self._server = server
        self._engine = engine
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        self._framer = LineFramer()
        self._inbound = _Lane(self._loop, rng.random)
        self._outbound = _Lane(self._loop, rng.random)
        self._timer: asyncio.TimerHandle | None = None

    def write(self, data: bytes) -> None:
        self._send_in(self._received, data)

    def close_input(self) -> None:
        self._send_in(self._end_of_input)

    def signal(self, name: SignalName) -> None:
        if name == "TERM" and not self.dead:
            self._engine.end_of_input(self._loop.time())  # it leaves without a word, but its turns end in their history
        self._exit(Kill(getattr(signals, f"SIG{name}")).returncode)

    async def kill(self) -> None:
        self._exit(-9)

    def release(self, gate: str) -> None:
        self._send_in(lambda: self._do(self._engine.release(gate, self._loop.time())))

    # -- the wire: in order, each way, with a seeded delay

    def _send_in(self, do: Any, *args: Any) -> None:
        self._inbound.send(lambda: None if self.dead else do(*args))

    def _send_out(self, do: Any, *args: Any) -> None:
        self._outbound.send(lambda: do(*args))

    # -- the process

    def _received(self, data: bytes) -> None:
        for line, crowded in in_turn(list(self._framer.feed(data)), self._engine.places):
            if not self.dead:
                self._do(self._engine.receive_line(line, self._loop.time(), crowded=crowded))

    def _end_of_input(self) -> None:
        self._do(self._engine.end_of_input(self._loop.time()))

    def _tick(self) -> None:
        self._timer = None
        if not self.dead:
            self._do(self._engine.tick(self._loop.time()))

    def _do(self, outs: list[Any]) -> None:
        chunk: list[bytes] = []
        for out in outs:
            kind = out.__class__
            if kind is Send:
                chunk.append(encode(out.message) + b"\n")
            elif kind is SendRaw:
                chunk.append(out.data.encode() + b"\n")
            elif kind is Report:
                self._fact(out.event)
            elif kind is Stderr:
                self._server.log.append(out.text)
        if chunk:
            self._send_out(self._sink.on_output, b"".join(chunk))
        for out in outs:
            if out.__class__ is Exit:
                self._exit(out.code)
            elif out.__class__ is Kill:
                self._exit(out.returncode)
        self._rearm()

    def _fact(self, event: dict[str, Any]) -> None:
        if event.get("event") == "fault":
            self._server.fired(event["rule"])
        self._sink.on_fact(event)

    def _rearm(self) -> None:
        due = None if self.dead else self._engine.next_deadline()
        if self._timer is not None:
            if self._timer.when() == due:
                return
            self._timer.cancel()
        self._timer = None if due is None else self._loop.call_at(due, self._tick)

    def _exit(self, code: int) -> None:
        if self.dead:
            return
        self.dead = True
        if self._timer is not None:
            self._timer.cancel()
        # What was written before the end still arrives: a pipe keeps it.
        self._send_out(self._sink.on_end, code, False)
