"""Where the time goes: the functions with the most CPU time of their own, trimmed to what a page can show."""

from __future__ import annotations

import cProfile
import pstats
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Final

from bench.cpu_samples import CpuSamples, Place, sampled

SHOWN: Final = 15
SHOWN_FILES: Final = 10


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
    """The table: own CPU time (C functions are their caller's), share, and calls, for each unit."""
    looks = samples.counts.total() or 1
    each = samples.cpu / looks / units * 1e6
    lines = [f"us a {unit}  share   calls  function"]
    for place, count in samples.counts.most_common(SHOWN):
        called = f"{calls[place]:6.2f}" if place in calls else "     -"
        lines.append(f"{count * each:10.2f}  {count / looks:5.1%}  {called}  {short_name(place)}")
    lines.append("by file:")
    for file, count in _files(samples.counts).most_common(SHOWN_FILES):
        lines.append(f"{count * each:10.2f}  {count / looks:5.1%}          {file}")
    lines.append(f"{looks * each:10.2f}  all: {looks} samples over {units} x {unit}")
    return "\n".join(lines)


def _files(counts: Mapping[Place, int]) -> Counter[str]:
    files: defaultdict[str, int] = defaultdict(int)
    for place, count in counts.items():
        files[short_name(place).partition(":")[0]] += count
    return Counter(files)


def short_name(place: Place) -> str:
    """Module and function without the path to them."""
    file, _, function = place
    path = PurePath(file)
    return f"{path.parent.name}/{path.name}:{function}" if path.parent.name else f"{path.name}:{function}"
