"""Gates of scripts: somebody waits at one until the test releases it. Once released, a gate is open for ever."""

from __future__ import annotations

from turnproof_fakes.app_server.latch import Latch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Gates:
    """Latches by name; `held` hears of each that somebody waits at."""

    def __init__(self, held: Callable[[str], None]) -> None:
        self._latches: dict[str, Latch] = {}
        self._held = held

    def at(self, gate: str) -> Latch:
        """What to wait at; the test is told if it is shut."""
        latch = self._latches.setdefault(gate, Latch())
        if not latch.opened:
            self._held(gate)
        return latch

    def release(self, gate: str) -> None:
        """Open a gate."""
        self._latches.setdefault(gate, Latch()).open()
