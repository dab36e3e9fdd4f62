"""Times of whole seconds across the lines of a thread: what is told of it and of its turns, again and again.

A thread was created once, and a turn started and ended once, so that is told alike in every line; when a thread was
last touched does not fall, and is not before the turn that touched it (0 exceptions in 9,000 threads and turns that
0.163.0 told of, but for the second that a clock turns over in between: what is kept in memory and what the home has are
stamped one behind the other).  In a play of a second or two nothing can tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from turnproof.message import Message, at

Odd = tuple[str, str]
"""The path of a time, without indexes, and how it is out of order."""
_TURNED_OVER: Final = 1
"""Seconds between two readings of one clock by the server: 16 of 3,200 times of a thread's creation differed by that, the
start of a review's turn when it is read back, and once the time in a list behind that of a revert's answer."""
_LATE_MS: Final = 3000
"""Milliseconds from the begin of the second that is told to the telling: within two seconds at 4,300 turns, on a busy machine."""
_OWN: Final = {"turn/started": "startedAt", "turn/completed": "completedAt"}
"""The member that says when a notification is told."""


class Seconds:
    """What the lines so far told of threads and turns."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], int] = {}
        """By id of a thread or a turn, and member."""
        self._begun: dict[str, int] = {}
        """By thread: when its last turn started."""
        self._touched: dict[str, int] = {}
        """By thread: when the last turn that is over started."""

    def odd(self, message: Message) -> Iterator[Odd]:
        """What is out of order in the next line."""
        if message.kind == "response":
            for path, what in _told_of(message.result, "result"):
                yield from self._thread(path, what) if "updatedAt" in what else self._turn(path, what)
        elif message.kind == "notification" and message.method in _OWN:
            yield from self._notification(message, _OWN[message.method])

    def _notification(self, message: Message, key: str) -> Iterator[Odd]:
        turn, told = at(message.params, "turn"), message.value.get("emittedAtMs")
        if not isinstance(turn, dict) or not isinstance(told, int):
            return
        turn = cast("dict[str, Any]", turn)
        yield from self._turn("params.turn", turn)
        if isinstance(value := turn.get(key), int) and not 0 <= told - value * 1000 <= _LATE_MS:
            yield f"params.turn.{key}", "at another moment than it is told"
        thread = str(message.params.get("threadId"))
        if key == "startedAt":
            self._begun[thread] = told // 1000
        elif thread in self._begun:
            self._touched[thread] = self._begun[thread]

    def _thread(self, path: str, thread: Mapping[str, Any]) -> Iterator[Odd]:
        id = str(thread["id"])
        yield from self._once(path, thread, "createdAt")
        for key in ("updatedAt", "recencyAt"):
            if isinstance(value := thread.get(key), int):
                if value < self._told.get((id, key), value) - _TURNED_OVER:
                    yield f"{path}.{key}", "before that of an earlier line"
                elif value < self._touched.get(id, value) - _TURNED_OVER:
                    yield f"{path}.{key}", "before a turn that is over"
                self._told[id, key] = value

    def _turn(self, path: str, turn: Mapping[str, Any]) -> Iterator[Odd]:
        for key in ("startedAt", "completedAt"):
            yield from self._once(path, turn, key)

    def _once(self, path: str, what: Mapping[str, Any], key: str) -> Iterator[Odd]:
        if isinstance(value := what.get(key), int):
            first = self._told.setdefault((str(what.get("id")), key), value)
            if abs(value - first) > _TURNED_OVER:
                yield f"{path}.{key}", "another than that of an earlier line"


def _told_of(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The threads and turns within a result; in the items of a turn there are none."""
    if isinstance(value, list):
        for member in cast("list[Any]", value):
            yield from _told_of(member, path)
    elif isinstance(value, dict):
        value = cast("dict[str, Any]", value)
        if isinstance(value.get("id"), str) and ("updatedAt" in value or "startedAt" in value):
            yield path, value
        for key in ("thread", "turn", "turns", "data", "initialTurnsPage"):
            if key in value:
                yield from _told_of(value[key], f"{path}.{key}")
