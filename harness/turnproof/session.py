"""The client side of one play: what a careful client of codex app-server keeps in mind.

A ``Session`` is fed messages and knows the requests in flight, the threads, and the turns with their texts.  It holds
no I/O: it writes through its link and lets its owner wait on futures.  The rules that clients break most are kept here
in one place each, so that a *broken* session - a small subclass - breaks exactly one:

* a request is registered before it is written;
* a turn has its record from the first sight of its id: its events may come before the answer that names it (CDX-09);
* events are filed by thread *and* turn id, never by what was started last (CDX-03, CDX-04);
* when the server is gone, everything that waits is settled (A03), and later requests are refused at once (A04);
* the end of a turn is the end of that turn, and of nothing else (BUG-008).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, Protocol

from turnproof.asks import Asks
from turnproof.calls import CLOCK, mark_of
from turnproof.matching import mismatch
from turnproof.message import IdKey, Message, at, encode, id_key, rows_of
from turnproof.steps import TurnStatus
from turnproof.virtual_time import unix_time

CLIENT: Final = {"name": "turnproof", "title": "turnproof", "version": "0.1.0"}


UNSUPPORTED: Final = {"code": -32601, "message": "not supported by this client"}
"""The answer to a server request that nobody here can decide: an open one would hold its turn for ever (E01)."""


class Link(Protocol):
    """What a session needs of the connection."""

    def write(self, data: bytes) -> None: ...

    async def reopen(self) -> None: ...


class Answer:
    """How a request was settled: a result, an error, or lost with the server."""

    __slots__ = ("lost", "message")

    def __init__(self, message: Message | None, lost: str = "") -> None:
        self.message = message
        self.lost = lost

    @property
    def ok(self) -> bool:
        return self.message is not None and self.message.kind == "response"

    @property
    def result(self) -> Any:
        return self.message.value.get("result") if self.message is not None and self.ok else None

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] | None = at(self.message.value, "error") if self.message is not None else None
        return error if isinstance(error, dict) else {}

    def describe(self) -> str:
        """The answer in a few words."""
        if self.message is None:
            return f"no answer ({self.lost})"
        if self.ok:
            return "a result"
        return f"error {self.error.get('code')} {str(self.error.get('message'))[:160]!r}"


class Turn:
    """One turn as the client sees it: ``texts`` are the completed agent messages, ``heard`` their deltas."""

    __slots__ = ("deltas", "ended", "error", "heard", "id", "last", "status", "texts", "thread_id")

    def __init__(self, turn_id: str, thread_id: str | None) -> None:
        self.id = turn_id
        self.thread_id = thread_id
        self.status: str | None = None
        self.error = ""
        self.texts: list[str] = []
        self.heard: list[str] = []
        self.deltas: dict[str, list[str]] = {}
        self.last = "nothing"
        self.ended = asyncio.Event()

    def end(self, status: str) -> None:
        if self.status is None:
            self.status = status
            self.deltas.clear()
            self.ended.set()


class Watch:
    """Counts notifications of one method, by thread and by turn, for a ``wait_for`` step."""

    def __init__(self, method: str, where: dict[str, Any]) -> None:
        self.method = method
        self.where = where
        self._counts: dict[str | None, int] = {}
        self._waiters: list[tuple[str | None, int, asyncio.Future[None]]] = []

    def see(self, message: Message) -> None:
        params = message.params
        if self.where and mismatch({"$subset": self.where}, params, {}):
            return
        turn_id = params.get("turnId") or at(params, "turn", "id")
        named = (key for key in (params.get("threadId"), turn_id) if isinstance(key, str))
        for key in {None, *named}:
            self._counts[key] = self._counts.get(key, 0) + 1
        ready = [w for w in self._waiters if self._counts.get(w[0], 0) >= w[1]]
        for waiter in ready:
            self._waiters.remove(waiter)
            if not waiter[2].done():
                waiter[2].set_result(None)

    def count(self, key: str | None) -> int:
        return self._counts.get(key, 0)

    def reached(self, key: str | None, k: int) -> asyncio.Future[None]:
        """Done once ``k`` were seen for this thread or turn id (None: for any)."""
        future = asyncio.get_running_loop().create_future()
        if self._counts.get(key, 0) >= k:
            future.set_result(None)
        else:
            self._waiters.append((key, k, future))
        return future


class Session:
    """A healthy client. Subclasses in ``turnproof.broken_sessions`` are the unhealthy ones."""

    def __init__(self, link: Link, *, experimental: bool = False, opt_out: tuple[str, ...] = ()) -> None:
        self.link = link
        self.capabilities = _capabilities(experimental, opt_out)
        self.turns: dict[str, Turn] = {}
        self.watches: dict[str, list[Watch]] = {}
        self.gone: str | None = None
        self._begins: dict[str, asyncio.Future[str | None]] = {}
        self._queued: dict[str, asyncio.Future[Turn]] = {}
        """Turns that wait in a queue, by the client's id for their words; a queue outlives its server."""
        self.asks = Asks()
        self._pending: dict[IdKey, list[asyncio.Future[Answer]]] = {}
        self._next = 0

    # -- what comes in

    def receive(self, chunk: bytes, messages: list[Message]) -> None:
        """A chunk of the server's stdout and the messages that it completed."""
        for message in messages:
            self.take(message)

    def take(self, message: Message) -> None:
        """One message."""
        kind = message.kind
        if kind == "notification":
            self.notified(message)
        elif kind == "response" or kind == "error":
            self.settle(message)
        elif kind == "request":
            self.asked(message)

    def settle(self, message: Message) -> None:
        """An answer; one to no open request is left to the checks."""
        waiting = self._pending.get(id_key(message.id))
        if not waiting:
            return
        future = waiting.pop(0)
        if not waiting:
            del self._pending[id_key(message.id)]
        if not future.done():
            future.set_result(Answer(message))

    def notified(self, message: Message) -> None:
        """A notification: filed under its turn, and counted for who waits for it."""
        params = message.params
        turn_id = params.get("turnId")
        if turn_id is None:
            turn_id = at(params, "turn", "id")
        if turn_id.__class__ is str:
            self.file(message, params, turn_id, params.get("threadId"))
            if message.method == "turn/started":
                self._began(params.get("threadId"), turn_id)
        for watch in self.watches.get(message.method or "", ()):
            watch.see(message)

    def _began(self, thread_id: Any, turn_id: str | None) -> None:
        """The turn of a thread that somebody waits for."""
        begins = self._begins.pop(thread_id, None) if isinstance(thread_id, str) else None
        if begins is not None and not begins.done():
            begins.set_result(turn_id)

    def file(self, message: Message, params: dict[str, Any], turn_id: str, thread_id: str | None) -> None:
        """Put an event into the record of its turn. Shapes are the checks' business: nothing here fails for one."""
        turn = self.turn(turn_id, thread_id)
        method = turn.last = message.method or ""
        if method == "item/agentMessage/delta":
            turn.deltas.setdefault(str(params.get("itemId")), []).append(str(params.get("delta")))
        elif method == "item/completed":
            item = params.get("item")
            if at(item, "type") == "agentMessage":
                turn.texts.append(str(at(item, "text")))
                turn.heard.append("".join(turn.deltas.pop(str(at(item, "id")), ())))
            elif self._queued and at(item, "type") == "userMessage":
                self._taken(at(item, "clientId"), turn)
        elif method == "turn/completed":
            turn.error = str(at(params, "turn", "error", "message") or "")
            turn.end(str(at(params, "turn", "status")))
            self.turn_over(turn)

    def _taken(self, client_id: Any, turn: Turn) -> None:
        """What waited in a queue is a turn now."""
        waiting = self._queued.pop(client_id, None) if isinstance(client_id, str) else None
        if waiting is not None:
            waiting.set_result(turn)

    def asked(self, message: Message) -> None:
        """The server asks. The time it is told at once; what else no call of a scenario raised has nobody who could decide it,
        and is refused at once."""
        mark = mark_of(message)
        if message.method == CLOCK:
            self.reply(message.id, result={"currentTimeAt": int(unix_time())})
        elif mark is None:
            self.reply(message.id, error=UNSUPPORTED)
        else:
            self.asks.came(mark, message)

    def turn_over(self, turn: Turn) -> None:
        """A turn is over. Nothing else is."""

    def turn(self, turn_id: str, thread_id: str | None) -> Turn:
        """The record of a turn, made at the first sight of its id."""
        turn = self.turns.get(turn_id)
        if turn is None:
            turn = self.turns[turn_id] = Turn(turn_id, thread_id)
        return turn

    def forget(self, turn: Turn) -> None:
        """The turn was told to its user: a session of any length keeps only what is open."""
        self.turns.pop(turn.id, None)

    def lost(self, reason: str) -> None:
        """The server is gone: settle everything that waits."""
        self.gone = reason
        for waiting in self._pending.values():
            for future in waiting:
                if not future.done():
                    future.set_result(Answer(None, reason))
        self._pending.clear()
        for thread_id in list(self._begins):
            self._began(thread_id, None)
        for turn in self.turns.values():
            turn.end("lost")

    # -- what goes out

    def request(
        self, method: str, params: Any, *, id: tuple[Any, ...] = (), bare: bool = False
    ) -> asyncio.Future[Answer]:
        """Send a request; the future is settled by its answer or by the loss of the server."""
        if id:
            request_id = id[0]
        else:
            self._next += 1
            request_id = self._next
        future = self.pending(request_id, method)
        message = {"id": request_id, "method": method}
        if not bare:
            message["params"] = params
        if not future.done():
            self.link.write(encode(message) + b"\n")
        return future

    def pending(self, request_id: Any, method: str = "") -> asyncio.Future[Answer]:
        """A future for the answer to this id."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        if self.gone is not None:
            future.set_result(Answer(None, self.gone))
        else:
            self._pending.setdefault(id_key(request_id), []).append(future)
        return future

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        message = {"method": method} if params is None else {"method": method, "params": params}
        self.link.write(encode(message) + b"\n")

    def reply(self, ask_id: Any, *, result: Any = None, error: dict[str, Any] | None = None) -> None:
        """Answer an ask, under any id."""
        body: dict[str, Any] = {"result": result} if error is None else {"error": error}
        self.link.write(encode({"id": ask_id, **body}) + b"\n")

    async def handshake(self) -> Answer:
        """initialize, then initialized; nothing else before the answer (TRN-03)."""
        params: dict[str, Any] = {"clientInfo": CLIENT}
        if self.capabilities:
            params["capabilities"] = self.capabilities
        answer = await self.request("initialize", params)
        if answer.ok:
            self.notify("initialized")
        return answer

    async def start_thread(self, params: dict[str, Any]) -> Answer:
        return await self.request("thread/start", params)

    async def resume_thread(self, thread_id: str) -> Answer:
        return await self.request("thread/resume", {"threadId": thread_id})

    async def fork_thread(self, thread_id: str) -> Answer:
        return await self.request("thread/fork", {"threadId": thread_id})

    async def read_thread(self, thread_id: str) -> Answer:
        return await self.request("thread/read", {"threadId": thread_id, "includeTurns": True})

    async def start_turn(
        self, thread_id: str, text: str, params: dict[str, Any] | None = None
    ) -> tuple[Answer, Turn | None]:
        """turn/start; the turn's record when it was accepted. An ``input`` among the params stands before the text."""
        more = params or {}
        asked = {"threadId": thread_id, **more, "input": [*rows_of(more.get("input")), *said(text)]}
        answer = await self.request("turn/start", asked)
        turn_id = at(answer.result, "turn", "id")
        return answer, self.turn(turn_id, thread_id) if isinstance(turn_id, str) else None

    async def begin_turn(self, method: str, thread_id: str, params: dict[str, Any]) -> tuple[Answer, Turn | None]:
        """Another request that begins a turn: its answer names the turn, or the thread's next turn/started does."""
        begins = self._begins[thread_id] = asyncio.get_running_loop().create_future()
        answer = await self.request(method, {"threadId": thread_id, **params})
        turn_id = at(answer.result, "turn", "id")
        if answer.ok and not isinstance(turn_id, str):
            turn_id = await begins
        self._begins.pop(thread_id, None)
        return answer, self.turn(turn_id, thread_id) if isinstance(turn_id, str) else None

    async def queue_turn(self, thread_id: str, text: str, client_id: str) -> tuple[Answer, asyncio.Future[Turn]]:
        """thread/queue/add, and the turn that will come of it."""
        waiting = self._queued[client_id] = asyncio.get_running_loop().create_future()
        params = {"threadId": thread_id, "input": said(text), "clientUserMessageId": client_id}
        return await self.request("thread/queue/add", params), waiting

    async def steer(self, turn: Turn, thread_id: str, text: str) -> Answer:
        return await self.request("turn/steer", {"threadId": thread_id, "expectedTurnId": turn.id, "input": said(text)})

    async def interrupt(self, turn: Turn, thread_id: str) -> Answer:
        return await self.request("turn/interrupt", {"threadId": thread_id, "turnId": turn.id})

    async def end_of(self, turn: Turn) -> TurnStatus | str:
        """Wait for the end of a turn: "completed", "interrupted", "failed", or "lost" with the server."""
        await turn.ended.wait()
        return turn.status or "lost"

    async def reconnect(self) -> Answer:
        """One new server, and the handshake with it."""
        self.gone = None
        await self.link.reopen()
        return await self.handshake()

    def open_requests(self) -> int:
        """How many requests wait for their answer."""
        return sum(map(len, self._pending.values()))


def said(text: str) -> list[dict[str, Any]]:
    """A user's words as the input of a turn."""
    return [{"type": "text", "text": text, "text_elements": []}]


def _capabilities(experimental: bool, opt_out: tuple[str, ...]) -> dict[str, Any]:
    capabilities: dict[str, Any] = {"experimentalApi": True} if experimental else {}
    if opt_out:
        capabilities["optOutNotificationMethods"] = list(opt_out)
    return capabilities


SessionFactory = Callable[..., Session]
