"""Ours against a baseline, and the baseline against itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.interval import Interval, interval
from bench.pairs import Pair, Ratio, Side, pairs
from bench.row import Effort, Found, Row
from bench.sample import Sample

WARM_UP = 3


def cpu_ratio(base: Sample, ours: Sample) -> float:
    return ours.cpu_each / base.cpu_each


def wall_ratio(base: Sample, ours: Sample) -> float:
    return ours.wall_each / base.wall_each


@dataclass
class Comparison:
    """``twin`` is a second baseline of the same kind as ``base``, alive at the same time."""

    base: Side
    twin: Side
    ours: Side
    ratio: Ratio = cpu_ratio

    def run(self, row: Row, effort: Effort, profile: Callable[[], str]) -> Found:
        """Measure; two thirds of the time go to the row, one to its A/A. A missed row is profiled."""
        for side in (self.base, self.twin, self.ours) * WARM_UP:
            side()
        two = pairs(self.base, self.ours, ratio=self.ratio, limit=row.limit, seconds=effort.seconds * 2 / 3)
        same = pairs(self.base, self.twin, ratio=self.ratio, limit=row.limit, seconds=effort.seconds / 3)
        found = Found(
            row,
            ratio=self._interval(two, self.ratio),
            wall=self._interval(two, wall_ratio),
            same=self._interval(same, self.ratio),
            sizes=sizes(two),
        )
        if effort.profile or found.judgement == "missed":
            found.profile = profile()
        return found

    def _interval(self, found: list[Pair], ratio: Ratio) -> Interval:
        return interval([ratio(*pair) for pair in found])


def sizes(found: list[Pair]) -> str:
    """Medians of both sides: CPU and wall time."""
    base, ours = [pair[0] for pair in found], [pair[1] for pair in found]
    return (
        f"CPU {seconds_text(median(s.cpu_each for s in ours))} against {seconds_text(median(s.cpu_each for s in base))}, "
        f"wall {seconds_text(median(s.wall_each for s in ours))} against {seconds_text(median(s.wall_each for s in base))}"
    )


def seconds_text(seconds: float) -> str:
    """A duration in the unit that fits: 1.62 ms, 4.9 us."""
    if seconds >= 0.9995:
        return f"{seconds:.3g} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 0.0009995 else f"{seconds * 1e6:.3g} us"
