"""Many turns on one server, and how much memory the harness has at marks on the way."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Final

import psutil

from bench.rigs.stepped_play import SteppedPlay
from turnproof import Scenario, run_turn, start_thread
from turnproof.scenario import Setup

BATCH: Final = 50
LOOKS: Final = 11
"""At a mark, memory is looked at so often, a batch of turns apart: one look alone would catch a chance state."""
TURN: Final = run_turn("t", "again", says="and again")
SCENARIO: Final = Scenario("One turn, again and again.", start_thread("t"), TURN, setup=Setup(pace="burst"))


def endure(folder: Path, marks: tuple[int, ...]) -> list[list[int]]:
    """RSS, bytes, of this process at each mark (numbers of turns, rising): LOOKS looks a mark."""
    played = SteppedPlay("fake", SCENARIO, folder)
    played.do(start_thread("t"))
    me = psutil.Process()
    done = 0
    seen: list[list[int]] = []
    for mark in marks:
        done = _turns(played, done, mark)
        looks: list[int] = []
        for _ in range(LOOKS):
            looks.append(me.memory_info().rss)
            done = _turns(played, done, done + BATCH)
        seen.append(looks)
    played.end()
    return seen


def growth(folder: Path, low: int, high: int) -> str:
    """Which lines hold more after ``high`` turns than after ``low``, bytes a turn."""
    played = SteppedPlay("fake", SCENARIO, folder)
    played.do(start_thread("t"))
    tracemalloc.start()
    done = _turns(played, 0, low)
    before = tracemalloc.take_snapshot()
    done = _turns(played, done, high)
    changes = tracemalloc.take_snapshot().compare_to(before, "lineno")
    tracemalloc.stop()
    played.end()
    lines = ["bytes a turn   line"]
    for change in sorted(changes, key=lambda c: -c.size_diff)[:15]:
        place = Path(change.traceback[0].filename)
        where = f"{place.parent.name}/{place.name}:{change.traceback[0].lineno}"
        lines.append(f"{change.size_diff / (done - low):12.2f}   {where}")
    return "\n".join(lines)


def _turns(played: SteppedPlay, done: int, until: int) -> int:
    while done < until:
        for _ in range(min(BATCH, until - done)):
            played.do(TURN)
            done += 1
        played.drop_journal()
    return done
