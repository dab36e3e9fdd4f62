"""Bytes into lines. A long line is kept in parts and joined once, so that 16 MiB cost what they weigh."""

from __future__ import annotations


class Lines:
    """Feed chunks, take whole lines (without their line feeds)."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that `chunk` completes."""
        end = chunk.rfind(b"\n")
        if end < 0:
            self._parts.append(chunk)
            return []
        whole = b"".join([*self._parts, chunk[:end]])
        self._parts = [chunk[end + 1 :]]
        return whole.split(b"\n")

    def rest(self) -> bytes:
        """What came after the last line feed."""
        return b"".join(self._parts)
