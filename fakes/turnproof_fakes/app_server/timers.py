"""Timers of an engine: a heap of (due, order, timer). Nothing here has a clock; the shell says what time it is."""

from __future__ import annotations

import heapq

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
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = 0
        self.now = 0.0

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Call `action` in so many seconds of the shell's clock."""
        due = self.now + seconds
        timer = Timer(due, action)
        self._order += 1
        heapq.heappush(self._heap, (due, self._order, timer))
        return timer

    def next_due(self) -> float | None:
        """When the earliest live timer is due."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def fire(self, now: float) -> None:
        """It is `now`: run everything that is due, also what those actions set for now."""
        self.now = now
        while (due := self.next_due()) is not None and due <= now:
            action = heapq.heappop(self._heap)[2].action
            if action is not None:
                action()
