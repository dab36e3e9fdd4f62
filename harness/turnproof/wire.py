"""The connection between a session and its server process: bytes out, lines in, and all of it in the history."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from turnproof.framing import LineFramer
from turnproof.recorder import Recorder
from turnproof.session import Session
from turnproof.transports import HarnessError, ServerUnderTest, SignalName, Transport

LONGEST: Final = 64 * 1024 * 1024
"""Bytes of a line that may still end: four times the longest that any scenario sends."""
KEPT: Final = 1024
"""Bytes of a longer one that are kept as evidence."""


class Wire:
    """The link of a session over all generations of its server.

    ``tear`` hands on what comes in in pieces of that many bytes: the session must not care (TRN-09).
    """

    def __init__(self, server: ServerUnderTest, recorder: Recorder, tear: int | None = None) -> None:
        self.server = server
        self.recorder = recorder
        self.session: Session | None = None
        self.transport: Transport | None = None
        self.gen = 0
        self.asked: str | None = None
        self.problems: list[str] = []
        self.pids: list[int] = []
        self.endings: list[tuple[str | None, int]] = []
        self.ended: asyncio.Event = asyncio.Event()
        self._tear = tear
        self._deaf = False
        self._in = LineFramer()
        self._out = LineFramer()

    async def reopen(self) -> None:
        """Start the next server process. A session that gives up a living one leaves that to be ended here."""
        if self.transport is not None and not self.ended.is_set():
            self.asked = self.asked or "given up"
            await self.transport.kill()
        self.gen += 1
        self.asked = None
        self.ended = asyncio.Event()
        self._in, self._out = LineFramer(), LineFramer()
        self._deaf = False
        sink = _Generation(self, self.gen)
        self.transport = await self.server.spawn(self.gen, sink)
        if self.transport.pid is not None:
            self.pids.append(self.transport.pid)
        self.recorder.fact("process", self.gen, {"event": "spawn", "pid": self.transport.pid})

    # -- out

    def write(self, data: bytes) -> None:
        """Bytes to the server; whole lines are recorded as lines, the rest when it becomes one."""
        if lines := self._out.feed(data):
            self.recorder.lines(self.gen, "to_server", lines)
        if self.transport is not None:
            self.transport.write(data)

    def write_pieces(self, data: bytes, size: int) -> None:
        """Bytes in small writes."""
        for start in range(0, len(data), size):
            self.write(data[start : start + size])

    def signal(self, name: SignalName) -> None:
        self.asked = name
        self._transport().signal(name)

    def close_input(self) -> None:
        self.asked = "eof"
        if rest := self._out.rest():
            self.recorder.raw(self.gen, "to_server", rest)
        self._transport().close_input()

    def let_go(self) -> None:
        """The play is over: session, transport and wire know each other, and so would wait for the garbage collector."""
        self.session = None
        self.transport = None

    def _transport(self) -> Transport:
        if self.transport is None:
            raise HarnessError("there is no server process to speak to")
        return self.transport

    # -- in

    def output(self, gen: int, chunk: bytes) -> None:
        if gen != self.gen:
            return  # a generation that was given up: its words are nobody's (CDX-14)
        if self._tear is None:
            self._take(chunk)
        else:
            for start in range(0, len(chunk), self._tear):
                self._take(chunk[start : start + self._tear])

    def _take(self, chunk: bytes) -> None:
        if self._deaf:
            return
        lines = self._in.feed(chunk)
        if self._in.held > LONGEST:
            self._stop_listening()
            return
        messages = self.recorder.lines(self.gen, "to_client", lines) if lines else []
        if self.session is not None:
            self.session.receive(chunk, messages)

    def _stop_listening(self) -> None:
        """A line without an end would fill the memory (a gigabyte in 2 s, measured): its server is ended instead."""
        self.recorder.raw(self.gen, "to_client", self._in.rest()[:KEPT])
        self._in = LineFramer()
        self._deaf = True
        self.asked = "force"
        self._transport().signal("KILL")

    def fact(self, gen: int, fact: dict[str, Any]) -> None:
        event = fact.get("event")
        if event == "fault":
            self.recorder.fact("fault", gen, fact, src="server")
            return
        self.recorder.fact("note", gen, fact, src="model")
        if event == "unscripted":
            words = str(fact.get("prompt"))[:80]
            self.problems.append(
                f"the model was asked {words!r}, for which there is no script; "
                "mend: start_turn(…) or run_turn(…) with these words and a script, in place of a request(…) by hand"
            )
        elif event == "capped":
            self.problems.append(f"the model was asked too often within one turn ({str(fact.get('prompt'))[:80]!r})")
        elif event == "trouble":
            self.problems.append(str(fact.get("text")))

    def end(self, gen: int, code: int, pipe_held: bool) -> None:
        """The process is gone. Who waits for that is told even when the history cannot be written."""
        asked = self.asked if gen == self.gen else "given up"
        try:
            self._record_end(gen, code, asked, pipe_held)
        finally:
            self.endings.append((asked, code))
            if gen == self.gen:
                self.ended.set()
                if self.session is not None:
                    self.session.lost(f"the server ended with {'signal' if code < 0 else 'return code'} {abs(code)}")

    def _record_end(self, gen: int, code: int, asked: str | None, pipe_held: bool) -> None:
        data: dict[str, Any] = {"event": "exit", "rc": code, "asked": asked}
        if pipe_held:
            data["pipe_held"] = True
        if rest := self._in.rest() if gen == self.gen else b"":
            self.recorder.raw(gen, "to_client", rest)
        self.recorder.fact("process", gen, data)


class _Generation:
    """The sink of one server process."""

    def __init__(self, wire: Wire, gen: int) -> None:
        self._wire = wire
        self._gen = gen

    def on_output(self, chunk: bytes) -> None:
        self._wire.output(self._gen, chunk)

    def on_fact(self, fact: dict[str, Any]) -> None:
        self._wire.fact(self._gen, fact)

    def on_end(self, code: int, pipe_held: bool) -> None:
        self._wire.end(self._gen, code, pipe_held)
