"""What makes no sense is refused when a scenario is built, in one line that names file, line, title, step and mend.

One walk over the steps keeps what a reader of the scenario would keep in mind: which threads and turns there are, which
turns are open, whether the server is up, which words were said to the model.  ``together`` branches are walked one
after the other: names are global, and a scenario that depends on which branch comes first is refused anyway, because
an open turn must be awaited in the branch that started it or later.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from turnproof import steps as s
from turnproof.matching import mark, references
from turnproof.script import Script, gates

if TYPE_CHECKING:
    from turnproof.scenario import Scenario

PROBE: Final = "turnproof probe"
"""Prompts of the second use after a scenario begin like this; a scenario's own must not."""


class ScenarioError(ValueError):
    """A scenario that makes no sense. The text is one line: where, which step, what, and the mend."""


class _Refusal(Exception):
    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}; mend: {mend}")


def check_scenario(scenario: Scenario, where: tuple[str, int]) -> None:
    """Raise ScenarioError when the scenario makes no sense."""
    place = f"{where[0]}:{where[1]}: scenario {scenario.title!r}"
    _check_frame(scenario, place)
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


def kind_of(step: Any) -> str:
    """The name under which a step is written and saved."""
    return step.__struct_config__.tag if isinstance(step, s.Step) else type(step).__name__


def _check_frame(scenario: Scenario, place: str) -> None:
    if not isinstance(scenario.title, str) or not scenario.title.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ScenarioError(f"{place}: the title is no text; mend: say in one sentence what must hold")
    if not scenario.steps:
        raise ScenarioError(f"{place}: there are no steps, so nothing would be judged; mend: add some")
    for number, step in enumerate(scenario.steps, 1):
        if not isinstance(step, s.Step):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ScenarioError(
                f"{place}, step {number}: {step!r} is no step; mend: use the functions of turnproof (run_turn, …)"
            )
        try:
            msgspec.convert(msgspec.to_builtins(step), type(step))
        except (msgspec.ValidationError, TypeError) as problem:
            mend = "give it a value of the type that the step documents"
            raise ScenarioError(f"{place}, step {number} {kind_of(step)}: {problem}; mend: {mend}") from None


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

    def take(self, step: s.AnyStep) -> None:
        for path in _paths(step):
            self._known(path.partition(".")[0], self.results, "result", 'name a step with as_="…" before')
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
        known = sorted(names)
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

    def ended(self) -> None:
        """The server is gone, and every open turn with it."""
        self.up = False
        self.turns = {n: (t, "cut" if st == "open" else st) for n, (t, st) in self.turns.items()}

    def turn(self, name: str) -> tuple[str, str]:
        self._known(name, self.turns, "turn", f"start_turn({name!r}, …) before")
        return self.turns[name]


def _refusable(step: Any) -> bool:
    """Whether the step expects something other than success, so that wrong use may be the point."""
    return any(isinstance(o, s.Refused | s.Branch | s.Unanswered) for o in step.expect)


def _start_thread(walk: _Walk, step: s.StartThread) -> None:
    walk.new_name(step.name)
    walk.threads[step.name] = True


def _run_turn(walk: _Walk, step: s.RunTurn) -> None:
    walk.usable_thread(step.thread)
    walk.prompt(step.text, step.script)
    if step.name is not None:
        walk.new_name(step.name)
        walk.turns[step.name] = (step.thread, "awaited")


def _start_turn(walk: _Walk, step: s.StartTurn) -> None:
    (walk.known_thread if _refusable(step) else walk.usable_thread)(step.thread)
    walk.new_name(step.name)
    walk.prompt(step.text, step.script)
    refused = any(isinstance(o, s.Refused) for o in step.expect)
    walk.turns[step.name] = (step.thread, "refused" if refused else "open")


def _await_turn(walk: _Walk, step: s.AwaitTurn) -> None:
    thread, state = walk.turn(step.name)
    if state != "open":
        why = {"awaited": "was awaited already", "cut": "ended with its server", "refused": "is never started"}[state]
        raise _Refusal(f"turn {step.name!r} {why}", "remove this step")
    walk.turns[step.name] = (thread, "awaited")


def _wait_for(walk: _Walk, step: s.WaitFor) -> None:
    if step.thread is not None:
        walk.known_thread(step.thread)
    if step.turn is not None:
        walk.turn(step.turn)
    if step.k < 1:
        raise _Refusal(f"k={step.k} counts from 1", "k=1 is the first")


def _on_turn(walk: _Walk, step: s.Steer | s.Interrupt) -> None:
    _, state = walk.turn(step.turn)
    if state != "open" and not _refusable(step):
        raise _Refusal(f"turn {step.turn!r} is not running here", f"{kind_of(step)} before its await_turn, or Refused")
    if isinstance(step, s.Steer):
        walk.prompt(step.text, step.script)


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
    walk.threads[step.name] = not any(isinstance(o, s.Refused) for o in step.expect)


def _list(walk: _Walk, step: s.ListThreads) -> None:
    for name in (*step.has, *step.lacks):
        walk.known_thread(name)
    walk.new_name(step.name)


def _request(walk: _Walk, step: s.Request) -> None:
    walk.new_name(step.name)


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
    for branch in step.branches:
        for inner in branch:
            if isinstance(inner, s.KillServer | s.CloseStdin | s.Reconnect | s.Initialize):
                raise _Refusal(f"{kind_of(inner)} cannot be one of several at once", "put it after the branches")
            try:
                walk.take(inner)
            except _Refusal as refusal:
                raise _Refusal(f"in {kind_of(inner)}: {str(refusal).partition('; mend: ')[0]}",
                               str(refusal).partition("; mend: ")[2]) from None


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
    s.Reconnect: _reconnect,
    s.Initialize: _initialize,
    s.Release: _release,
    s.Wait: _wait,
    s.Together: _together,
}
_BEFORE_HANDSHAKE: Final = (s.Initialize, s.Request, s.Notify, s.SendBytes, s.KillServer, s.CloseStdin, s.Wait)


def _paths(step: Any) -> Iterable[str]:
    for field in step.__struct_fields__:
        value = getattr(step, field)
        if field in ("params", "where", "id") or mark(value):
            yield from references(value)
        elif field == "expect":
            for outcome in value:
                answer = outcome.answer if isinstance(outcome, s.Branch) else outcome
                yield from references(getattr(answer, "result", None))
