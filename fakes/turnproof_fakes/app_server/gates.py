"""Gates of scripts: somebody waits at one until the test releases it. Once released, a gate is open for ever."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Gates:
    """Who waits where: calls to be made when a gate opens."""

    def __init__(self, held: Callable[[str], None]) -> None:
        self._open: set[str] = set()
        self._waiting: dict[str, list[Callable[[], None]]] = {}
        self._held = held

    def wait(self, gate: str, wake: Callable[[], None]) -> None:
        """Call `wake` when the gate opens; now, if it is open."""
        if gate in self._open:
            wake()
            return
        self._waiting.setdefault(gate, []).append(wake)
        self._held(gate)

    def give_up(self, gate: str, wake: Callable[[], None]) -> None:
        """Who would be woken by this call waits no longer."""
        waiting = self._waiting.get(gate, [])
        if wake in waiting:
            waiting.remove(wake)

    def release(self, gate: str) -> None:
        """Open a gate."""
        self._open.add(gate)
        for wake in self._waiting.pop(gate, []):
            wake()
