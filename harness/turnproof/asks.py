"""What the server has asked a client, by the mark of the call: who waits for an ask, and the asks that came."""

from __future__ import annotations

import asyncio

from turnproof.message import Message


class Asks:
    """The asks of a session, over all its servers: an answer may come late, and is then under an old id."""

    def __init__(self) -> None:
        self._came: dict[str, list[Message]] = {}
        self._waiters: list[tuple[str, int, asyncio.Future[None]]] = []

    def came(self, mark: str, ask: Message) -> None:
        """The server asks about the call with this mark, once more perhaps."""
        asks = self._came.setdefault(mark, [])
        asks.append(ask)
        for waiter in [w for w in self._waiters if w[0] == mark and w[1] <= len(asks)]:
            self._waiters.remove(waiter)
            if not waiter[2].done():
                waiter[2].set_result(None)

    def count(self, mark: str) -> int:
        return len(self._came.get(mark, ()))

    def last(self, mark: str) -> Message | None:
        """The newest ask about this call."""
        return next(reversed(self._came.get(mark, ())), None)

    def reached(self, mark: str, k: int) -> asyncio.Future[None]:
        """Done once the server has asked ``k`` times."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.count(mark) >= k:
            future.set_result(None)
        else:
            self._waiters.append((mark, k, future))
        return future
