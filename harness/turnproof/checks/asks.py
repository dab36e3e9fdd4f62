"""What the server asks is about what runs, is answered once, and is settled once (CDX-09)."""

from __future__ import annotations

from typing import Any, Final, cast

from turnproof.checks.asking import Ask, Asking, call_of
from turnproof.checks.base import (
    Call,
    Check,
    Context,
    check,
    on_exit,
    on_line,
    on_notification,
    on_request,
    on_result,
    remember,
)
from turnproof.composing import shown
from turnproof.history import Event
from turnproof.message import IdKey, Message, at, id_key, rows_of

KEPT: Final = 1000
"""Asks of one server whose ids are remembered: a soak asks for more."""


@check
class AsksAnsweredOnce(Check):
    """An answer that comes too late is none of the client's faults: the server may end what it asks for at any time."""

    name = "asks-answered-once"
    reason = "A client that answers twice, or under another id, approves what nobody showed to its user."
    source = "CDX-09, INV-RPC"
    harness = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._asked: dict[tuple[int, IdKey], tuple[str, bool]] = {}

    @on_line("to_client", "request")
    def asked(self, event: Event, message: Message) -> None:
        key = (event.conn, id_key(message.id))
        call, answered = self._asked.pop(key, ("", False))
        same = call == call_of(message)
        remember(self._asked, key, (call_of(message), answered and same), KEPT)

    @on_line("to_server", "response", "error")
    def answered(self, event: Event, message: Message, call: Call | None) -> None:
        if self.expected.wrong_bytes:
            return
        self.judged += 1
        key = (event.conn, id_key(message.id))
        asked = self._asked.get(key)
        shown = repr(message.id)[:60]
        if asked is None:
            other = next((k[1][1] for k in self._asked if k[0] == event.conn and str(k[1][1]) == str(message.id)), None)
            hint = f"; it asked under {other!r}" if other is not None else ""
            if not self.expected.odd_answers:
                self.flag(event, f"the client answers {shown}, under which the server asked nothing{hint}", id=shown)
        elif asked[1] and not self.expected.odd(asked[0]):
            self.flag(event, f"the client answers {shown} a second time", id=shown)
        else:
            self._asked[key] = (asked[0], True)

    @on_exit()
    def exited(self, event: Event) -> None:
        self._asked.clear()


@check
class AsksNameWhatRuns(Asking):
    """Each ask has an id of its own, and names a thread, a turn and an item that are under way.

    What is asked again, after a resume, comes under the same id and in the same words.
    """

    name = "asks-name-what-runs"
    reason = "A client shows an ask where its item is, and answers by its id: a wrong one approves something else."
    source = "CDX-09, INV-ISO"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._turns: dict[str, str] = {}
        self._items: dict[str, dict[str, dict[str, Any]]] = {}
        self._used: dict[tuple[int, IdKey], None] = {}
        self._resumes: dict[str, int] = {}
        """By thread, how often it was resumed since its last turn ended."""
        self._repeats: dict[tuple[int, IdKey], int] = {}
        """By ask, how often it came again: once for each resume at most."""

    @on_notification("turn/started")
    def turn_started(self, event: Event, message: Message) -> None:
        self._turns[str(at(message.params, "turn", "id"))] = str(message.params.get("threadId"))

    @on_result("turn/start")
    def turn_accepted(self, event: Event, message: Message, call: Call) -> None:
        if "turn/started" in self.context.silent:
            self._turns[str(at(message.result, "turn", "id"))] = str(call.message.params.get("threadId"))

    @on_notification("item/started")
    def item_started(self, event: Event, message: Message) -> None:
        item, turn = message.params.get("item"), str(message.params.get("turnId"))
        if isinstance(item, dict) and turn in self._turns:
            self._items.setdefault(turn, {})[str(at(item, "id"))] = item

    @on_notification("item/completed")
    def item_completed(self, event: Event, message: Message) -> None:
        items = self._items.get(str(message.params.get("turnId")))
        if items is not None:
            items.pop(str(at(message.params, "item", "id")), None)

    @on_request("thread/resume")
    def resuming(self, event: Event, message: Message) -> None:
        thread = str(message.params.get("threadId"))
        self._resumes[thread] = self._resumes.get(thread, 0) + 1

    def asked(self, event: Event, ask: Ask, *, again: bool) -> None:
        self.judged += 1
        key = (event.conn, id_key(ask.id))
        self._repeats[key] = self._repeats.get(key, 0) + 1 if again else 0
        resumes = self._resumes.get(ask.thread, 0)
        if self._repeats[key] > resumes:
            often = f"was resumed {resumes} time(s)" if resumes else "was not resumed"
            self.flag(event, f"{ask} is asked {self._repeats[key] + 1} times, and thread {ask.thread} {often}")
        elif again and not ask.waits:
            self.flag(event, f"{ask} is asked again, and it was answered")
        elif not again and key in self._used:
            self.flag(event, f"{ask} comes under an id that was used before")
        elif (other := self._other(ask)) is not None:
            self.flag(event, f"{ask} is about {ask.call}, which {other} asks about already")
        else:
            self._placed(event, ask)
            self._worded(event, ask)
        remember(self._used, key, None, KEPT)

    def turn_over(self, event: Event, message: Message, asks: list[Ask]) -> None:
        turn = str(at(message.params, "turn", "id"))
        self._turns.pop(turn, None)
        self._items.pop(turn, None)
        self._resumes.pop(str(message.params.get("threadId")), None)
        for ask in asks:
            self._repeats.pop((event.conn, id_key(ask.id)), None)

    @on_exit()
    def exited(self, event: Event) -> None:
        for table in (self._turns, self._items, self._used, self._resumes, self._repeats):
            table.clear()

    def _other(self, ask: Ask) -> Ask | None:
        """Another ask that waits for an answer about the same call; parts of one command have ids of their own."""
        if not ask.call or ask.params.get("approvalId") is not None:
            return None
        return next((o for o in self.waiting(ask.thread) if o is not ask and o.call == ask.call), None)

    def _placed(self, event: Event, ask: Ask) -> None:
        thread = self._turns.get(ask.turn)
        if not ask.turn and ask.thread in self._turns.values():
            return
        if thread is None:
            self.flag(event, f"{ask} names turn {ask.turn or None}, which does not run", turn=ask.turn)
        elif thread != ask.thread:
            self.flag(event, f"{ask} names thread {ask.thread}; turn {ask.turn} runs on {thread}", turn=ask.turn)
        elif ask.kind.item is not None and "item/started" not in self.context.silent:
            self._about(event, ask)

    def _worded(self, event: Event, ask: Ask) -> None:
        """The user is shown what the model asked; the server may add members of its own."""
        licence = self.expected.calls.get(ask.call)
        for key, words in shown(licence.call).items() if licence is not None else ():
            if key in ask.params and not _holds(ask.params[key], words):
                self.flag(
                    event, f"{ask} shows the {key} {str(ask.params[key])[:120]!r}, the model's {str(words)[:120]!r}"
                )

    def _about(self, event: Event, ask: Ask) -> None:
        """The item that the client is asked about is there, and is what the ask says it is."""
        items, server = self._items.get(ask.turn, {}), ask.params.get("serverName")
        if ask.kind.call == "mcp" and not any(item.get("server") == server for item in items.values()):
            self.flag(event, f"{ask} comes from server {server!r}, and no tool of it is being called")
        if not ask.call:
            return
        item = items.get(ask.call)
        if item is None:
            self.flag(event, f"{ask} is about item {ask.call}, which did not start or is over")
        elif item.get("type") != ask.kind.item:
            self.flag(event, f"{ask} is about item {ask.call}, which is a {item.get('type')}")
        else:
            for key in ("command", "commandActions", "cwd", "tool", "arguments"):
                if ask.params.get(key) is not None and ask.params[key] != item.get(key):
                    shown = f"{str(ask.params[key])[:60]!r}, its item {str(item.get(key))[:60]!r}"
                    self.flag(event, f"{ask} names the {key} {shown}")


