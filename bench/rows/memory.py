"""Whether a harness that runs for long grows."""

from __future__ import annotations

from bench.interval import interval
from bench.own_process import in_own_process
from bench.rigs.endurance import LOOKS, endure, growth
from bench.row import Effort, Found, Row
from bench.scratch import scratch

SHORT = (2_000, 20_000)
FULL = (5_000, 50_000)
ROW = Row(
    "memory",
    "RSS of the harness after 50,000 turns on one `fake`",
    "after 5,000",
    1.02,
    "The player's own steps, done in a loop on one server and one thread, so that no list of 50,000 steps is alive; all "
    f"checks and the journal are on. A ratio is one of {LOOKS} looks, 50 turns apart, after either number of turns; A/A "
    "are two processes at the smaller number. Without --full, which writing this page implies: 20,000 turns against 2,000.",
)


def measure(effort: Effort) -> Found:
    """The row; its length is given by the turns, not by ``effort.seconds``."""
    low, high = FULL if effort.full else SHORT
    with scratch() as folder:
        few, many = in_own_process(endure, folder / "long", (low, high))
        (twin,) = in_own_process(endure, folder / "twin", (low,))
        found = Found(
            ROW,
            ratio=interval([b / a for a, b in zip(few, many, strict=True)]),
            same=interval([b / a for a, b in zip(few, twin, strict=True)]),
            sizes=f"{many[0] / 2**20:.2f} MiB after {high:,} turns against {few[0] / 2**20:.2f} MiB after {low:,}",
        )
        if effort.profile or found.judgement == "missed":
            found.profile = in_own_process(growth, folder / "traced", 500, 2500)
    return found
