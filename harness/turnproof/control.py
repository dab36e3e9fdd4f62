"""The side channel to a fake: it reports fired faults and gates, and is told to release gates.

A unix socket in the play's folder, not an inherited descriptor: a client under test starts the fake itself, and closes
what it does not know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from turnproof.framing import LineFramer
from turnproof.message import decode, encode

FAREWELL: Final = 0.5
"""Seconds for the last reports of a fake that is gone; they are in the socket already."""


class ControlChannel:
    """Listens for the fakes of one play."""

    def __init__(self, path: Path, report: Callable[[dict[str, Any]], None]) -> None:
        self.path = path
        self.report = report
        self.opened: list[str] = []
        self._lines: set[_Line] = set()
        self._server: asyncio.AbstractServer | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Line(self), str(self.path))

    def release(self, gate: str) -> None:
        """Open a gate, also for a fake that connects later."""
        self.opened.append(gate)
        for line in self._lines:
            line.release(gate)

    async def settled(self, factor: float = 1.0) -> None:
        """Wait until the fakes that are gone have told all; bounded."""
        gone = [line.over for line in self._lines]
        if gone:
            await asyncio.wait(gone, timeout=FAREWELL * max(1.0, factor))

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for line in list(self._lines):
            line.hang_up()


class _Line(asyncio.Protocol):
    """One connection of a fake."""

    def __init__(self, channel: ControlChannel) -> None:
        self._channel = channel
        self._framer = LineFramer()
        self._transport: asyncio.WriteTransport | None = None
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._channel._lines.add(self)  # pyright: ignore[reportPrivateUsage]
        for gate in self._channel.opened:
            self.release(gate)

    def data_received(self, data: bytes) -> None:
        for line in self._framer.feed(data):
            self._channel.report(decode(line))

    def connection_lost(self, exc: Exception | None) -> None:
        self._channel._lines.discard(self)  # pyright: ignore[reportPrivateUsage]
        if not self.over.done():
            self.over.set_result(None)

    def release(self, gate: str) -> None:
        if self._transport is not None:
            self._transport.write(encode({"release": gate}) + b"\n")

    def hang_up(self) -> None:
        if self._transport is not None:
            self._transport.close()
