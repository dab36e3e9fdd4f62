"""What the server asks of the client and has no answer to yet: requests with ids of their own, counted from 0.

A request stays here until an answer with its very id comes, or until its turn ends. What answers nothing is ignored: a second
answer, an unknown id, an id of another type (`"0"` is not `0`).
"""

from __future__ import annotations

from turnproof_fakes.app_server.latch import Latch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from turnproof_fakes.app_server.threads import Thread

    Json = dict[str, Any]


_UNTOLD = frozenset({"item/tool/call", "currentTime/read"})
"""What is never told to be resolved: the end of a tool's call is told by its item, and the time is nobody's dialogue."""


class Ask:
    """One request of the server; `answered` opens when `reply`, the client's whole message, is there."""

    __slots__ = ("answered", "method", "params", "reply", "request_id", "thread", "turn_id")

    def __init__(self, request_id: int, thread: Thread, turn_id: str, method: str, params: Json) -> None:
        self.request_id = request_id
        self.thread = thread
        self.turn_id = turn_id
        self.method = method
        self.params = params
        self.answered = Latch()
        self.reply: Json = {}

    def message(self) -> Json:
        """As it goes over the wire: the method comes before the id, and there is no `emittedAtMs`."""
        return {"method": self.method, "id": self.request_id, "params": self.params}


class Asks:
    """All open requests of one connection. `send` writes a request, `resolved` tells that one is open no more."""

    def __init__(self, send: Callable[[Json], None], resolved: Callable[[Thread, int], None]) -> None:
        self._send = send
        self._resolved = resolved
        self._open: dict[int, Ask] = {}
        self._next = 0

    def put(self, thread: Thread, turn_id: str, method: str, params: Json) -> Ask:
        """Ask. If nobody subscribed to the thread it is not sent, and waits for a resume (seen on 0.163.0)."""
        ask = Ask(self._next, thread, turn_id, method, params)
        self._next += 1
        self._open[ask.request_id] = ask
        if thread.subscribed:
            self._send(ask.message())
        return ask

    def answer(self, reply: Json) -> None:
        """Take an answer of the client."""
        request_id = reply["id"]
        ask = self._open.pop(request_id, None) if isinstance(request_id, int) else None
        if ask is None:
            return
        ask.reply = reply
        self._close(ask)
        ask.answered.open()

    def send_again(self, thread: Thread) -> None:
        """The open requests of a thread once more, with the same ids: somebody resumed it."""
        for ask in self._open.values():
            if ask.thread is thread:
                self._send(ask.message())

    def drop(self, turn_id: str) -> None:
        """A turn is over: nobody waits for its answers any more."""
        for ask in [ask for ask in self._open.values() if ask.turn_id == turn_id]:
            del self._open[ask.request_id]
            self._close(ask)

    def _close(self, ask: Ask) -> None:
        if ask.method not in _UNTOLD:
            self._resolved(ask.thread, ask.request_id)
