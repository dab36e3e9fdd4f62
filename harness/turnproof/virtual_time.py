"""An asyncio event loop on virtual time: when nothing is ready, the clock jumps to the next timer.

No sockets, no threads, no signals: nothing real belongs in a simulated play.  Callbacks run in the order in which
asyncio's heap and queue give them, which is fixed, so a play depends on its seed alone.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
import time
from asyncio import base_events
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Final, TypeVar

T = TypeVar("T")
EPOCH: Final = 1_767_225_600
"""2026-01-01: where virtual time begins for whoever reads a timestamp."""


class NothingWillHappen(RuntimeError):
    """Every task waits, and no timer will wake one: a wait without a bound."""


class VirtualTimeLoop(base_events.BaseEventLoop):
    """``asyncio.Runner(loop_factory=VirtualTimeLoop)`` runs a coroutine on virtual time from 0."""

    _ready: deque[asyncio.Handle]

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        """By their time, and among equals in the order in which they were set."""
        self._order = 0

    def time(self) -> float:
        return self.now

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As asyncio's, which compares its timers in Python: that was 5 % of a play."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._order += 1
        heapq.heappush(self._timers, (when, self._order, timer))
        return timer

    def close(self) -> None:
        self._timers.clear()
        super().close()

    def _run_once(self) -> None:
        """One round: what is ready runs; when nothing is, the clock jumps to the next timer.

        In place of asyncio's own, which asks a selector for I/O that there is none of here.
        """
        ready, timers = self._ready, self._timers
        while timers and timers[0][2].cancelled():
            heapq.heappop(timers)
        if not ready:
            if not timers:
                raise NothingWillHappen("every task waits, and no timer is set: some wait has no bound")
            self.now = max(self.now, timers[0][0])
        while timers and timers[0][0] <= self.now:
            ready.append(heapq.heappop(timers)[2])
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()  # pyright: ignore[reportPrivateUsage] - as asyncio's own loops do

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers leave when their time comes: a play is short."""

    def _write_to_self(self) -> None:
        """Nobody sleeps in a select that would have to be woken."""


def is_virtual() -> bool:
    """Whether the running loop is on virtual time."""
    return isinstance(asyncio.get_running_loop(), VirtualTimeLoop)


def unix_time() -> float:
    """Seconds since 1970, by the clock of the running loop."""
    return EPOCH + asyncio.get_running_loop().time() if is_virtual() else time.time()


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on virtual time. What ``asyncio.run`` does, without what only real loops need."""
    loop = VirtualTimeLoop()
    collecting = gc.isenabled()
    gc.disable()  # a play is a millisecond; what it leaves is collected after it
    try:
        asyncio.set_event_loop(loop)
        try:
            return loop.run_until_complete(main)
        finally:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    finally:
        asyncio.set_event_loop(None)
        loop.close()
        if collecting:
            gc.enable()
