"""An asyncio event loop on virtual time: when nothing is ready, the clock jumps to the next timer.

No sockets, no threads, no signals: nothing real belongs in a simulated play.  Callbacks run in the order in which
asyncio's heap and queue give them, which is fixed, so a play depends on its seed alone.
"""

from __future__ import annotations

import asyncio
from asyncio import base_events
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class NothingWillHappen(RuntimeError):
    """Every task waits, and no timer will wake one: a wait without a bound."""


class _Jump:
    """Stands where the loop expects a selector."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise NothingWillHappen("every task waits, and no timer is set: some wait has no bound")
        if timeout > 0:
            self._loop.now += timeout
        return []


class VirtualTimeLoop(base_events.BaseEventLoop):
    """``asyncio.Runner(loop_factory=VirtualTimeLoop)`` runs a coroutine on virtual time from 0."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._selector = _Jump(self)

    def time(self) -> float:
        return self.now

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody sleeps in a select that would have to be woken."""


def is_virtual() -> bool:
    """Whether the running loop is on virtual time."""
    return isinstance(asyncio.get_running_loop(), VirtualTimeLoop)


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on virtual time. What ``asyncio.run`` does, without what only real loops need."""
    loop = VirtualTimeLoop()
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
