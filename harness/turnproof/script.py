"""What the model does within one turn, as data.

The fake app-server performs a script itself; for the real binary the fake model provider serves it over HTTP.  Acts
follow each other; what stands *inside* ``say`` happens while the message item is open:

    say("al", hold("g"), "pha")      one message, whose stream waits in the middle for ``release("g")``
    say("half"), stall()             a whole message, then silence
    say("half", stall())             a message that is never completed

    run_command("x"), say("done")    a call of a tool, and what the model says when it has the result (``calls.py``)

``attempt`` counts how often the server asked for the same turn (its own HTTP and stream retries): ``fail`` and
``drop_connection`` with ``times=n`` act on the first n attempts and are passed over afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from turnproof.act import Act
from turnproof.calls import AnyCall, AtOnce, Call, TypeInto, UpdatePlan


class Hold(Act, frozen=True, tag="hold"):
    """Wait until the gate is released by a ``release`` step. A gate once open stays open."""

    gate: str


class Stall(Act, frozen=True, tag="stall"):
    """The stream stays open and silent for ever."""


class DropConnection(Act, frozen=True, tag="drop_connection"):
    """The connection to the model is reset in mid-stream, for the first ``times`` attempts (None: every one)."""

    times: int | None = None


class NeverAnswer(Act, frozen=True, tag="never_answer"):
    """The request is read and no response headers ever come."""


class Fail(Act, frozen=True, tag="fail"):
    """The request is answered with an HTTP status instead of a stream."""

    status: int
    times: int | None = None


Piece = str | Hold | Stall | DropConnection


class Say(Act, frozen=True, tag="say"):
    """One agent message; each text chunk is one delta. ``whole`` sends no deltas, only the complete text."""

    chunks: tuple[Piece, ...]
    whole: bool = False

    @property
    def text(self) -> str:
        return _words(self.chunks)

    @property
    def finishes(self) -> bool:
        """Whether the message is ever completed."""
        return not any(isinstance(chunk, Stall) for chunk in self.chunks)


class Think(Act, frozen=True, tag="think"):
    """One reasoning item; each chunk is one delta of its summary, or with ``raw`` of its own text."""

    chunks: tuple[Piece, ...]
    raw: bool = False

    @property
    def text(self) -> str:
        return _words(self.chunks)


class ProposePlan(Act, frozen=True, tag="propose_plan"):
    """One plan, which is all of its message; each chunk is one delta of the plan item, and holds whole lines."""

    chunks: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return _words(self.chunks)


def _words(chunks: tuple[Piece, ...]) -> str:
    return "".join(chunk for chunk in chunks if isinstance(chunk, str))


AnyAct = (
    Say
    | Think
    | ProposePlan
    | Hold
    | Fail
    | DropConnection
    | Stall
    | NeverAnswer
    | AnyCall
    | AtOnce
    | TypeInto
    | UpdatePlan
)
Script = tuple[AnyAct, ...]


def say(*chunks: Piece, whole: bool = False) -> Say:
    """The model says the chunks as one message."""
    return Say(chunks, whole)


def think(*chunks: Piece, raw: bool = False) -> Think:
    """The model reasons before it goes on; ``raw``: what is told is the reasoning itself, no summary of it."""
    return Think(chunks, raw)


def propose_plan(*chunks: Piece) -> ProposePlan:
    """The model proposes a plan, once in a turn at most. The thread must be in plan mode, and the client experimental."""
    return ProposePlan(chunks)


def hold(gate: str) -> Hold:
    """The model waits here until ``release(gate)``."""
    return Hold(gate)


def fail(status: int, times: int | None = None) -> Fail:
    """The model provider answers with this HTTP status, ``times`` times (None: always)."""
    return Fail(status, times)


def drop_connection(times: int | None = None) -> DropConnection:
    """The model provider resets the connection in mid-stream."""
    return DropConnection(times)


def stall() -> Stall:
    """The model goes silent for ever; the turn ends only by an interrupt or with the server."""
    return Stall()


def never_answer() -> NeverAnswer:
    """The model provider never answers the request."""
    return NeverAnswer()


def acts(script: Script) -> Iterator[AnyAct]:
    """Every act of a script, nested ones included, in order."""
    for act in script:
        yield act
        if isinstance(act, Say | Think | ProposePlan):
            for chunk in act.chunks:
                if not isinstance(chunk, str):
                    yield chunk


def calls(script: Script) -> Iterator[AnyCall]:
    """Every call of a tool, in order."""
    for act in script:
        if isinstance(act, AtOnce):
            yield from act.calls
        elif isinstance(act, Call):
            yield act


def gates(script: Script) -> Iterator[str]:
    """The gates that a script waits at."""
    for act in acts(script):
        if isinstance(act, Hold):
            yield act.gate
