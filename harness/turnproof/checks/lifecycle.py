"""The order of a life: handshake, thread, turn, item (CORR).

For each noun a small automaton; the tables below are the rules.  Only what is open has a state.
"""

from __future__ import annotations

from typing import Any

from turnproof.checks.base import (
    Call,
    Check,
    Context,
    check,
    on_answer,
    on_exit,
    on_line,
    on_notification,
    on_request,
    on_result,
)
from turnproof.history import Event
from turnproof.message import Message, at

_OPENS_A_THREAD = ("thread/start", "thread/resume", "thread/fork")


@check
class HandshakeFirst(Check):
    name = "handshake-first"
    reason = "Before initialize is answered nothing else may be sent (TRN-03); the server refuses it."
    source = "TRN-03"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._ready: set[int] = set()

    @on_answer("initialize")
    def answered(self, event: Event, message: Message, call: Call) -> None:
        if message.kind == "response":
            self._ready.add(event.conn)

    @on_request()
    def request(self, event: Event, message: Message) -> None:
        self.judged += 1
        if message.method != "initialize" and event.conn not in self._ready and not self.expected.early_requests:
            self.flag(event, f"{message.method} is sent before initialize is answered")

    @on_line("to_client", "notification", "request")
    def spoke(self, event: Event, message: Message) -> None:
        if event.conn not in self._ready:
            self.flag(event, f"the server sends {message.method} before it answers initialize")
        elif message.method in self.context.silent:
            self.flag(event, f"the server sends {message.method}, which initialize opted out of")


class _Turn:
    __slots__ = ("begun", "done", "open", "retried")

    def __init__(self) -> None:
        self.begun = False
        self.retried = False
        self.open: set[str] = set()
        self.done: set[str] = set()


@check
class LifecycleOrder(Check):
    name = "lifecycle-order"
    reason = "Clients build threads, turns and items from this order; what comes out of it is dropped or misfiled."
    source = "CORR"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._usable: set[str] = set()
        self._turns: dict[str, _Turn] = {}
        self._reviews: set[str] = set()
        self._status: dict[str, str] = {}

    @on_answer(*_OPENS_A_THREAD)
    def thread(self, event: Event, message: Message, call: Call) -> None:
        self._usable.add(str(at(message.result, "thread", "id")))

    @on_result("review/start")
    def review(self, event: Event, message: Message, call: Call) -> None:
        self._reviews.add(str(at(message.result, "turn", "id")))

    @on_request("turn/start")
    def turn_asked(self, event: Event, message: Message) -> None:
        """On each server the first turn of a thread comes after its start or resume there (CDX-12)."""
        thread = str(message.params.get("threadId"))
        if thread not in self._usable and "turn/start" not in self.expected.wrong_methods:
            self.flag(event, f"turn/start on thread {thread}, which was not started or resumed on this server")

    @on_notification("thread/status/changed")
    def status(self, event: Event, message: Message) -> None:
        self._status[str(message.params.get("threadId"))] = str(at(message.params, "status", "type"))

    @on_notification("turn/started")
    def turn_started(self, event: Event, message: Message) -> None:
        self.judged += 1
        thread, turn_id = _ids(message)
        turn = self._turns.setdefault(turn_id, _Turn())
        if turn.begun:
            self.flag(event, f"turn {turn_id} starts a second time")
        elif turn.open or turn.done:
            self.flag(event, f"turn {turn_id} starts after its items")
        elif self._status.get(thread) != "active":
            self.flag(event, f"turn {turn_id} starts, and thread {thread} is {self._status.get(thread, 'unannounced')}")
        turn.begun = True

    @on_notification("turn/completed")
    def turn_completed(self, event: Event, message: Message) -> None:
        thread, turn_id = _ids(message)
        turn = self._turns.pop(turn_id, None)
        if turn is not None and not turn.begun:
            self.flag(event, f"turn {turn_id} ends without having started")
        if turn is not None and self._status.get(thread) == "active":
            self.flag(event, f"turn {turn_id} ends, and thread {thread} still is active")

    @on_notification("error")
    def failed(self, event: Event, message: Message) -> None:
        """Behind the notice of a retry the model says all over again, perhaps under the ids of before."""
        turn_id = message.params.get("turnId")
        turn = self._turns.get(turn_id) if isinstance(turn_id, str) else None
        if turn is not None and message.params.get("willRetry") is True:
            turn.retried = True

    @on_notification("item/started")
    def item_started(self, event: Event, message: Message) -> None:
        turn, item = self._item(event, message)
        if turn is None:
            return
        cause = "retry" if turn.retried else ""
        if item in turn.open:
            self.flag(event, f"item {item} starts a second time", cause=cause)
        elif item in turn.done:
            self.flag(event, f"item {item} starts after its end", cause=cause)
            turn.done.discard(item)
        turn.open.add(item)

    @on_notification("item/completed")
    def item_completed(self, event: Event, message: Message) -> None:
        turn, item = self._item(event, message)
        if turn is None:
            return
        if item in turn.done:
            self.flag(event, f"item {item} is completed a second time")
        elif item not in turn.open:
            self.flag(event, f"item {item} is completed without having started")
        turn.open.discard(item)
        turn.done.add(item)

    @on_notification("item/agentMessage/delta", "item/plan/*", "item/reasoning/*")
    def delta(self, event: Event, message: Message) -> None:
        turn_id, item = message.params.get("turnId"), message.params.get("itemId")
        turn = self._turns.get(turn_id) if turn_id.__class__ is str else None  # type: ignore[arg-type]
        if turn is None or item.__class__ is not str:
            return
        if item not in turn.open:
            when = "after its end" if item in turn.done else "before its start"
            self.flag(event, f"{message.method} of item {item} comes {when}")

    @on_exit()
    def exited(self, event: Event) -> None:
        self._turns.clear()
        self._reviews.clear()
        self._status.clear()
        self._usable.clear()

    def _item(self, event: Event, message: Message) -> tuple[_Turn | None, Any]:
        params = message.params
        item_id, turn_id = at(params, "item", "id"), params.get("turnId")
        turn = self._turns.get(turn_id) if isinstance(turn_id, str) else None
        if turn is None and str(turn_id) in self._reviews:
            turn_id = str(turn_id)
            self._reviews.discard(turn_id)
            self.flag(event, f"{message.method} of review {turn_id}, which did not start", cause="review/start")
            turn = self._turns[turn_id] = _Turn()
            turn.begun = True
        if turn is None or not turn.begun:
            self.flag(event, f"{message.method} of turn {turn_id}, which did not start or is over")
            return None, None
        return (turn, item_id) if item_id.__class__ is str else (None, None)


def _ids(message: Message) -> tuple[str, str]:
    return str(message.params.get("threadId")), str(at(message.params, "turn", "id"))
