"""Work that waits: a generator that yields seconds, the name of a gate, a latch, or None to wait for ever."""

from __future__ import annotations

from turnproof_fakes.app_server.latch import Latch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from turnproof_fakes.app_server.gates import Gates
    from turnproof_fakes.app_server.timers import Timer, Timers

    Wait = float | str | Latch | None
    Steps = Generator[Wait, None, None]


class Strand:
    """One such generator from wait to wait; `ended` is called when it comes to its end by itself."""

    def __init__(self, steps: Steps, timers: Timers, gates: Gates, ended: Callable[[], None] | None = None) -> None:
        self._steps = steps
        self._timers = timers
        self._gates = gates
        self._ended = ended
        self._timer: Timer | None = None
        self._latch: Latch | None = None

    def advance(self, thrown: BaseException | None = None) -> None:
        """Run on to the next wait; what is thrown arrives where it waits, and comes back out if nobody there takes it."""
        self._stop_waiting()
        try:
            wait = next(self._steps) if thrown is None else self._steps.throw(thrown)
        except StopIteration:
            if self._ended is not None:
                self._ended()
            return
        if isinstance(wait, str):
            wait = self._gates.at(wait)
        if isinstance(wait, Latch):
            self._latch = wait
            wait.wait(self._wake)
        elif wait is not None:
            self._timer = self._timers.after(wait, self.advance)

    def break_off(self, thrown: BaseException) -> None:
        """Throw, and take it as the end if it comes back out. Nothing happens to what has ended."""
        try:
            self.advance(thrown)
        except type(thrown):
            return

    def _wake(self) -> None:
        """What it waits for has happened. It goes on by a timer: whoever made it happen is still at work."""
        self._latch = None
        self._timer = self._timers.after(0.0, self.advance)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._latch is not None:
            self._latch.give_up(self._wake)
            self._latch = None
