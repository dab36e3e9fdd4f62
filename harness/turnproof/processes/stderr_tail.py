"""What a child says on stderr: all of it into a file, the end of it in memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TAIL_LINES = 32
_TAIL_BYTES = 65536


class StderrTail:
    """Takes chunks of any size in bounded memory; one endless line is no danger (C01)."""

    def __init__(self, path: Path | None = None) -> None:
        self.seen = 0
        """Bytes so far."""
        self._tail = bytearray()
        self._file = -1
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def feed(self, chunk: bytes) -> None:
        self.seen += len(chunk)
        self._tail += chunk
        if len(self._tail) > 2 * _TAIL_BYTES:
            del self._tail[:-_TAIL_BYTES]
        if self._file >= 0:
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(self._file, rest) :]

    def lines(self) -> list[bytes]:
        """The last 32 lines of the last 64 KiB, an unended one included."""
        return bytes(self._tail[-_TAIL_BYTES:]).splitlines()[-TAIL_LINES:]

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
