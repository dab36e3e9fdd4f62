"""Events carry the thread and turn that they belong to (INV-ISO, field failures B01, A07, A08)."""

from __future__ import annotations

from typing import Any

from turnproof.checks.base import (
    Call,
    Check,
    Context,
    check,
    on_answer,
    on_exit,
    on_notification,
    on_request,
    on_result,
)
from turnproof.history import Event
from turnproof.message import Message, at


@check
class RightThreadAndTurn(Check):
    """Learns from requests and answers whose turn is whose, and holds every later event to it.

    Remembered are the threads of this server, the words that were said to each, and the turns that run.
    """

    name = "right-thread-and-turn"
    reason = "One connection carries many threads: an event under a wrong id ends, or pollutes, somebody else's turn."
    source = "INV-ISO"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._threads: set[str] = set()
        self._opening = 0
        self._asked: dict[str, set[str]] = {}
        self._turns: dict[str, str] = {}
        self._items: dict[str, tuple[str, str]] = {}

    @on_request("thread/start", "thread/resume", "thread/fork")
    def opening(self, event: Event, message: Message) -> None:
        self._opening += 1
        if message.method == "thread/resume":
            self._threads.add(str(message.params.get("threadId")))

    @on_request("turn/start", "turn/steer", "thread/queue/add", "thread/queue/update")
    def asked(self, event: Event, message: Message) -> None:
        self._asked.setdefault(message.words, set()).add(str(message.params.get("threadId")))

    @on_answer("thread/start", "thread/resume", "thread/fork")
    def opened(self, event: Event, message: Message, call: Call) -> None:
        """A refusal ends the opening too: after it an unknown thread is unknown again."""
        self._opening -= 1
        self._threads.add(str(at(message.result, "thread", "id")))

    @on_result("turn/start")
    def accepted(self, event: Event, message: Message, call: Call) -> None:
        turn_id = at(message.result, "turn", "id")
        thread = str(call.message.params.get("threadId"))
        if isinstance(turn_id, str) and (other := self._turns.get(turn_id, thread)) != thread:
            self.flag(
                event, f"the turn of thread {thread} is answered with {turn_id}, a turn of thread {other}", turn=turn_id
            )

    @on_notification("thread/started")
    def announced(self, event: Event, message: Message) -> None:
        self._threads.add(str(at(message.params, "thread", "id")))

    @on_notification("item/agentMessage/delta", "item/plan/*", "item/reasoning/*", "item/commandExecution/*")
    def delta(self, event: Event, message: Message) -> None:
        """The short way for what comes by the thousand: an item that is known, under its own turn and thread."""
        params = message.params
        try:
            known = self._items.get(params.get("itemId"))  # type: ignore[arg-type]
        except TypeError:  # an array for an id: shapes are the schema's business
            known = None
        if known == (params.get("turnId"), params.get("threadId")):
            self.judged += 1
        else:
            self.event(event, message)

    @on_notification(
        "turn/*",
        "item/started",
        "item/completed",
        "thread/status/changed",
        "thread/tokenUsage/updated",
        "thread/goal/*",
        "error",
        "warning",
    )
    def event(self, event: Event, message: Message) -> None:
        params = message.params
        self.judged += 1
        thread = params.get("threadId")
        if thread.__class__ is not str:
            return  # none at all, or of a wrong shape, which is the schema's business
        if thread not in self._threads and not self._opening:
            self.flag(event, f"{message.method} names thread {thread}, which nobody opened here", thread=thread)
            return
        turn_id = params.get("turnId")
        if turn_id is None:
            turn_id = at(params, "turn", "id")
        if isinstance(turn_id, str):
            self._of_turn(event, message, turn_id, str(thread))

    @on_exit()
    def exited(self, event: Event) -> None:
        self._turns.clear()
        self._items.clear()
        self._opening = 0

    def _of_turn(self, event: Event, message: Message, turn_id: str, thread: str) -> None:
        if message.method == "thread/tokenUsage/updated" and turn_id not in self._turns:
            return  # a resume or fork repeats the usage of a turn that is over
        known = self._turns.setdefault(turn_id, thread)
        if known != thread:
            self.flag(
                event,
                f"{message.method} of turn {turn_id} names thread {thread}; the turn runs on {known}",
                turn=turn_id,
            )
        elif message.method == "turn/completed":
            self._forget(turn_id)
        elif (message.method or "").startswith("item/"):
            self._item(event, message, message.params, turn_id, thread)

    def _item(self, event: Event, message: Message, params: dict[str, Any], turn_id: str, thread: str) -> None:
        item = params.get("item")
        item_id = params.get("itemId") or at(item, "id")
        if not isinstance(item_id, str):
            return
        known = self._items.setdefault(item_id, (turn_id, thread))
        if known[0] != turn_id:
            self.flag(event, f"{message.method} of item {item_id} names turn {turn_id}; the item is of {known[0]}")
        if at(item, "type") == "userMessage":
            words = message.words
            if words in self._asked and thread not in self._asked[words]:
                asked = ", ".join(sorted(self._asked[words]))
                self.flag(event, f"{words[:40]!r} was said to thread {asked} and shows up in {thread}", thread=thread)

    def _forget(self, turn_id: str) -> None:
        self._turns.pop(turn_id, None)
        gone = [item for item, (turn, _) in self._items.items() if turn == turn_id]
        for item in gone:
            del self._items[item]
