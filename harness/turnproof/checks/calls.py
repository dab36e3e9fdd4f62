"""Every request settles once, under the same id and type (INV-RPC)."""

from __future__ import annotations

from turnproof.checks.base import Call, Check, Context, check, on_answer, on_exit, on_line, on_notification, on_request
from turnproof.history import Event
from turnproof.message import IdKey, Message, at, id_key


@check
class AnsweredOnce(Check):
    name = "answered-once"
    reason = "A request without its answer leaves a waiter hanging; a second answer settles somebody else's."
    source = "INV-RPC"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._open: dict[tuple[int, IdKey], list[Event]] = {}
        self._interrupts: dict[str, Event] = {}
        self._ended_as: dict[str, str] = {}
        self._settled: dict[int, int] = {}

    @on_request()
    def sent(self, event: Event, message: Message) -> None:
        self.judged += 1
        self._open.setdefault((event.conn, id_key(message.id)), []).append(event)

    @on_line("to_client", "response", "error")
    def answered(self, event: Event, message: Message, call: Call | None) -> None:
        if call is None:
            other = next((k[1][1] for k in self._open if k[0] == event.conn and str(k[1][1]) == str(message.id)), None)
            hint = f"; a request with id {other!r} is open" if other is not None else ""
            shown = repr(message.id)[:60]
            self.flag(event, f"an answer to id {shown}, under which no request is open{hint}", id=shown)
            return
        key = (event.conn, id_key(message.id))
        waiting = self._open[key]
        sent = waiting.pop(0)
        self._settled[event.conn] = max(sent.seq, self._settled.get(event.conn, 0))
        if not waiting:
            del self._open[key]

    @on_request("turn/interrupt")
    def interrupt(self, event: Event, message: Message) -> None:
        self._interrupts[str(message.params.get("threadId"))] = event

    @on_answer("turn/interrupt")
    def interrupted(self, event: Event, message: Message, call: Call) -> None:
        self._interrupts.pop(str(call.message.params.get("threadId")), None)

    @on_notification("turn/started")
    def turn_begun(self, event: Event, message: Message) -> None:
        """An interrupt is about the turn that runs: one that is still open when the *next* turn begins is overdue."""
        thread = str(message.params.get("threadId"))
        sent = self._interrupts.get(thread)
        if sent is not None and sent.message.params.get("turnId") != at(message.params, "turn", "id"):
            what = f"turn/interrupt (id {sent.message.id!r}) is unanswered, and the next turn of its thread has begun"
            self.flag(event, what, event="turn/interrupt", turn_status=self._ended_as.get(thread, "none"))
            del self._interrupts[thread]

    @on_notification("turn/completed")
    def turn_over(self, event: Event, message: Message) -> None:
        self._ended_as[str(message.params.get("threadId"))] = str(at(message.params, "turn", "status"))

    @on_exit()
    def exited(self, event: Event) -> None:
        """Requests that a dead server leaves open are lost with it: whether it may die is another check's business."""
        if event.data.get("asked") == "eof":
            self._overdue(event, event.gen, "eof")
        self._open = {key: events for key, events in self._open.items() if events[0].gen != event.gen}
        self._interrupts.clear()
        self._settled.pop(event.conn, None)

    def end(self, last: Event) -> None:
        self._overdue(last, None, "")

    def _overdue(self, event: Event, gen: int | None, asked: str) -> None:
        """``asked`` tells how the server was ended, of a request that came behind all that it had settled by then."""
        unanswered = [e for events in self._open.values() for e in events if gen in (None, e.gen)]
        for sent in sorted(unanswered, key=self.context.crowd.beyond):  # a flood must not hide the others
            message = sent.message
            kind = id_type(message.id)
            behind = kind in ("int", "str") and sent.seq > self._settled.get(sent.conn, 0)
            cause = "overload" if self.context.crowd.beyond(sent) else ""
            facts = {"event": message.method, "id_type": kind, "asked": asked if behind else "", "cause": cause}
            self.flag(event, f"{message.method} (id {message.id!r}) was never answered", **facts)


def id_type(value: object) -> str:
    """The kind of an id, as the tables of a profile name it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return "int" if -(2**63) <= value < 2**63 else "big"
    return "null" if value is None else type(value).__name__
