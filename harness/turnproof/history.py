"""The history of a play: what was seen, in order, as bytes.

A history file is JSON lines: a header ``{"turnproof_history": 1, …}``, then one event a line.  What was on the wire is
spliced into its line as it was, never encoded again: lone surrogates, duplicate keys, ``1`` against ``1.0``, ids above
2^63 and torn lines are evidence.  So an event line ends in exactly one of

    "msg":<the JSON of the wire>}     a line that is JSON
    "text":"…"}                       other bytes that are UTF-8
    "b64":"…"}                        bytes that are not
    "data":{…}}                       a fact of our own (process, fault, step, note)

``seq`` counts all events, ``src_seq`` those of one source; ``t`` is CLOCK_MONOTONIC in nanoseconds (virtual on ``sim``);
``gen`` counts the server processes of the play from 1; ``conn`` the connections.  Order across sources is claimed only
where one event was written before the other was acted on.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

import msgspec

from turnproof.message import Direction, Message, decode, encode

EventKind = Literal["line", "bytes", "process", "fault", "step", "note"]

VERSION: Final = 1
_MSG: Final = b'"msg":'
_OWN: Final = frozenset(("process", "fault", "step", "note"))


class HistoryError(ValueError):
    """A history file that cannot be read; one line."""


class Event(msgspec.Struct, gc=False, eq=False):
    """One thing that was seen. ``raw`` holds its exact bytes; ``message`` and ``data`` are views of them."""

    seq: int
    src: str
    src_seq: int
    t: int
    conn: int
    gen: int
    dir: Direction | None
    kind: EventKind
    raw: bytes
    seen_as: Any = None
    """The view that was made already: a Message, or the fact."""

    @property
    def message(self) -> Message:
        """The line as a message (decoded once)."""
        seen = self.seen_as
        if seen.__class__ is Message:
            return seen
        if self.kind in _OWN:
            return Message(self.raw)  # a fact of ours is no message; its view is ``data``
        seen = self.seen_as = Message(self.raw)
        return seen

    @property
    def data(self) -> dict[str, Any]:
        """The fact of a process, fault, step or note event (decoded once)."""
        if self.seen_as is None:
            self.seen_as = decode(self.raw)
        return self.seen_as

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Event) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())

    def __repr__(self) -> str:
        return f"Event({self.seq} {self.kind} {self.dir or ''} {self.raw[:60]!r})"

    def _fields(self) -> tuple[Any, ...]:
        return (self.seq, self.src, self.src_seq, self.t, self.conn, self.gen, self.dir, self.kind, self.raw)


def header(facts: dict[str, Any]) -> bytes:
    """The first line of a history file."""
    return encode({"turnproof_history": VERSION, **facts}) + b"\n"


def to_lines(events: list[Event]) -> bytes:
    """Events as lines of a history file. What a burst of one chunk has in common is put into bytes once."""
    parts: list[bytes] = []
    common: tuple[Any, ...] | None = None
    middle = source = b""
    for event in events:
        if event.kind != "line" or event.message.kind == "not_json" or b"\n" in event.raw:
            parts.append(to_line(event))
            continue
        key = (event.src, event.t, event.gen, event.conn, event.dir)
        if key != common:
            common = key
            middle = b'"t":%d,"conn":%d,"gen":%d,"dir":"%b","kind":"line","msg":' % (
                event.t, event.conn, event.gen, (event.dir or "").encode(),
            )  # fmt: skip
            source = event.src.encode()
        parts.append(
            b'{"seq":%d,"src":"%b","src_seq":%d,%b%b}\n' % (event.seq, source, event.src_seq, middle, event.raw)
        )
    return b"".join(parts)


def to_line(event: Event) -> bytes:
    """The event as a line of a history file."""
    # The conditional order is that of frequency: a burst is nothing but JSON lines.
    raw = event.raw
    if event.kind == "line" and event.message.kind != "not_json" and b"\n" not in raw:
        tail = b'"msg":%b}\n' % raw
    elif event.kind in _OWN:
        tail = b'"data":%b}\n' % raw
    else:
        tail = _opaque(raw)
    direction = b"" if event.dir is None else b'"dir":"%b",' % event.dir.encode()
    return b'{"seq":%d,"src":"%b","src_seq":%d,"t":%d,"conn":%d,"gen":%d,%b"kind":"%b",%b' % (
        event.seq,
        event.src.encode(),
        event.src_seq,
        event.t,
        event.conn,
        event.gen,
        direction,
        event.kind.encode(),
        tail,
    )


def _opaque(raw: bytes) -> bytes:
    try:
        return b'"text":%b}\n' % json.dumps(raw.decode()).encode()
    except UnicodeDecodeError:
        return b'"b64":"%b"}\n' % base64.b64encode(raw)


def from_line(line: bytes) -> Event:
    """The event that a line holds, bytes and all; raises HistoryError."""
    line = line.rstrip(b"\n")
    spliced = line.find(_MSG)
    own = line.find(b'"data":')
    try:
        # The fields before the splice are ours and hold neither marker, so the first one found is the true one.
        if spliced >= 0 and (own < 0 or spliced < own):
            fields, raw = decode(line[:spliced] + b'"x":0}'), line[spliced + len(_MSG) : -1]
        elif own >= 0:
            fields, raw = decode(line[:own] + b'"x":0}'), line[own + 7 : -1]
        else:
            fields = decode(line)
            raw = fields["text"].encode() if "text" in fields else base64.b64decode(fields["b64"])
        return Event(
            fields["seq"], fields["src"], fields["src_seq"], fields["t"], fields["conn"], fields["gen"],
            fields.get("dir"), fields["kind"], raw,
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as problem:
        raise HistoryError(f"not an event of a history: {line[:80]!r}: {problem}") from None


def read(lines: Iterable[bytes], name: str = "history") -> tuple[dict[str, Any], Iterator[Event]]:
    """Header and events of a history file; an unknown format is refused in one line."""
    it = iter(lines)
    first = next(it, b"")
    try:
        head = decode(first)
        version = head["turnproof_history"]
    except (ValueError, KeyError, TypeError):
        raise HistoryError(f"{name}: the first line is no header of a turnproof history") from None
    if version != VERSION:
        raise HistoryError(f"{name}: history format {version!r} is not known here; mend: this version reads {VERSION}")
    return head, (from_line(line) for line in it if line.endswith(b"\n"))  # a torn last line was never acted on
