"""One readable pipe of a child, followed by readiness."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

CHUNK_BYTES = 65536
_LAST_CHUNKS = 16


class PipeReader:
    """Calls ``on_chunk`` with what comes, at most 64 KiB at a time, and ``on_end`` once at end of file.

    Owns the descriptor. One read a turn of the loop: a flooding child cannot starve the others.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        descriptor: int,
        on_chunk: Callable[[bytes], None],
        on_end: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._descriptor = descriptor
        self._on_chunk = on_chunk
        self._on_end = on_end
        os.set_blocking(descriptor, False)
        loop.add_reader(descriptor, self._read)

    @property
    def open(self) -> bool:
        return self._descriptor >= 0

    def take_the_rest(self) -> bool:
        """Read what is in the pipe right now, at most 1 MiB; True if the end of file was among it.

        What a dead process wrote is in the pipe already; a descendant may go on writing, hence the bound.
        """
        for _ in range(_LAST_CHUNKS):
            if not self.open or not self._read():
                break
        return not self.open

    def close(self) -> None:
        """Stop without ``on_end``; harmless when done twice."""
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _read(self) -> bool:
        try:
            chunk = os.read(self._descriptor, CHUNK_BYTES)
        except BlockingIOError:
            return False
        except OSError:  # EIO and the like: nothing more will come
            chunk = b""
        if chunk:
            self._on_chunk(chunk)
        else:
            self.close()
            self._on_end()
        return bool(chunk)
