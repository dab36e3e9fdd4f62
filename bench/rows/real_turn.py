"""What the harness adds to a thread and a turn on the real binary."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from bench.baselines.bare_client import BareClient
from bench.comparison import Comparison
from bench.hot_functions import hot_functions
from bench.rigs.provider_process import CHUNKS, PROMPT, provider_process
from bench.rigs.stepped_play import SteppedPlay
from bench.row import Effort, Found, Row
from bench.sample import Sample, clocked
from bench.scratch import scratch
from turnproof import Scenario, run_turn, say, start_thread
from turnproof.binaries import Binary, BinaryError, bundled
from turnproof.homes import ModelSettings, PlayHome
from turnproof.stdio_server import StdioServer, homes
from turnproof.transports import PlaySpec

ROW = Row(
    "real-turn",
    "CPU that the player, all checks and the journal add to a thread + turn on the real binary",
    "the bare loop's wall time for it",
    0.04,
    "(CPU of the player - CPU of the bare loop) / wall time of the bare loop, for thread/start and a turn of three "
    "deltas; each side has a server of its own, both ask one model provider in a third process. A/A is expected at 0.",
)
PROFILED = 30.0
"""Seconds: this side mostly waits, and only CPU time is sampled."""
STEPS = (start_thread("t"), run_turn("t", PROMPT, say(*CHUNKS)))
SCENARIO = Scenario("A thread and a turn, again and again.", *STEPS)


def added(base: Sample, ours: Sample) -> float:
    return (ours.cpu - base.cpu) / base.wall


def measure(effort: Effort) -> Found:
    """The row."""
    try:
        binary = bundled()
    except BinaryError as missing:
        return Found(ROW, skipped=str(missing))
    with ExitStack() as stack:
        url = stack.enter_context(provider_process())
        base, twin = (stack.enter_context(_Bare(binary, url)) for _ in range(2))
        played = SteppedPlay("codex", SCENARIO, stack.enter_context(scratch()) / "play", _opener(binary, url))
        stack.callback(played.end)

        def ours() -> int:
            played.do(*STEPS)
            return 1

        sides = Comparison(base.sample, twin.sample, lambda: clocked(ours), added)
        return sides.run(ROW, effort, lambda: hot_functions(ours, "thread + turn", PROFILED))


class _Bare:
    """The bare loop on a server and a home of its own."""

    def __init__(self, binary: Binary, url: str) -> None:
        self.home = _home(binary, url)
        self.client = BareClient([str(binary.path), "app-server"], self.home.environment(), self.home.cwd)

    def __enter__(self) -> _Bare:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.process.stdin.close()
        self.client.process.wait(10)
        self.home.finish()

    def sample(self) -> Sample:
        return clocked(self._unit)

    def _unit(self) -> int:
        self.client.turn(self.client.request("thread/start", {})["thread"]["id"], PROMPT)
        return 1


def _home(binary: Binary, url: str) -> PlayHome:
    return homes().create(ModelSettings(url), homes().template(binary.path, binary.digest))


def _opener(binary: Binary, url: str) -> Any:
    """Opens the server as the target does, but for the provider, which is somebody else's here."""

    async def open_server(spec: PlaySpec) -> StdioServer:
        server = StdioServer(spec, [str(binary.path), "app-server"], {}, provider=False, plan=False)
        server.home = _home(binary, url)
        return server

    return open_server
