"""A turn as those around it see it: what was asked of it, and what it waits for.

What it does are its steps, a generator that waits by yielding: seconds, the name of a gate, or None to wait for ever. Steer and
interrupt are thrown in as exceptions while it waits inside a model request, and noted otherwise.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from turnproof_fakes.app_server.gates import Gates
    from turnproof_fakes.app_server.pace import Pace
    from turnproof_fakes.app_server.timers import Timer, Timers

    Json = dict[str, Any]
    Input = tuple[list[Json], str | None, str]  # content, the client's id for it, the words that pick the script
    Wait = float | str | None
    Steps = Generator[Wait, None, None]


class Steered(Exception):
    """New user input arrived: drop the stream, ask the model again."""


class Interrupted(Exception):
    """The turn is to end now."""


class Turn:
    """A turn from its acceptance to its end."""

    def __init__(self, turn_id: str, timers: Timers, gates: Gates, pace: Pace) -> None:
        self.id = turn_id
        self.running = False  # from turn/started to turn/completed
        self.sampling = False  # a model request is under way, and can be broken off
        self.commanding = False  # a command runs, which an interrupt ends and new input does not
        self.kind = "regular"  # "compact" and "review" take no input
        self.interrupt_due = False
        self.inputs: list[Input] = []
        self._interrupt_asked = False
        self._timers = timers
        self._gates = gates
        self._pace = pace
        self._timer: Timer | None = None
        self._gate: str | None = None
        self._steps: Steps

    def begin(self, steps: Steps) -> None:
        """Run up to the first wait."""
        self._steps = steps
        self._advance()

    # --- what is asked of it -------------------------------------------------------------------------------------------

    def add_input(self, content: list[Json], client_id: str | None, prompt: str) -> None:
        """Queue user input; a model stream that is under way is dropped for it."""
        self.inputs.append((content, client_id, prompt))
        if self.sampling:
            self._advance(Steered())

    def interrupt(self) -> None:
        """Ask the turn to end; asking twice is the same as once."""
        if self._interrupt_asked:
            return
        self._interrupt_asked = True
        self._timers.after(self._pace.until_interrupted(), self._interrupt_now)

    def _interrupt_now(self) -> None:
        self.interrupt_due = True
        if self.sampling or self.commanding:
            self._advance(Interrupted())

    def cut(self) -> None:
        """End now, as interrupted, wherever it waits: the thread is about to be unloaded."""
        try:
            self._advance(Interrupted())
        except Interrupted:
            return  # it was not running yet: there is nothing to tell

    # --- what it waits for ---------------------------------------------------------------------------------------------

    def _advance(self, thrown: BaseException | None = None) -> None:
        """Run on to the next wait."""
        self._stop_waiting()
        try:
            wait = next(self._steps) if thrown is None else self._steps.throw(thrown)
        except StopIteration:
            return
        if isinstance(wait, str):
            self._gate = wait
            self._gates.wait(wait, self._wake)
        elif wait is not None:
            self._timer = self._timers.after(wait, self._advance)

    def _wake(self) -> None:
        """The gate it waits at is open."""
        self._gate = None
        self._timer = self._timers.after(0.0, self._advance)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._gate is not None:
            self._gates.give_up(self._gate, self._wake)
            self._gate = None
