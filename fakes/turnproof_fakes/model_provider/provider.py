"""The model provider: a server on a loopback port, on the caller's event loop, that plays scripts."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from turnproof_fakes.model_provider.acts import DropConnection, Fail, Hold, NeverAnswer, Stall
from turnproof_fakes.model_provider.answer import Move, Names, Open, Refuse, Send, moves
from turnproof_fakes.model_provider.connection import Connection
from turnproof_fakes.model_provider.http_head import STREAM_HEAD, HttpRequest, json_answer
from turnproof_fakes.model_provider.request import Asked, NotAskedError, read_request
from turnproof_fakes.model_provider.scriptbook import Capped, Scriptbook, Unscripted

_CLOSE_PATIENCE: Final = 2.0  # seconds

Report = Callable[[dict[str, object]], None]


class ModelProvider:
    """Plays scripts over the Responses API.

    ``report`` is called on the event loop, as things happen, with one of::

        {"event": "request",    "thread", "turn", "prompt", "attempt", "segment", "given"}  a scripted request came; see `given`
        {"event": "held",       "gate"}                                             a stream has reached the gate
        {"event": "answered",   "thread", "turn", "prompt", "attempt", "segment", "ending"}
                                 ending: "completed", "refused" (scripted status) or "dropped"
        {"event": "abandoned",  the same without "ending"}                          the client went away first
        {"event": "unscripted", "thread", "turn", "prompt", "results"}              nothing expected: answered with 400
        {"event": "capped",     "thread", "turn", "prompt", "requests"}             too many requests: answered with 400
        {"event": "stray",      "method", "path", "reason"}                         not a Responses request: 404 or 400
    """

    def __init__(self, report: Report, max_requests_per_turn: int = 40) -> None:
        self._report = report
        self._book = Scriptbook(max_requests_per_turn)
        self._names = Names()
        self._gates: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._url = ""
        self._closing = False

    @property
    def url(self) -> str:
        """The base URL, ``http://127.0.0.1:PORT/v1``. Raises RuntimeError before ``start``."""
        if not self._url:
            raise RuntimeError("the model provider has not been started")
        return self._url

    async def start(self) -> None:
        """Listen on a free loopback port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self._serve, self._connections), host="127.0.0.1", port=0, backlog=256
        )
        port = int(self._server.sockets[0].getsockname()[1])
        self._url = f"http://127.0.0.1:{port}/v1"

    def expect(self, thread_id: str, prompt: str, script: Sequence[Mapping[str, object]]) -> None:
        """Play ``script`` whenever ``prompt`` is the last user text on this thread. Raises ValueError (see Scriptbook)."""
        self._book.expect(thread_id, prompt, script)

    def expect_anywhere(self, prompt: str, script: Sequence[Mapping[str, object]]) -> None:
        """The same on every thread that has no script of its own for this prompt."""
        self._book.expect(None, prompt, script)

    def release(self, gate: str) -> None:
        """Open a gate, for good; it need not have been reached yet."""
        self._gates[gate].set()

    async def close(self) -> None:
        """Stop listening and cut every open stream. Bounded; nothing is reported any more."""
        self._closing = True
        if self._server is not None:
            self._server.close()
        connections = list(self._connections)
        tasks = [connection.task for connection in connections if connection.task is not None]
        for connection in connections:
            connection.abort()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_CLOSE_PATIENCE)
        if self._server is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._server.wait_closed(), _CLOSE_PATIENCE)

    async def _serve(self, request: HttpRequest, connection: Connection) -> None:
        if request.method != "POST" or request.path.partition("?")[0] != "/v1/responses":
            await self._turn_away(request, connection, 404, "only POST /v1/responses is served here")
            return
        encoding = request.headers.get("content-encoding", "identity")
        if encoding != "identity":
            await self._turn_away(request, connection, 415, f"content-encoding {encoding} is not served here")
            return
        try:
            asked = read_request(request.headers, request.body)
        except NotAskedError as reason:
            await self._turn_away(request, connection, 400, str(reason))
            return
        await self._answer(asked, connection)

    async def _turn_away(self, request: HttpRequest, connection: Connection, status: int, reason: str) -> None:
        self._report({"event": "stray", "method": request.method, "path": request.path, "reason": reason})
        await self._refuse(connection, status, _error(reason, "stray"))

    async def _answer(self, asked: Asked, connection: Connection) -> None:
        match found := self._book.look_up(asked):
            case Unscripted():
                self._report({"event": "unscripted", **_place(asked), "results": asked.results})
                reason = (
                    f"turnproof: no script for the prompt {asked.prompt!r} (after {asked.results} results of tools)"
                )
                await self._refuse(connection, 400, _error(reason, "unscripted"))
            case Capped():
                self._report({"event": "capped", **_place(asked), "requests": found.requests})
                reason = f"turnproof: one turn sent {found.requests} requests; its prompt is {asked.prompt!r}"
                await self._refuse(connection, 400, _error(reason, "capped"))
            case _:
                where = {**_place(asked), "attempt": found.attempt, "segment": found.segment}
                self._report({"event": "request", **where, "given": asked.given})
                await self._perform(moves(found.script, found.attempt, self._names, asked.sessions), connection, where)

    async def _perform(self, steps: Iterator[Move], connection: Connection, where: dict[str, object]) -> None:
        try:
            ending = await self._play(steps, connection)
        except asyncio.CancelledError:
            if not self._closing:
                self._report({"event": "abandoned", **where})
            raise
        self._report({"event": "answered", **where, "ending": ending})

    async def _play(self, steps: Iterator[Move], connection: Connection) -> str:
        """Do one move after the other; says how the attempt ended. What can be sent without a wait goes out together."""
        pieces: list[Iterator[bytes]] = []
        for step in steps:
            match step:
                case Open():
                    pieces.append(iter((STREAM_HEAD,)))
                    continue
                case Send():
                    pieces.append(step.pieces)
                    if len(pieces) < 64:
                        continue
                case _:
                    pass
            await connection.write(piece for some in pieces for piece in some)
            pieces.clear()
            match step:
                case Hold():
                    self._report({"event": "held", "gate": step.gate})
                    await self._gates[step.gate].wait()
                case Stall() | NeverAnswer():
                    await asyncio.Event().wait()
                case DropConnection():
                    await connection.reset()
                    return "dropped"
                case Refuse():
                    await self._refuse(connection, step.fail.status, _fail_body(step.fail), _fail_headers(step.fail))
                    return "refused"
                case _:
                    pass
        await connection.write(piece for some in pieces for piece in some)
        connection.close()
        return "completed"

    async def _refuse(
        self,
        connection: Connection,
        status: int,
        body: Mapping[str, object],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        await connection.write([json_answer(status, body, headers)])
        connection.close()


def _place(asked: Asked) -> dict[str, object]:
    return {"thread": asked.thread, "turn": asked.turn, "prompt": asked.prompt}


def _error(message: str, code: str) -> dict[str, object]:
    return {"error": {"message": message, "type": "invalid_request_error", "code": code}}


def _fail_body(fail: Fail) -> Mapping[str, object]:
    if fail.body is not None:
        return fail.body
    return {"error": {"message": f"scripted failure {fail.status}", "type": "scripted", "code": "scripted"}}


def _fail_headers(fail: Fail) -> dict[str, str]:
    return {} if fail.retry_after is None else {"retry-after": str(fail.retry_after)}
