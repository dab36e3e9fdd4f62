"""Lines out of chunks.

One line is one message on stdio (TRN-09). The framer knows bytes and ``\\n`` only: no decoding, no idea of JSON, and no
limit that drops data.
"""

from __future__ import annotations


class LineFramer:
    """Collects chunks and gives back complete lines.

    ``feed`` over any split of a stream gives the lines that ``feed`` of the whole gives (TRN-09). A ``\\r`` before the
    ``\\n`` stays: it is white space to JSON and evidence to the history.
    """

    __slots__ = ("_parts", "held")

    def __init__(self) -> None:
        # The open line in pieces, joined once at its end: a 16 MiB line in 256 chunks is copied once, not 256 times.
        self._parts: list[bytes] = []
        self.held = 0
        """Bytes of the open line."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes; return the lines they complete, in order, without the ``\\n``."""
        lines = chunk.split(b"\n")
        tail = lines.pop()
        parts = self._parts
        if lines:
            self.held = 0
            if parts:
                parts.append(lines[0])
                lines[0] = b"".join(parts)
                parts.clear()
        if tail:
            parts.append(tail)
            self.held += len(tail)
        return lines

    def rest(self) -> bytes:
        """The bytes after the last ``\\n``: a line that was never ended. They stay in the framer."""
        if len(self._parts) > 1:
            self._parts[:] = [b"".join(self._parts)]
        return self._parts[0] if self._parts else b""
