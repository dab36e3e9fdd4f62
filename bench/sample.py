"""One measurement of one side."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """CPU and wall time, seconds, of ``units`` things of the same kind (messages, turns)."""

    cpu: float
    wall: float
    units: int = 1

    @property
    def cpu_each(self) -> float:
        return self.cpu / self.units

    @property
    def wall_each(self) -> float:
        return self.wall / self.units


def clocked(do: Callable[[], int]) -> Sample:
    """Do it here and now; ``do`` says how many units it did. CPU is that of this process, all threads, no children."""
    wall, cpu = time.perf_counter(), time.process_time()
    units = do()
    return Sample(time.process_time() - cpu, time.perf_counter() - wall, units)
