"""Schema coverage: which members of which messages a play has seen, with what types and variants.

Two scenarios that catch the same defects are both worth having only if they show different parts of the protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

from turnproof.campaigns.methods import with_methods
from turnproof.history import Event

_VARIANT: Final = frozenset(("type", "status", "itemsView", "codexErrorInfo", "code", "phase"))
"""Members whose value is a variant of the schema, not a text of the play."""


def covered(events: Iterable[Event]) -> frozenset[str]:
    """The members that the lines of a history hold, as ``to_client response turn/start result.turn.id:str``."""
    found: set[str] = set()
    for event, method in with_methods(events):
        if event.kind != "line":
            if event.kind == "process":
                found.add(" ".join(str(event.data.get(key, "")) for key in ("event", "asked", "rc")))
            continue
        head = f"{event.dir} {event.message.kind} {method}"
        found.add(head)
        found.update(f"{head} {member}" for member in _members(event.message.value, ""))
    return frozenset(found)


def _members(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in cast("dict[str, Any]", value).items():
            at = f"{path}.{key}" if path else key
            if key in _VARIANT and not isinstance(member, dict | list):
                yield f"{at}={member}"
            yield from _members(member, at)
    elif isinstance(value, list):
        for member in cast("list[Any]", value):
            yield from _members(member, f"{path}[]")
    else:
        yield f"{path}:{type(value).__name__}"
