"""Lease files: what a session leaves behind for the next one, in case it *and* its supervisor are killed.

A lease is one file ``NONCE.lease`` with the line ``PID START_TIME TABLE NONCE``. Its session holds a lock on it for as
long as it lives; the lock goes with the process, however that ends. A file without a lock whose process is gone belongs
to a dead session: whatever carries its nonce is a stray.

The supervisor process imports this file without site-packages: standard library only.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from turnproof.supervisor.process_table import ProcessInfo, ProcessTable
if TYPE_CHECKING or __package__:
    from turnproof.supervisor.strays import kill_strays
else:  # inside the supervisor process, whose path has this folder only
    from strays import kill_strays

_SUFFIX = ".lease"


class Lease:
    """The lease of a living session. ``take`` raises OSError where the folder cannot be written."""

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: str, nonce: str, pid: int, table: ProcessTable) -> Lease:
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, nonce + _SUFFIX)
        # Under its final name the file is complete and locked: a sweeper never sees a half-made lease.
        draft = path + ".new"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(descriptor, f"{pid} {table.start_time(pid)} {table.name} {nonce}\n".encode())
        os.rename(draft, path)
        return cls(path, descriptor)

    def release(self) -> None:
        """Remove the file and its lock; harmless when done twice."""
        if self._descriptor >= 0:
            with suppress(OSError):
                os.unlink(self.path)
            os.close(self._descriptor)
            self._descriptor = -1


def sweep(folder: str, table: ProcessTable, quiet: float, limit: float) -> list[ProcessInfo]:
    """End the strays of dead sessions and remove their leases. Returns what was met; never raises."""
    met: list[ProcessInfo] = []
    try:
        names = os.listdir(folder)
    except OSError:
        return met
    for name in names:
        if not name.endswith(_SUFFIX):
            continue
        path = os.path.join(folder, name)
        with suppress(OSError, ValueError):
            met += _sweep_one(path, table, quiet, limit)
    return met


def _sweep_one(path: str, table: ProcessTable, quiet: float, limit: float) -> list[ProcessInfo]:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return []
        pid, start, name, nonce = os.read(descriptor, 4096).decode().split()
        # A lock can be missing without a death (a file system that has none): the owner must be gone as well.
        owner = table.start_time(int(pid))
        if owner is not None and (name != table.name or str(owner) == start):
            return []
        met = kill_strays(nonce, table=table)
        if met:
            met += kill_strays(nonce, table=table, quiet=quiet, limit=limit)
        os.unlink(path)
        return met
    finally:
        os.close(descriptor)
