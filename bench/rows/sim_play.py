"""What a whole play costs where the server is simulated: the harness itself."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from bench.baselines.bare_start import whole_process
from bench.comparison import Comparison
from bench.hot_functions import hot_functions
from bench.row import Effort, Found, Row
from bench.sample import Sample, clocked
from bench.scratch import scratch
from turnproof import Scenario, run_turn, start_thread
from turnproof.playing import Settings, play_case

ROW = Row(
    "sim",
    "CPU of a two-thread scenario on `sim`, everything on",
    "`python -I -c pass`",
    0.25,
    "One whole play as pytest plays it: loop, session, all checks, schema, journal, and the second use (two more turns, one "
    "more thread). The baseline is the CPU of the child process, its start and end included. The limit is not met: no single cost stands "
    "out, the profile is flat over engine, loop, decoding, schema, checks and journal, for 69 messages and 22 facts. Held at 0.5.",
    held=0.5,
)
PASS = [sys.executable, "-I", "-c", "pass"]
SCENARIO = Scenario(
    "The end of a thread's turn is not the end of the child.",
    start_thread("first"),
    run_turn("first", "hello", says="one"),
    start_thread("second"),
    run_turn("second", "hello again", says="two"),
)


def measure(effort: Effort) -> Found:
    """The row, and beside it the same play without its second use."""
    with scratch() as folder:
        plays = Plays(folder, probes=True)
        bare = Plays(folder / "without", probes=False)

        def base() -> Sample:
            return whole_process(PASS)

        half = Effort(effort.seconds / 2)
        found = Comparison(base, base, plays.sample).run(
            ROW, Effort(half.seconds, profile=effort.profile), plays.profile
        )
        other = Comparison(base, base, bare.sample).run(ROW, half, str)
    assert other.ratio is not None
    found.beside.append(
        f"without second use: {other.ratio.middle:.3f} [{other.ratio.low:.3f}, {other.ratio.high:.3f}]; {other.sizes}"
    )
    return found


class Plays:
    """The scenario, played in a new folder each time."""

    def __init__(self, folder: Path, *, probes: bool) -> None:
        self.folder = folder
        self.settings = Settings(probes=probes)
        self._numbers = count()

    def sample(self) -> Sample:
        return clocked(self.play)

    def play(self) -> int:
        n = next(self._numbers)
        # As many folders side by side as a run of the suite has: a crowded folder takes longer to make one in.
        verdict = play_case("sim", SCENARIO, self.folder / str(n // 100) / str(n), self.settings)
        if not verdict.passed:
            raise RuntimeError(f"the measured play did not pass: {verdict.outcome}: {verdict.reason}")
        return 1

    def profile(self) -> str:
        return hot_functions(self.play, "play")
