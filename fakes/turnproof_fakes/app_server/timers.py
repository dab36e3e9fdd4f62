"""Timers of an engine: a sorted list of (due, order, timer). Nothing here has a clock; the shell says what time it is.

Not a heap: there are a few timers a running turn, and importing `heapq` costs a start more than sorting so few ever does.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Timer:
    """One call at one time, until it is cancelled."""

    __slots__ = ("action", "due")

    def __init__(self, due: float, action: Callable[[], None]) -> None:
        self.due = due
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Never call the action."""
        self.action = None


class Timers:
    """All timers; equal times fire in the order they were set."""

    def __init__(self) -> None:
        self._queue: list[tuple[float, int, Timer]] = []
        self._order = 0
        self.now = 0.0

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Call `action` in so many seconds of the shell's clock."""
        due = self.now + seconds
        timer = Timer(due, action)
        self._order += 1
        self._queue.append((due, self._order, timer))
        self._queue.sort()
        return timer

    def next_due(self) -> float | None:
        """When the earliest live timer is due."""
        while self._queue and self._queue[0][2].action is None:
            self._queue.pop(0)
        return self._queue[0][0] if self._queue else None

    def fire(self, now: float) -> None:
        """It is `now`: run everything that is due, also what those actions set for now."""
        self.now = now
        while (due := self.next_due()) is not None and due <= now:
            action = self._queue.pop(0)[2].action
            if action is not None:
                action()
