"""The envelope: what stands around `params`, `result` and `error`, and decides who gets a message.

The schema does not look at it: it takes a notification with an id, or an answer that is both a result and an error
(tried on that of 0.163.0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from turnproof.schema.finding import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTIFICATION: Final = frozenset({"method", "params"})
REQUEST: Final = frozenset({"id", "method", "params"})
ANSWER: Final = frozenset({"id", "result", "error"})
# serde answers with ids it could read: an i64 or a string (INV-RPC; 2^63 is dropped, seen on 0.163.0).
INT64: Final = range(-(2**63), 2**63)


class EnvelopeRules(Protocol):
    """What the envelope of a version depends on; a Profile has it."""

    @property
    def emitted_at_ms(self) -> bool:
        """Whether notifications carry `emittedAtMs` (since 0.149.0)."""
        ...

    @property
    def server_requests(self) -> frozenset[str]:
        """The methods that the server asks by; a method of none of these is a notification's."""
        ...

    @property
    def error_first(self) -> bool:
        """Whether an error answer is printed with `error` before `id` (all versions seen)."""
        ...


def envelope_problems(message: Mapping[str, Any], profile: EnvelopeRules) -> list[str]:
    """What is wrong around the body of a decoded message of the *server*; empty when nothing is.

    Pure; takes any JSON object with str keys. Whether a method exists, and what is inside the body, is the schema's
    business; whether an id is one that is open, that of another check.
    """
    if "method" in message:
        return [] if _healthy_notification(message, profile) else _call_problems(message, profile)
    return [] if _healthy_result(message) else _answer_problems(message, profile)


def order_problem(message: Mapping[str, Any], profile: EnvelopeRules) -> str | None:
    """What is unlike this version in the order of the keys of an error answer (dicts keep that of the wire).

    JSON knows no order: another implementation may write them as it likes.
    """
    if profile.error_first and "error" in message and "method" not in message and next(iter(message)) != "error":
        return "id before error: this version prints the error first"
    return None


def _healthy_notification(message: Mapping[str, Any], profile: EnvelopeRules) -> bool:
    """The short cut for what nearly every message is: three keys, all as they should be."""
    return (
        len(message) == 3
        and profile.emitted_at_ms
        and "params" in message
        and type(at := message.get("emittedAtMs")) is int
        and at >= 0
        and type(method := message["method"]) is str
        and method not in profile.server_requests
    )


def _healthy_result(message: Mapping[str, Any]) -> bool:
    """The short cut for what nearly every answer is: a result, and the number under which it was asked for."""
    return len(message) == 2 and "result" in message and type(at := message.get("id")) is int and at in INT64


def _call_problems(message: Mapping[str, Any], profile: EnvelopeRules) -> list[str]:
    found = _common(message)
    if not isinstance(message["method"], str):
        return [*found, f"method is {shown(message['method'])}, not a string"]
    if "result" in message or "error" in message:
        found.append("a method and an answer in one message")
    is_request = message["method"] in profile.server_requests
    if is_request:
        found += _id_problems(message["id"]) if "id" in message else ["a request without an id"]
    elif "id" in message:
        found.append(f"a notification with the id {shown(message['id'])}")
    else:
        found += _time_problems(message, profile)
    found += _unknown(message, REQUEST if is_request else {*NOTIFICATION, "id", "emittedAtMs"})
    return found


def _answer_problems(message: Mapping[str, Any], profile: EnvelopeRules) -> list[str]:
    found = _common(message)
    if "result" in message and "error" in message:
        found.append("result and error in one answer")
    elif "result" not in message and "error" not in message:
        found.append("neither method nor result nor error")
    if "id" in message:
        found += _id_problems(message["id"])
    else:
        found.append("an answer without an id")
    if "error" in message:
        found += _error_problems(message["error"])
    found += _unknown(message, ANSWER)
    return found


def _common(message: Mapping[str, Any]) -> list[str]:
    return ["the key jsonrpc, which the server never sends"] if "jsonrpc" in message else []


def _unknown(message: Mapping[str, Any], known: frozenset[str] | set[str]) -> list[str]:
    odd = sorted(shown(key) for key in message if key not in known and key not in ("jsonrpc", "result", "error"))
    return [f"the unknown key {key} beside the body" for key in odd]


def _id_problems(value: object) -> list[str]:
    if isinstance(value, str) or (type(value) is int and value in INT64):
        return []
    return [f"the id {shown(value)} is neither a string nor a 64-bit integer"]


def _time_problems(message: Mapping[str, Any], profile: EnvelopeRules) -> list[str]:
    if "emittedAtMs" not in message:
        return ["emittedAtMs is missing"] if profile.emitted_at_ms else []
    value = message["emittedAtMs"]
    if not profile.emitted_at_ms:
        return ["emittedAtMs, which this version does not send"]
    return [] if type(value) is int and value >= 0 else [f"emittedAtMs is {shown(value)}, not milliseconds"]


def _error_problems(error: object) -> list[str]:
    if not isinstance(error, dict):
        return [f"error is {shown(error)}, not an object"]
    body = cast("dict[str, Any]", error)
    found: list[str] = []
    if type(body.get("code")) is not int:
        found.append("an error without an integer code")
    if not isinstance(body.get("message"), str):
        found.append("an error without a message text")
    return found
