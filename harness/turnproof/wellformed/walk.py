"""One walk over the steps keeps in mind what a reader would, and refuses what cannot follow.

``together`` branches are walked one after the other; a name that one of them makes is taken for all, but the others cannot
refer to it before all have ended: which comes first is nobody's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from turnproof import steps as s
from turnproof.matching import malformed, references
from turnproof.refusal import Refusal, shown
from turnproof.script import calls
from turnproof.wellformed import ask_rules, server_rules, thread_rules, turn_rules
from turnproof.wellformed.expectations import check_expectations, values
from turnproof.wellformed.memory import UNDER_WAY, Memory
from turnproof.wellformed.naming import written_as


def take(memory: Memory, step: s.AnyStep) -> None:
    """Refuse a step that cannot stand here; afterwards it is kept in mind."""
    for value in values(step):
        if (problem := malformed(value)) is not None:
            raise Refusal(problem, "use the functions of turnproof (ref, text, one_of, …)")
        for path in references(value):
            memory.known(path.partition(".")[0], memory.results, "result", 'name a step with as_="…" before')
    check_expectations(step)
    if not memory.up and not isinstance(step, s.Reconnect | s.Wait | s.Release):
        raise Refusal("the server was ended by an earlier step", "reconnect() before")
    if not memory.ready and not isinstance(step, _BEFORE_HANDSHAKE):
        raise Refusal("the handshake was not made", "initialize() before, or Setup(handshake=True)")
    if memory.loose is not None and isinstance(step, _WRITES):
        _glued(memory.loose, "this step")
    memory.consents.take(step)
    if isinstance(step, s.SPEAKS):
        memory.leaves |= {call.mark: memory.consents.on(step).leave(call) for call in calls(step.script)}
    handler = _HANDLERS.get(type(step))
    if handler is not None:
        handler(memory, step)


def finish(memory: Memory) -> None:
    """Refuse what the steps left open."""
    for name, (_, state) in memory.turns.items():
        if state in UNDER_WAY:
            raise Refusal(
                f"turn {shown(name)} is {'started' if state == 'open' else state} and never awaited",
                f"await_turn({shown(name)})",
            )
    if loose := memory.released - memory.gates:
        gate = shown(min(loose))
        raise Refusal(f"gate {gate} is released, but no script holds it", f"hold({gate}) in a script, or no release")
    if memory.loose is not None and memory.up and memory.ready:
        _glued(memory.loose, "the second use of the server")


def _glued(tail: bytes, what: str) -> None:
    raise Refusal(
        f"{what} would write into the line that send_bytes left without its end, {shown(tail)}",
        'end those bytes with "\\n", send_bytes the rest of the line before, or close_stdin()',
    )


def _together(memory: Memory, step: s.Together) -> None:
    if len(step.branches) < 2:
        raise Refusal("one branch is alone", "write its steps without together")
    if not all(step.branches):
        raise Refusal("a branch has no steps", "remove it")
    before, beside, foreign = set(memory.results), memory.beside, memory.foreign
    made: set[str] = set()
    for branch in step.branches:
        others = (other for other in step.branches if other is not branch)
        memory.beside = beside.union(*map(_releases, others))
        memory.foreign = foreign | made
        memory.loose = None  # which bytes come first is nobody's to say
        for inner in branch:
            if isinstance(inner, s.KillServer | s.CloseStdin | s.AwaitExit | s.Reconnect | s.Initialize):
                raise Refusal(f"{written_as(inner)} cannot be one of several at once", "put it after the branches")
            try:
                take(memory, inner)
            except Refusal as refusal:
                raise Refusal(f"in {written_as(inner)}: {refusal.what}", refusal.mend) from None
        made = memory.results - before
    memory.beside, memory.foreign, memory.loose = beside, foreign, None


def _releases(branch: Iterable[s.AnyStep]) -> set[str]:
    """The gates that a branch releases, in branches of its own too."""
    found: set[str] = set()
    for step in branch:
        if isinstance(step, s.Release):
            found.add(step.gate)
        elif isinstance(step, s.Together):
            found = found.union(*map(_releases, step.branches))
    return found


_HANDLERS: Final[dict[type, Callable[[Memory, Any], None]]] = {
    s.StartThread: thread_rules.start_thread,
    s.ReadThread: thread_rules.read_thread,
    s.ResumeThread: thread_rules.resume_thread,
    s.ForkThread: thread_rules.fork_thread,
    s.ListThreads: thread_rules.list_threads,
    s.RunTurn: turn_rules.run_turn,
    s.StartTurn: turn_rules.start_turn,
    s.BeginTurn: turn_rules.begin_turn,
    s.QueueTurn: turn_rules.queue_turn,
    s.AwaitTurn: turn_rules.await_turn,
    s.WaitFor: turn_rules.wait_for,
    s.AwaitAsk: ask_rules.await_ask,
    s.AnswerAsk: ask_rules.answer,
    s.Steer: turn_rules.steer_or_interrupt,
    s.Interrupt: turn_rules.steer_or_interrupt,
    s.Request: server_rules.request,
    s.SendBytes: server_rules.send_bytes,
    s.KillServer: server_rules.end_server,
    s.CloseStdin: server_rules.end_server,
    s.AwaitExit: server_rules.end_server,
    s.Reconnect: server_rules.reconnect,
    s.Initialize: server_rules.initialize,
    s.Release: server_rules.release,
    s.Wait: server_rules.wait,
    s.Together: _together,
}
_BEFORE_HANDSHAKE: Final = (
    s.Initialize,
    s.Request,
    s.Notify,
    s.SendBytes,
    s.KillServer,
    s.CloseStdin,
    s.AwaitExit,
    s.Wait,
    s.Together,
)
_WRITES: Final = (
    s.StartThread,
    s.ReadThread,
    s.ResumeThread,
    s.ForkThread,
    s.ListThreads,
    s.RunTurn,
    s.StartTurn,
    s.BeginTurn,
    s.QueueTurn,
    s.Steer,
    s.Interrupt,
    s.AnswerAsk,
    s.Request,
    s.Notify,
    s.Initialize,
)
"""Steps that write lines of their own, all but ``send_bytes``, whose bytes may be the rest of a line."""
