"""Children of somebody who waits for them: bounded, and gone however the wait ends."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from turnproof.supervisor import ErrandError, guarded, new_nonce, own_supervisor, run, strays

Until = Any
FAMILY = "setsid sh -c 'echo up > up; exec sleep 300' & exec sleep 300"
"""A child that does not end, and a grandchild in a session of its own."""


def family(folder: Path) -> Path:
    """The same as an executable, which takes any arguments; it says in ``up`` beside it that both run."""
    program = folder / "codex"
    program.write_text(f"#!/bin/sh\ncd {folder}\n{FAMILY}\n")
    program.chmod(0o755)
    return program


def sh(script: str, folder: Path, seconds: float = 20.0) -> Any:
    return run(["sh", "-c", script], environment={"PATH": os.environ["PATH"]}, cwd=folder, seconds=seconds)


def left() -> list[str]:
    return [" ".join(process.cmdline) for process in strays(own_supervisor().nonce)]


@pytest.mark.parametrize(
    "does",
    [
        "from turnproof.binaries import probe_version; probe_version(binary)",
        "from turnproof.schema.binary import generate; generate(binary, '')",
        "from turnproof.homes import Homes; Homes(binary.parent / 'c').template(binary, 'd')",
    ],
    ids=["its version", "its schema", "its first start"],
)
def test_nothing_survives_who_asked_a_binary(does: str, until: Until) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # a socket's path must fit below it
        binary, nonce = family(Path(name)), new_nonce()
        code = f"import sys, pathlib; binary = pathlib.Path(sys.argv[1]); {does}"
        asks = subprocess.Popen([sys.executable, "-c", code, str(binary)], env={**os.environ, "TURNPROOF_NONCE": nonce})
        until((binary.parent / "up").exists)
        until(lambda: len(strays(nonce)) == 4)  # who asks, its supervisor, child and grandchild
        asks.kill()
        asks.wait()
        until(lambda: not strays(nonce))


def test_what_is_said_comes_back(tmp_path: Path) -> None:
    said = sh("pwd; echo words >&2; cat; exit 3", tmp_path)
    assert (said.returncode, said.stdout.decode().strip(), said.stderr) == (3, str(tmp_path), b"words\n")
    assert sh("kill -9 $$", tmp_path).returncode == -9


def test_who_does_not_end_in_time_is_ended(tmp_path: Path) -> None:
    for script in (FAMILY, "exec >&- 2>&-; sleep 300", "trap '' TERM; while :; do echo words; sleep 0.01; done"):
        with pytest.raises(ErrandError, match=r"^did not end within 0\.3 s$"):
            sh(script, tmp_path, 0.3)
        assert left() == []


def test_who_does_not_stop_talking_is_ended(tmp_path: Path) -> None:
    with pytest.raises(ErrandError, match=r"^said more than 1048576 bytes$"):
        sh("exec yes", tmp_path)
    assert left() == []


@pytest.mark.parametrize("stays", ["exec sleep 300", "while :; do echo more; sleep 0.01; done"])
def test_who_is_left_behind_with_the_output_does_not_hold_us(tmp_path: Path, stays: str) -> None:
    started = time.monotonic()
    said = sh(f"setsid sh -c 'echo up > up; {stays}' & until [ -e up ]; do sleep 0.01; done; echo done", tmp_path)
    assert b"done\n" in said.stdout
    assert time.monotonic() - started < 10
    assert left() == []


def test_a_program_that_cannot_be_started_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run([str(tmp_path / "absent")], environment={}, cwd=tmp_path, seconds=1)


def test_the_end_of_the_block_is_the_end_of_the_family(tmp_path: Path, until: Until) -> None:
    with guarded(["sh", "-c", FAMILY], environment=dict(os.environ), cwd=tmp_path) as process:
        until((tmp_path / "up").exists)
        assert len(left()) == 2
    assert process.returncode == -9
    assert left() == []
