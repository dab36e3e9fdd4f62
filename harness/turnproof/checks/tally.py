"""What is counted and clocked along the way: tokens of a thread, moments of what happens."""

from __future__ import annotations

from typing import Any, Final

from turnproof.checks.base import Call, Check, Context, check, on_exit, on_item, on_notification, on_result
from turnproof.history import Event
from turnproof.message import Message, at

USAGE: Final = "thread/tokenUsage/updated"
STEP_MS: Final = 1000
"""How far the wall clock of a healthy machine may be set back in the middle of a play."""

LATE: Final = 60
"""Seconds between the end of a turn and its being told, on a machine that is busy."""


@check
class UsageIsTold(Check):
    """Seen on 0.163.0: told behind every answer of the model that reports its usage, and before the end of the turn."""

    name = "usage-is-told"
    reason = "Clients bill, warn and compact by these counts: one that is missing or shrinks misleads them."
    source = "seen on 0.163.0"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._used: dict[str, tuple[int, int]] = {}
        self._spoke: set[str] = set()
        self._compacted: set[str] = set()
        self._reviews: set[str] = set()

    @on_result("review/start")
    def review(self, event: Event, message: Message, call: Call) -> None:
        self._reviews.add(str(at(message.result, "turn", "id")))

    @on_result("thread/revert")
    def reverted(self, event: Event, message: Message, call: Call) -> None:
        """With its later turns a thread loses what they used."""
        self._used.pop(str(call.message.params.get("threadId")), None)

    @on_item("item/started", of=("contextCompaction",))
    def compaction(self, event: Event, message: Message) -> None:
        self._compacted.add(str(message.params.get("turnId")))

    @on_item("item/completed", of=("agentMessage", "plan"))
    def item(self, event: Event, message: Message) -> None:
        if USAGE not in self.context.silent:
            self._spoke.add(str(message.params.get("turnId")))

    @on_notification(USAGE)
    def usage(self, event: Event, message: Message) -> None:
        """Each report adds to the last one; that of a turn in which the model said nothing may repeat it.

        At the end of a compaction ``last`` is what the context is reckoned to hold, and the total stays.
        """
        self.judged += 1
        thread, turn_id = str(message.params.get("threadId")), str(message.params.get("turnId"))
        spoke = turn_id in self._spoke
        self._spoke.discard(turn_id)
        usage = message.params.get("tokenUsage")
        total, last = at(usage, "total", "totalTokens"), at(usage, "last", "totalTokens")
        if not isinstance(total, int) or not isinstance(last, int):
            return  # shapes are the schema's business
        before = self._used.get(thread)
        reckoned = turn_id in self._compacted and before is not None and before[0] == total
        if not spoke and (before == (total, last) or (reckoned and last >= 0)):
            self._used[thread] = (total, last)
            return
        if min(total, last) < 0 or last > total:
            self.flag(event, f"thread {thread} has used {total} tokens, {last} of them last")
        elif before is not None and before[0] + last != total:
            self.flag(event, f"thread {thread} has used {total} tokens, {last} of them last; before it was {before[0]}")
        self._used[thread] = (total, last)

    @on_notification("turn/completed")
    def ended(self, event: Event, message: Message) -> None:
        turn_id = str(at(message.params, "turn", "id"))
        if turn_id in self._spoke and at(message.params, "turn", "status") == "completed":
            cause = "review/start" if turn_id in self._reviews else ""
            self.flag(event, f"turn {turn_id} is completed, and its usage was not told", cause=cause)
        self._spoke.discard(turn_id)
        self._reviews.discard(turn_id)
        self._compacted.discard(turn_id)

    @on_exit()
    def exited(self, event: Event) -> None:
        self._used.clear()
        self._spoke.clear()
        self._compacted.clear()


@check
class TimesInOrder(Check):
    """Deltas are left out: they come by the thousand, and the item around them is clocked."""

    name = "times-in-order"
    reason = "Clients sort and time by these moments: an end before its beginning is shown as a negative time."
    source = "seen on 0.163.0"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._last: dict[str, int] = {}
        self._began: dict[str, dict[str, int]] = {}

    @on_notification("thread/status/changed", "turn/*", "item/started", "item/completed", "error", USAGE)
    def happened(self, event: Event, message: Message) -> None:
        """What is told of a thread is told in the order in which it was made."""
        self.judged += 1
        thread, now = str(message.params.get("threadId")), message.value.get("emittedAtMs")
        if not isinstance(now, int):
            return
        before = self._last.get(thread, now)
        if now < before - STEP_MS:
            self.flag(event, f"{message.method} was made {before - now} ms before what was told before it")
        self._last[thread] = now

    @on_notification("item/started")
    def item_started(self, event: Event, message: Message) -> None:
        began = message.params.get("startedAtMs")
        if isinstance(began, int):
            items = self._began.setdefault(str(message.params.get("turnId")), {})
            items[str(at(message.params, "item", "id"))] = began

    @on_notification("item/completed")
    def item_completed(self, event: Event, message: Message) -> None:
        items = self._began.get(str(message.params.get("turnId")))
        began = items.pop(str(at(message.params, "item", "id")), None) if items else None
        self._span(event, "item", began, message.params.get("completedAtMs"), STEP_MS)

    @on_notification("turn/completed")
    def turn_completed(self, event: Event, message: Message) -> None:
        turn = at(message.params, "turn")
        began, ended, took = at(turn, "startedAt"), at(turn, "completedAt"), at(turn, "durationMs")
        self._span(event, "turn", began, ended, STEP_MS // 1000)
        if isinstance(took, int) and took < 0:
            self.flag(event, f"the turn took {took} ms")
        elif all(isinstance(moment, int) for moment in (began, ended, took)) and abs(ended - began - took / 1000) > 2:
            self.flag(event, f"the turn took {took} ms, from {began} s to {ended} s")
        told = message.value.get("emittedAtMs")
        if isinstance(ended, int) and isinstance(told, int) and abs(told / 1000 - ended) > LATE:
            self.flag(event, f"the turn ended at {ended} s and is told at {told} ms")
        self._began.pop(str(at(turn, "id")), None)

    @on_exit()
    def exited(self, event: Event) -> None:
        self._last.clear()
        self._began.clear()

    def _span(self, event: Event, what: str, began: Any, ended: Any, tolerance: int) -> None:
        if isinstance(began, int) and isinstance(ended, int) and ended < began - tolerance:
            self.flag(event, f"the {what} ended {began - ended} before it began")
