"""What becomes of lines that come faster than they are served.

    reader ──► 128 places ──► the engine ──► answers
       └─ no place left: refused with -32001, in front of what waits ──► 128 places ──► standard output

The reader of the real server is a task of its own, and so is what writes its refusals: of many requests in one write those
beyond the queue are refused before any answer, and a refusal for which there is no place is lost (seen on 0.163.0).  Only
requests are refused; notifications and replies wait for a place.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = 128
"""Of each of the two queues. Until the first line is served the connection itself takes one: of initialize and 200 requests that
the real server finds when it starts, 127 were served and 74 refused in 22 of 25 runs; in the others it was up in time to
serve some of the rest."""


def in_turn(lines: list[bytes], places: int) -> Iterator[tuple[bytes, bool]]:
    """Lines that are read at once, in the order in which they are dealt with, and whether there was no place for them."""
    yield from ((line, True) for line in lines[places:])
    yield from ((line, False) for line in lines[:places])
