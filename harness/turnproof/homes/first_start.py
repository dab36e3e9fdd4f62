"""The first start of a binary, which fills a CODEX_HOME with what the later ones find."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import time
from typing import TYPE_CHECKING, Any, Final, cast

from turnproof.homes.error import HomeError
from turnproof.supervisor import guarded

if TYPE_CHECKING:
    from pathlib import Path

    from turnproof.homes.play_home import PlayHome

PATIENCE: Final = 30.0  # seconds; 0.1 to 0.6 s were seen
FAREWELL: Final = 10.0  # seconds from the end of its input to the end of its output


def first_start(binary: Path, home: PlayHome) -> None:
    """Start the app-server once, wait for the answer to initialize (an earlier EOF would lose it), and let it end."""
    pipe = subprocess.PIPE
    command = [str(binary), "app-server"]
    with (home.scratch / "stderr").open("w+b") as stderr:
        with guarded(
            command, environment=home.environment(), cwd=home.cwd, stdin=pipe, stdout=pipe, stderr=stderr
        ) as server:
            problem = _greet(server)
        if not problem and server.returncode:
            problem = f"answered initialize and did not end well (exit code {server.returncode})"
        if problem:
            stderr.seek(0)
            tail = stderr.read()[-2000:].decode(errors="replace").strip()
            raise HomeError(f"{binary} app-server {problem.format(rc=server.returncode)}: {tail}")


def _greet(server: subprocess.Popen[bytes]) -> str:
    """Say hello, and goodbye after the answer; gives what did not happen, or nothing."""
    hello = {"id": 1, "method": "initialize", "params": {"clientInfo": {"name": "turnproof", "version": "1"}}}
    assert server.stdin is not None
    assert server.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        server.stdin.write(json.dumps(hello).encode() + b"\n")
    end = time.monotonic() + PATIENCE
    held = b""
    while (chunk := _read(server.stdout.fileno(), end)) is not None:
        if not chunk:
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(max(0.0, end - time.monotonic()))
            return "did not answer initialize (exit code {rc})"
        *lines, held = (held + chunk).split(b"\n")
        if any(map(_answers, lines)):
            break
    else:
        return f"did not answer initialize within {PATIENCE:g} s"
    server.stdin.close()
    # Whatever it started may hold its output open for ever; it has this long to write down what it keeps.
    end = time.monotonic() + FAREWELL
    while chunk := _read(server.stdout.fileno(), end):
        pass
    if chunk is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(max(0.0, end - time.monotonic()))
    return ""


def _read(descriptor: int, end: float) -> bytes | None:
    """The next bytes (none at the end of the file), or None when the time has come."""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        ready = selector.select(max(0.0, end - time.monotonic()))
    return os.read(descriptor, 65536) if ready else None


def _answers(line: bytes) -> bool:
    try:
        message: Any = json.loads(line)
    except ValueError:
        return False
    return isinstance(message, dict) and cast("dict[str, Any]", message).get("id") == 1
