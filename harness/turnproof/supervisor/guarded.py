"""A child of somebody who waits for it, without an event loop. ``turnproof.processes`` has the one of a play."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from turnproof.supervisor.own import own_supervisor
from turnproof.supervisor.strays import kill_strays
from turnproof.supervisor.supervisor import chained, new_nonce

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

_QUIET_SECONDS = 0.01
_LIMIT_SECONDS = 1.0


@contextmanager
def guarded(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    cwd: Path,
    stdin: int = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.PIPE,
) -> Generator[subprocess.Popen[bytes]]:
    """A child in a session of its own: at the end of the block it is gone, with everything that it started.

    The supervisor sees to that when we are killed within the block. ``environment`` is the whole environment, to which
    the nonces are added. Raises OSError if the command cannot be started.
    """
    supervisor, nonce = own_supervisor(), new_nonce()
    marked = supervisor.marked(environment) | {"TURNPROOF_CHILD": chained("TURNPROOF_CHILD", nonce)}
    process = subprocess.Popen(
        command,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        bufsize=0,
        cwd=cwd,
        env=marked,
        start_new_session=True,
    )
    try:
        supervisor.register(process.pid)
        yield process
    finally:
        _end(process)
        supervisor.unregister(process.pid)
        kill_strays(nonce, table=supervisor.table, quiet=_QUIET_SECONDS, limit=_LIMIT_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:  # not reaped: the number is still its own, and who holds our pipes goes with it
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    process.wait()
