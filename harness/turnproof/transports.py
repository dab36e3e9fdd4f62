"""How bytes get to a server: the protocols that the player needs, and every kind of server fulfils.

``ServerUnderTest`` is what a target opens for one play; it makes one ``Transport`` for each generation (process) of the
server.  A transport tells its ``Sink`` what comes out.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

import msgspec

from turnproof.script import Script

SignalName = Literal["KILL", "TERM", "INT"]


class Sink(Protocol):
    """Who is told what a server process does. Called on the event loop, in order."""

    def on_output(self, chunk: bytes) -> None: ...

    def on_fact(self, fact: dict[str, Any]) -> None:
        """A fault fired, a prompt had no script, a gate was reached."""
        ...

    def on_end(self, code: int, pipe_held: bool) -> None:
        """The process has ended *and* its output is at its end (or is held open by somebody else)."""
        ...


class Transport(Protocol):
    """One server process."""

    pid: int | None

    def write(self, data: bytes) -> None:
        """Queue bytes for its stdin; never blocks; what a dead process does not take is dropped."""
        ...

    def close_input(self) -> None: ...

    def signal(self, name: SignalName) -> None: ...

    async def kill(self) -> None:
        """End it by all means, bounded."""
        ...


class ServerUnderTest(Protocol):
    """The server of one play, over all its generations."""

    facts: dict[str, Any]

    async def spawn(self, gen: int, sink: Sink) -> Transport: ...

    def expect(self, thread_id: str | None, prompt: str, script: Script) -> None:
        """The model will be asked with these words on this thread, None: on any."""
        ...

    def release(self, gate: str) -> None: ...

    def left_on_disk(self, name: str) -> bytes:
        """What the files of this name hold, in whatever folder of the play; asked for when no process writes any more."""
        ...

    def unfired(self) -> list[str]:
        """Faults that have not fired."""
        ...

    def stderr(self) -> list[str]:
        """The last lines of stderr."""
        ...

    async def close(self, *, keep: bool) -> list[str]:
        """Clean up, all of it, whatever fails; gives the processes that outlived the play (and are now ended).

        When it is cancelled it waits for nothing more, kills, and cleans up before it lets the cancellation through.
        """
        ...


class SkipPlay(Exception):
    """A target cannot play here; the text says what is missing and the mend."""


class HarnessError(Exception):
    """Our own side broke its contract: says nothing about the server."""


class PlaySpec(msgspec.Struct):
    """What a target needs to know to open a server for a play."""

    scenario: Any
    seed: int = 0
    faults: tuple[Any, ...] = ()
    folder: str | None = None
    play_id: str = "play"
    time_factor: float = 1.0
    """Multiplies what waits for the machine, as it does the budgets of the steps."""
