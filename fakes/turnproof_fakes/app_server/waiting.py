"""What a thread waits for from its clients, as the flags of its status."""

from __future__ import annotations

from turnproof_fakes.app_server.latch import Latch

APPROVAL = "waitingOnApproval"
USER_INPUT = "waitingOnUserInput"


class Waiting:
    """How many requests hold each flag up. `quiet` is open while no flag is."""

    def __init__(self) -> None:
        self._held: dict[str, int] = {}
        self.quiet = Latch(opened=True)

    @property
    def flags(self) -> list[str]:
        """The flags that are up, in the order of the real server."""
        return [flag for flag in (APPROVAL, USER_INPUT) if self._held.get(flag)]

    def up(self, flag: str) -> bool:
        """One more holds this flag; True if it was down."""
        if self.quiet.opened:
            self.quiet = Latch()
        self._held[flag] = self._held.get(flag, 0) + 1
        return self._held[flag] == 1

    def down(self, flag: str) -> bool:
        """One less; True if the flag is down now."""
        self._held[flag] -= 1
        if not self.flags:
            self.quiet.open()
        return not self._held[flag]

    def clear(self) -> None:
        """Nothing is waited for any more."""
        self._held = {}
        self.quiet.open()
