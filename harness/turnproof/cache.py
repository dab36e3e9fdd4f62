"""The cache folder: what can be made again, shared by many sessions at once, any of which may be killed."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import math
import os
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Final

import platformdirs

CACHE_VARIABLE: Final = "TURNPROOF_CACHE"

_LOCK_POLL_SECONDS: Final = 0.02


class CacheError(RuntimeError):
    """The cache folder, or what is made in it, cannot be used; the text says why and what to do."""


class LockHeldError(CacheError):
    """Another process keeps a lock for longer than its work can take."""


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
def locked(path: Path, waiting: str = "", seconds: float = math.inf) -> Generator[None]:
    """One maker at a time; who finds another at it says ``waiting`` once on stderr. Raises LockHeldError after ``seconds``.

    Without a limit the wait is bounded by the holder's own bounds; the kernel frees the lock of one that dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + seconds
    while True:
        with lock_if_free(path) as ours:
            if ours:
                yield
                return
        if time.monotonic() > deadline:
            raise LockHeldError(f"another process has held {path} for {seconds:g} s: end it")
        if waiting:
            print(waiting, file=sys.stderr, flush=True)
            waiting = ""
        time.sleep(_LOCK_POLL_SECONDS)


@contextlib.contextmanager
def lock_if_free(path: Path) -> Generator[bool]:
    """The lock, if nobody else has it; says whether it is ours. Who holds it may remove the file, as the last thing."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            yield False
        else:
            # Removed between our opening and our locking, it keeps nobody out: others lock a new file of its name.
            yield _has_name(descriptor, path)
    finally:
        os.close(descriptor)


def _has_name(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


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
