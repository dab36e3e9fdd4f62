"""The judge: hands each event to the checks that want it, and sums up.

Requests and their answers are paired here once for all checks, by connection, direction, and id *with its type*.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MethodType
from typing import Any

from turnproof.checks.base import (
    OF_AN_ITEM,
    REGISTRY,
    Call,
    Check,
    Context,
    Handler,
    Table,
    item_type,
    name_of,
    opted_out,
    remember,
    told_by,
    wants_of,
)
from turnproof.history import Event
from turnproof.message import id_key
from turnproof.verdict import Violation

Key = tuple[Any, ...]
Route = tuple[tuple[int, Handler], ...]

_ROUTES: dict[tuple[str, ...], dict[Key, Route]] = {}
"""Which methods of which takers take which events, by the names of the checks: it does not change from play to play."""
_ASKS = 1000
"""Requests of one server that may wait for their answer: those of interrupted turns wait for ever."""
_ENOUGH = 4096
"""Methods come from the wire: the tables must not grow with what a broken server makes up."""


class Judge:
    """All checks over one play. ``feed`` every event in order, then ``end`` once."""

    def __init__(self, context: Context, only: Iterable[str] | None = None) -> None:
        names = tuple(REGISTRY) if only is None else tuple(only)
        self.context = context
        self.checks: list[Check] = [REGISTRY[name](context) for name in names]
        self._takers: list[Table | Check] = [*context.tables.values(), *self.checks]
        self._routes = _ROUTES.setdefault(names, {})
        self._table: dict[Key, tuple[Handler, ...]] = {}
        self.open: dict[Key, list[Call]] = {}
        self.asks: dict[Key, Call] = {}
        self._last: Event | None = None
        self.seen = 0

    def feed(self, event: Event) -> None:
        """Judge one event."""
        self._last = event
        self.seen += 1
        if event.kind != "line":
            name = told_by(event)
            ended = event.kind == "process" and name == "exit"
            if ended:
                self.open = {key: calls for key, calls in self.open.items() if key[0] != event.conn}
                self.asks.clear()
            for handler in self._handlers((event.kind, event.dir, None, name)):
                handler(event)
            if ended:
                self.context.crowd.gone(event.conn)
            return
        message = event.message
        kind = message.kind
        if kind == "notification":
            method = message.method
            if method in OF_AN_ITEM:
                key = ("line", event.dir, kind, method, item_type(message))
            else:
                key = ("line", event.dir, kind, method)
            for handler in self._table.get(key) or self._handlers(key):
                handler(event, message)
        elif kind == "response" or kind == "error":
            call = self._settle(event)
            for handler in self._handlers(("line", event.dir, kind, call.method if call else "?")):
                handler(event, message, call)
            if call is not None and event.dir == "to_client":
                self.context.crowd.settled(call.event, message)
        else:
            if kind == "request":
                if message.method == "initialize" and event.dir == "to_server":
                    self.context.silent = opted_out(message)
                self._open(event)
            for handler in self._handlers(("line", event.dir, kind, message.method or "")):
                handler(event, message)

    def end(self) -> None:
        """The history is over."""
        if self._last is not None:
            for check in self.checks:
                check.end(self._last)
        for table in self.context.tables.values():
            table.end()
        self.context.tables.clear()

    def violations(self) -> list[Violation]:
        """What was found, the earliest first; the checks' order breaks ties."""
        return sorted((v for check in self.checks for v in check.found), key=lambda v: v.seq)

    def judged(self) -> dict[str, int]:
        """How much each check looked at."""
        return {check.name: check.judged for check in self.checks}

    def _open(self, event: Event) -> None:
        """What the client asks twice under one id is answered twice, what the server asks again is one request."""
        message = event.message
        key, call = (event.conn, id_key(message.id)), Call(message.method or "", message, event)
        if event.dir == "to_server":
            self.open.setdefault(key, []).append(call)
            self.context.crowd.sent(event)
            return
        remember(self.asks, key, call, _ASKS)

    def _settle(self, event: Event) -> Call | None:
        key = (event.conn, id_key(event.message.id))
        if event.dir == "to_server":
            return self.asks.pop(key, None)
        calls = self.open.get(key)
        if not calls:
            return None
        call = calls.pop(0)
        if not calls:
            del self.open[key]
        return call

    def _handlers(self, key: Key) -> tuple[Handler, ...]:
        found = self._table.get(key)
        if found is None:
            route = self._routes.get(key)
            if route is None:
                route = self._route(key)
                if len(self._routes) < _ENOUGH:
                    self._routes[key] = route
            takers = self._takers
            found = tuple([MethodType(take, takers[index]) for index, take in route])
            if len(self._table) < _ENOUGH:
                self._table[key] = found
        return found

    def _route(self, key: Key) -> Route:
        return tuple(
            (index, getattr(type(taker), name))
            for index, taker in enumerate(self._takers)
            for wants, name in wants_of(type(taker))
            if wants.match(*key)
        )


__all__ = ["Judge", "name_of"]
