"""Where the time goes: the functions with the most time of their own, trimmed to what a page can show."""

from __future__ import annotations

import cProfile
import pstats
from collections import defaultdict
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, Final

SHOWN: Final = 15
SHOWN_FILES: Final = 12


def hot_functions(do: Callable[[], int], unit: str) -> str:
    """Profile ``do``, which says how many units it did; own time, share and calls for each unit.

    The profiler charges every Python call about half a microsecond: shares of small functions are too high.
    """
    profile = cProfile.Profile()
    profile.enable()
    units = do()
    profile.disable()
    return as_text(pstats.Stats(profile), units, unit)


def as_text(profile: pstats.Stats, units: int, unit: str) -> str:
    """The table of a finished profile."""
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = vars(profile)["stats"]
    total = sum(own for _, _, own, _, _ in stats.values()) or 1.0
    lines = [f"us a {unit}   share   calls  function"]
    busiest = sorted(stats.items(), key=lambda entry: -entry[1][2])[:SHOWN]
    for place, (_, calls, own, _, _) in busiest:
        lines.append(f"{own / units * 1e6:10.2f}  {own / total:5.1%}  {calls / units:6.2f}  {short_name(place)}")
    lines.append(f"{total / units * 1e6:10.2f}  all, under the profiler, in {units} x {unit}; by file:")
    files: defaultdict[str, float] = defaultdict(float)
    for place, (_, _, own, _, _) in stats.items():
        files[short_name(place).partition(":")[0] if place[0] != "~" else "built in"] += own
    for file, own in sorted(files.items(), key=lambda entry: -entry[1])[:SHOWN_FILES]:
        lines.append(f"{own / units * 1e6:10.2f}  {own / total:5.1%}          {file}")
    return "\n".join(lines)


def short_name(place: tuple[str, int, str]) -> str:
    """Module and function without the path to them."""
    file, _, function = place
    if file == "~":
        return function
    path = PurePath(file)
    return f"{path.parent.name}/{path.name}:{function}"
