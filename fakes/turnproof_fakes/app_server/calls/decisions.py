"""What a client can decide on an approval."""

from __future__ import annotations

from turnproof_fakes.app_server.json_values import as_array, as_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

ACCEPT = "accept"
FOR_SESSION = "acceptForSession"
WITH_AMENDMENT = "acceptWithExecpolicyAmendment"
DECLINE = "decline"
CANCEL = "cancel"
ACCEPTED = (ACCEPT, FOR_SESSION, WITH_AMENDMENT)

_PLAIN = (ACCEPT, FOR_SESSION, DECLINE, CANCEL)


def decision(reply: Json) -> str | None:
    """The decision of an answer; None for an error and for what is no decision. An answer with both members is a result."""
    made = (as_object(reply.get("result")) or {}).get("decision")
    if isinstance(made, str):
        return made if made in _PLAIN else None
    return WITH_AMENDMENT if amendment(reply) is not None else None


def amendment(reply: Json) -> list[str] | None:
    """The command prefix that an answer allows from now on."""
    made = as_object((as_object(reply.get("result")) or {}).get("decision")) or {}
    words = as_array((as_object(made.get(WITH_AMENDMENT)) or {}).get("execpolicy_amendment"))
    if words is None or not all(isinstance(word, str) for word in words):
        return None
    return words


def refusal(made: str | None) -> str:
    """What the model is told of a call that was not allowed."""
    return "approval request failed" if made is None else "rejected by user"
