"""Every turn ends exactly once, and nothing of it comes after (INV-ONE, field failures A01, A07).

Only live turns are remembered, so that a soak of any length needs no memory: an event of a turn that is not live *is*
the violation.  A turn is live from the first sight of its id - which may be the answer to turn/start or its
turn/started, whichever comes first - to its turn/completed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from turnproof.checks.base import (
    BEGINS_A_TURN,
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

MAY_START_A_TURN: Final = ("turn/start", "thread/queue/start", *BEGINS_A_TURN)
"""A turn begins because one of these asked for it."""


class _Live(NamedTuple):
    """A turn that runs: what it was first seen by, its thread, and "review/start" when it is a review's: the ``outer`` one,
    which is answered, or the ``inner`` one, which is said to start."""

    event: Event
    thread: str
    cause: str = ""
    part: str = ""


class _Pending:
    """A request for a turn that is not answered: the turn that began for it, and those that ended meanwhile."""

    __slots__ = ("began", "ended", "gen", "thread")

    def __init__(self, thread: str, gen: int) -> None:
        self.thread = thread
        self.gen = gen
        self.began: str | None = None
        self.ended: set[str] = set()


@check
class TurnEndsOnce(Check):
    name = "turn-ends-once"
    reason = (
        "A turn that does not end hangs its user; one that ends twice, or goes on after its end, corrupts the next."
    )
    source = "INV-ONE"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._live: dict[str, _Live] = {}
        self._pending: list[_Pending] = []
        self._starts: dict[int, _Pending] = {}
        self._owed: dict[str, int] = {}
        self._queued: dict[str, int] = {}
        """How many turns of a thread wait in its queue, which outlives its server."""
        self._last_of: dict[str, str] = {}
        self._over: set[str] = set()
        self._left: set[str] = set()
        self._begun: set[str] = set()
        """Outer turns of reviews of which something was told."""

    @on_request("thread/unsubscribe", "thread/resume")
    def subscribed(self, event: Event, message: Message) -> None:
        """Of a thread that the client left it is not told the end of a turn."""
        left = message.method == "thread/unsubscribe"
        (self._left.add if left else self._left.discard)(str(message.params.get("threadId")))

    @on_request("thread/queue/add")
    def queued(self, event: Event, message: Message) -> None:
        """Its turn may begin before it is answered."""
        self._wait(str(message.params.get("threadId")), 1)

    @on_answer("thread/queue/add")
    def not_queued(self, event: Event, message: Message, call: Call) -> None:
        if message.kind == "error":
            self._wait(str(call.message.params.get("threadId")), -1)

    @on_result("thread/queue/delete", "thread/queue/start")
    def unqueued(self, event: Event, message: Message, call: Call) -> None:
        if at(message.result, "deleted") is not False:
            self._wait(str(call.message.params.get("threadId")), -1)

    def _wait(self, thread: str, more: int) -> None:
        waiting = self._queued.pop(thread, 0) + more
        if waiting > 0:
            self._queued[thread] = waiting

    @on_request(*MAY_START_A_TURN)
    def asked(self, event: Event, message: Message) -> None:
        pending = _Pending(str(message.params.get("threadId")), event.gen)
        self._pending.append(pending)
        self._starts[event.seq] = pending

    @on_answer(*MAY_START_A_TURN)
    def accepted(self, event: Event, message: Message, call: Call) -> None:
        pending = self._starts.pop(call.event.seq)
        self._pending.remove(pending)
        turn_id = at(message.result, "turn", "id")
        if not isinstance(turn_id, str):
            if message.kind == "response" and pending.began is None and call.method != "turn/start":
                self._owed[pending.thread] = self._owed.get(pending.thread, 0) + 1
            return
        holder = next((p for p in self._pending if p.thread == pending.thread and p.began == turn_id), None)
        if holder is not None:  # two were asked for at once, and began in another order
            holder.began = pending.began
        if turn_id in pending.ended:
            return
        if turn_id in self._over and turn_id not in self._live:
            self.flag(event, f"{call.method} is answered with turn {turn_id}, which is over", turn=turn_id)
        cause, part = ("review/start", "outer") if call.method == "review/start" else ("", "")
        self._live.setdefault(turn_id, _Live(event, pending.thread, cause, part))

    @on_notification("turn/started")
    def started(self, event: Event, message: Message) -> None:
        turn_id = _turn_id(message)
        if turn_id is None or turn_id in self._live:
            return
        if turn_id == self._last_of.get(str(message.params.get("threadId"))):
            self.flag(event, f"turn {turn_id} starts again after its end", turn=turn_id)
            return
        root_id = str(at(message.params, "turn", "rootTurnId"))
        root = self._live.get(root_id)
        if root is not None and root.part == "outer":
            self._begun.add(root_id)
        if root is None and not self._asked_for(message, turn_id):
            self.flag(event, f"turn {turn_id} begins, and no turn/start asked for it", turn=turn_id)
        cause, part = (root.cause, "inner" if root.part else "") if root else ("", "")
        self._live[turn_id] = _Live(event, str(message.params.get("threadId")), cause, part)

    @on_notification("turn/completed")
    def ended(self, event: Event, message: Message) -> None:
        self.judged += 1
        turn_id = _turn_id(message)
        if turn_id is None:
            return
        thread = str(message.params.get("threadId"))
        again = self._last_of.get(thread) == turn_id
        if self._live.pop(turn_id, None) is None and (again or not self._asked_for(message, turn_id)):
            self.flag(
                event, f"turn {turn_id} ends, and it is not running: it ended before or never began", turn=turn_id
            )
        self._begun.discard(turn_id)
        self._over.discard(self._last_of.get(thread, ""))
        self._over.add(turn_id)
        self._last_of[thread] = turn_id
        for pending in self._pending:
            if pending.thread == thread:
                pending.ended.add(turn_id)

    @on_notification("item/*", "hook/*", "turn/diff/updated", "turn/plan/updated", "thread/tokenUsage/updated", "error")
    def happened(self, event: Event, message: Message) -> None:
        turn_id = message.params.get("turnId")
        if not isinstance(turn_id, str):
            return
        if (live := self._live.get(turn_id)) is not None:
            if live.part == "outer" and message.method != "error":
                self._begun.add(turn_id)
            return
        if turn_id == self._last_of.get(str(message.params.get("threadId"))):
            if message.method != "thread/tokenUsage/updated":  # a resume reports the usage of the last turn again
                self.flag(event, f"{message.method} of turn {turn_id} comes after the turn's end", turn=turn_id)
        elif (message.method or "").startswith("item/") and self._asked_for(message, turn_id):
            self._live[turn_id] = _Live(event, str(message.params.get("threadId")))

    @on_exit()
    def exited(self, event: Event) -> None:
        """The turns of a dead server are cut with it; that a *living* one leaves some open is the violation.

        What it was asked and never answered is void too: no later turn may pass for it.
        """
        if event.data.get("asked") == "eof" and event.gen not in self.expected.cuts:
            self._unended(event)
        self._live = {turn: seen for turn, seen in self._live.items() if seen.event.gen != event.gen}
        self._starts = {seq: pending for seq, pending in self._starts.items() if pending.gen != event.gen}
        self._pending = list(self._starts.values())
        self._owed.clear()
        self._left.clear()
        self._begun.clear()

    def end(self, last: Event) -> None:
        if last.gen not in self.expected.cuts:
            self._unended(last)

    def _unended(self, event: Event) -> None:
        for turn_id, (seen, thread, cause, part) in self._live.items():
            cause = "thread/unsubscribe" if thread in self._left else cause
            facts = {"turn": turn_id, "event": "turn/completed", "began": seen.seq, "cause": cause}
            if part:
                facts["part"] = f"{part}, begun" if turn_id in self._begun else part
            self.flag(event, f"turn {turn_id} never ended", **facts)
        self._live.clear()

    def _asked_for(self, message: Message, turn_id: str) -> bool:
        """Whether the turn may be one that is asked for and not announced yet; each request licenses one id."""
        thread = str(message.params.get("threadId"))
        for pending in self._pending:
            if pending.thread == thread and pending.began in (None, turn_id):
                pending.began = turn_id
                return True
        owed = self._owed.pop(thread, 0)
        if owed > 1:
            self._owed[thread] = owed - 1
        if owed == 0 and thread in self._queued:
            self._wait(thread, -1)
            return True
        return owed > 0


def _turn_id(message: Message) -> str | None:
    turn_id = at(message.params, "turn", "id")
    return turn_id if isinstance(turn_id, str) else None
