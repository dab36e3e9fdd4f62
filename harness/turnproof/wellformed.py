"""What makes no sense is refused when a scenario is built, in one line that names file, line, title, step and mend.

One walk over the steps keeps what a reader of the scenario would keep in mind: which threads and turns there are, which
turns are open, whether the server is up, which words were said to the model, which gates are open.  ``together``
branches are walked one after the other; a name that one of them makes is taken for all, but the others cannot refer to
it before all have ended: which comes first is nobody's to say.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any, Final

from turnproof import steps as s
from turnproof.matching import malformed, references
from turnproof.script import DropConnection, Fail, Hold, NeverAnswer, Script, Stall, acts, gates
from turnproof.wellformed_frame import Parts, ScenarioError, check_frame, kind_of, one_line

PROBE: Final = "turnproof probe"
"""Prompts of the second use after a scenario begin like this; a scenario's own must not."""


__all__ = ["PROBE", "ScenarioError", "check_scenario", "kind_of"]


class _Refusal(Exception):
    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what, mend)
        self.what = what
        self.mend = mend

    def __str__(self) -> str:
        return one_line(f"{self.what}; mend: {self.mend}")


def check_scenario(scenario: Parts, where: tuple[str, int]) -> None:
    """Raise ScenarioError when the scenario makes no sense."""
    place = f"{where[0]}:{where[1]}: scenario {scenario.title!r}"
    check_frame(scenario, place)
    walk = _Walk(handshake=scenario.setup.handshake)
    for number, step in enumerate(scenario.steps, 1):
        try:
            walk.take(step)
        except _Refusal as refusal:
            raise ScenarioError(f"{place}, step {number} {kind_of(step)}: {refusal}") from None
    try:
        walk.finish()
    except _Refusal as refusal:
        raise ScenarioError(f"{place}, at its end: {refusal}") from None


class _Walk:
    """The state of one walk; ``take`` raises _Refusal."""

    def __init__(self, *, handshake: bool) -> None:
        self.up = True
        self.ready = handshake
        self.results: set[str] = set()
        self.threads: dict[str, bool] = {}  # name -> usable on this server
        self.turns: dict[str, tuple[str, str]] = {}  # name -> (thread, state)
        self.prompts: dict[str, Script] = {}
        self.gates: set[str] = set()
        self.released: set[str] = set()
        self.scripts: dict[str, Script] = {}  # turn -> what it must get through to complete
        self.beside: set[str] = set()  # gates that branches beside this one release
        self.foreign: set[str] = set()  # names that branches beside this one make

    def take(self, step: s.AnyStep) -> None:
        for value in _values(step):
            if (problem := malformed(value)) is not None:
                raise _Refusal(problem, "use the functions of turnproof (ref, text, one_of, …)")
            for path in references(value):
                self._known(path.partition(".")[0], self.results, "result", 'name a step with as_="…" before')
        _check_branches(step)
        if not self.up and not isinstance(step, s.Reconnect | s.Wait | s.Release):
            raise _Refusal("the server was ended by an earlier step", "reconnect() before")
        if not self.ready and not isinstance(step, _BEFORE_HANDSHAKE):
            raise _Refusal("the handshake was not made", "initialize() before, or Setup(handshake=True)")
        handler = _HANDLERS.get(type(step))
        if handler is not None:
            handler(self, step)

    def finish(self) -> None:
        for name, (_, state) in self.turns.items():
            if state == "open":
                raise _Refusal(f"turn {name!r} is started and never awaited", f"await_turn({name!r})")
        if loose := self.released - self.gates:
            gate = min(loose)
            raise _Refusal(
                f"gate {gate!r} is released, but no script holds it", f"hold({gate!r}) in a script, or no release"
            )

    # -- what the handlers share

    def _known(self, name: str, names: Iterable[str], what: str, mend: str) -> None:
        if name in self.foreign:
            raise _Refusal(f"{what} {name!r} is of another branch, which may come later", "use it after together(…)")
        known = sorted(set(names) - self.foreign)
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise _Refusal(f"unknown {what} {name!r}", f"did you mean {near[0]!r}?" if near else mend)

    def new_name(self, name: str | None) -> None:
        if name is None:
            return
        if name in self.results:
            raise _Refusal(f"the name {name!r} is taken", "choose another")
        if not name or "." in name:
            raise _Refusal(f"{name!r} is no name", "use a word without a full stop")
        self.results.add(name)

    def known_thread(self, name: str) -> None:
        self._known(name, self.threads, "thread", f"start_thread({name!r}) before")

    def usable_thread(self, name: str) -> None:
        self.known_thread(name)
        if not self.threads[name]:
            raise _Refusal(f"thread {name!r} is not loaded on the new server", f"resume_thread({name!r}) before")

    def prompt(self, text: str, script: Script) -> None:
        if text.startswith(PROBE):
            raise _Refusal(f"the text begins with {PROBE!r}, which the second use is known by", "say it otherwise")
        if self.prompts.setdefault(text, script) != script:
            raise _Refusal(
                f"the text {text[:40]!r} has two different scripts, and the model is told by the text which to follow",
                "change the words of one",
            )
        self.gates.update(gates(script))
        for act in acts(script):
            if isinstance(act, Fail) and not 400 <= act.status <= 599:
                raise _Refusal(f"HTTP status {act.status} is no failure", "one from 400 to 599")
            if isinstance(act, Fail | DropConnection) and act.times is not None and act.times < 1:
                raise _Refusal(f"times={act.times} never happens", "times=1 is once")

    def completes(self, what: str, script: Script) -> None:
        """Refuse a turn that is awaited as completed and waits for ever at a gate."""
        for act in acts(script):
            if isinstance(act, Fail | DropConnection | Stall | NeverAnswer):
                return  # it ends here, or is asked for again: not the gates' business
            if isinstance(act, Hold) and act.gate not in self.released | self.beside:
                raise _Refusal(
                    f"{what} waits at gate {act.gate!r}, which nobody has released",
                    f"release({act.gate!r}) before, or say how else it ends",
                )

    def ends_otherwise(self, thread: str | None = None) -> None:
        """Open turns (of a thread) may end otherwise than by their scripts."""
        for name, (on, state) in self.turns.items():
            if state == "open" and thread in (None, on):
                self.scripts[name] = ()

    def ended(self) -> None:
        """The server is gone, and every open turn with it."""
        self.up = False
        self.turns = {n: (t, "cut" if st == "open" else st) for n, (t, st) in self.turns.items()}

    def turn(self, name: str) -> tuple[str, str]:
        self._known(name, self.turns, "turn", f"start_turn({name!r}, …) before")
        return self.turns[name]