def _holds(told: Any, words: Any) -> bool:
    """Whether what is told has every member of the words, at any depth."""
    if isinstance(words, dict):
        members = cast("dict[str, Any]", words)
        return all(_holds(at(told, key), value) for key, value in members.items())
    if isinstance(words, list):
        rows = rows_of(cast("list[Any]", words))
        return len(rows_of(told)) == len(rows) and all(map(_holds, rows_of(told), rows))
    return told == words


@check
class AsksSettle(Asking):
    """Each ask is resolved once: behind its answer, and before its turn ends."""

    name = "asks-settle"
    reason = "A client takes its dialog away when an ask is resolved: too early, never, or another's, and it misleads."
    source = "CDX-09, TURN-TERM"

    def resolved(self, event: Event, message: Message, ask: Ask | None) -> None:
        self.judged += 1
        thread, shown = message.params.get("threadId"), repr(message.params.get("requestId"))[:60]
        if ask is None:
            self.flag(event, f"request {shown} is resolved, and it is not open: it was settled before or never asked")
        elif ask.thread != thread:
            self.flag(event, f"{ask} of thread {ask.thread} is resolved as one of thread {thread}")
        elif ask.resolved:
            self.flag(event, f"{ask} is resolved a second time")
        elif ask.ended:
            self.flag(event, f"{ask} is resolved after its turn, which is {ask.ended}", turn_status=ask.ended)
        elif not ask.outcome and not self._may_go(ask):
            self.flag(event, f"{ask} is resolved, and the client has not answered")

    def turn_over(self, event: Event, message: Message, asks: list[Ask]) -> None:
        if not asks:
            return
        turn, status = at(message.params, "turn", "id"), at(message.params, "turn", "status")
        for ask in asks:
            self.judged += 1
            if status == "interrupted":
                continue  # what is cut off with a turn is resolved with it
            if ask.waits and not self.cut(ask.thread):
                self.flag(event, f"turn {turn} is {status}, and {ask} waits for its answer")
            elif ask.outcome and self.owed(ask):
                self.flag(event, f"turn {turn} is {status}, and {ask} was answered and never resolved")

    def forgotten(self, event: Event, ask: Ask) -> None:
        if ask.ended == "interrupted":
            self.flag(event, f"{ask} of an interrupted turn was never resolved", event="serverRequest/resolved")

    def _may_go(self, ask: Ask) -> bool:
        """Whether the server may withdraw what it asks: its turn is being cut, or it said so when it asked."""
        cancelled = any(o.turn == ask.turn and o.outcome == "cancel" for o in self.asks())
        return self.cut(ask.thread) or cancelled or ask.params.get("autoResolutionMs") is not None
