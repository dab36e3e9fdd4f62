"""What a play leaves behind when our own side fails, is interrupted, or is stuck: a verdict, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import turnproof_fakes.app_server
from turnproof import outer_deadline, player, playing, recorder, stdio_server
from turnproof.control import ControlChannel
from turnproof.player import Options, play, spec_of
from turnproof.playing import Settings, play_case, target_of
from turnproof.processes import Child
from turnproof.pytest_items.run import PytestRun
from turnproof.recorder import Recorder
from turnproof.scenario import Scenario
from turnproof.session import Session
from turnproof.stdio_server import StdioTransport, homes
from turnproof.supervisor import own_supervisor, strays
from turnproof.transports import HarnessError
from turnproof.wire import Wire
from turnproof.writing import run_turn, start_thread, together, wait
from turnproof_fakes.model_provider import ModelProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnproof.message import Message

ONE = Scenario("One turn.", start_thread("t"), run_turn("t", "hi", says="hello"))
FAKE = Path(turnproof_fakes.app_server.__file__).with_name("__main__.py")
STUBBORN = "command:" + shlex.join(
    [sys.executable, "-I", "-S", str(Path(__file__).with_name("servers") / "ignores_the_end.py"), str(FAKE)]
)


def mine() -> set[Path]:
    """The homes of this process that are not kept: those of plays that run, or were forgotten."""
    found: set[Path] = set()
    for note in (homes().cache / "h").glob("*.owner"):
        with contextlib.suppress(OSError):  # another process may end its play just now
            owner = json.loads(note.read_text())
            if owner["pid"] == os.getpid() and not owner["kept"]:
                found.add(note)
    return found


def children() -> set[int]:
    return {process.pid for process in strays(own_supervisor().nonce)}


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """No home, no descriptor, no process."""
    assert play_case("fake", ONE, None).passed  # what is made once a process is there
    before = (mine(), len(os.listdir("/dev/fd")))
    yield
    assert (mine(), len(os.listdir("/dev/fd"))) == before
    assert children() == set()


def harness_error(verdict: Any) -> str:
    assert (verdict.outcome, verdict.answer) == ("harness error", "unjudged")
    assert "\n" not in verdict.reason
    return verdict.reason


# -- errors of ours


@pytest.mark.parametrize("target", ["sim", "fake"])
def test_a_history_that_cannot_be_written(target: str, tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").mkdir()
    assert harness_error(play_case(target, ONE, tmp_path)).startswith("no history can be written: ")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "NotADirectoryError" in harness_error(play_case("fake", ONE, tmp_path / "file" / "folder"))


def no_more(*_: Any, **__: Any) -> Any:
    raise OSError(errno.EMFILE, "Too many open files")


@pytest.mark.parametrize("target", ["fake", STUBBORN], ids=["fake", "command"])
def test_a_control_channel_that_does_not_open(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ControlChannel, "start", no_more)
    assert harness_error(play_case(target, ONE, None)) == "no control channel: [Errno 24] Too many open files"


def test_a_provider_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ModelProvider, "start", no_more)
    assert harness_error(play_case(STUBBORN, ONE, None)) == "no model provider: [Errno 24] Too many open files"


def test_a_home_that_cannot_be_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("turnproof.homes.PlayHome.configure", no_more)
    assert harness_error(play_case(STUBBORN, ONE, None)) == "no private home: [Errno 24] Too many open files"


class _NoSession(Session):
    def __init__(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("boom")


@pytest.mark.parametrize("target", ["sim", "fake"])
def test_a_session_that_cannot_be_made(target: str, tmp_path: Path) -> None:
    reason = harness_error(play_case(target, ONE, tmp_path, session=_NoSession))
    assert reason == "in our own code: RuntimeError('boom')"


@pytest.mark.parametrize(
    ("target", "writes"), [("sim", 0), ("sim", 1), *(("fake", writes) for writes in (0, *range(1, 30, 4)))]
)
def test_a_disk_that_is_full(target: str, writes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulated play writes its history in two pieces: the header, and the rest at its end."""
    count = iter(range(writes))
    write = Recorder._write  # pyright: ignore[reportPrivateUsage]

    def until_full(self: Recorder, data: bytes) -> None:
        if next(count, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, data)

    monkeypatch.setattr(recorder.Recorder, "_write", until_full)
    assert "No space left on device" in play_case(target, ONE, tmp_path).reason


