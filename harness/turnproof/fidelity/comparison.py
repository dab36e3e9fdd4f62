"""Two histories of one scenario: what differs between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import msgspec

from turnproof.fidelity.crowds import alike, crowded, parted
from turnproof.fidelity.difference import ABSENT, Difference, Place
from turnproof.fidelity.likeness import Likeness, Side
from turnproof.fidelity.lines import CONNECTION, Line, Lines, Thread
from turnproof.fidelity.moments import Clock
from turnproof.fidelity.naming import Naming
from turnproof.fidelity.order import Aligned, align, chance, is_tail
from turnproof.fidelity.spelling import same_spelling
from turnproof.fidelity.timeline import Timeline
from turnproof.history import Event
from turnproof.message import at, id_key


class Compared(msgspec.Struct):
    """What a comparison came to: how many lines were compared, how many had no counterpart because their turn or their
    server was ended in mid-work, and all differences."""

    lines: int
    cut_off: int
    differences: list[Difference]


class _History(msgspec.Struct):
    """One side: its events, its lines, and where each line stands in its thread."""

    events: list[Event]
    lines: Lines
    side: Side


def compare(one: Iterable[Event], other: Iterable[Event]) -> Compared:
    """Compare two histories; memory is that of the two."""
    return _Comparison(_history(one), _history(other)).run()


def _history(events: Iterable[Event]) -> _History:
    kept = list(events)
    lines = Lines(kept)
    return _History(kept, lines, Side(Clock(kept), tuple(_folders(lines))))


def _folders(lines: Lines) -> Iterable[tuple[str, str]]:
    """The folders of a play by their names, from what the server says of itself: its home, and where it works."""
    found: dict[str, str] = {}
    for line in lines.all:
        if line.letter == "← answer to initialize" and isinstance(
            home := line.event.message.result.get("codexHome"), str
        ):
            found.setdefault(home, "<home>")
        if line.letter == "← answer to thread/start" and line.asked is not None and "cwd" not in line.asked.params:
            cwd = at(line.event.message.result, "thread", "cwd")
            if isinstance(cwd, str) and cwd:
                found.setdefault(cwd, "<cwd>")
    return sorted(found.items(), key=lambda item: -len(item[0]))


class _Comparison:
    """The work of one comparison."""

    def __init__(self, one: _History, other: _History) -> None:
        self._one, self._other = one, other
        self._naming = Naming()
        self._likeness = Likeness(one.side, other.side, self._naming)
        self._found: list[Difference] = []
        self._lines = 0
        self._cut_off = 0

    def run(self) -> Compared:
        alone = self._one.lines.alone and self._other.lines.alone
        ours, theirs = (history.lines.by_thread(alone=alone) for history in (self._one, self._other))
        compared: set[int] = set()
        for label, thread, twin in pairs_of_threads(self._one.lines, ours, self._other.lines, theirs):
            a, b = ours.get(thread, []) if thread else [], theirs.get(twin, []) if twin else []
            crowd = crowded(a, b)
            (a, many), (b, as_many) = parted(a, crowd), parted(b, crowd)
            self._crowd(label, many, as_many)
            aligned = align(a, b)
            cut = thread in self._one.lines.cut and twin in self._other.lines.cut
            self._pairs(label, aligned, a, b, compared)
            self._times(label, aligned, a, b)
            last = thread == last_of(ours) and twin == last_of(theirs)
            self._left(label, aligned, a, b, cut=cut, last=last)
        return Compared(self._lines, self._cut_off, self._found)

    def _pairs(self, label: str, aligned: Aligned, a: list[Line], b: list[Line], compared: set[int]) -> None:
        for line, twin in aligned.pairs:
            if line.event.seq in compared:
                continue  # it belongs to two threads, and was compared in the first
            compared.add(line.event.seq)
            self._lines += 1
            self._differ(label, line, twin, a, b, self._values(line, twin))

    def _differ(
        self,
        label: str,
        line: Line,
        twin: Line,
        a: list[Line],
        b: list[Line],
        found: Iterable[tuple[str, str, Any, Any]],
    ) -> None:
        """Two lines that are each other's differ in what was found."""
        for path, what, one, other in found:
            places = (_place(line, a), _place(twin, b))
            self._found.append(Difference(label, line.letter, path, what, (one, other), places))

    def _crowd(self, label: str, a: list[Line], b: list[Line]) -> None:
        """The answers to a crowd of requests, of which nobody can say whom each of them is for."""
        self._lines += min(len(a), len(b))
        for line, twin in alike(a, b):
            self._differ(label, line, twin, a, b, self._contents(line, twin))

    def _times(self, label: str, aligned: Aligned, a: list[Line], b: list[Line]) -> None:
        """Times that are out of order in one history and in order in the other."""
        one, other = Timeline(a), Timeline(b)
        for line, twin in aligned.pairs:
            odd, even = one.odd.get(line.event.seq, {}), other.odd.get(twin.event.seq, {})
            values = ((path, odd.get(path, "in order"), even.get(path, "in order")) for path in sorted({**odd, **even}))
            self._differ(label, line, twin, a, b, ((path, "as a time lies", x, y) for path, x, y in values if x != y))
        still, moving = one.still(), other.still()
        for path in still.keys() & moving.keys():
            if still[path] != moving[path]:
                values = ("stands still" if still[path] else "goes on", "stands still" if moving[path] else "goes on")
                self._found.append(Difference(label, "← *", path, "as a time lies", values, (None, None)))

    def _values(self, line: Line, twin: Line) -> Iterable[tuple[str, str, Any, Any]]:
        event, other = line.event, twin.event
        if event.kind == "process":
            facts = [{key: e.data.get(key) for key in ("rc", "asked")} for e in (event, other)]
            return self._likeness.differences(line.letter, (event, other), (facts[0], facts[1]))
        a, b = event.message, other.message
        if a.value is None and b.value is None:
            texts = tuple(e.raw.decode("utf-8", "backslashreplace") for e in (event, other))
            return self._likeness.differences(line.letter, (event, other), (texts[0], texts[1]))
        return [*self._contents(line, twin), *self._ids(line, a.id, b.id)]

    def _contents(self, line: Line, twin: Line) -> list[tuple[str, str, Any, Any]]:
        """What two messages say, but for the ids of their requests."""
        event, other = line.event, twin.event
        bodies = (_body(event.message.value), _body(other.message.value))
        return [*self._likeness.differences(line.letter, (event, other), bodies), *_spelling(event, other)]

    def _ids(self, line: Line, one: Any, other: Any) -> Iterable[tuple[str, str, Any, Any]]:
        """Ids of requests are numbers that each side gives in its own order; all others are literal."""
        if type(one) is int and type(other) is int and not line.letter.endswith(" to nothing"):
            asks = line.event.message.kind == "request"
            asker = "client" if asks == line.letter.startswith("→") else "server"
            if not self._naming.same(f"request of the {asker} {line.event.gen}", one, other):
                yield "id", "names another", one, other
        elif id_key(one) != id_key(other):
            yield "id", "differs", one, other

    def _left(self, label: str, aligned: Aligned, a: list[Line], b: list[Line], *, cut: bool, last: bool) -> None:
        """Lines without a counterpart: cut off, elsewhere, or missing."""
        if cut and is_tail(aligned.one, a) and is_tail(aligned.other, b):
            self._cut_off += len(aligned.one) + len(aligned.other)
            return
        spare = list(aligned.other)
        for line in aligned.one:
            twin = next((other for other in spare if other.key == line.key), None)
            if twin is not None:
                spare.remove(twin)
                self._whole(label, line.letter, "stands elsewhere", (line, twin), a, b)
            elif chance(line, a, last=last):
                self._cut_off += 1
            else:
                self._whole(label, line.letter, "is missing in the second", (line, None), a, b)
        for twin in spare:
            if chance(twin, b, last=last):
                self._cut_off += 1
            else:
                self._whole(label, twin.letter, "is missing in the first", (None, twin), a, b)

    def _whole(
        self, label: str, letter: str, what: str, pair: tuple[Line | None, Line | None], a: list[Line], b: list[Line]
    ) -> None:
        values = tuple(ABSENT if line is None else line.event.message.value for line in pair)
        places = (None if pair[0] is None else _place(pair[0], a), None if pair[1] is None else _place(pair[1], b))
        self._found.append(Difference(label, letter, "", what, (values[0], values[1]), places))


