"""Something that happens once, and those who wait for it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Latch:
    """Shut until it is opened, then open for ever."""

    __slots__ = ("_waiting", "opened")

    def __init__(self, *, opened: bool = False) -> None:
        self.opened = opened
        self._waiting: list[Callable[[], None]] = []

    def wait(self, wake: Callable[[], None]) -> None:
        """Call `wake` when it opens; now, if it is open."""
        if self.opened:
            wake()
        else:
            self._waiting.append(wake)

    def give_up(self, wake: Callable[[], None]) -> None:
        """Who would be woken by this call waits no longer."""
        if wake in self._waiting:
            self._waiting.remove(wake)

    def open(self) -> None:
        """It has happened."""
        self.opened = True
        waiting, self._waiting = self._waiting, []
        for wake in waiting:
            wake()
