"""Noticing that a child has ended, in two ways. Only ``reap`` collects it, always in the loop's own thread: between a
look at a child and a signal to it nobody else can free its pid."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

ExitWatchMode = Literal["auto", "pidfd", "poll"]

_FIRST_PAUSE = 0.001
_LONGEST_PAUSE = 0.05
_REAPED_BY_OTHERS = 255  # what asyncio reports too


class ExitWatch(Protocol):
    """Calls back once with the return code, after the child was reaped."""

    def hint(self) -> None:
        """The end is probably near (end of file on stdout, a signal was sent): look soon."""
        ...

    def close(self) -> None: ...


def reap(pid: int) -> int | None:
    """Return code as subprocess defines it (-9 for SIGKILL), or None while the child lives. Call no more after that."""
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return _REAPED_BY_OTHERS
    return os.waitstatus_to_exitcode(status) if found else None


class PidfdWatch:
    """Linux: the kernel makes a descriptor readable when the child ends."""

    def __init__(self, loop: asyncio.AbstractEventLoop, pid: int, on_reaped: Callable[[int], None]) -> None:
        self._loop = loop
        self._pid = pid
        self._on_reaped = on_reaped
        self._descriptor = os.pidfd_open(pid)
        loop.add_reader(self._descriptor, self._ended)

    def hint(self) -> None:
        pass

    def close(self) -> None:
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _ended(self) -> None:
        returncode = reap(self._pid)
        if returncode is not None:
            self.close()
            self._on_reaped(returncode)


class PollWatch:
    """Everywhere else: a timer that looks. A thread in ``waitpid`` would reap behind the back of a signal on its way,
    and macOS has no waiting without reaping before Python 3.13. Pauses grow to 50 ms; a hint makes them short again."""

    def __init__(self, loop: asyncio.AbstractEventLoop, pid: int, on_reaped: Callable[[int], None]) -> None:
        self._loop = loop
        self._pid = pid
        self._on_reaped = on_reaped
        self._pause = _FIRST_PAUSE
        self._timer: asyncio.TimerHandle | None = loop.call_later(self._pause, self._look)

    def hint(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._pause = _FIRST_PAUSE
            self._timer = self._loop.call_later(self._pause, self._look)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        returncode = reap(self._pid)
        if returncode is None:
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
            self._timer = self._loop.call_later(self._pause, self._look)
        else:
            self._timer = None
            self._on_reaped(returncode)


def exit_watch(
    loop: asyncio.AbstractEventLoop, pid: int, on_reaped: Callable[[int], None], mode: ExitWatchMode = "auto"
) -> ExitWatch:
    """The watch for ``mode``; ``auto`` is ``pidfd`` on Linux, ``poll`` elsewhere and where the kernel refuses pidfds."""
    if mode == "pidfd" or (mode == "auto" and sys.platform == "linux"):
        try:
            return PidfdWatch(loop, pid, on_reaped)
        except OSError:
            if mode == "pidfd":
                raise
    return PollWatch(loop, pid, on_reaped)
