"""Mutants of a recorded history: one change each, with what the rules say about it.

A line is dropped, said twice, or swapped with the next one of its thread.  In a line, every member is left out, made
another type, changed, and every object gets one member more or has two neighbours swapped.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator
from typing import Any, Final

import msgspec
from tests.fidelity.kinds import Path, at, pattern, unread

from turnproof.fidelity.comparison import last_of
from turnproof.fidelity.likeness import name_at
from turnproof.fidelity.lines import Line, Lines
from turnproof.fidelity.naming import pieces
from turnproof.fidelity.order import chance, independent, is_tail
from turnproof.fidelity.rules import DURATIONS, MILLISECONDS, SECONDS, UNORDERED
from turnproof.history import Event
from turnproof.message import encode

NOT_READ: Final = "nobody reads it"
DAY: Final = 86_400_000


class Mutant(msgspec.Struct):
    """A history with one change. ``excused`` names the rule by which nobody has to notice; empty: it must be reported."""

    what: str
    events: list[Event]
    excused: str = ""


# -- whole lines


def of_lines(events: list[Event]) -> Iterator[Mutant]:
    """A line dropped, said twice, swapped with the next of its thread: for every line of the wire."""
    lines = Lines(events)
    threads = lines.by_thread(alone=lines.alone)
    for thread, among in threads.items():
        for index, line in enumerate(among):
            if line.event.kind != "line":
                continue
            at = events.index(line.event)
            tail = "the server was ended in mid-work" if thread in lines.cut and is_tail([line], among) else ""
            last = thread == last_of(threads)
            lost = tail or chance(line, among, last=last)
            yield Mutant(f"{line.letter} dropped", events[:at] + events[at + 1 :], lost)
            again = copy.copy(line)
            twice = tail or chance(again, [*among[: index + 1], again, *among[index + 1 :]], last=last)
            twice = "" if line.asked else twice  # a second answer is one to nothing, in another thread
            yield Mutant(f"{line.letter} twice", [*events[: at + 1], *events[at:]], twice)
            if index + 1 < len(among) and among[index + 1].event.kind == "line":
                yield _swapped(events, line, among[index + 1])


def _answers(answer: Event, request: Event) -> bool:
    """Whether it is the answer to this very request, in front of which it would be one to nothing."""
    asked, said = request.message, answer.message
    return asked.kind == "request" and said.kind in ("response", "error") and asked.id == said.id


def _swapped(events: list[Event], line: Line, after: Line) -> Mutant:
    """The first of two neighbours of a thread moved behind the second, both told at one moment.

    Nobody has to notice when they have no order, or when they say the same. What other threads say in between stays there.
    """
    a, b = events.index(line.event), events.index(after.event)
    later, sooner = _at_one_moment(line.event, after.event)
    moved = [*events[a + 1 : b], sooner, later]
    swapped = [*events[:a], *map(_at, moved, events[a : b + 1]), *events[b + 1 :]]
    same = sooner.raw == later.raw
    floating = independent(line.key, after.key) and not _answers(after.event, line.event)
    excused = "they float" if floating else "they are the same" if same else ""
    return Mutant(f"{line.letter} swapped with {after.letter}", swapped, excused)


def _at_one_moment(*pair: Event) -> Iterator[Event]:
    """Two lines whose times do not tell which comes first: of two that are told both are at the later moment, two starts at
    the first and two ends at the last, so that nothing lasts longer than it may."""
    raws = [event.raw for event in pair]
    for key, which in ((b"emittedAtMs", max), (b"startedAtMs", min), (b"completedAtMs", max)):
        member = re.compile(rb'"%b":(\d+)' % key)
        moments = [match[1] for raw in raws if (match := member.search(raw))]
        if len(moments) == len(pair) and all(event.message.kind == "notification" for event in pair):
            raws = [member.sub(b'"%b":%b' % (key, which(moments, key=int)), raw) for raw in raws]
    for event, raw in zip(pair, raws, strict=True):
        changed = copy.copy(event)
        changed.raw, changed.seen_as = raw, None
        yield changed


def _at(event: Event, place: Event) -> Event:
    """The event as if it had come where another one did."""
    moved = copy.copy(event)
    moved.seq, moved.src_seq, moved.t = place.seq, place.src_seq, place.t
    return moved


# -- within a line


def of_members(events: list[Event], line: Line, members: Collection[Path]) -> Iterator[Mutant]:
    """Each of some members of one line changed in every way; the empty path is the whole line.

    Processes and requests are named anew by each server: of what an earlier one called so, nothing else tells here.
    """
    value = line.event.message.value
    of_server = [event for event in events if event.kind == "line" and event.gen == line.event.gen]
    everything = b"\n".join(event.raw for event in of_server)
    for path in filter(None, members):
        where = f"{line.letter} {pattern(path)}"
        within = NOT_READ if unread(line.letter, path) == "within" else ""
        for how, change, excused in _changes(line.letter, path, at(value, path), everything):
            yield Mutant(f"{where} {how}", _with(events, line, _put(value, path, change)), within or excused)
        yield Mutant(f"{where} left out", _with(events, line, _without(value, path)), within)
    for path in members:
        if isinstance(inner := at(value, path), dict):
            where = f"{line.letter} {pattern(path)}"
            excused = NOT_READ if unread(line.letter, path) else ""
            yield Mutant(f"{where} has one more", _with(events, line, _put(value, (*path, "mutant"), True)), excused)
            yield from _reordered(events, line, value, path, inner)


def _changes(letter: str, path: Path, value: Any, everything: bytes) -> Iterator[tuple[str, Any, str]]:
    """What else could stand there: how, the value, and the rule that excuses it."""
    yield "of another type", {"mutant": value} if not isinstance(value, dict) else [value], ""
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    free = NOT_READ if unread(letter, path) else ""
    if name_at(letter, pattern(path), type(value)) and everything.count(encode(value)) == 1:
        free = "a name that stands nowhere else"
    if isinstance(value, bool):
        yield "changed", not value, free
    elif isinstance(value, int | float):
        step = DAY // 1000 if key in SECONDS else DAY if key in MILLISECONDS | DURATIONS else 1
        yield "changed", value + step, free
        if key in SECONDS | MILLISECONDS:
            yield "changed back", value - step, ""
    elif isinstance(value, str):
        yield "changed", f"~{value}", free


def _reordered(events: list[Event], line: Line, value: Any, path: Path, inner: dict[str, Any]) -> Iterator[Mutant]:
    keys = list(inner)
    unordered = any(rule.letter == line.letter and rule.path == pattern(path) for rule in UNORDERED)
    for index in range(len(keys) - 1):
        order = [*keys[:index], keys[index + 1], keys[index], *keys[index + 2 :]]
        changed = _put(value, path, {key: inner[key] for key in order}) if path else {key: inner[key] for key in order}
        excused = "the real server's order is chance" if unordered else NOT_READ if unread(line.letter, path) else ""
        yield Mutant(f"{line.letter} {pattern(path)} has two keys swapped", _with(events, line, changed), excused)


def renamed(events: list[Event], line: Line, members: Collection[Path]) -> Iterator[Mutant]:
    """Every id in some members of one line replaced by one that nobody has: which nobody notices when it stands nowhere else."""
    value = line.event.message.value
    everything = b"\n".join(event.raw for event in events if event.kind == "line")
    for path in (path for path in members if isinstance(at(value, path), str)):
        text: str = at(value, path)
        for piece in pieces(text):
            if piece.kind:
                other = piece.text[:-1] + ("1" if piece.text[-1] != "1" else "2")
                alone = everything.count(piece.text.encode()) == 1
                change = _put(value, path, text.replace(piece.text, other))
                excused = "a name that stands nowhere else" if alone else ""
                yield Mutant(f"{line.letter} {pattern(path)} renamed", _with(events, line, change), excused)


# -- values


def _put(value: Any, path: Path, member: Any) -> Any:
    changed = copy.deepcopy(value)
    at(changed, path[:-1])[path[-1]] = member
    return changed


def _without(value: Any, path: Path) -> Any:
    changed = copy.deepcopy(value)
    del at(changed, path[:-1])[path[-1]]
    return changed


def _with(events: list[Event], line: Line, value: Any) -> list[Event]:
    """The history with another value in one of its lines."""
    place = events.index(line.event)
    changed = copy.copy(line.event)
    changed.raw, changed.seen_as = encode(value), None
    return [*events[:place], changed, *events[place + 1 :]]
