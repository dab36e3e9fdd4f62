"""The standard input of a child, written to without ever blocking the loop."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from typing import Literal

WriterState = Literal["open", "closing", "closed", "broken", "torn", "stalled"]
"""``closing``: end of file follows when the queue is empty. ``broken``: nobody reads any more (EPIPE). ``torn`` and
``stalled``: the child did not read in time; with ``torn`` it has seen a part of a line, with ``stalled`` whole writes."""


class PipeWriter:
    """A queue in front of a pipe. Owns the descriptor.

    Failures are values: ``write`` returns False and ``state`` says why. No loss and no interleaving while the state is
    ``open`` (TRN-12). After a wait that ran out the rest of the queue is dropped and nothing more is accepted, since
    whatever came next would be glued to half a line.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
        self.state: WriterState = "open"
        self.queued = 0
        """Bytes that were accepted and are not in the pipe yet."""
        self._loop = loop
        self._descriptor = descriptor
        self._queue: deque[memoryview] = deque()
        self._head_is_partial = False
        self._watched = False
        """Whether the loop tells when the pipe takes more: asking it to stop costs as much as the write."""
        self._waiters: list[asyncio.Future[None]] = []
        os.set_blocking(descriptor, False)

    def write(self, data: bytes) -> bool:
        """Send or queue ``data``; False if this end is not open (any more): ``state`` says why."""
        if self.state != "open":
            return False
        if data:
            idle = not self._queue
            self._queue.append(memoryview(data))
            self.queued += len(data)
            if idle:
                self._flush()
                if self._queue:
                    self._loop.add_writer(self._descriptor, self._flush)
                    self._watched = True
        return self.state == "open"

    async def drained(self, seconds: float) -> bool:
        """Wait until the queue is in the pipe. False: it is not; ``state`` says why. Bounded by ``seconds``."""
        if self._queue:
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            await asyncio.wait([waiter], timeout=seconds)
            if self._queue:
                self._abandon("torn" if self._head_is_partial else "stalled")
        return self.state in ("open", "closing", "closed")

    def close(self) -> None:
        """End of file for the child as soon as the queue is in the pipe; at once if it is empty."""
        if self.state == "open" and self._queue:
            self.state = "closing"
        elif self.state in ("open", "torn", "stalled"):
            self._release("closed" if self.state == "open" else self.state)

    def abort(self) -> None:
        """Release the descriptor now; what was queued is lost. Harmless when done twice."""
        self._abandon("torn" if self._head_is_partial else "stalled" if self._queue else self.state)
        self._release("closed" if self.state in ("open", "closing") else self.state)

    def _flush(self) -> None:
        while self._queue:
            head = self._queue[0]
            try:
                sent = os.write(self._descriptor, head)
            except BlockingIOError:
                return
            except OSError:
                self._abandon("broken")
                self._release("broken")
                return
            self.queued -= sent
            self._head_is_partial = sent < len(head)
            if self._head_is_partial:
                self._queue[0] = head[sent:]
            else:
                self._queue.popleft()
        self._unwatch()
        self._wake()
        if self.state == "closing":
            self._release("closed")

    def _abandon(self, state: WriterState) -> None:
        self.state = state
        self._queue.clear()
        self.queued = 0
        self._unwatch()
        self._wake()

    def _release(self, state: WriterState) -> None:
        self.state = state
        self._unwatch()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _unwatch(self) -> None:
        if self._watched:
            self._loop.remove_writer(self._descriptor)
            self._watched = False

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
