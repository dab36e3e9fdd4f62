"""Folders for a measurement, gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def scratch() -> Iterator[Path]:
    """A new folder below the temp folder."""
    with TemporaryDirectory(prefix="turnproof-bench-") as folder:
        yield Path(folder)
