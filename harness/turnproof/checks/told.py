"""What the model is told of its calls is what the client answered: nothing else on the wire shows what a question or a
request for permissions came to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from turnproof.call_licences import CallLicence
from turnproof.calls import ApplyPatch, RunCommand
from turnproof.checks.asking import Ask, Asking
from turnproof.checks.base import Context, check, on_event
from turnproof.history import Event
from turnproof.message import Message, at, rows_of

SHOWN: Final = 400
"""Characters of what a command prints that are looked for: only the beginning of an output is noted."""


@check
class ModelIsToldTheAnswer(Asking):
    """By the notes of what each request gives the model, the scripted provider's or the fake's own."""

    name = "model-is-told-the-answer"
    reason = "A model that is told another answer goes on with what its user never said, and never allowed."
    source = "CDX-09, TRU-06, TRU-09"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._noted = False
        self._answers: dict[str, Ask] = {}
        """By call: what the client answered last, also when the turn is over: a note of the fake comes on a line of its own."""
        self._untold: dict[str, Ask] = {}
        """By call: what was answered in a turn that ended well, and no note told yet."""
        self._told: set[str] = set()
        self._wrong: dict[str, str] = {}
        """By call: what was told amiss; flagged at the end, as a note may come before the lines that it follows from."""

    def answered(self, event: Event, ask: Ask) -> None:
        if ask.call in self.expected.calls:
            self._answers[ask.call] = ask
            self._told.discard(ask.call)
            self._untold.pop(ask.call, None)

    def turn_over(self, event: Event, message: Message, asks: list[Ask]) -> None:
        if asks and at(message.params, "turn", "status") == "completed":
            self._untold |= {ask.call: ask for ask in asks if self._answers.get(ask.call) is ask}

    @on_event("note")
    def given(self, event: Event) -> None:
        outputs: dict[str, str] | None = at(event.data, "given", "outputs")
        if outputs is None:
            return
        self._noted = True
        for call, output in outputs.items():
            ask = self._answers.get(call)
            if ask is not None and ask.turn in ("", event.data.get("turn")):
                self._told.add(call)
                self._compare(call, ask, output)

    def _compare(self, call: str, ask: Ask, output: str) -> None:
        if ask.outcome != "fail" and self.expected.odd(call):
            return
        self.judged += 1
        if not _TELLS[ask.kind.call](ask, _prints(self.expected.calls[call]), output):
            self._wrong.setdefault(
                call, f"the model is told {output[:120]!r} of {call}; the client answered {_brief(ask)}"
            )

    def end(self, last: Event) -> None:
        for what in self._wrong.values():
            self.flag(last, what)
        for call, ask in self._untold.items() if self._noted else ():
            if call not in self._told:
                self.flag(last, f"the model is never told what the client answered to {ask}, of {call}")


def _prints(licence: CallLicence) -> str:
    """What the output of a call that was done holds; that of a command that waits to be typed into comes later."""
    if isinstance(licence.call, ApplyPatch):
        return "Success. Updated the following files"
    return "" if isinstance(licence.call, RunCommand) and licence.call.reads else licence.prints[:SHOWN]


def _question(ask: Ask, prints: str, output: str) -> bool:
    """No answer is one without answers (seen on 0.163.0)."""
    return _json(output) == {"answers": {} if ask.outcome == "fail" else ask.reply.get("answers") or {}}


def _permissions(ask: Ask, prints: str, output: str) -> bool:
    """What is not granted is null, and so are files that nobody asked for; what is granted without a scope is so for the
    turn (seen on 0.163.0)."""
    told, reply = _json(output), {} if ask.outcome == "fail" else ask.reply
    granted: dict[str, Any] = at(reply, "permissions") or {}
    files = _files(granted.get("fileSystem")) & _files(at(ask.params, "permissions", "fileSystem"))
    return (
        at(told, "permissions", "network") == granted.get("network")
        and _files(at(told, "permissions", "file_system")) == files
        and (at(told, "permissions", "file_system") is None) == (not files)
        and at(told, "scope") == (reply.get("scope") or "turn")
    )


def _files(given: Any) -> set[tuple[str, str]]:
    """What may be done to which files: ("write", path); a pattern or a special place in place of a path is shown as it is."""
    lists = {(access, str(path)) for access in ("read", "write") for path in rows_of(at(given, access))}
    rows = rows_of(at(given, "entries"))
    return lists | {(str(at(row, "access")), str(at(row, "path", "path") or at(row, "path"))) for row in rows}


def _approval(ask: Ask, prints: str, output: str) -> bool:
    if ask.outcome == "accept":
        return prints in output
    return ("approval request failed" if ask.outcome == "fail" else "rejected by user") in output


def _tool(ask: Ask, prints: str, output: str) -> bool:
    if ask.outcome == "fail":
        return "dynamic tool" in output
    return all(text in output for part in ask.reply["contentItems"] if isinstance(text := at(part, "text"), str))


def _elicited(ask: Ask, prints: str, output: str) -> bool:
    return f"the user said {'decline' if ask.outcome == 'fail' else ask.outcome}" in output


_TELLS: Final[dict[str, Callable[[Ask, str, str], bool]]] = {
    "user_input": _question,
    "permissions": _permissions,
    "command": _approval,
    "patch": _approval,
    "tool": _tool,
    "mcp": _elicited,
}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _brief(ask: Ask) -> str:
    return repr(ask.reply)[:120] if ask.reply else "nothing, or an error"
