"""A command that runs at a terminal, and waits for lines."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Terminal:
    """``reads`` counts the lines that the command still waits for, ``prints`` is what it says then; ``end`` takes all that was
    seen on the terminal."""

    def __init__(self, item: str, process: str, reads: int, prints: str, seen: str, end: Callable[[str], None]) -> None:
        self.item = item
        self.process = process
        self.reads = reads
        self.seen = _shown(seen)
        self.end = end
        self._prints = prints

    def type(self, text: str) -> list[str]:
        """A line comes, and with the last one the command goes on; returns what the terminal shows of it, piece by piece."""
        self.reads -= 1
        pieces = [_shown(text)] if self.reads or not self._prints else [_shown(text), _shown(self._prints)]
        self.seen += "".join(pieces)
        return pieces


def _shown(text: str) -> str:
    """A terminal begins each new line at its left."""
    return text.replace("\n", "\r\n")
