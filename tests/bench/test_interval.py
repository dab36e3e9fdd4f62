"""The statistics of the benchmarks."""

from __future__ import annotations

import random

import pytest
from bench.interval import Interval, interval, is_narrow, judgement


def test_the_interval_holds_the_median_and_its_ends_are_seen_ratios_or_between() -> None:
    ratios = [1.0, 1.1, 1.2, 1.3, 9.0]
    found = interval(ratios)
    assert found.middle == 1.2
    assert found.n == 5
    assert min(ratios) <= found.low <= found.middle <= found.high <= max(ratios)


def test_one_wild_ratio_does_not_move_the_median() -> None:
    calm = [1.0] * 99
    assert interval([*calm, 1000.0]) == Interval(1.0, 1.0, 1.0, 100)


def test_the_same_ratios_give_the_same_interval() -> None:
    ratios = [random.Random(3).random() for _ in range(50)]
    assert interval(ratios) == interval(ratios)


def test_more_ratios_make_it_narrower() -> None:
    rng = random.Random(5)
    ratios = [rng.gauss(1, 0.1) for _ in range(900)]
    assert interval(ratios).width < interval(ratios[:30]).width / 2


def test_the_interval_covers_the_true_median_about_as_often_as_it_says() -> None:
    rng = random.Random(11)
    trials = [interval([rng.gauss(1, 0.1) for _ in range(60)], resamples=200, seed=n) for n in range(200)]
    covered = sum(found.low <= 1 <= found.high for found in trials)
    assert 180 <= covered <= 199


def test_no_ratio_is_no_result() -> None:
    with pytest.raises(ValueError, match="no pair"):
        interval([])


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 0.25, "met"), (0.2500001, 0.3, "missed"), (0.24, 0.26, "not resolved"), (0.25, 0.26, "not resolved")],
)
def test_a_limit_within_the_interval_is_not_resolved(low: float, high: float, verdict: str) -> None:
    assert judgement(Interval((low + high) / 2, low, high, 400), 0.25) == verdict


def test_narrow_is_relative_to_a_small_limit_and_absolute_for_a_large_one() -> None:
    found = Interval(0.03, 0.025, 0.035, 100)
    assert is_narrow(found, 8.0)
    assert not is_narrow(found, 0.04)
