"""Every request settles once, under the same id and type (INV-RPC)."""

from __future__ import annotations

from turnproof.checks.base import Call, Check, check, on_event, on_line, on_request
from turnproof.history import Event
from turnproof.message import Message, id_key


@check
class AnsweredOnce(Check):
    name = "answered-once"
    reason = "A request without its answer leaves a waiter hanging; a second answer settles somebody else's."
    source = "INV-RPC"

    def __init__(self, context: object) -> None:
        super().__init__(context)  # pyright: ignore[reportArgumentType]
        self._open: dict[tuple[int, tuple[type, object]], list[Event]] = {}
        self._gen_up = True

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
        waiting.pop(0)
        if not waiting:
            del self._open[key]

    @on_event("process")
    def process(self, event: Event) -> None:
        """Requests that a dead server leaves open are lost with it: whether it may die is another check's business."""
        data = event.data
        if data.get("event") == "exit":
            if data.get("asked") == "eof":
                self._overdue(event, lambda e: e.gen == event.gen)
            self._open = {key: events for key, events in self._open.items() if events[0].gen != event.gen}

    def end(self, last: Event) -> None:
        self._overdue(last, lambda _event: True)

    def _overdue(self, event: Event, which: object) -> None:
        waiting = [e for events in self._open.values() for e in events if which(e)]  # type: ignore[operator]
        for sent in waiting[self.expected.unanswered :]:
            message = sent.message
            self.flag(event, f"{message.method} (id {message.id!r}) was never answered", event=message.method)
