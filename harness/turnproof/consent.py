"""What the model may do on a thread without its user's leave, as the steps of a scenario have set it so far.

The home's config, thread/start, fork, resume and each turn/start have a say in it; all of it as seen on 0.163.0.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from turnproof import steps as s
from turnproof.calls import AnyCall, ApplyPatch, AskPermissions, AskUser, CallMcp, CallTool, RunCommand
from turnproof.decisions import AMENDMENT, FOR_SESSION
from turnproof.matching import references
from turnproof.message import at, rows_of
from turnproof.script import calls

APPROVAL_POLICY: Final = "never"
SANDBOX: Final = "danger-full-access"
"""What the config of a play's home says (``homes.config``)."""
SANDBOXES: Final = {
    "danger-full-access": "dangerFullAccess",
    "read-only": "readOnly",
    "workspace-write": "workspaceWrite",
}
"""A sandbox as thread/start takes it, and as turn/start takes it and every answer gives it."""

Leave = Literal["asked", "free", "denied"]
"""The client is asked about a call; it needs no leave; or it needs one, and nobody is asked: only the model hears of it."""


class Settings(msgspec.Struct, frozen=True):
    """The settings of a thread that decide it. ``sandbox`` as answers give it; ``tools``: those of the client's own."""

    policy: Any = APPROVAL_POLICY
    sandbox: Any = SANDBOXES[SANDBOX]
    plan: bool = False
    tools: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    """The deeds (``Writing.deed``) that need no more leave: accepted for the session, or by a rule."""

    def leave(self, call: AnyCall) -> Leave:
        """What becomes of the call on this thread."""
        match call:
            case AskUser():
                return "asked" if self.plan else "denied"
            case CallTool():
                return "asked" if call.tool in self.tools else "denied"
            case CallMcp():  # without approvals its item fails, and nobody was asked
                return "free" if self.policy == "never" else "asked"
            case AskPermissions():
                needed = True
            case RunCommand() | ApplyPatch() if call.deed in self.accepted and self.policy != "never":
                needed = False
            case RunCommand(asks=True) if self.policy == "never":
                needed = True  # to ask for more is what the model may not, also where it needs no more
            case RunCommand():
                beyond = call.asks and self.sandbox != SANDBOXES["danger-full-access"]
                needed = not call.review and (beyond or self.policy == "untrusted")
            case ApplyPatch():
                needed = self.sandbox == SANDBOXES["read-only"] or self.policy == "untrusted"
        if not needed:
            return "free"
        return "denied" if self.policy == "never" else "asked"


class Consents:
    """The settings of every thread by its name; ``take`` the steps in their order."""

    def __init__(self) -> None:
        self._threads: dict[str, Settings] = {}
        self._turns: dict[str, str] = {}
        self._stored: set[str] = set()
        """Threads that no server holds: what resumes them reads their settings from disk."""
        self._open: dict[str, tuple[str, str, str]] = {}
        """By mark, the calls that nobody has decided yet: their turn, their thread, and their deed."""
        self._rules: frozenset[str] = frozenset()
        """The deeds that a rule of the home allows, on every thread that is loaded from then on."""

    def on(self, step: s.RunTurn | s.StartTurn | s.BeginTurn | s.QueueTurn | s.Steer) -> Settings:
        """The settings for the calls of a step that was taken."""
        thread = self._turns.get(step.turn, "") if isinstance(step, s.Steer) else step.thread
        return self._threads.get(thread, Settings())

    def take(self, step: s.AnyStep) -> None:
        """Keep what a step sets; one that expects a refusal alone sets nothing."""
        expect = getattr(step, "expect", ())
        if expect and all(isinstance(outcome, s.Refused) for outcome in expect):
            return
        if isinstance(step, s.SPEAKS):
            self._called(step)
        match step:
            case s.StartThread():
                self._threads[step.name] = msgspec.structs.replace(_started(step.params), accepted=self._rules)
            case s.ForkThread():
                source = self._threads.get(step.source, Settings())  # the rest is the home's again
                self._threads[step.name] = Settings(source.policy, tools=source.tools, accepted=self._rules)
            case s.ResumeThread():
                self._resumed(step.thread)
            case s.RunTurn() | s.StartTurn():
                self._changed(step.thread, step.params)
                self._turns[step.name or ""] = step.thread
            case s.BeginTurn() | s.QueueTurn():
                self._turns[step.name] = step.thread
            case s.Reconnect():
                self._stored |= self._threads.keys()
                self._open.clear()
            case s.AnswerAsk():
                self._answered(step)
            case s.Interrupt():
                self._open = {mark: call for mark, call in self._open.items() if call[0] != step.turn}
            case s.Request(params=dict()):
                self._requested(step.method, step.params)
            case _:
                pass

    def _called(self, step: s.RunTurn | s.StartTurn | s.BeginTurn | s.QueueTurn | s.Steer) -> None:
        turn = step.turn if isinstance(step, s.Steer) else step.name or ""
        thread = self._turns.get(turn, "") if isinstance(step, s.Steer) else step.thread
        self._open |= {
            c.mark: (turn, thread, c.deed) for c in calls(step.script) if isinstance(c, RunCommand | ApplyPatch)
        }

    def _answered(self, step: s.AnswerAsk) -> None:
        """The first answer under the ask's own id counts: it may allow for good what it is about."""
        if step.under != "its id" or step.mark not in self._open:
            return
        _turn, thread, deed = self._open.pop(step.mark)
        if step.decision in (FOR_SESSION, AMENDMENT):
            settings = self._threads.get(thread, Settings())
            self._threads[thread] = msgspec.structs.replace(settings, accepted=settings.accepted | {deed})
        if step.decision == AMENDMENT:
            self._rules |= {deed}

    def _requested(self, method: str, params: dict[str, Any]) -> None:
        thread = next(references(params.get("threadId")), "").partition(".")[0]
        if thread not in self._threads:
            return
        if method == "thread/archive":
            self._stored.add(thread)
        elif method == "thread/resume":
            self._resumed(thread)
        elif method in ("turn/start", "thread/settings/update"):
            self._changed(thread, params)

    def _resumed(self, thread: str) -> None:
        """From disk a thread comes as it was, but ``workspace-write`` comes as the home's; only rules allow what they did."""
        settings = self._threads.get(thread, Settings())
        if thread in self._stored:
            writable = settings.sandbox == SANDBOXES["workspace-write"]
            sandbox = SANDBOXES[SANDBOX] if writable else settings.sandbox
            self._threads[thread] = msgspec.structs.replace(settings, sandbox=sandbox, accepted=self._rules)
        self._stored.discard(thread)

    def _changed(self, thread: str, params: dict[str, Any]) -> None:
        """What a turn/start sets is for its turn and all that follow."""
        settings = self._threads.get(thread, Settings())
        mode = at(params, "collaborationMode", "mode")
        self._threads[thread] = msgspec.structs.replace(
            settings,
            policy=params.get("approvalPolicy") or settings.policy,
            sandbox=at(params, "sandboxPolicy", "type") or settings.sandbox,
            plan=mode == "plan" if mode else settings.plan,
        )


def _started(params: dict[str, Any]) -> Settings:
    return Settings(
        policy=params.get("approvalPolicy") or APPROVAL_POLICY,
        sandbox=SANDBOXES.get(str(params.get("sandbox")), SANDBOXES[SANDBOX]),
        tools=frozenset(str(at(tool, "name")) for tool in rows_of(params.get("dynamicTools"))),
    )