def _body(value: Any) -> Any:
    """A message with its id taken out of the comparison, but not out of the order of its keys."""
    if not isinstance(value, dict) or "id" not in value:
        return cast("Any", value)
    return {**cast("dict[str, Any]", value), "id": None}


def _spelling(one: Event, other: Event) -> Iterable[tuple[str, str, Any, Any]]:
    """Whether both write JSON alike: with the same blanks, letters escaped alike, and numbers of one form."""
    if not same_spelling(one, other):
        texts = tuple(event.raw.decode("utf-8", "backslashreplace") for event in (one, other))
        yield "", "is spelt", texts[0], texts[1]


def _place(line: Line, among: Sequence[Line]) -> Place:
    index = next(i for i, other in enumerate(among) if other is line)
    before = among[index - 1].letter if index else ""
    after = among[index + 1].letter if index + 1 < len(among) else ""
    return Place(line.event.seq, before, after)


def pairs_of_threads(
    one: Lines, ours: dict[Thread, list[Line]], other: Lines, theirs: dict[Thread, list[Line]]
) -> Iterable[tuple[str, Thread | None, Thread | None]]:
    """Which thread is which, with a name for people: the scenario's where it has one, else by first appearance."""
    twins = {label: thread for thread, label in labels(other, theirs).items()}
    for thread, label in labels(one, ours).items():
        yield label, thread, twins.pop(label, None)
    for label, twin in twins.items():
        yield label, None, twin


def last_of(threads: Iterable[Thread]) -> Thread | None:
    """The thread that begins last; the connection is none."""
    return next((thread for thread in reversed([*threads]) if thread[1]), None)


def labels(lines: Lines, threads: Iterable[Thread]) -> dict[Thread, str]:
    """A name for each thread of a history, unique in it."""
    found: dict[Thread, str] = {}
    nameless: dict[str, int] = {}
    for gen, thread in threads:
        where = "" if gen == 1 else f" on server {gen}"
        name = lines.names.get(thread)
        if not thread:
            found[gen, thread] = f"the {CONNECTION}{where}"
        elif name is not None:
            found[gen, thread] = f"thread {name}{where}"
        else:
            number = nameless.setdefault(thread, len(nameless) + 1)
            found[gen, thread] = f"nameless thread {number}{where}"
    return found
