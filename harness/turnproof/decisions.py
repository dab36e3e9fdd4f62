"""What a decision of the user is on the wire, for each kind of ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from turnproof.calls import AnyCall, ApplyPatch, AskPermissions, AskUser, CallMcp, CallTool, RunCommand
from turnproof.message import Message, at, rows_of

AMENDMENT: Final = "acceptWithExecpolicyAmendment"
FOR_SESSION: Final = "acceptForSession"
_PLAIN: Final = ("accept", FOR_SESSION, "decline", "cancel")
DECISIONS: Final[dict[type, tuple[str, ...]]] = {
    RunCommand: ("accept", FOR_SESSION, AMENDMENT, "decline", "cancel"),
    ApplyPatch: _PLAIN,
    CallMcp: ("accept", "decline", "cancel"),
    AskPermissions: ("accept", FOR_SESSION, "decline"),
    CallTool: ("accept", "decline"),
}
"""What can be decided about a call; a question to the user is decided by one of its options."""


def decisions(call: AnyCall) -> tuple[str, ...]:
    """The decisions that there are about this call."""
    return call.options if isinstance(call, AskUser) else DECISIONS[type(call)]


def result_of(call: AnyCall, decision: str, ask: Message) -> dict[str, Any]:
    """The result that tells the server of a decision about what it asked."""
    return _RESULTS[type(call)](call, decision, ask)


def _approval(_call: Any, decision: str, ask: Message) -> dict[str, Any]:
    if decision != AMENDMENT:
        return {"decision": decision}
    proposed = at(ask.params, "proposedExecpolicyAmendment")
    return {"decision": {AMENDMENT: {"execpolicy_amendment": rows_of(proposed)}}}


def _choice(call: AskUser, decision: str, _ask: Message) -> dict[str, Any]:
    return {"answers": {call.mark: {"answers": [decision]}}}


def _tool(call: CallTool, decision: str, _ask: Message) -> dict[str, Any]:
    success = decision == "accept"
    words = f"{call.tool} {'did' if success else 'could not do'} {call.mark}"
    return {"contentItems": [{"type": "inputText", "text": words}], "success": success}


def _elicited(call: CallMcp, decision: str, _ask: Message) -> dict[str, Any]:
    return {"action": decision, "content": {"name": call.mark} if decision == "accept" else None}


def _permissions(_call: Any, decision: str, ask: Message) -> dict[str, Any]:
    """What is asked for is granted whole or not at all; null members are not sent back."""
    asked: dict[str, Any] = at(ask.params, "permissions") or {}
    granted = {} if decision == "decline" else {name: value for name, value in asked.items() if value is not None}
    return {"permissions": granted, "scope": "session" if decision == FOR_SESSION else "turn"}


_RESULTS: Final[dict[type, Callable[[Any, str, Message], dict[str, Any]]]] = {
    RunCommand: _approval,
    ApplyPatch: _approval,
    AskUser: _choice,
    CallTool: _tool,
    CallMcp: _elicited,
    AskPermissions: _permissions,
}
