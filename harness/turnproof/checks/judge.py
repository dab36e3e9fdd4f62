"""The judge: hands each event to the checks that want it, and sums up.

Requests and their answers are paired here once for all checks, by connection, direction, and id *with its type*.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from turnproof.checks.base import REGISTRY, Call, Check, Context, Handler, Wants, handlers_of, name_of
from turnproof.history import Event
from turnproof.message import id_key
from turnproof.verdict import Violation

Key = tuple[Any, ...]


class Judge:
    """All checks over one play. ``feed`` every event in order, then ``end`` once."""

    def __init__(self, context: Context, only: Iterable[str] | None = None) -> None:
        names = list(REGISTRY) if only is None else list(only)
        self.context = context
        self.checks: list[Check] = [REGISTRY[name](context) for name in names]
        self._wants: list[tuple[Wants, Handler]] = [pair for check in self.checks for pair in handlers_of(check)]
        self._table: dict[Key, tuple[Handler, ...]] = {}
        self.open: dict[Key, list[Call]] = {}
        self._last: Event | None = None
        self.seen = 0

    def feed(self, event: Event) -> None:
        """Judge one event."""
        self._last = event
        self.seen += 1
        if event.kind != "line":
            for handler in self._handlers(event.kind, event.dir, None, ""):
                handler(event)
            return
        message = event.message
        kind = message.kind
        if kind == "response" or kind == "error":
            call = self._settle(event)
            for handler in self._handlers("line", event.dir, kind, call.method if call else "?"):
                handler(event, message, call)
            return
        if kind == "request":
            key = (event.conn, event.dir, id_key(message.id))
            self.open.setdefault(key, []).append(Call(message.method or "", message, event))
        for handler in self._handlers("line", event.dir, kind, message.method or ""):
            handler(event, message)

    def end(self) -> None:
        """The history is over."""
        if self._last is not None:
            for check in self.checks:
                check.end(self._last)

    def violations(self) -> list[Violation]:
        """What was found, the earliest first; the checks' order breaks ties."""
        return sorted((v for check in self.checks for v in check.found), key=lambda v: v.seq)

    def judged(self) -> dict[str, int]:
        """How much each check looked at."""
        return {check.name: check.judged for check in self.checks}

    def _settle(self, event: Event) -> Call | None:
        other = "to_server" if event.dir == "to_client" else "to_client"
        key = (event.conn, other, id_key(event.message.id))
        calls = self.open.get(key)
        if not calls:
            return None
        call = calls.pop(0)
        if not calls:
            del self.open[key]
        return call

    def _handlers(self, *key: Any) -> tuple[Handler, ...]:
        found = self._table.get(key)
        if found is None:
            # Methods come from the wire, so the table must not grow with what a broken server makes up.
            found = tuple(handler for wants, handler in self._wants if wants.match(*key))
            if len(self._table) < 4096:
                self._table[key] = found
        return found


__all__ = ["Judge", "name_of"]