def _refusable(step: Any) -> bool:
    """Whether the step expects something other than success, so that wrong use may be the point."""
    return any(isinstance(o, s.Refused | s.Branch | s.Unanswered | s.Later) for o in step.expect)


def _check_branches(step: Any) -> None:
    branches = [o for o in getattr(step, "expect", ()) if isinstance(o, s.Branch)]
    if branches and not isinstance(step, s.Steer | s.Interrupt):
        raise _Refusal("a Branch ties an answer to the end of a running turn", "give the answer alone")
    if any(branch.turn is None for branch in branches):
        raise _Refusal("a Branch says how the turn ends, and this one does not", 'turn="…", or the answer alone')


def _only_refused(step: Any) -> bool:
    return bool(step.expect) and all(isinstance(o, s.Refused) for o in step.expect)


def _start_thread(walk: _Walk, step: s.StartThread) -> None:
    walk.new_name(step.name)
    if not _only_refused(step):
        walk.threads[step.name] = True


def _run_turn(walk: _Walk, step: s.RunTurn) -> None:
    walk.usable_thread(step.thread)
    walk.prompt(step.text, step.script)
    walk.ends_otherwise(step.thread)
    if step.ends in (None, "completed"):
        walk.completes("the turn", step.script)
    if step.name is not None:
        walk.new_name(step.name)
        walk.turns[step.name] = (step.thread, "awaited")


def _start_turn(walk: _Walk, step: s.StartTurn) -> None:
    (walk.known_thread if _refusable(step) else walk.usable_thread)(step.thread)
    walk.new_name(step.name)
    walk.prompt(step.text, step.script)
    refused = any(isinstance(o, s.Refused) for o in step.expect)
    if not refused:
        walk.ends_otherwise(step.thread)
    walk.scripts[step.name] = step.script
    walk.turns[step.name] = (step.thread, "refused" if refused else "open")


def _await_turn(walk: _Walk, step: s.AwaitTurn) -> None:
    thread, state = walk.turn(step.name)
    if state != "open":
        why = {"awaited": "was awaited already", "cut": "ended with its server", "refused": "is never started"}[state]
        raise _Refusal(f"turn {step.name!r} {why}", "remove this step")
    if step.ends in (None, "completed"):
        walk.completes(f"turn {step.name!r}", walk.scripts[step.name])
    walk.turns[step.name] = (thread, "awaited")


def _wait_for(walk: _Walk, step: s.WaitFor) -> None:
    if step.thread is not None:
        walk.known_thread(step.thread)
    if step.turn is not None:
        walk.turn(step.turn)
    if step.k < 1:
        raise _Refusal(f"k={step.k} counts from 1", "k=1 is the first")
    if any(references(step.where)):
        raise _Refusal("where is counted from the start of the play, when no step has a result", "thread= or turn=")


def _on_turn(walk: _Walk, step: s.Steer | s.Interrupt) -> None:
    _, state = walk.turn(step.turn)
    if state != "open" and not _refusable(step):
        raise _Refusal(f"turn {step.turn!r} is not running here", f"{kind_of(step)} before its await_turn, or Refused")
    if isinstance(step, s.Steer):
        walk.prompt(step.text, step.script)
    if state == "open" and not _only_refused(step):
        plain = isinstance(step, s.Steer) and not _refusable(step)
        walk.scripts[step.turn] = step.script if isinstance(step, s.Steer) and plain else ()


