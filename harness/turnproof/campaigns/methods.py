"""The events of a history, each with the method that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from turnproof.history import Event
from turnproof.message import id_key

UNASKED: Final = "?"
"""The method of an answer to what nobody asked."""


def with_methods(events: Iterable[Event]) -> Iterator[tuple[Event, str]]:
    """Each event and a method: an answer is about that of its request, what is no message about none ("")."""
    asked: dict[Any, str] = {}
    for event in events:
        if event.kind != "line":
            yield event, ""
            continue
        message = event.message
        if message.kind == "request":
            asked[event.gen, event.dir, id_key(message.id)] = message.method or ""
        method = message.method or ""
        if message.kind in ("response", "error"):
            other = "to_server" if event.dir == "to_client" else "to_client"
            method = asked.get((event.gen, other, id_key(message.id)), UNASKED)
        yield event, method
