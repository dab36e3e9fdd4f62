"""The steps of a scenario: what a user of the protocol does, as frozen data.

A step says what is done and, where an answer has a choice, what may come back (``Ok``, ``Refused``, ``Branch``).  These
classes are what is saved, shown and played; scenarios are written with the functions of ``writing``.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from turnproof.script import Script

TurnStatus = Literal["completed", "interrupted", "failed"]
TurnMethod = Literal["review/start", "thread/compact/start", "thread/shellCommand"]
"""Requests that begin a turn without being turn/start."""
ReadStatus = Literal["completed", "interrupted", "failed", "inProgress"]
"""The statuses of turns in a thread that is read."""


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="outcome", tag=True):
    """One thing that may come back for a request."""


class Ok(Outcome, frozen=True, tag="ok"):
    """A result; ``result`` is a value or matcher for it (None: any result)."""

    result: Any = None


class Refused(Outcome, frozen=True, tag="refused"):
    """An error with exactly this code, and a message that is equal to, or matched by, ``message``."""

    code: int
    message: Any = None


class Unanswered(Outcome, frozen=True, tag="unanswered"):
    """Nothing comes back, ever: the server takes the line for something else."""


class Later(Outcome, frozen=True, tag="later"):
    """Not waited for: an answer may come at any time. The checks still want one, once."""


class Branch(Outcome, frozen=True, tag="branch"):
    """An alternative as a world: this answer, and then this end of the turn, belong together.

    Two independent sets of answers and ends would accept the wrong pair (an interrupt that was taken, and a turn that
    completed all the same).
    """

    answer: Ok | Refused
    turn: TurnStatus | None = None


AnyOutcome = Ok | Refused | Unanswered | Later | Branch


class Step(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="step", tag=True):
    """One thing that is done."""


class StartThread(Step, frozen=True, tag="start_thread"):
    name: str
    params: dict[str, Any] = {}
    expect: tuple[AnyOutcome, ...] = ()


class RunTurn(Step, frozen=True, tag="run_turn"):
    """A turn from its start to its end. ``ends`` None: as its script makes it end; ``params`` go into the request."""

    thread: str
    text: str
    script: Script
    name: str | None = None
    ends: TurnStatus | None = None
    params: dict[str, Any] = {}


class StartTurn(Step, frozen=True, tag="start_turn"):
    name: str
    thread: str
    text: str
    script: Script
    expect: tuple[AnyOutcome, ...] = ()
    params: dict[str, Any] = {}


class BeginTurn(Step, frozen=True, tag="begin_turn"):
    """A turn that another request than turn/start begins. ``text``: the words that its model is asked, where one is."""

    name: str
    thread: str
    method: TurnMethod
    params: dict[str, Any] = {}
    text: str | None = None
    script: Script = ()
    expect: tuple[AnyOutcome, ...] = ()

    @property
    def words(self) -> str:
        """What its licence is known by."""
        return f"{self.method} {self.name}" if self.text is None else self.text


class QueueTurn(Step, frozen=True, tag="queue_turn"):
    """A turn that is left in its thread's queue. The client's id for its words is its name, by which it is known later."""

    name: str
    thread: str
    text: str
    script: Script


class AwaitTurn(Step, frozen=True, tag="await_turn"):
    name: str
    ends: TurnStatus | None = None


class WaitFor(Step, frozen=True, tag="wait_for"):
    """Until the ``k``-th notification that matches was seen since the play began."""

    method: str
    thread: str | None = None
    turn: str | None = None
    where: dict[str, Any] = {}
    k: int = 1


class Steer(Step, frozen=True, tag="steer"):
    turn: str
    text: str
    script: Script
    expect: tuple[AnyOutcome, ...] = ()


class Interrupt(Step, frozen=True, tag="interrupt"):
    turn: str
    expect: tuple[AnyOutcome, ...] = ()


class AwaitAsk(Step, frozen=True, tag="await_ask"):
    """Until the server has asked the client for the ``k``-th time about the call with this mark."""

    mark: str
    k: int = 1


class AnswerAsk(Step, frozen=True, tag="answer"):
    """What the client answers to an ask: a ``decision``, or any ``result`` (a wrapper list, so that null is one) or ``error``.

    ``under`` is the id of the answer: that of the ask, "another id", or the same number as "another type", a text.
    ``ends``: how the turn may end from here on, where that is open (empty: as the decision makes it).
    """

    mark: str
    decision: str | None = None
    result: tuple[Any, ...] = ()
    error: dict[str, Any] | None = None
    under: Literal["its id", "another id", "another type"] = "its id"
    ends: tuple[TurnStatus, ...] = ()


class ReadThread(Step, frozen=True, tag="read_thread"):
    """``turns``: the statuses of its turns, oldest first (None: not looked at)."""

    thread: str
    turns: tuple[ReadStatus, ...] | None = None
    expect: tuple[AnyOutcome, ...] = ()
    name: str | None = None


class ResumeThread(Step, frozen=True, tag="resume_thread"):
    thread: str
    turns: tuple[ReadStatus, ...] | None = None
    expect: tuple[AnyOutcome, ...] = ()
    name: str | None = None


class ForkThread(Step, frozen=True, tag="fork_thread"):
    """A new thread ``name`` with the history of ``source``."""

    name: str
    source: str
    turns: tuple[ReadStatus, ...] | None = None
    expect: tuple[AnyOutcome, ...] = ()


class ListThreads(Step, frozen=True, tag="list_threads"):
    """``has`` and ``lacks`` name threads; ``params`` go to thread/list."""

    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    params: dict[str, Any] = {}
    name: str | None = None


class Request(Step, frozen=True, tag="request"):
    """Any method. ``id`` overrides the id (the wrapper list tells "not given" from null)."""

    method: str
    params: Any = None
    expect: tuple[AnyOutcome, ...] = ()
    name: str | None = None
    id: tuple[Any, ...] = ()
    bare: bool = False


class Notify(Step, frozen=True, tag="notify"):
    """A notification from the client."""

    method: str
    params: Any = None


class SendBytes(Step, frozen=True, tag="send_bytes"):
    """Raw bytes to the server's stdin; ``answers`` maps nothing: the id of the answer that is awaited, if any."""

    data: bytes
    answer_to: tuple[Any, ...] = ()
    expect: tuple[AnyOutcome, ...] = ()
    piece: int | None = None


