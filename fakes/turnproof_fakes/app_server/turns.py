"""A turn as those around it see it: what was asked of it, and how it can be broken off.

What it does are its steps (a strand). Steer and interrupt are thrown in as exceptions while it waits inside a model request or,
an interrupt only, inside a tool call; otherwise they are noted.
"""

from __future__ import annotations

from turnproof_fakes.app_server.strands import Strand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.gates import Gates
    from turnproof_fakes.app_server.pace import Pace
    from turnproof_fakes.app_server.strands import Steps
    from turnproof_fakes.app_server.terminals import Terminal
    from turnproof_fakes.app_server.timers import Timers

    Json = dict[str, Any]
    Input = tuple[list[Json], str | None, str]  # content, the client's id for it, the words that pick the script


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
        self.at_work = False  # a command or a tool call runs, which an interrupt ends and new input does not
        self.inner: str | None = None  # the id that a review's turn runs under
        self.kind = "regular"  # "compact" and "review" take no input
        self.interrupt_due = False
        self.inputs: list[Input] = []
        self.open_items: dict[str, Json] = {}  # tool calls under way that a resume shows
        self.outputs: dict[str, str] = {}  # what the model is to hear of its calls, by their ids
        self.schema: Json | None = None  # what its answer is to be like
        self.terminals: dict[str, Terminal] = {}  # commands that wait for lines, by their items
        self._interrupt_asked = False
        self._timers = timers
        self._gates = gates
        self._pace = pace
        self._strand: Strand

    @property
    def runs_as(self) -> str:
        """The id that an interrupt has to name."""
        return self.inner or self.id

    def begin(self, steps: Steps) -> None:
        """Run up to the first wait."""
        self._strand = Strand(steps, self._timers, self._gates)
        self._strand.advance()

    # --- what is asked of it -------------------------------------------------------------------------------------------

    def add_input(self, content: list[Json], client_id: str | None, prompt: str) -> None:
        """Queue user input; a model stream that is under way is dropped for it."""
        self.inputs.append((content, client_id, prompt))
        if self.sampling:
            self._strand.advance(Steered())

    def interrupt(self) -> None:
        """Ask the turn to end; asking twice is the same as once."""
        if self._interrupt_asked:
            return
        self._interrupt_asked = True
        self._timers.after(self._pace.until_interrupted(), self._interrupt_now)

    def cancel(self) -> None:
        """The client cancelled what it was asked: the turn ends before anything else happens in it."""
        self._interrupt_asked = True
        self._timers.after(0.0, self._interrupt_now)

    def _interrupt_now(self) -> None:
        if self.interrupt_due:
            return
        self.interrupt_due = True
        if self.sampling or self.at_work:
            self._strand.advance(Interrupted())

    def cut(self) -> None:
        """End now, as interrupted, wherever it waits: the thread is about to be unloaded."""
        try:
            self._strand.advance(Interrupted())
        except Interrupted:
            return  # it was not running yet: there is nothing to tell
