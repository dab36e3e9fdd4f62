"""The time by the client's clock: asked for by turns that are at work, each of them."""

from __future__ import annotations

from collections import Counter

from turnproof.calls import CLOCK
from turnproof.checks.asks import KEPT
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
    remember,
)
from turnproof.history import Event
from turnproof.message import IdKey, Message, at, id_key


@check
class TimeAskedInTurns(Check):
    """A server that goes by its client's clock asks for the time in each turn that it completes, under an id of its own, and
    only for a thread with a turn that runs or is asked for: 0.163.0 may ask before it tells that the turn runs."""

    name = "time-asked-in-turns"
    reason = "A model that is told no time, or that of another thread's client, goes by a wrong clock."
    source = "CDX-09, INV-ISO"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._coming: Counter[str] = Counter()
        """By thread: how many turn/start are not answered."""
        self._at_work: set[str] = set()
        """Threads with a turn that was accepted or began."""
        self._due: set[str] = set()
        """Threads with a turn of the client's words, which asks the model and so for the time."""
        self._asked: set[str] = set()
        self._used: dict[tuple[int, IdKey], None] = {}

    @on_request("turn/start")
    def coming(self, event: Event, message: Message) -> None:
        thread = str(message.params.get("threadId"))
        self._coming[thread] += 1
        self._due.add(thread)

    @on_answer("turn/start")
    def accepted(self, event: Event, message: Message, call: Call) -> None:
        thread = str(call.message.params.get("threadId"))
        self._coming[thread] -= 1
        if not self._coming[thread]:
            del self._coming[thread]
        if message.kind == "response":
            self._at_work.add(thread)
        else:
            self._due.discard(thread)

    @on_notification("turn/started")
    def started(self, event: Event, message: Message) -> None:
        self._at_work.add(str(message.params.get("threadId")))

    @on_line("to_client", "request")
    def asked(self, event: Event, message: Message) -> None:
        if message.method != CLOCK or not self.expected.clock:
            return
        self.judged += 1
        key, thread = (event.conn, id_key(message.id)), str(message.params.get("threadId"))
        if key in self._used:
            self.flag(event, f"the time is asked for under id {message.id!r}, which was used before")
        elif thread not in self._at_work and thread not in self._coming:
            self.flag(event, f"the time is asked for in the name of thread {thread}, which has no turn at work")
        self._asked.add(thread)
        remember(self._used, key, None, KEPT)

    @on_notification("turn/completed")
    def over(self, event: Event, message: Message) -> None:
        thread, turn = str(message.params.get("threadId")), message.params.get("turn")
        silent = thread in self._due and thread not in self._asked
        if self.expected.clock and silent and at(turn, "status") == "completed":
            self.flag(event, f"turn {at(turn, 'id')} is completed, and its server never asked for the time")
        for threads in (self._at_work, self._due, self._asked):
            threads.discard(thread)

    @on_exit()
    def exited(self, event: Event) -> None:
        for table in (self._coming, self._at_work, self._due, self._asked, self._used):
            table.clear()
