"""Gates of scripts: a turn waits at one until the test releases it. Once released, a gate is open for ever."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from turnproof_fakes.app_server.turns import Turn


class Gates:
    """Who waits where."""

    def __init__(self, held: Callable[[str], None]) -> None:
        self._open: set[str] = set()
        self._waiting: dict[str, list[Turn]] = {}
        self._held = held

    def wait(self, gate: str, turn: Turn) -> None:
        """Let `turn` go on when the gate opens; soon, if it is open."""
        if gate in self._open:
            turn.wake()
            return
        self._waiting.setdefault(gate, []).append(turn)
        self._held(gate)

    def give_up(self, gate: str, turn: Turn) -> None:
        """The turn waits no longer."""
        waiting = self._waiting.get(gate, [])
        if turn in waiting:
            waiting.remove(turn)

    def release(self, gate: str) -> None:
        """Open a gate."""
        self._open.add(gate)
        for turn in self._waiting.pop(gate, []):
            turn.wake()
