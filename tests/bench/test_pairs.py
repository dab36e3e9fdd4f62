"""How pairs are taken."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

from bench.comparison import cpu_ratio, seconds_text, wall_ratio
from bench.pairs import ENOUGH, FIRST_LOOK, pairs
from bench.sample import Sample, clocked


class Tape:
    """Two sides that write down who was asked; a clock that goes one second a sample."""

    def __init__(self, *b_cpu: float) -> None:
        self.asked = ""
        self._b = itertools.cycle(b_cpu or (2.0,))

    def a(self) -> Sample:
        self.asked += "A"
        return Sample(1.0, 1.0)

    def b(self) -> Sample:
        self.asked += "B"
        return Sample(next(self._b), 4.0)

    def clock(self) -> float:
        return float(len(self.asked))

    def take(self, seconds: float) -> list[tuple[Sample, Sample]]:
        return pairs(self.a, self.b, ratio=cpu_ratio, limit=8.0, seconds=seconds, clock=self.clock)


def test_pairs_alternate_their_order_and_keep_their_sides() -> None:
    tape = Tape()
    found = tape.take(8)
    assert tape.asked == "ABBAABBA"
    assert [(a.cpu, b.cpu) for a, b in found] == [(1.0, 2.0)] * 4


def test_there_is_one_pair_even_without_time() -> None:
    assert len(Tape().take(0)) == 1


def test_steady_ratios_end_at_the_first_look() -> None:
    assert len(Tape().take(1e9)) == FIRST_LOOK


def test_wild_ratios_go_on_to_the_last_pair() -> None:
    rng = random.Random(7)
    assert len(Tape(*(rng.uniform(1, 9) for _ in range(997))).take(1e9)) == ENOUGH


def test_ratios_are_of_one_unit() -> None:
    base, ours = Sample(2.0, 4.0, units=2), Sample(9.0, 6.0, units=3)
    assert cpu_ratio(base, ours) == 3.0
    assert wall_ratio(base, ours) == 1.0


def test_a_sample_counts_what_was_done() -> None:
    work: Callable[[], int] = lambda: sum(1 for _ in range(1000))  # noqa: E731
    sample = clocked(work)
    assert sample.units == 1000
    assert 0 < sample.cpu_each < sample.cpu


def test_durations_have_the_unit_that_fits() -> None:
    assert [seconds_text(s) for s in (1.5, 0.00162, 0.0000049, 0.9999)] == ["1.5 s", "1.62 ms", "4.9 us", "1 s"]
