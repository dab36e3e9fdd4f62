"""Who runs on this machine, read in two ways: Linux ``/proc``, and psutil (macOS, and in tests).

The supervisor process imports this file without site-packages: standard library only, psutil at need.

A process is known by pid *and* start time: a pid alone may have been given to somebody else. The start time is an
integer in a unit of the table's own; compare only values of one table.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import NamedTuple, Protocol

NONCE_VARIABLES = (b"TURNPROOF_NONCE", b"TURNPROOF_PLAY", b"TURNPROOF_CHILD")
"""Environment variables that carry nonces. A value is one nonce or several with ``+`` between them (outermost first):
a session inside a child of another session belongs to both."""


class ProcessInfo(NamedTuple):
    """One living process; zombies are not listed."""

    pid: int
    ppid: int
    start_time: int
    cmdline: tuple[str, ...]


class ProcessTable(Protocol):
    """What the supervisor and the harness ask about processes. No method raises for a process that is gone."""

    @property
    def name(self) -> str: ...

    def start_time(self, pid: int) -> int | None:
        """When the process started, zombies included; None when there is no such process."""
        ...

    def carriers(self, nonces: frozenset[bytes]) -> set[int]:
        """Pids of the processes whose environment has one of the nonces."""
        ...

    def everyone(self) -> dict[int, tuple[int, int]]:
        """pid -> (ppid, start time) of every process that is not a zombie."""
        ...

    def cmdline(self, pid: int) -> tuple[str, ...]: ...

    def kill(self, pid: int, start_time: int) -> bool:
        """SIGKILL this process if it still is the one that started then; False when it is not or we may not."""
        ...


class ProcTable:
    """Linux: ``/proc``. About 5 microseconds a process for a scan of all environments."""

    name = "proc"

    def start_time(self, pid: int) -> int | None:
        fields = _stat(pid)
        return int(fields[19]) if fields else None

    def carriers(self, nonces: frozenset[bytes]) -> set[int]:
        found: set[int] = set()
        for pid in _pids():
            environment = _read(f"/proc/{pid}/environ")
            # The plain search is the fast way out; only a hit is looked at entry by entry.
            if any(nonce in environment for nonce in nonces) and _carries(environment, nonces):
                found.add(pid)
        return found

    def everyone(self) -> dict[int, tuple[int, int]]:
        rows = ((pid, _stat(pid)) for pid in _pids())
        return {pid: (int(stat[1]), int(stat[19])) for pid, stat in rows if stat and stat[0] not in b"ZX"}

    def cmdline(self, pid: int) -> tuple[str, ...]:
        raw = _read(f"/proc/{pid}/cmdline").rstrip(b"\0")
        return tuple(os.fsdecode(part) for part in raw.split(b"\0")) if raw else ()

    def kill(self, pid: int, start_time: int) -> bool:
        # A pidfd pins the process: between the look at the start time and the signal the pid cannot change hands.
        try:
            pinned = os.pidfd_open(pid)
        except ProcessLookupError:
            return False
        except OSError:  # an old kernel, or a sandbox that refuses the call
            return _kill_plainly(self, pid, start_time)
        try:
            if self.start_time(pid) != start_time:
                return False
            signal.pidfd_send_signal(pinned, signal.SIGKILL)
        except OSError:
            return False
        finally:
            os.close(pinned)
        return True


class PsutilTable:
    """macOS and whatever else psutil knows. psutil hides the environment of system programs there: such a process is
    still found as a descendant of one that shows it."""

    name = "psutil"

    def __init__(self) -> None:
        import psutil

        self._psutil = psutil

    def start_time(self, pid: int) -> int | None:
        try:
            return round(self._psutil.Process(pid).create_time() * 1000)
        except self._psutil.Error:
            return None

    def carriers(self, nonces: frozenset[bytes]) -> set[int]:
        found: set[int] = set()
        for pid in self._psutil.pids():
            try:
                environment = self._psutil.Process(pid).environ()
            except (self._psutil.Error, OSError):
                continue
            entries = "\0".join(f"{key}={value}" for key, value in environment.items() if key.startswith("TURNPROOF_"))
            if _carries(os.fsencode(entries), nonces):
                found.add(pid)
        return found

    def everyone(self) -> dict[int, tuple[int, int]]:
        found: dict[int, tuple[int, int]] = {}
        for pid in self._psutil.pids():
            with suppress(self._psutil.Error, OSError):
                process = self._psutil.Process(pid)
                if process.status() != self._psutil.STATUS_ZOMBIE:
                    found[pid] = (process.ppid(), round(process.create_time() * 1000))
        return found

    def cmdline(self, pid: int) -> tuple[str, ...]:
        try:
            return tuple(self._psutil.Process(pid).cmdline())
        except (self._psutil.Error, OSError):
            return ()

    def kill(self, pid: int, start_time: int) -> bool:
        return _kill_plainly(self, pid, start_time)


def process_table(mode: str = "auto") -> ProcessTable:
    """The table for ``mode``: ``proc``, ``psutil``, or ``auto`` (``/proc`` where there is one, on Linux)."""
    if mode == "auto":
        mode = "proc" if sys.platform == "linux" else "psutil"
    if mode == "proc":
        return ProcTable()
    if mode == "psutil":
        return PsutilTable()
    raise ValueError(f"unknown process table {mode!r}: known are auto, proc, psutil")


def _carries(environment: bytes, nonces: frozenset[bytes]) -> bool:
    for entry in environment.split(b"\0"):
        name, _, value = entry.partition(b"=")
        if name in NONCE_VARIABLES and not nonces.isdisjoint(value.split(b"+")):
            return True
    return False


def _kill_plainly(table: ProcessTable, pid: int, start_time: int) -> bool:
    if table.start_time(pid) != start_time:
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return False
    return True


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _stat(pid: int) -> list[bytes]:
    """Fields of ``/proc/PID/stat`` from the state on: [0] state, [1] ppid, [19] start time in ticks since boot."""
    raw = _read(f"/proc/{pid}/stat")
    # The program's name is in parentheses and may hold both blanks and parentheses.
    return raw[raw.rfind(b")") + 2 :].split()


def _read(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    parts: list[bytes] = []
    try:
        while part := os.read(descriptor, 1 << 17):
            parts.append(part)
    except OSError:  # gone in the middle, or not ours to read
        return b""
    finally:
        os.close(descriptor)
    return b"".join(parts)
