"""One connection of the provider: bytes in, one request, bytes out with back-pressure, a clean or a torn end."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import struct
import sys
from typing import TYPE_CHECKING, Final, cast

from turnproof_fakes.model_provider.http_head import BadRequestError, HttpRequest, RequestReader, json_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

FLUSH_AT: Final = 64 * 1024
"""Bytes that are gathered before they are written."""

_UNSENT_BYTES: Final = 0x894B  # SIOCOUTQNSD of <linux/sockios.h>
_RESET_PATIENCE: Final = 1.0  # seconds


class Connection(asyncio.Protocol):
    """Reads one request and runs ``serve`` for it in a task that ends with the connection, whoever closes it."""

    def __init__(self, serve: Callable[[HttpRequest, Connection], Awaitable[None]], open_ones: set[Connection]) -> None:
        self._serve = serve
        self._open_ones = open_ones
        self._reader: RequestReader | None = RequestReader()
        self._writable = asyncio.Event()
        self._writable.set()
        self._transport: asyncio.Transport | None = None
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        # High water 0: a write is over when the kernel has all of it, so memory holds one flush a stream.
        self._transport.set_write_buffer_limits(high=0)
        self._open_ones.add(self)

    def data_received(self, data: bytes) -> None:
        if self._reader is None:
            return
        try:
            request = self._reader.feed(data)
        except BadRequestError as refusal:
            self._reader = None
            self._write_now(json_answer(refusal.status, {"error": {"message": str(refusal)}}))
            self.close()
            return
        if request is not None:
            self._reader = None
            self.task = asyncio.get_running_loop().create_task(self._run(request))

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._open_ones.discard(self)
        if self.task is not None and not self.task.done():
            self.task.cancel()

    async def _run(self, request: HttpRequest) -> None:
        try:
            await self._serve(request, self)
        except asyncio.CancelledError:
            raise
        except Exception as trouble:
            # A defect of the provider or of the report callback: visible at once, and the client does not hang.
            self.abort()
            details = {"message": "the model provider failed while answering", "exception": trouble}
            asyncio.get_running_loop().call_exception_handler(details)

    async def write(self, pieces: Iterable[bytes]) -> None:
        """Send pieces, gathered into flushes; waits while the client does not read."""
        gathered: list[bytes] = []
        size = 0
        for piece in pieces:
            gathered.append(piece)
            size += len(piece)
            if size >= FLUSH_AT:
                await self._flush(b"".join(gathered))
                gathered.clear()
                size = 0
        if gathered:
            await self._flush(b"".join(gathered))

    async def _flush(self, data: bytes) -> None:
        self._write_now(data)
        # A fast reader never makes the loop wait: without a turn for the others a long stream would starve them.
        await asyncio.sleep(0)
        await self._writable.wait()

    def _write_now(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Close after what was written has gone out."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    async def reset(self) -> None:
        """Tear the connection down with a TCP reset, after the client's kernel has all that was written."""
        if self._transport is None:
            return
        sock = cast("socket.socket", self._transport.get_extra_info("socket"))
        await _all_sent(sock.fileno())
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


async def _all_sent(fd: int) -> None:
    """A reset throws away what the kernel has not sent yet; the words before it are part of the script."""
    if sys.platform != "linux":
        # Elsewhere a reset may also discard what the reader has not fetched: give it one moment.
        await asyncio.sleep(0.02)
        return
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _RESET_PATIENCE
    while fd >= 0 and loop.time() < deadline:
        (unsent,) = struct.unpack("i", fcntl.ioctl(fd, _UNSENT_BYTES, b"\0\0\0\0"))
        if unsent == 0:
            return
        await asyncio.sleep(0.002)
