"""The cache folder: what can be made again, shared by many sessions at once, any of which may be killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Final

import platformdirs

CACHE_VARIABLE: Final = "TURNPROOF_CACHE"


class CacheError(RuntimeError):
    """The cache folder, or what is made in it, cannot be used; the text says why and what to do."""


def cache_folder() -> Path:
    """TURNPROOF_CACHE, else the user's cache folder. Raises CacheError if that is below a temp folder."""
    named = os.environ.get(CACHE_VARIABLE)
    folder = (Path(named).expanduser() if named else platformdirs.user_cache_path("turnproof")).absolute()
    resolved = folder.resolve()
    for temp in {Path(tempfile.gettempdir()).resolve(), Path("/tmp").resolve()}:
        if resolved.is_relative_to(temp):
            raise CacheError(
                f"the cache folder {folder} is below the temp folder {temp}, where codex behaves differently; "
                f"set {CACHE_VARIABLE} to another folder"
            )
    return folder


@contextlib.contextmanager
def locked(path: Path) -> Generator[None]:
    """One maker at a time. The wait is bounded by the holder's own bounds; the kernel frees the lock of one that dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_whole(target: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=target.parent, prefix=f"{target.stem}.", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(made).replace(target)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
