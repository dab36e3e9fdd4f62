"""Two values side by side: where they differ, by the rules."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final, cast

import msgspec

from turnproof.fidelity.difference import ABSENT
from turnproof.fidelity.moments import Clock, Span, is_moment, order, span_of, texts_with_times
from turnproof.fidelity.naming import Naming, pieces
from turnproof.fidelity.rules import DURATIONS, NAMES, UNORDERED, UNREAD, Unordered, Unread
from turnproof.history import Event

_MARKS: Final = frozenset("-_:/")
"""Every text with an id, a time or a folder has one of them; the others are literal."""
Found = tuple[str, str, Any, Any]
"""Path, what differs, and the two values."""


class Side(msgspec.Struct):
    """What one history knows of itself: its clock, and its own folders with their names."""

    clock: Clock
    folders: tuple[tuple[str, str], ...]

    def without_folders(self, text: str) -> str:
        for folder, name in self.folders:
            text = text.replace(folder, name)
        return text


class Likeness:
    """Compares values of two histories; one for the whole comparison, since it learns whose ids are whose."""

    def __init__(self, one: Side, other: Side, naming: Naming) -> None:
        self._sides = (one, other)
        self._naming = naming
        self._letter = ""
        self._events: tuple[Event, Event]

    def differences(self, letter: str, events: tuple[Event, Event], values: tuple[Any, Any]) -> list[Found]:
        """Where two values of lines of one letter differ."""
        self._letter = letter
        self._events = events
        return list(self._values("", "", *values))

    def _values(self, path: str, key: str, one: Any, other: Any) -> Iterator[Found]:
        if type(one) is not type(other):
            yield path, "differs", one, other
        elif self._rules(UNREAD, path):
            return
        elif isinstance(one, dict):
            yield from self._objects(path, cast("dict[str, Any]", one), cast("dict[str, Any]", other))
        elif isinstance(one, list):
            yield from self._lists(path, key, cast("list[Any]", one), cast("list[Any]", other))
        elif kind := name_at(self._letter, _pattern(path), one.__class__):
            if not self._naming.same(f"{kind} {self._events[0].gen}", one, other):
                yield path, "names another", one, other
        elif isinstance(one, str):
            yield from self._texts(path, one, cast("str", other))
        elif is_moment(key) and isinstance(one, int | float) and not isinstance(one, bool):
            yield from self._sided(path, one, other, span_of(key, one), span_of(key, cast("float", other)))
        elif key in DURATIONS and isinstance(one, int | float) and not isinstance(one, bool):
            lasts = tuple(side.clock.lasts(value) for side, value in zip(self._sides, (one, other), strict=True))
            if lasts[0] != lasts[1]:
                yield path, "as a duration is", one, other
        elif one != other:
            yield path, "differs", one, other

    def _objects(self, path: str, one: dict[str, Any], other: dict[str, Any]) -> Iterator[Found]:
        pairs = self._keys(one, other)
        for key, twin in pairs:
            yield from self._values(_under(path, key), key, one[key], other[twin])
        paired = ({key for key, _ in pairs}, {twin for _, twin in pairs})
        for key in one:
            if key not in paired[0]:
                yield _under(path, key), "differs", one[key], ABSENT
        for key in other:
            if key not in paired[1]:
                yield _under(path, key), "differs", ABSENT, other[key]
        if [twin for _, twin in pairs] != [twin for twin in other if twin in paired[1]] and not self._rules(
            UNORDERED, path
        ):
            yield path, "has its keys in the order", list(one), list(other)
        yield from self._times_in_order(path, one, other)

    def _keys(self, one: dict[str, Any], other: dict[str, Any]) -> list[tuple[str, str]]:
        """Which key is which: the equal ones, and keys that are ids by their names."""
        spare = [key for key in other if key not in one]
        found: list[tuple[str, str]] = []
        for key in one:
            twin = key if key in other else next((k for k in spare if not list(self._texts("", key, k))), None)
            if twin is not None:
                found.append((key, twin))
                if twin in spare:
                    spare.remove(twin)
        return found

    def _lists(self, path: str, key: str, one: list[Any], other: list[Any]) -> Iterator[Found]:
        for rule in UNORDERED:
            if self._rules((rule,), path):
                other = self._as_alike(rule.alike, one, other) if rule.alike else self._in_the_order_of(one, other)
        for index in range(max(len(one), len(other))):
            a = one[index] if index < len(one) else ABSENT
            b = other[index] if index < len(other) else ABSENT
            yield from self._values(f"{path}[{index}]", key, a, b)

    def _as_alike(self, key: str, one: list[Any], other: list[Any]) -> list[Any]:
        """The other list, those of its members that have the same value under a key each where its counterpart stands."""
        found = list(other)
        values: list[Any] = [cast("dict[str, Any]", row).get(key) if isinstance(row, dict) else None for row in other]
        for value in [value for n, value in enumerate(values) if isinstance(value, str) and value in values[:n]]:
            places = [n for n, same in enumerate(values[: len(one)]) if same == value]
            members = self._in_the_order_of([one[n] for n in places], [other[n] for n in places])
            for place, member in zip(places, members, strict=True):
                found[place] = member
        return found

    def _in_the_order_of(self, one: list[Any], other: list[Any]) -> list[Any]:
        """The members of the other list, each where its counterpart stands."""
        spare = list(other)
        found: list[Any] = []
        for member in one:
            twin = next((m for m in spare if not list(self._values("", "", member, m))), ABSENT)
            if twin is not ABSENT:
                found.append(twin)
                spare.remove(twin)
        return [*found, *spare]

    def _rules(self, rules: tuple[Unread, ...] | tuple[Unordered, ...], path: str) -> bool:
        return _named(rules, self._letter, _pattern(path))

    def _texts(self, path: str, one: str, other: str) -> Iterator[Found]:
        if _MARKS.isdisjoint(one) and _MARKS.isdisjoint(other):
            if one != other:
                yield path, "differs", one, other
            return
        (a, times), (b, twins) = (
            texts_with_times(side.without_folders(text)) for side, text in zip(self._sides, (one, other), strict=True)
        )
        ours, theirs = pieces(a), pieces(b)
        if [p.kind or p.text for p in ours] != [p.kind or p.text for p in theirs]:
            yield path, "differs", one, other
            return
        for piece, twin in zip(ours, theirs, strict=True):
            if piece.kind and not self._naming.same(piece.kind, piece.text, twin.text):
                yield path, "names another", one, other
                return
        for span, twin_span in zip(times, twins, strict=True):
            yield from self._sided(path, one, other, span, twin_span)

    def _sided(self, path: str, one: Any, other: Any, span: Span, twin: Span) -> Iterator[Found]:
        a = self._sides[0].clock.side(span, self._events[0])
        b = self._sides[1].clock.side(twin, self._events[1])
        if a != b:
            yield path, "as a time lies", f"{one} ({a})", f"{other} ({b})"

    def _times_in_order(self, path: str, one: dict[str, Any], other: dict[str, Any]) -> Iterator[Found]:
        """Times that stand side by side are in the same order in both."""
        keys = [key for key in one if is_moment(key) and _number(one[key]) and _number(other.get(key))]
        for index, key in enumerate(keys):
            for later in keys[index + 1 :]:
                a = order(span_of(key, one[key]), span_of(later, one[later]))
                b = order(span_of(key, other[key]), span_of(later, other[later]))
                if a * b < 0:
                    values = ([one[key], one[later]], [other[key], other[later]])
                    yield _under(path, key), f"lies on another side of {later}", *values


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _under(path: str, key: str) -> str:
    key = key if key.isidentifier() else repr(key)
    return f"{path}.{key}" if path else key


def _pattern(path: str) -> str:
    """The path without its indexes: ``result.data.id``."""
    return (
        "".join(part.partition("]")[2] if i else part for i, part in enumerate(path.split("[")))
        if "[" in path
        else path
    )


@cache
def _named(rules: tuple[Unread, ...] | tuple[Unordered, ...], letter: str, path: str) -> bool:
    return any(fnmatchcase(letter, rule.letter) and fnmatchcase(path, rule.path) for rule in rules)


@cache
def name_at(letter: str, path: str, of: type) -> str:
    """What kind of thing the value at a path names anew in each server process; "" for what is literal."""
    rules = (rule for rule in NAMES if rule.type is of and path == rule.path and fnmatchcase(letter, rule.letter))
    return next((rule.kind for rule in rules), "")
