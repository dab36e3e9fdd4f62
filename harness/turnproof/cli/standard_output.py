"""Standard output that may be cut off or full."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress


@contextmanager
def flushed() -> Generator[None]:
    """What was printed is out at the end, or its OSError is raised here and not told by the interpreter when all is over."""
    try:
        yield
        _flush()
    except SystemExit:  # argparse, after --help and --version
        _flush()
        raise


def abandon() -> None:
    """Nobody can have what is still in the buffer: the interpreter would complain of it at its own flush."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _flush() -> None:
    # Without a descriptor 1 Python has no stdout, whatever the stubs say.
    if stdout := getattr(sys, "stdout", None):
        stdout.flush()
