"""Where the time goes: the functions with the most CPU time of their own, trimmed to what a page can show."""

from __future__ import annotations

import cProfile
import pstats
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Final

from bench.cpu_samples import CpuSamples, Place, sampled

SHOWN: Final = 15
OURS: Final = ("harness", "turnproof", "turnproof_fakes")
"""Folders above the folders of files that are ours."""


def hot_functions(do: Callable[[], int], unit: str, seconds: float = 10.0) -> str:
    """Sample ``do``, which says how many units it did, and count its calls by cProfile in a second run.

    Times are from the samples: cProfile charges a call about as much as a small function costs.
    """
    samples, units = sampled(do, seconds)
    profile = cProfile.Profile()
    profile.enable()
    counted = do()
    profile.disable()
    stats: dict[Place, tuple[int, int, float, float, Any]] = vars(pstats.Stats(profile))["stats"]
    return as_text(samples, units, unit, {place: entry[1] / counted for place, entry in stats.items()})


def as_text(samples: CpuSamples, units: int, unit: str, calls: Mapping[Place, float]) -> str:
    """Two lists: CPU time of a function's own (C functions are their caller's), and with all that it calls; for each unit."""
    looks = samples.own.total() or 1
    each = samples.cpu / looks / units * 1e6
    lines = [f"us a {unit}, own  share   calls  function"]
    for place, count in samples.own.most_common(SHOWN):
        called = f"{calls[place]:6.2f}" if place in calls else "     -"
        lines.append(f"{count * each:10.2f}  {count / looks:5.1%}  {called}  {short_name(place)}")
    lines.append("with what they call:")
    for place, count in _inner(samples).most_common(SHOWN):
        lines.append(f"{count * each:10.2f}  {count / looks:5.1%}          {short_name(place)}")
    lines.append(f"{looks * each:10.2f}  all: {looks} samples over {units} x {unit}")
    return "\n".join(lines)


def _inner(samples: CpuSamples) -> Counter[Place]:
    """Functions of ours that call others: not the frames around everything, and not Python's own."""
    looks = samples.own.total()
    return Counter(
        {
            place: count
            for place, count in samples.within.items()
            if count < 0.9 * looks and count > samples.own[place] and PurePath(place[0]).parent.parent.name in OURS
        }
    )


def short_name(place: Place) -> str:
    """Module and function without the path to them."""
    file, _, function = place
    path = PurePath(file)
    return f"{path.parent.name}/{path.name}:{function}" if path.parent.name else f"{path.name}:{function}"
