"""What a step expects: whether wrong use may be its point, and the values that are held against an answer."""

from __future__ import annotations

from typing import Any

from turnproof import steps as s
from turnproof.refusal import Refusal


def refusable(step: Any) -> bool:
    """Whether the step expects something other than success, so that wrong use may be the point."""
    return any(isinstance(o, s.Refused | s.Branch | s.Unanswered | s.Later) for o in step.expect)


def only_refused(step: Any) -> bool:
    """Whether nothing but a refusal will do."""
    return bool(step.expect) and all(isinstance(o, s.Refused) for o in step.expect)


def check_expectations(step: Any) -> None:
    """Refuse branches that branch off nothing."""
    branches = [o for o in getattr(step, "expect", ()) if isinstance(o, s.Branch)]
    if branches and not isinstance(step, s.Steer | s.Interrupt):
        raise Refusal("a Branch ties an answer to the end of a running turn", "give the answer alone")
    if any(branch.turn is None for branch in branches):
        raise Refusal("a Branch says how the turn ends, and this one does not", 'turn="…", or the answer alone')


def values(step: Any) -> list[Any]:
    """The values of a step that may hold references and matchers."""
    found = [
        getattr(step, field)
        for field in ("params", "where", "id", "result", "error")
        if field in step.__struct_fields__
    ]
    for outcome in getattr(step, "expect", ()):
        answer = outcome.answer if isinstance(outcome, s.Branch) else outcome
        found += [getattr(answer, "result", None), getattr(answer, "message", None)]
    return found