def test_who_waits_for_the_end_is_told_though_it_cannot_be_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the end would take all of its time, and then find nobody to kill."""
    monkeypatch.setattr(Wire, "_record_end", no_more)
    monkeypatch.setattr(StdioTransport, "kill", no_more)
    assert "Too many open files" in play_case("fake", ONE, None).reason


def test_a_server_that_cannot_be_killed_is_closed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unkillable(self: StdioTransport) -> None:
        raise HarnessError("it hangs in the kernel")

    monkeypatch.setattr(StdioTransport, "kill", unkillable)
    verdict = play_case(STUBBORN, ONE, None, Settings(time_factor=0.1))
    assert (verdict.outcome, verdict.reason) == ("harness error", "it hangs in the kernel")


def test_a_close_that_fails_in_one_part_does_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    close = ModelProvider.close

    async def noted(self: ModelProvider) -> None:
        closed.append("provider")
        await close(self)

    def fails(self: ControlChannel) -> None:
        close_channel(self)
        raise RuntimeError("boom")

    close_channel = ControlChannel.close
    monkeypatch.setattr(ModelProvider, "close", noted)
    monkeypatch.setattr(ControlChannel, "close", fails)
    assert "boom" in play_case(STUBBORN, ONE, None, Settings(time_factor=0.1)).reason
    assert closed == ["provider"]


# -- interrupts


class _Interrupts(Session):
    """The keyboard interrupts when the play ends, and again and again after it."""

    times = 1

    def notified(self, message: Message) -> None:
        super().notified(message)
        if message.method == "turn/completed":
            loop = asyncio.get_running_loop()
            for n in range(self.times):
                loop.call_later(0.5 + 0.2 * n, os.kill, os.getpid(), signal.SIGINT)


class _InterruptsTwice(_Interrupts):
    times = 2


@pytest.mark.parametrize("session", [_Interrupts, _InterruptsTwice])
def test_an_interrupt_during_the_end(session: type[Session], tmp_path: Path) -> None:
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        play_case(STUBBORN, ONE, tmp_path, Settings(probes=False, time_factor=10.0), session=session)
    assert time.monotonic() - begin < 50.0  # the polite end alone has 100 s
    last = json.loads((tmp_path / "history.jsonl").read_bytes().splitlines()[-1])
    assert last["data"] == {"event": "exit", "rc": -9, "asked": "force"}


def test_a_play_that_is_cancelled_again_and_again_is_closed() -> None:
    target = target_of(STUBBORN)

    async def cancelled() -> None:
        options = Options(schema=target.schema, profile=target.profile, time_factor=10.0, probes=False)
        server = await target.open(spec_of(ONE, options, "cancelled"))
        playing = asyncio.ensure_future(play(ONE, server, options))
        while not playing.done():
            await asyncio.sleep(0.05)
            playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing

    asyncio.run(cancelled())


# -- the outer deadline


def spin() -> Any:
    while True:
        with contextlib.suppress(Exception):  # as careless as our own code might be
            time.sleep(0.01)


class _Spins(Session):
    async def start_thread(self, params: dict[str, Any]) -> Any:
        return spin()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "GRACE", 0.0)
    monkeypatch.setattr(playing, "STEP_BUDGET", 0.0)
    monkeypatch.setattr(outer_deadline, "_leave", lambda: None)


@pytest.mark.usefixtures("soon")
def test_a_loop_that_is_stuck_is_told_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(outer_deadline, "LAST_RESORT", 0.3)
    monkeypatch.setattr(playing, "PLAY_BUDGET", 3.0)  # the handshake takes its moment on a busy machine
    verdict = play_case("fake", ONE, tmp_path, session=_Spins)
    assert verdict.outcome == "harness error"
    assert verdict.reason == "the play was stuck beyond its budget in our own code; the traceback is on stderr"
    assert "in spin" in (tmp_path / "history.jsonl").read_text()


@pytest.mark.usefixtures("soon")
def test_a_loop_that_is_well_is_woken_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The play is over its time in its ending: it is cancelled, and nothing is raised where it happens to be."""
    monkeypatch.setattr(outer_deadline.OuterDeadline, "_raise", no_more)
    monkeypatch.setattr(player, "STEP_BUDGET", 1000.0)
    verdict = play_case(STUBBORN, ONE, None, Settings(time_factor=0.05, probes=False))
    assert harness_error(verdict).startswith("the play was stuck beyond its budget")


