"""Where CPU time goes, by sampling: no call is made dearer by being watched."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

EVERY: Final = 0.001
"""Seconds of CPU between two looks; a kernel may make it a tick, 4 ms."""

Place = tuple[str, int, str]
"""File, first line, and name of a function, as in cProfile."""


class CpuSamples:
    """Counts, by function, the looks taken between ``start`` and ``stop``; in the main thread only.

    What a function of C does counts as its Python caller's.
    """

    def __init__(self) -> None:
        self.own: Counter[Place] = Counter()
        self.within: Counter[Place] = Counter()
        """Looks at which the function was running or waited for one that it had called."""
        self.paused = False
        self.cpu = 0.0
        self._before: Any = None

    def start(self) -> None:
        self._before = signal.signal(signal.SIGPROF, self._look)
        self.cpu -= time.process_time()
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        self.cpu += time.process_time()
        signal.signal(signal.SIGPROF, self._before)

    def _look(self, _number: int, frame: FrameType | None) -> None:
        if frame is None or self.paused:
            return
        stack: dict[Place, None] = {}  # a set that keeps its order; recursion counts once
        while frame is not None:
            code = frame.f_code
            stack[code.co_filename, code.co_firstlineno, code.co_name] = None
            frame = frame.f_back
        self.own[next(iter(stack))] += 1
        self.within.update(stack.keys())


def sampled(do: Callable[[], int], seconds: float) -> tuple[CpuSamples, int]:
    """Do it again and again for some seconds; the looks, and how many units were done."""
    samples = CpuSamples()
    end = time.monotonic() + seconds
    units = 0
    samples.start()
    try:
        while time.monotonic() < end:
            units += do()
    finally:
        samples.stop()
    return samples, units
