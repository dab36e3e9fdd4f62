"""What a client leaves in the queue of a thread waits there, and is run: once, in its order, in the words that were left."""

from __future__ import annotations

from typing import Any, Final

from turnproof.checks.base import (
    Call,
    Check,
    Context,
    check,
    on_answer,
    on_exit,
    on_item,
    on_notification,
    on_request,
    on_result,
)
from turnproof.history import Event
from turnproof.message import Message, at, rows_of, words_of

CHANGES: Final = ("thread/queue/add", "thread/queue/update", "thread/queue/delete", "thread/queue/reorder",
                  "thread/queue/start")  # fmt: skip


class _Waiting:
    """A submission: its id, the client's own for it, its words, and the event that answered it last."""

    __slots__ = ("client", "id", "named", "seq", "words")

    def __init__(self, submission: Any, seq: int) -> None:
        self.id = str(at(submission, "id"))
        self.client = str(at(submission, "clientUserMessageId"))
        self.words = words_of(at(submission, "input"))
        self.seq = seq
        self.named = False  # the client had it begun before its time

    def said(self) -> tuple[str, str, str]:
        return self.id, self.client, self.words


@check
class QueueAsLeft(Check):
    """While a change is not answered, either order is right; what a dying server was told, it may have kept or not."""

    name = "queue-as-left"
    reason = (
        "A queue is what the user said ahead of time: what is lost, changed or run twice, nobody is there to notice."
    )
    source = "API-04, TRU-01"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._queues: dict[str, list[_Waiting]] = {}
        self._open: dict[str, list[int]] = {}
        self._early: dict[str, set[str]] = {}
        """The client's ids for what began before it was answered to wait."""
        self._doubtful: set[str] = set()
        self._moving: set[str] = set()
        """Threads whose next turn may have begun, with words that are still to be told."""
        self._running: set[str] = set()

    # -- what is left

    @on_request(*CHANGES)
    def asked(self, event: Event, message: Message) -> None:
        self._open.setdefault(_thread(message), []).append(event.seq)

    @on_request("thread/queue/add", "thread/queue/start", "thread/resume")
    def moved(self, event: Event, message: Message) -> None:
        if _thread(message) not in self._running:
            self._moving.add(_thread(message))

    @on_notification("turn/started")
    def started(self, event: Event, message: Message) -> None:
        self._running.add(_thread(message))

    @on_notification("turn/completed")
    def over(self, event: Event, message: Message) -> None:
        self._running.discard(_thread(message))
        self._moving.add(_thread(message))

    @on_answer(*CHANGES)
    def answered(self, event: Event, message: Message, call: Call) -> None:
        thread = _thread(call.message)
        self._open[thread].remove(call.event.seq)
        if not self._open[thread]:
            del self._open[thread]

    @on_result("thread/queue/add")
    def added(self, event: Event, message: Message, call: Call) -> None:
        self.judged += 1
        thread, params = _thread(call.message), call.message.params
        new = _Waiting(at(message.result, "queuedSubmission"), event.seq)
        words = call.message.words
        if (new.client, new.words) != (params.get("clientUserMessageId"), words):
            self.flag(event, f"{words[:60]!r} is queued as {new.words[:60]!r} of {new.client!r}")
        early = self._early.get(thread, set())
        if new.client in early:
            early.discard(new.client)
        else:
            self._queues.setdefault(thread, []).append(new)

    @on_result("thread/queue/update")
    def updated(self, event: Event, message: Message, call: Call) -> None:
        self.judged += 1
        given, want = (
            _Waiting(at(message.result, "queuedSubmission"), event.seq),
            call.message.words,
        )
        if given.words != want:
            self.flag(event, f"a submission is changed to {want[:60]!r}, and answered with {given.words[:60]!r}")
        for known in self._of(call, given.id):
            known.words, known.seq = want, event.seq

    @on_result("thread/queue/delete")
    def deleted(self, event: Event, message: Message, call: Call) -> None:
        if at(message.result, "deleted") is True:
            for known in self._of(call, str(call.message.params.get("queuedSubmissionId"))):
                self._queues[_thread(call.message)].remove(known)

    @on_result("thread/queue/reorder")
    def reordered(self, event: Event, message: Message, call: Call) -> None:
        order = [str(one) for one in rows_of(call.message.params.get("queuedSubmissionIds"))]
        queue = self._queues.get(_thread(call.message), [])
        if all(known.id in order for known in queue):
            queue.sort(key=lambda known: order.index(known.id))
        for known in queue:
            known.seq = event.seq

    @on_request("thread/queue/start")
    def named(self, event: Event, message: Message) -> None:
        for known in self._queues.get(_thread(message), ()):
            known.named = known.named or known.id == message.params.get("queuedSubmissionId")

    @on_result("thread/delete")
    def gone(self, event: Event, message: Message, call: Call) -> None:
        self._queues.pop(_thread(call.message), None)

    # -- what becomes of it

    @on_item("item/completed", of=("userMessage",))
    def began(self, event: Event, message: Message) -> None:
        client, thread = at(message.params, "item", "clientId"), _thread(message)
        self._moving.discard(thread)
        if not isinstance(client, str):
            return
        queue = self._queues.get(thread, [])
        known = next((one for one in queue if one.client == client), None)
        if known is None:
            if thread in self._open:
                self._early.setdefault(thread, set()).add(client)
            return
        self.judged += 1
        sure = thread not in self._open and thread not in self._doubtful
        if sure and known is not queue[0] and not known.named:
            self.flag(event, f"{known.words[:60]!r} begins, and {queue[0].words[:60]!r} waits before it")
        if sure and message.words != known.words:
            self.flag(event, f"{known.words[:60]!r} was queued, and {message.words[:60]!r} begins")
        queue.remove(known)

    @on_result("thread/queue/list")
    def listed(self, event: Event, message: Message, call: Call) -> None:
        """A whole queue is judged; what has begun, or may have, need not be listed any more."""
        thread, params = _thread(call.message), call.message.params
        queue, given = self._queues.get(thread, []), [_Waiting(row, 0) for row in rows_of(at(message.result, "data"))]
        part = params.get("cursor") is not None or at(message.result, "nextCursor") is not None
        unsure = thread in self._open or thread in self._doubtful or any(one.seq > call.event.seq for one in queue)
        if part or unsure:
            return
        self.judged += 1
        left = [one.said() for one in queue if not one.named]
        shown = [one.said() for one in given if all(one.id != known.id for known in queue if known.named)]
        if shown != left and not (thread in self._moving and shown == left[1:]):
            show = ", ".join(repr(one.words[:40]) for one in given) or "nothing"
            want = ", ".join(repr(one.words[:40]) for one in queue) or "nothing"
            self.flag(event, f"the queue of thread {thread} is {show}; it was left as {want}")

    @on_exit()
    def exited(self, event: Event) -> None:
        self._doubtful.update(self._open)
        self._open.clear()
        self._moving.clear()
        self._running.clear()
        self._early.clear()

    def _of(self, call: Call, submission: str) -> list[_Waiting]:
        return [known for known in self._queues.get(_thread(call.message), ()) if known.id == submission]


def _thread(message: Message) -> str:
    return str(message.params.get("threadId"))