class KillServer(Step, frozen=True, tag="kill_server"):
    signal: Literal["KILL", "TERM", "INT"] = "KILL"


class CloseStdin(Step, frozen=True, tag="close_stdin"):
    pass


class AwaitExit(Step, frozen=True, tag="await_exit"):
    """Wait until the server has ended by itself."""


class Reconnect(Step, frozen=True, tag="reconnect"):
    """A new server over the same home, and the handshake."""


class Initialize(Step, frozen=True, tag="initialize"):
    """The handshake, where the set-up leaves it to the scenario."""


class Release(Step, frozen=True, tag="release"):
    gate: str


class Wait(Step, frozen=True, tag="wait"):
    """Real time that must pass; ``because`` says why no event can stand for it."""

    seconds: float
    because: str


class Together(Step, frozen=True, tag="together"):
    """Branches that are played at the same time; the step ends when all have."""

    branches: tuple[tuple[AnyStep, ...], ...]


AnyStep = (
    StartThread
    | RunTurn
    | StartTurn
    | BeginTurn
    | QueueTurn
    | AwaitTurn
    | WaitFor
    | Steer
    | Interrupt
    | AwaitAsk
    | AnswerAsk
    | ReadThread
    | ResumeThread
    | ForkThread
    | ListThreads
    | Request
    | Notify
    | SendBytes
    | KillServer
    | CloseStdin
    | AwaitExit
    | Reconnect
    | Initialize
    | Release
    | Wait
    | Together
)


SPEAKS: Final = (RunTurn, StartTurn, BeginTurn, QueueTurn, Steer)
"""The steps that bring words and the script of what the model does with them."""
