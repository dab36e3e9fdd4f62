"""How scenarios are written: a function for each step, with what most of them leave out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, cast

from turnproof.refusal import refuse, shown
from turnproof.script import Say, Script
from turnproof.steps import (
    AnswerAsk,
    AnyOutcome,
    AnyStep,
    AwaitAsk,
    AwaitExit,
    AwaitTurn,
    BeginTurn,
    CloseStdin,
    ForkThread,
    Initialize,
    Interrupt,
    KillServer,
    ListThreads,
    Notify,
    QueueTurn,
    ReadStatus,
    ReadThread,
    Reconnect,
    Release,
    Request,
    ResumeThread,
    RunTurn,
    SendBytes,
    StartThread,
    StartTurn,
    Steer,
    Together,
    TurnMethod,
    TurnStatus,
    Wait,
    WaitFor,
)


def _script(step: str, script: Script, says: str | None) -> Script:
    if says is None:
        return script
    if script:
        raise refuse(f"{step} is given a script and says= too", f"put say({shown(says, 40)}) into the script")
    return (Say((says,)),)


def start_thread(name: str, *expect: AnyOutcome, **params: Any) -> StartThread:
    """thread/start; the result is named like the thread. ``params`` go into the request."""
    return StartThread(name, params, expect)


def run_turn(
    thread: str,
    text: str,
    *script: Any,
    says: str | None = None,
    ends: TurnStatus | None = None,
    as_: str | None = None,
    **params: Any,
) -> RunTurn:
    """turn/start, and wait for the end. The script is what the model does; ``says="x"`` is short for ``say("x")``.

    ``params`` go into the request; an ``input`` among them stands in front of the text.
    """
    return RunTurn(thread, text, _script("run_turn", script, says), as_, ends, params)


def start_turn(
    name: str,
    thread: str,
    text: str,
    *script: Any,
    says: str | None = None,
    expect: tuple[AnyOutcome, ...] = (),
    **params: Any,
) -> StartTurn:
    """turn/start only; ``await_turn(name)`` waits for the end. ``params`` as in ``run_turn``."""
    return StartTurn(name, thread, text, _script("start_turn", script, says), expect, params)


def begin_turn(
    name: str,
    thread: str,
    method: TurnMethod,
    *script: Any,
    text: str | None = None,
    says: str | None = None,
    expect: tuple[AnyOutcome, ...] = (),
    **params: Any,
) -> BeginTurn:
    """review/start, thread/compact/start or thread/shellCommand, up to the answer and the beginning of the turn.

    ``text`` is what the model is asked, and the script what it does; ``params`` go into the request.
    """
    return BeginTurn(name, thread, method, params, text, _script("begin_turn", script, says), expect)


def queue_turn(name: str, thread: str, text: str, *script: Any, says: str | None = None) -> QueueTurn:
    """thread/queue/add, up to its answer, which is named like the turn; ``await_turn(name)`` waits for the end."""
    return QueueTurn(name, thread, text, _script("queue_turn", script, says))


def await_turn(name: str, ends: TurnStatus | None = None) -> AwaitTurn:
    """Wait for the end of a started turn."""
    return AwaitTurn(name, ends)


def wait_for(
    method: str, thread: str | None = None, turn: str | None = None, where: dict[str, Any] | None = None, k: int = 1
) -> WaitFor:
    """Wait until the k-th matching notification was seen; ``where`` holds members of its params (values, matchers)."""
    return WaitFor(method, thread, turn, where or {}, k)


def await_delta(turn: str, k: int = 1) -> WaitFor:
    """Wait until the model's k-th piece of text in this turn was seen."""
    return WaitFor("item/agentMessage/delta", None, turn, {}, k)


def steer(turn: str, text: str, *script: Any, says: str | None = None, expect: tuple[AnyOutcome, ...] = ()) -> Steer:
    """turn/steer with the running turn's id; the script is what the model does from there."""
    return Steer(turn, text, _script("steer", script, says), expect)


def interrupt(turn: str, *expect: AnyOutcome) -> Interrupt:
    """turn/interrupt. Without alternatives it must be taken, and the turn must end ``interrupted``."""
    return Interrupt(turn, expect)


def await_ask(mark: str, k: int = 1) -> AwaitAsk:
    """Wait until the server asks about the call with this mark; ``k=2`` is the second time, after a resume."""
    return AwaitAsk(mark, k)


