"""SIGKILL at any moment: nothing of a session survives it (D01, D02)."""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

import pytest

from turnproof.supervisor import Supervisor, process_table, strays

if TYPE_CHECKING:
    from collections.abc import Iterator

Until = Any
HOST = Path(__file__).with_name("host.py")
SEED = 20250117
MOMENTS = 100
EVERY = pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.nightly)], ids=["a quarter", "all"])
"""Each fourth moment for every push, all of them at night."""
STEADY = 20
"""So many of the moments are after everything is up; the others are spread over the start."""


class Host:
    """A running ``host.py``."""

    def __init__(self, mode: str, leases: Path) -> None:
        self.nonce = secrets.token_hex(8)
        self.process = subprocess.Popen(
            [sys.executable, str(HOST), self.nonce, mode, str(leases)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.expect("go")

    def expect(self, word: str) -> list[str]:
        assert self.process.stdout
        words = self.process.stdout.readline().split()
        assert words[:1] == [word]
        return words

    def steady(self) -> int:
        """Wait until the family is up; the pid of the supervisor."""
        return int(self.expect("steady")[1])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()

    def left(self) -> list[int]:
        """Who is left: carriers of the nonce, and its supervisor, which has the nonce among its arguments. So has a
        copy of the host that is between fork and exec: it must not count as gone."""
        table = process_table("proc")
        mine = [pid for pid in table.everyone() if pid != os.getpid() and self.nonce in table.cmdline(pid)]
        return mine + [process.pid for process in strays(self.nonce)]


def _die(mode: str, leases: Path, until: Until, delay: float | None) -> str:
    host = Host(mode, leases)
    if delay is None:
        host.steady()
        assert len(strays(host.nonce)) == 2, "child and grandchild run, or the test shows nothing"
    else:
        sleep(delay)
    host.kill()
    until(lambda: not host.left())
    return host.nonce


@pytest.fixture
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    started = Host(getattr(request, "param", "auto"), tmp_path)
    yield started
    if started.process.poll() is None:
        started.kill()


@EVERY
def test_nothing_survives_at_any_of_100_moments(tmp_path: Path, until: Until, step: int) -> None:
    random_moments = random.Random(SEED)
    delays: list[float | None] = [random_moments.random() * 0.08 for _ in range(MOMENTS - STEADY)]
    delays += [None] * STEADY
    with ThreadPoolExecutor(4) as pool:
        nonces = list(pool.map(partial(_die, "auto", tmp_path, until), delays[::step]))
    assert len(nonces) == MOMENTS // step
    assert strays(*nonces) == []


def test_nothing_survives_where_there_is_no_proc(tmp_path: Path, until: Until) -> None:
    delays = [0.01, 0.02, 0.04, None, None]
    with ThreadPoolExecutor(3) as pool:
        nonces = list(pool.map(partial(_die, "psutil", tmp_path, until), delays))
    assert strays(*nonces) == []


@pytest.mark.parametrize("host", ["auto", "psutil"], indirect=True)
def test_a_killed_supervisor_is_replaced_and_still_protects(host: Host, until: Until) -> None:
    first = host.steady()
    os.kill(first, signal.SIGKILL)
    second = int(host.expect("again")[1])
    assert second != first
    assert len(strays(host.nonce)) == 2
    host.kill()
    until(lambda: not host.left())


def test_the_next_session_ends_what_both_deaths_left(host: Host, tmp_path: Path, until: Until) -> None:
    supervisor = host.steady()
    os.kill(host.process.pid, signal.SIGSTOP)  # or it would start another supervisor in time
    os.kill(supervisor, signal.SIGKILL)
    host.kill()
    until(lambda: supervisor not in host.left())
    assert len(strays(host.nonce)) == 2, "with both dead nobody cleans up"
    following = Supervisor.start(lease_folder=tmp_path)
    until(lambda: not strays(host.nonce))
    following.close()
    assert list(tmp_path.iterdir()) == []


def test_an_orderly_end_without_close_leaves_nothing(host: Host, until: Until) -> None:
    host.steady()
    assert host.process.stdin
    host.process.stdin.close()
    assert host.process.wait(20) == 0
    until(lambda: not host.left())
