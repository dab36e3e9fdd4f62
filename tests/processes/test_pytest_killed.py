"""SIGKILL of pytest itself, at any moment of its plays: no server and no setsid grandchild stays (design rule 2)."""

from __future__ import annotations

import os
import random
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from turnproof.supervisor import strays

Until = Any
SEED = 20261121
MOMENTS = 100
EVERY = pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.nightly)], ids=["a quarter", "all"])
"""Each fourth moment for every push, all of them at night."""
BEFORE_THE_FIRST_PLAY = 15
"""So many of the moments are in pytest's own start; the others are within plays, or between two."""
PLAYING = 0.5
"""Seconds of play over which moments are spread: two to three plays, from spawn to the search for survivors."""

SCENARIOS = """
from turnproof import Scenario, run_turn, start_thread

{}
"""
ONE = 's{0} = Scenario("Play {0}.", start_thread("t"), run_turn("t", "words", says="an answer"))'

# A server that leaves a grandchild in a session of its own, and then is the healthy fake.
SERVER = """
import os, subprocess, sys
subprocess.Popen(["sleep", "600"], start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
os.execv(sys.executable, [sys.executable, "-m", "turnproof_fakes.app_server", "app-server"])
"""


def project(folder: Path) -> Path:
    (folder / "test_many.py").write_text(SCENARIOS.format("\n".join(ONE.format(n) for n in range(200))))
    (folder / "server.py").write_text(SERVER)
    (folder / "pytest.ini").write_text("[pytest]\n")
    return folder


def spawned(out: Path) -> bool:
    """Whether the first play has a server. Run folders begin with their year; the link beside them comes and goes."""
    return any('"spawn"' in history.read_text() for history in out.glob("2*/*/*/history.jsonl"))


def die(folder: Path, until: Until, moment: tuple[int, bool, float]) -> str:
    """Run pytest, kill it at the moment, and wait until nothing of it is left; its nonce."""
    number, playing, delay = moment
    nonce = secrets.token_hex(8)
    out = folder / f"out{number}"
    command = [
        *(
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:hypothesispytest",
            "-p",
            "no:xdist",
        ),
        *("--target", f"command:{sys.executable} {folder / 'server.py'}", "--turnproof-out", str(out), "test_many.py"),
    ]
    environment = {**os.environ, "TURNPROOF_NONCE": nonce}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    if playing:
        until(lambda: process.poll() is not None or spawned(out), 60)
        assert process.poll() is None, "pytest ended before its moment"
    time.sleep(delay)
    seen = len(strays(nonce))
    process.kill()
    process.wait()
    until(lambda: not strays(nonce), 60)
    assert seen >= (2 if playing else 1), "nothing was there to be left behind"
    return nonce


@EVERY
def test_nothing_survives_pytest_at_any_of_100_moments(tmp_path: Path, until: Until, step: int) -> None:
    moments = random.Random(SEED)
    plan = [
        (n, n >= BEFORE_THE_FIRST_PLAY, moments.random() * PLAYING + (0 if n >= BEFORE_THE_FIRST_PLAY else 0.02))
        for n in range(MOMENTS)
    ]
    with ThreadPoolExecutor(4) as pool:
        nonces = list(pool.map(partial(die, project(tmp_path), until), plan[::step]))
    assert len(nonces) == MOMENTS // step
    assert strays(*nonces) == []
