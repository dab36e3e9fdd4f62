"""Pairs of samples, interleaved A B B A, so that a drift of the machine falls on both sides alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from bench.interval import interval, is_narrow
from bench.sample import Sample

Side = Callable[[], Sample]
Pair = tuple[Sample, Sample]
Ratio = Callable[[Sample, Sample], float]

ENOUGH: Final = 400
FIRST_LOOK: Final = 40


def pairs(
    a: Side, b: Side, *, ratio: Ratio, limit: float, seconds: float, clock: Callable[[], float] = time.monotonic
) -> list[Pair]:
    """Measure until there are 400 pairs, the interval is narrow, or the time is up; at least one pair."""
    end = clock() + seconds
    found: list[Pair] = []
    look = FIRST_LOOK
    while len(found) < ENOUGH:
        if len(found) % 2 == 0:
            first, second = a(), b()
        else:
            second, first = b(), a()
        found.append((first, second))
        if clock() >= end:
            break
        if len(found) == look:
            if is_narrow(interval([ratio(*pair) for pair in found]), limit):
                break
            look *= 2
    return found
