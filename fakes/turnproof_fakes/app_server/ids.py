"""Ids that look like the real ones and can be replayed: a splitmix64 stream seeded by a string.

Not `random`: its import costs more than the whole handshake, and its sequence is not promised across Pythons.
The seed names the plan's seed, its generation and the count of starts on this home, so that a server restarted on
the same home never hands out an id twice (a repeated turn id would look like a turn that ends twice).
"""

from __future__ import annotations

_MASK = (1 << 64) - 1


class Ids:
    """One stream of ids and of small random numbers."""

    def __init__(self, seed: str) -> None:
        state = 0xCBF29CE484222325
        for byte in seed.encode():
            state = ((state ^ byte) * 0x100000001B3) & _MASK
        self._state = state
        self._last_ms = 0

    def bits(self) -> int:
        """64 random bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def fraction(self) -> float:
        """A number in [0, 1)."""
        return (self.bits() >> 11) / (1 << 53)

    def uuid7(self, wall_ms: int) -> str:
        """A version 7 uuid: 48 bits of milliseconds, then random bits."""
        high = ((wall_ms & 0xFFFFFFFFFFFF) << 16) | 0x7000 | (self.bits() & 0x0FFF)
        return _dashed(high, self.bits())

    def uuid4(self) -> str:
        """A version 4 uuid (read-state revisions, the installation id)."""
        return _dashed((self.bits() & ~0xF000 & _MASK) | 0x4000, self.bits())

    def process(self) -> str:
        """The number a command runs under; the real server draws it too, it is no pid."""
        return str(1000 + self.bits() % 99000)

    def item(self, prefix: str) -> str:
        """An item id as a model provider makes them: `msg_…`, `rs_…`."""
        return f"{prefix}_{self.bits():016x}"


def _dashed(high: int, low: int) -> str:
    text = f"{high:016x}{(low & 0x3FFFFFFFFFFFFFFF) | (1 << 63):016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