def _use_thread(walk: _Walk, step: s.ReadThread) -> None:
    walk.known_thread(step.thread)
    walk.new_name(step.name)


def _resume(walk: _Walk, step: s.ResumeThread) -> None:
    walk.known_thread(step.thread)
    walk.new_name(step.name)
    if not any(isinstance(o, s.Refused) for o in step.expect):
        walk.threads[step.thread] = True


def _fork(walk: _Walk, step: s.ForkThread) -> None:
    walk.known_thread(step.source)
    walk.new_name(step.name)
    if not _only_refused(step):
        walk.threads[step.name] = True


def _list(walk: _Walk, step: s.ListThreads) -> None:
    for name in (*step.has, *step.lacks):
        walk.known_thread(name)
    walk.new_name(step.name)


def _request(walk: _Walk, step: s.Request) -> None:
    walk.new_name(step.name)
    if step.method in ("turn/interrupt", "turn/steer", "turn/start"):
        walk.ends_otherwise()


def _send_bytes(walk: _Walk, step: s.SendBytes) -> None:
    if step.expect and not step.answer_to:
        raise _Refusal("it expects an answer to no id", "answer_to=<the id in the bytes>")
    if step.piece is not None and step.piece < 1:
        raise _Refusal(f"piece={step.piece} is no size", "piece=1 writes byte by byte")


def _release(walk: _Walk, step: s.Release) -> None:
    if step.gate in walk.released:
        raise _Refusal(f"gate {step.gate!r} is open already", "remove this step")
    walk.released.add(step.gate)


def _end_server(walk: _Walk, _step: s.AnyStep) -> None:
    walk.ended()


def _reconnect(walk: _Walk, _step: s.Reconnect) -> None:
    if walk.up:
        raise _Refusal("the server is up", "kill_server() or close_stdin() before")
    walk.up = True
    walk.threads = dict.fromkeys(walk.threads, False)


def _initialize(walk: _Walk, _step: s.Initialize) -> None:
    if walk.ready:
        raise _Refusal("the handshake is made already", "Setup(handshake=False), or remove this step")
    walk.ready = True


def _wait(_walk: _Walk, step: s.Wait) -> None:
    if step.seconds < 1:
        raise _Refusal(f"{step.seconds} s is no duration that a real server keeps", "wait_for(…) an event, or a gate")
    if not step.because.strip():
        raise _Refusal("it does not say why time must pass", 'because="…"')


def _together(walk: _Walk, step: s.Together) -> None:
    if len(step.branches) < 2:
        raise _Refusal("one branch is alone", "write its steps without together")
    if not all(step.branches):
        raise _Refusal("a branch has no steps", "remove it")
    before, beside, foreign = set(walk.results), walk.beside, walk.foreign
    made: set[str] = set()
    for branch in step.branches:
        others = (other for other in step.branches if other is not branch)
        walk.beside = beside.union(*map(_releases, others))
        walk.foreign = foreign | made
        for inner in branch:
            if isinstance(inner, s.KillServer | s.CloseStdin | s.AwaitExit | s.Reconnect | s.Initialize):
                raise _Refusal(f"{kind_of(inner)} cannot be one of several at once", "put it after the branches")
            try:
                walk.take(inner)
            except _Refusal as refusal:
                raise _Refusal(f"in {kind_of(inner)}: {refusal.what}", refusal.mend) from None
        made = walk.results - before
    walk.beside, walk.foreign = beside, foreign


def _releases(branch: Iterable[s.AnyStep]) -> set[str]:
    """The gates that a branch releases, in branches of its own too."""
    found: set[str] = set()
    for step in branch:
        if isinstance(step, s.Release):
            found.add(step.gate)
        elif isinstance(step, s.Together):
            found = found.union(*map(_releases, step.branches))
    return found


_HANDLERS: Final[dict[type, Callable[[_Walk, Any], None]]] = {
    s.StartThread: _start_thread,
    s.RunTurn: _run_turn,
    s.StartTurn: _start_turn,
    s.AwaitTurn: _await_turn,
    s.WaitFor: _wait_for,
    s.Steer: _on_turn,
    s.Interrupt: _on_turn,
    s.ReadThread: _use_thread,
    s.ResumeThread: _resume,
    s.ForkThread: _fork,
    s.ListThreads: _list,
    s.Request: _request,
    s.SendBytes: _send_bytes,
    s.KillServer: _end_server,
    s.CloseStdin: _end_server,
    s.AwaitExit: _end_server,
    s.Reconnect: _reconnect,
    s.Initialize: _initialize,
    s.Release: _release,
    s.Wait: _wait,
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
)


def _values(step: Any) -> list[Any]:
    """The values of a step that may hold references and matchers."""
    found = [getattr(step, field) for field in ("params", "where", "id") if field in step.__struct_fields__]
    for outcome in getattr(step, "expect", ()):
        answer = outcome.answer if isinstance(outcome, s.Branch) else outcome
        found += [getattr(answer, "result", None), getattr(answer, "message", None)]
    return found
