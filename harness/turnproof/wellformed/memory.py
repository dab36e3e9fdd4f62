"""What a reader of a scenario keeps in mind: the threads, turns, results and gates there are, and whether the server is up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from turnproof.calls import AnyCall, ApplyPatch, AskPermissions, CallMcp, RunCommand, UpdatePlan, again
from turnproof.consent import Consents, Leave
from turnproof.refusal import Refusal, meant, shown
from turnproof.script import DropConnection, Fail, Hold, NeverAnswer, Script, Stall, acts, calls, gates
from turnproof.wellformed.script_rules import check_script

PROBE: Final = "turnproof probe"
"""Prompts of the second use after a scenario begin like this; a scenario's own must not."""

_NEEDS: Final[dict[type, str]] = {CallMcp: "mcp", AskPermissions: "permissions"}
"""Calls whose tool the server has only where the set-up switches it on."""


UNDER_WAY: Final = ("open", "queued")
"""The states of a turn that has yet to be awaited. A queued one may begin later, on a server to come too."""


class Memory:
    """What was said so far; what cannot follow it raises Refusal."""

    def __init__(self, *, handshake: bool, tools: tuple[str, ...]) -> None:
        self.up = True
        self.tools = tools
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
        self.calls: dict[str, AnyCall] = {}  # by mark
        self.consents = Consents()
        self.leaves: dict[str, Leave] = {}  # by mark
        self.asked: set[str] = set()  # marks that were awaited as asks
        self.loose: bytes | None = None  # what send_bytes wrote of a line that has no end yet

    def known(self, name: str, names: Iterable[str], what: str, mend: str) -> None:
        if name in self.foreign:
            raise Refusal(
                f"{what} {shown(name)} is of another branch, which may come later", "use it after together(…)"
            )
        known = sorted(set(names) - self.foreign)
        if name not in known:
            near = meant(name, known)
            raise Refusal(f"unknown {what} {shown(name)}", f"did you mean {near!r}?" if near else mend)

    def new_name(self, name: str | None) -> None:
        if name is None:
            return
        if name in self.results:
            raise Refusal(f"the name {shown(name)} is taken", "choose another")
        if not name or "." in name:
            raise Refusal(f"{shown(name)} is no name", "use a word without a full stop")
        self.results.add(name)

    def known_thread(self, name: str) -> None:
        self.known(name, self.threads, "thread", f"start_thread({shown(name)}) before")

    def usable_thread(self, name: str) -> None:
        self.known_thread(name)
        if not self.threads[name]:
            raise Refusal(
                f"thread {shown(name)} is not loaded on the new server", f"resume_thread({shown(name)}) before"
            )

    def prompt(self, text: str, script: Script) -> None:
        if text.startswith(PROBE):
            raise Refusal(f"the text begins with {PROBE!r}, which the second use is known by", "say it otherwise")
        check_script(script)
        self._take_calls(text, script)
        self._take_plan(text, script)
        if self.prompts.setdefault(text, script) != script:
            raise Refusal(
                f"the text {shown(text, 40)} has two different scripts, and the model is told by the text which to follow",
                "change the words of one",
            )
        self.gates.update(gates(script))

    def _take_calls(self, text: str, script: Script) -> None:
        earlier = dict(self.calls)
        for call in calls(script):
            if text in self.prompts:
                raise Refusal(
                    f"the text {shown(text, 40)} is said twice, and its script calls tools", "say it otherwise"
                )
            if call.mark in self.calls:
                raise Refusal(f"the mark {shown(call.mark)} is taken by another call", "choose another")
            if isinstance(call, RunCommand | ApplyPatch) and call.again_of:
                _check_repeat(call, earlier.get(call.again_of))
            if isinstance(call, ApplyPatch) and call.streamed and "patches" not in self.tools:
                raise Refusal(
                    f'a server without "patches" does not tell of apply_patch({shown(call.mark)}, streamed=True)',
                    'setup=Setup(tools=("patches",))',
                )
            if (tool := _NEEDS.get(type(call))) is not None and tool not in self.tools:
                raise Refusal(
                    f'a server without "{tool}" does not have {call.__struct_config__.tag}({shown(call.mark)})',
                    f'setup=Setup(tools=("{tool}",))',
                )
            self.calls[call.mark] = call

    def _take_plan(self, text: str, script: Script) -> None:
        if not any(isinstance(act, UpdatePlan) for act in script):
            return
        if text in self.prompts:
            raise Refusal(
                f"the text {shown(text, 40)} is said twice, and its script updates a plan", "say it otherwise"
            )
        if "plan" not in self.tools:
            raise Refusal('a server without "plan" does not have update_plan(…)', 'setup=Setup(tools=("plan",))')

    def completes(self, what: str, script: Script) -> None:
        """Refuse a turn that is awaited as completed and waits for ever at a gate."""
        for act in acts(script):
            if isinstance(act, Fail | DropConnection | Stall | NeverAnswer):
                return  # it ends here, or is asked for again: not the gates' business
            if isinstance(act, Hold) and act.gate not in self.released | self.beside:
                raise Refusal(
                    f"{what} waits at gate {shown(act.gate)}, which nobody has released",
                    f"release({shown(act.gate)}) before, or say how else it ends",
                )

    def ends_otherwise(self, thread: str | None = None) -> None:
        """Open turns (of a thread) may end otherwise than by their scripts."""
        for name, (on, state) in self.turns.items():
            if state == "open" and thread in (None, on):
                self.scripts[name] = ()

    def ended(self) -> None:
        """The server is gone, and every open turn with it."""
        self.up, self.loose = False, None
        self.turns = {n: (t, "cut" if st == "open" else st) for n, (t, st) in self.turns.items()}

    def turn(self, name: str) -> tuple[str, str]:
        self.known(name, self.turns, "turn", f"start_turn({shown(name)}, …) before")
        return self.turns[name]


def _check_repeat(call: RunCommand | ApplyPatch, first: AnyCall | None) -> None:
    """What an answer allowed for good is known when a turn begins: a call is repeated in a later turn."""
    if not isinstance(first, RunCommand | ApplyPatch) or again(first, call.mark) != call:
        raise Refusal(
            f"call {shown(call.mark)} repeats {shown(call.again_of)}, which no turn before makes",
            f"a turn with that call before, and again(…, {shown(call.mark)}) in this one",
        )
