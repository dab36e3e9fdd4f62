"""Writes the history of a play while it happens, and lets the judge see each event.

A whole chunk is written before any of it is acted on, in one write: evidence is on disk (in the page cache, which a kill
of this process does not lose) before anything depends on it.  A simulated play is written in few pieces instead: its
seed gives it again.  No event is kept for long: the judge folds, and a short ring serves the failure text.

The judge sees messages some at a time, at the latest with the next fact: nothing that it goes by changes during a play, and
code that judges one message each time the process wakes up finds every cache cold (a third of all that the harness adds to a
turn of the real binary).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from turnproof.checks.judge import Judge
from turnproof.history import Event, EventKind, header, to_line, to_lines
from turnproof.message import Direction, Message, encode

RING: Final = 64
"""Events kept for the failure text."""
PIECE: Final = 1 << 16
"""Bytes of a history that are held back at most, and of a message that may wait for the judge."""
UNJUDGED: Final = 32
"""Events that may wait for the judge."""


class Recorder:
    """The history of one play. ``clock`` gives seconds; ``path`` None keeps no file; ``behind`` writes in pieces, and
    whoever reads the file calls ``flush`` first.
    """

    def __init__(
        self,
        path: Path | None,
        facts: dict[str, Any],
        judge: Judge,
        clock: Callable[[], float],
        *,
        behind: bool = False,
    ) -> None:
        self.judge = judge
        self.clock = clock
        self.ring: deque[Event] = deque(maxlen=RING)
        self.path = path
        self.flagged: Callable[[], None] | None = None
        """Called behind every event once a check has found something; the judge then sees each event at once."""
        self._seq = 0
        self._of: dict[str, int] = {}
        self._fd: int | None = None
        self._unjudged: list[Event] = []
        self._held: list[bytes] = []
        self._size = 0
        self._room = PIECE if behind else 0
        if path is not None:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
            try:
                self._write(header(facts))
            except BaseException:  # the disk is full, for one; nobody has us yet to close
                self.close()
                raise

    def lines(self, gen: int, direction: Direction, lines: list[bytes], src: str = "wire") -> list[Message]:
        """Record whole lines of one chunk; gives their messages."""
        messages = [Message(line) for line in lines]
        t = int(self.clock() * 1e9)
        n = self._of.get(src, 0)
        events: list[Event] = []
        for message in messages:
            self._seq += 1
            n += 1
            events.append(Event(self._seq, src, n, t, gen, gen, direction, "line", message.raw, message))
        self._of[src] = n
        self._keep(events)
        return messages

    def raw(self, gen: int, direction: Direction, data: bytes, src: str = "wire") -> None:
        """Record bytes that are no whole line."""
        self._keep([self._event(src, gen, direction, "bytes", data)])

    def fact(self, kind: EventKind, gen: int, data: dict[str, Any], src: str = "player") -> Event:
        """Record a fact of our own."""
        event = self._event(src, gen, None, kind, encode(data), data)
        self._keep([event])
        return event

    def flush(self) -> None:
        """Write what was held back."""
        held, self._held = self._held, []
        self._size = 0
        self._write(b"".join(held))

    def close(self) -> None:
        """The file is complete, if ``flush`` was called."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _event(
        self,
        src: str,
        gen: int,
        direction: Direction | None,
        kind: EventKind,
        raw: bytes,
        data: dict[str, Any] | None = None,
    ) -> Event:
        self._seq += 1
        n = self._of[src] = self._of.get(src, 0) + 1
        return Event(self._seq, src, n, int(self.clock() * 1e9), gen, gen, direction, kind, raw, data)

    def _keep(self, events: list[Event]) -> None:
        if self._fd is not None:
            lines = to_line(events[0]) if len(events) == 1 else to_lines(events)
            if self._room:
                self._hold(lines)
            else:
                self._write(lines)
        self.ring.extend(events)
        self._unjudged += events
        if self.flagged is not None or not self._may_wait(events):
            self.catch_up()

    def _may_wait(self, events: list[Event]) -> bool:
        if len(self._unjudged) > UNJUDGED:
            return False
        return all(event.kind == "line" and len(event.raw) <= PIECE for event in events)

    def catch_up(self) -> None:
        """Let the judge see all that is recorded."""
        events, self._unjudged = self._unjudged, []
        feed = self.judge.feed
        for event in events:
            feed(event)
            if self.flagged is not None and self.judge.context.flagged:
                self.flagged()

    def _hold(self, lines: bytes) -> None:
        self._held.append(lines)
        self._size += len(lines)
        if self._size > self._room:
            self.flush()

    def _write(self, data: bytes) -> None:
        while data and self._fd is not None:
            data = data[os.write(self._fd, data) :]
