"""Statistics of ratios: the median, its bootstrap interval, and what that says about a limit. Pure.

The median of per-pair ratios, not the ratio of medians: a slow second of the machine hits both sides of a pair.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

RESAMPLES: Final = 1000
CONFIDENCE: Final = 0.95
NARROW: Final = 0.02
"""An interval narrower than this needs no more pairs; where the limit is below 1, so much of the limit."""

Judgement = Literal["met", "missed", "not resolved"]


@dataclass(frozen=True)
class Interval:
    """A median of ``n`` ratios and the interval in which it lies."""

    middle: float
    low: float
    high: float
    n: int

    @property
    def width(self) -> float:
        return self.high - self.low


def interval(ratios: Sequence[float], *, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """The median with its 95 % bootstrap interval (percentiles). Raises ValueError without a ratio."""
    if not ratios:
        raise ValueError("no pair was measured")
    rng = random.Random(seed)
    n = len(ratios)
    middles = sorted(median(rng.choices(ratios, k=n)) for _ in range(resamples))
    cut = round((1 - CONFIDENCE) / 2 * (resamples - 1))
    return Interval(median(ratios), middles[cut], middles[-1 - cut], n)


def judgement(found: Interval, limit: float) -> Judgement:
    """Whether a limit is kept. "not resolved" is an answer: the limit lies within the interval."""
    if found.high <= limit:
        return "met"
    return "missed" if found.low > limit else "not resolved"


def is_narrow(found: Interval, limit: float) -> bool:
    """Whether more pairs would say nothing new."""
    return found.width < NARROW * min(1.0, limit)
