"""Thread ids as the real server parses them: any spelling of a uuid is taken, anything else refused with the parser's text."""

from __future__ import annotations

from turnproof_fakes.app_server.refusals import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_GROUPS = (8, 4, 4, 4, 12)
_HEX = frozenset("0123456789abcdefABCDEF")


def thread_id(params: dict[str, Any], what: str = "thread") -> str:
    """The id in its usual spelling; some methods call it a session id in their refusal."""
    known = parsed(params["threadId"])
    if known is None:
        raise Refused(f"invalid {what} id: {_complaint(params['threadId'])}")
    return known


def parsed(text: str) -> str | None:
    """The usual lower-case spelling, or None."""
    bare = text.removeprefix("urn:uuid:")
    if bare.startswith("{") and bare.endswith("}"):
        bare = bare[1:-1]
    groups = bare.split("-")
    if len(groups) not in (1, 5) or any(letter not in _HEX for group in groups for letter in group):
        return None
    digits = "".join(groups).lower()
    if len(digits) != 32 or (len(groups) == 5 and tuple(map(len, groups)) != _GROUPS):
        return None
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _complaint(text: str) -> str:
    """Why `text` is no uuid; positions count from 1."""
    bare = text.removeprefix("urn:uuid:")
    for position, letter in enumerate(bare, 1):
        if letter not in _HEX and letter != "-":
            expected = "expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-]"
            return f"invalid character: {expected}, found `{letter}` at {position}"
    groups = bare.split("-")
    if len(groups) == 1:
        return f"invalid length: expected length 32 for simple format, found {len(bare)}"
    if len(groups) != 5:
        return f"invalid group count: expected 5, found {len(groups)}"
    for number, (group, size) in enumerate(zip(groups, _GROUPS, strict=True)):
        if len(group) != size:
            return f"invalid group length in group {number}: expected {size}, found {len(group)}"
    return "invalid length"
