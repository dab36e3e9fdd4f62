"""How long the server takes for what it does. `paced` keeps the gaps of the real one, scaled down; `burst` has none.

The gap that matters is the first: between the answer to turn/start and turn/started the real server refuses an interrupt
(about 4 ms on an idle machine). All other gaps only keep messages from arriving as one chunk.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from turnproof_fakes.app_server.ids import Ids


class Pace:
    """Seconds; a subclass or other numbers make a slower server."""

    def __init__(self, name: str, ids: Ids) -> None:
        if name not in ("paced", "burst"):
            raise ValueError(f"plan: pace is {name!r}, not 'paced' or 'burst'")
        self._ids = ids
        self.burst = name == "burst"
        unit = 0.0 if self.burst else 0.001
        self.step = unit  # between two things of one turn
        self.first_byte = 3 * unit  # until the model answers
        self._backoff = 20 * unit  # the real one starts at 200 ms

    def until_started(self) -> float:
        """From the answer to turn/start to turn/started: 3 to 5 ms, seeded."""
        return 0.0 if self.burst else 0.003 + 0.002 * self._ids.fraction()

    def until_called(self, number: int) -> float:
        """Until a tool call begins, one of several (`number` from 0): mostly in order, as on the real server."""
        return 0.0 if self.burst else 0.001 * number + 0.002 * self._ids.fraction()

    def until_interrupted(self) -> float:
        """Until an interrupt takes effect: up to 2 ms, seeded, so that a turn's own end can come first or not."""
        return 0.0 if self.burst else 0.002 * self._ids.fraction()

    def backoff(self, attempt: int) -> float:
        """Before retry number `attempt` (from 1), doubling as the real one does."""
        return self._backoff * 2 ** (attempt - 1)
