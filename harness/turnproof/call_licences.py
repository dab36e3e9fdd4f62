"""What a scenario licenses its calls of tools to do, and its answers to be."""

from __future__ import annotations

from typing import Final

import msgspec

from turnproof import steps as s
from turnproof.calls import CALL_ID, KINDS, AnyCall, CallKind, RunCommand, TypeInto
from turnproof.consent import Consents, Leave
from turnproof.script import Script, calls

ENDS_A_SERVER: Final = (s.KillServer, s.CloseStdin, s.AwaitExit)


class CallLicence(msgspec.Struct):
    """What one tool call of the model may come to: the ``call``, and the words of the turn that makes it.

    ``kind`` is as the plan says it; ``leave``: unless it is "free", it must not run before the client was asked; ``prints`` and ``exits``: what a
    command prints, and the code that it exits with; ``typed``: the lines that the model types into it;
    ``review``: what the model says of it in place of the user.
    """

    call: AnyCall
    prompt: str
    kind: CallKind
    leave: Leave = "asked"
    prints: str = ""
    exits: int = 0
    typed: tuple[str, ...] = ()
    review: str = ""

    @property
    def mark(self) -> str:
        return self.call.mark


def call_licences(flat: list[s.AnyStep]) -> dict[str, CallLicence]:
    """The calls of every script, by call id."""
    licences: dict[str, CallLicence] = {}
    consents = Consents()
    for step in flat:
        consents.take(step)
        if isinstance(step, s.SPEAKS):
            settings = consents.on(step)
            for call in calls(step.script):
                licences[CALL_ID + call.mark] = _call_licence(call, step.text or "", step.script, settings.leave(call))
    return licences


def _call_licence(call: AnyCall, prompt: str, script: Script, leave: Leave) -> CallLicence:
    if isinstance(call, RunCommand):
        typed = tuple(act.text for act in script if isinstance(act, TypeInto) and act.mark == call.mark)
        return CallLicence(call, prompt, "command", leave, call.prints, call.exits, typed, call.review)
    return CallLicence(call, prompt, KINDS[type(call)], leave)


def odd_answers(flat: list[s.AnyStep]) -> frozenset[str]:
    """The call ids whose ask is answered twice, too late, under another id, or by no decision, as the steps want it."""
    prompts = {step.name: step.text for step in flat if isinstance(step, s.StartTurn | s.QueueTurn)}
    marks = {step.text: {call.mark for call in calls(step.script)} for step in flat if isinstance(step, s.SPEAKS)}
    odd: set[str] = set()
    over: set[str] = set()
    """Marks whose ask is answered, or gone with its turn: what is answered now is too late."""
    for step in flat:
        if isinstance(step, s.Interrupt):
            over |= marks.get(prompts.get(step.turn, ""), set())
        elif isinstance(step, ENDS_A_SERVER):
            over = over.union(*marks.values())
        elif isinstance(step, s.AnswerAsk):
            if step.decision is None or step.under != "its id" or step.mark in over:
                odd.add(CALL_ID + step.mark)
            if step.under == "its id":
                over.add(step.mark)
    return frozenset(odd)


def worlds_after(step: s.AnswerAsk, licence: CallLicence) -> dict[str, str]:
    """How the turn may end after this answer, with the branch; nothing if it goes on as its script says."""
    if step.ends:
        return {end: f"{n}/{len(step.ends)}" for n, end in enumerate(step.ends, 1)}
    cancels = step.decision == "cancel" and licence.kind in ("command", "patch") and step.under == "its id"
    return {"interrupted": "1/1"} if cancels else {}
