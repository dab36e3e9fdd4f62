"""Calls that the model reviews in place of the user: told while they wait, with the verdict of the model, and done accordingly."""

from __future__ import annotations

from typing import Final

from turnproof.checks.base import Check, Context, check, on_exit, on_notification
from turnproof.history import Event
from turnproof.message import Message, at

STARTED: Final = "item/autoApprovalReview/started"
COMPLETED: Final = "item/autoApprovalReview/completed"
STATUSES: Final = {"allow": "approved", "deny": "denied"}
"""What a review ends as, by the verdict of the model (seen on 0.163.0)."""


class _Reviewed:
    """A call under review. ``status`` is that of the review so far, empty before it is told."""

    __slots__ = ("id", "status", "turn")

    def __init__(self, turn: str) -> None:
        self.turn = turn
        self.id: object = None
        self.status = ""


@check
class ReviewedAsScripted(Check):
    """Follows each call that the scenario has reviewed, from its start to its end."""

    name = "reviewed-as-scripted"
    reason = "Nobody but the reviewer decided: the user must see that it did, what it said, and that it was obeyed."
    source = "CDX-09"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._open: dict[str, _Reviewed] = {}

    @on_notification("item/started")
    def started(self, event: Event, message: Message) -> None:
        call = str(at(message.params, "item", "id"))
        licence = self.expected.calls.get(call)
        if licence is not None and licence.review:
            self._open[call] = _Reviewed(str(message.params.get("turnId")))

    @on_notification(STARTED, COMPLETED)
    def told(self, event: Event, message: Message) -> None:
        self.judged += 1
        call, status = str(message.params.get("targetItemId")), str(at(message.params, "review", "status"))
        reviewed, review = self._open.get(call), message.params.get("reviewId")
        if reviewed is None:
            self.flag(event, f"call {call} is reviewed, and is none that waits for a review")
            return
        before, want = ("", "inProgress") if message.method == STARTED else ("inProgress", self._verdict(call))
        if reviewed.status != before:
            self.flag(event, f"the review of call {call} is {status}, and was {reviewed.status or 'not begun'}")
        elif status != want:
            self.flag(event, f"the review of call {call} is {status}, and the model's verdict makes it {want}")
        elif message.method == COMPLETED and review != reviewed.id:
            self.flag(event, f"the review of call {call} begins as {reviewed.id!r}, and ends as {review!r}")
        elif str(message.params.get("turnId")) != reviewed.turn:
            self.flag(event, f"the review of call {call} names another turn than the call, {reviewed.turn}")
        reviewed.status, reviewed.id = status, review

    @on_notification("item/completed")
    def completed(self, event: Event, message: Message) -> None:
        if not self._open:
            return
        call, status = str(at(message.params, "item", "id")), str(at(message.params, "item", "status"))
        reviewed = self._open.pop(call, None)
        if reviewed is None:
            return
        done = self._verdict(call)
        if reviewed.status != done and not self.context.silent & {STARTED, COMPLETED}:
            self.flag(event, f"call {call} is {status}, and its review is {reviewed.status or 'not begun'}")
        elif (status == "declined") != (done == "denied"):
            self.flag(event, f"call {call} is {status}, and the model's verdict was that it is {done}")

    @on_exit()
    def exited(self, event: Event) -> None:
        self._open.clear()

    def _verdict(self, call: str) -> str:
        return STATUSES[self.expected.calls[call].review]
