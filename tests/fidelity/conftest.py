"""Histories for the comparison: recorded ones, and those that a test writes down."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from turnproof.history import Event, read
from turnproof.message import Direction, encode

HISTORIES = Path(__file__).with_name("histories")
RECORDED = [
    path.name.removesuffix(".1.jsonl")
    for path in sorted(HISTORIES.glob("*.1.jsonl"), key=lambda path: (path.stat().st_size, path.name))
]
"""Every history of the corpus is there twice, as `<name>.1.jsonl` and `<name>.2.jsonl`; the shortest first, as they are the
soonest compared."""


class Recorded:
    """Two plays of one scenario on the real binary."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.one, self.other = (self._events(name, number) for number in (1, 2))

    def _events(self, name: str, number: int) -> list[Event]:
        return list(read(BytesIO((HISTORIES / f"{name}.{number}.jsonl").read_bytes()))[1])


@pytest.fixture(scope="module", params=RECORDED)
def recorded(request: pytest.FixtureRequest) -> Recorded:
    """Each history of the corpus in turn."""
    return Recorded(request.param)


def said(direction: Direction, value: Any, *, seq: int, t: int | None = None) -> Event:
    """One line of a history that a test writes down; a millisecond after the line before it, unless it is said when."""
    return Event(seq, "wire", seq, (seq if t is None else t) * 1_000_000, 1, 1, direction, "line", encode(value))


def named(**threads: str) -> list[Event]:
    """What the player notes of the threads of a scenario: their names."""
    facts = [encode({"step": "start_thread", "thread": {"name": name, "id": id}}) for name, id in threads.items()]
    return [Event(0, "player", 0, 0, 1, 1, None, "step", fact) for fact in facts]


def conversation(*lines: Any) -> list[Event]:
    """A history: what begins with ">" was sent by the client."""
    events: list[Event] = []
    for seq, line in enumerate(lines, 1):
        direction: Direction = "to_server" if isinstance(line, tuple) else "to_client"
        events.append(said(direction, line[1] if isinstance(line, tuple) else line, seq=seq))
    return events