def read_thread(
    thread: str, *expect: AnyOutcome, turns: tuple[ReadStatus, ...] | None = None, as_: str | None = None
) -> ReadThread:
    """thread/read with its turns."""
    return ReadThread(thread, turns, expect, as_)


def resume_thread(
    thread: str, *expect: AnyOutcome, turns: tuple[ReadStatus, ...] | None = None, as_: str | None = None
) -> ResumeThread:
    """thread/resume."""
    return ResumeThread(thread, turns, expect, as_)


def fork_thread(name: str, source: str, *expect: AnyOutcome, turns: tuple[ReadStatus, ...] | None = None) -> ForkThread:
    """thread/fork; the result is named like the new thread."""
    return ForkThread(name, source, turns, expect)


def list_threads(
    has: tuple[str, ...] = (), lacks: tuple[str, ...] = (), as_: str | None = None, **params: Any
) -> ListThreads:
    """thread/list, with threads that must and must not be in it."""
    return ListThreads(has, lacks, params, as_)


_MISSING: Any = object()


def request(
    method: str,
    params: Any = _MISSING,
    *outcomes: AnyOutcome,
    expect: tuple[AnyOutcome, ...] = (),
    as_: str | None = None,
    id: Any = _MISSING,  # the field has this name on the wire
) -> Request:
    """Any request. ``params`` left out sends none at all; ``id`` sets the id of the request.

    What may come back stands behind the params, or in ``expect`` where there are none.
    """
    if outcomes and expect:
        raise refuse("request is given outcomes behind the params and expect= too", "write all of them in one place")
    bare = params is _MISSING
    return Request(method, None if bare else params, outcomes or expect, as_, () if id is _MISSING else (id,), bare)


def answer(
    mark: str,
    decision: str | None = None,
    *,
    ends: tuple[TurnStatus, ...] = (),
    result: Any = _MISSING,
    error: dict[str, Any] | None = None,
    under: Literal["its id", "another id", "another type"] = "its id",
) -> AnswerAsk:
    """Answer an ask that was awaited, by a decision such as "accept" or "decline", or by any result or error.

    What a decision is on the wire depends on what was asked; for a question to the user it is the option that is chosen.
    ``ends`` lists how the turn may end from here on, where an interrupt races the answer.
    """
    return AnswerAsk(mark, decision, () if result is _MISSING else (result,), error, under, ends)


def notify(method: str, params: Any = None) -> Notify:
    """Any notification from the client."""
    return Notify(method, params)


def send_bytes(
    data: bytes | str, *expect: AnyOutcome, answer_to: Any = _MISSING, piece: int | None = None
) -> SendBytes:
    """Bytes as they are, in pieces of ``piece`` bytes when given; waits for the answer to the id ``answer_to``."""
    raw = data.encode() if isinstance(data, str) else data
    return SendBytes(raw, () if answer_to is _MISSING else (answer_to,), expect, piece)


def kill_server(signal: Literal["KILL", "TERM", "INT"] = "KILL") -> KillServer:
    """A signal to the server process, and wait for its end."""
    return KillServer(signal)


def close_stdin() -> CloseStdin:
    """End of input, and wait for the server's end."""
    return CloseStdin()


def await_exit() -> AwaitExit:
    """Wait until the server has ended by itself, which is a violation unless it is a known quirk."""
    return AwaitExit()


def reconnect() -> Reconnect:
    """A new server process over the same home, with its handshake."""
    return Reconnect()


def initialize() -> Initialize:
    """The handshake, for scenarios with ``Setup(handshake=False)``."""
    return Initialize()


def release(gate: str) -> Release:
    """Open a gate that a script holds."""
    return Release(gate)


def wait(seconds: float, because: str) -> Wait:
    """Let real time pass. Order comes from ``wait_for`` and gates; this is for what only time can show."""
    return Wait(seconds, because)


def together(*branches: Any) -> Together:
    """Play branches at the same time; a branch is a step or a sequence of steps."""
    return Together(tuple(_branch(branch) for branch in branches))


def _branch(branch: Any) -> tuple[AnyStep, ...]:
    return tuple(cast("list[AnyStep]", branch)) if isinstance(branch, list | tuple | Iterator) else (branch,)
