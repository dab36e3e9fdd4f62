"""An errand: a program that is run to its end for what it says."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from turnproof.supervisor.guarded import guarded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MOST_BYTES: Final = 1 << 20
"""The bound on what is said, on both streams together."""

_LOOK_SECONDS: Final = 0.05


class ErrandError(Exception):
    """The program was ended by us. The text follows on its name: ``did not end within 30 s``."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A program that has ended; ``returncode`` as in subprocess."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run(command: Sequence[str], *, environment: Mapping[str, str], cwd: Path, seconds: float) -> Errand:
    """Run a program under the supervisor, with nothing to read; neither it nor what it started is left afterwards.

    Raises OSError if it cannot be started, ErrandError if it is not done in time or says too much.
    """
    end = time.monotonic() + seconds
    with guarded(command, environment=environment, cwd=cwd) as process:
        try:
            stdout, stderr = _listen(process, end)
            process.wait(max(0.0, end - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise ErrandError(f"did not end within {seconds:g} s") from None
    return Errand(process.returncode, stdout, stderr)


def _listen(process: subprocess.Popen[bytes], end: float) -> tuple[bytes, bytes]:
    """Both streams to their ends, or to the program's own: what it left behind may hold them open for ever."""
    assert process.stdout is not None
    assert process.stderr is not None
    heard = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    with selectors.DefaultSelector() as selector:
        for descriptor in heard:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            over = process.poll() is not None  # asked first: its last words are in the pipes by then
            left = end - time.monotonic()
            ready = selector.select(0 if over else max(0.0, min(_LOOK_SECONDS, left)))
            for key, _ in ready:
                chunk = os.read(key.fd, 65536)
                heard[key.fd] += chunk
                if not chunk:
                    selector.unregister(key.fd)
            if sum(map(len, heard.values())) > MOST_BYTES:
                raise ErrandError(f"said more than {MOST_BYTES} bytes")
            if over and not ready:
                break
            if left <= 0 and not over:
                raise TimeoutError
    stdout, stderr = heard.values()
    return bytes(stdout), bytes(stderr)