def test_a_slow_machine_gets_more_time_for_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []
    real = outer_deadline.outer_deadline

    def noted(seconds: float) -> Any:
        given.append(seconds)
        return real(seconds)

    monkeypatch.setattr(playing, "outer_deadline", noted)
    for factor in (0.1, 1.0, 10.0):
        play_case("sim", ONE, None, Settings(time_factor=factor))
    assert given == [8.0 + 30.0, 80.0 + 30.0, 800.0 + 300.0]


def test_the_factor_reaches_every_wait_of_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: dict[str, list[float]] = {"stop": [], "settled": []}
    stop, settled = Child.stop, ControlChannel.settled

    async def noted_stop(self: Any, grace: float) -> Any:
        waits["stop"].append(grace)
        return await stop(self, 0.1)

    async def noted_settled(self: Any, factor: float = 1.0) -> None:
        waits["settled"].append(factor)
        await settled(self)

    monkeypatch.setattr(Child, "stop", noted_stop)
    monkeypatch.setattr(ControlChannel, "settled", noted_settled)
    monkeypatch.setattr(player, "STEP_BUDGET", 0.5)
    for factor in (0.5, 4.0):
        play_case(STUBBORN, ONE, None, Settings(time_factor=factor, probes=False))
    assert waits == {"stop": [stdio_server.FORCE, stdio_server.FORCE * 4], "settled": [1.0, 4.0]}


# -- words


def test_a_budget_that_runs_out_names_the_open_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    because = "a test of budgets"
    long = [wait(50, because=because), wait(50, because=because)]
    scenario = Scenario("Waits.", start_thread("t"), together(long, long))
    verdict = play_case("sim", scenario, None)
    assert verdict.reason == "step all play: the play's budget of 60 s ran out in step 2.1.2 wait, step 2.2.2 wait"


def test_a_server_that_was_given_up_ends_as_given_up() -> None:
    class Recorded:
        def fact(self, *_: Any) -> None: ...

    async def ends() -> Wire:
        wire = Wire(object(), Recorded())  # pyright: ignore[reportArgumentType]
        wire.gen, wire.asked = 2, "eof"
        wire.end(1, -9, False)
        assert not wire.ended.is_set()
        wire.end(2, 0, False)
        assert wire.ended.is_set()
        return wire

    assert asyncio.run(ends()).endings == [("given up", -9), ("eof", 0)]


def test_two_processes_never_share_the_folder_of_a_play(tmp_path: Path) -> None:
    """Two ids that shorten to one name: each process counts for itself, so only the file system can tell them apart."""
    places: list[Path] = []
    for nodeid in ("test_it.py::a[sim/x]", "test_it.py::a[sim:x]"):
        run = object.__new__(PytestRun)
        vars(run).update(folder=tmp_path, _attempts={}, _module_folders={})
        places.append(run.place(nodeid, "a-sim"))
    assert [place.name for place in places] == ["a-sim", "a-sim-2"]
