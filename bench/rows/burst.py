"""What a message costs when they come as fast as pipes carry them."""

from __future__ import annotations

from contextlib import ExitStack

from bench.comparison import Comparison
from bench.hot_functions import hot_functions
from bench.rigs.bare_fake import BareFake
from bench.rigs.stepped_play import SteppedPlay
from bench.row import Effort, Found, Row
from bench.sample import Sample, clocked
from bench.scratch import scratch
from turnproof import Scenario, run_turn, say, start_thread
from turnproof.scenario import Setup

DELTAS = 3000
ROW = Row(
    "burst",
    "CPU per message of a burst from `fake` over pipes, all checks and the journal on",
    "a bare reader (64 KiB reads, split, msgspec decode)",
    8.0,
    f"A turn of {DELTAS} deltas at pace burst; each side has a fake of its own. What the turn costs beside its messages "
    "(the request, the step) is part of it.",
)
PROMPT = "talk"
TURN = run_turn("t", PROMPT, say(*(f"word {n} " for n in range(DELTAS))))
SCENARIO = Scenario("One very talkative turn, again and again.", start_thread("t"), TURN, setup=Setup(pace="burst"))


def measure(effort: Effort) -> Found:
    """The row."""
    with ExitStack() as stack:
        base, twin = (stack.enter_context(BareFake(SCENARIO, PROMPT)) for _ in range(2))
        played = SteppedPlay("fake", SCENARIO, stack.enter_context(scratch()) / "play")
        stack.callback(played.end)
        played.do(start_thread("t"))

        def ours() -> Sample:
            sample = clocked(lambda: played.do(TURN))
            played.drop_journal()
            return sample

        def burst() -> int:
            messages = played.do(TURN)
            played.drop_journal()
            return messages

        sides = Comparison(base.sample, twin.sample, ours)
        return sides.run(ROW, effort, lambda: hot_functions(burst, "message"))
