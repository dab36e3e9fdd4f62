"""What the model said arrives whole: deltas add up to the item, and items to the script (TEXT)."""

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
from turnproof.expect import TurnLicence
from turnproof.history import Event
from turnproof.message import Message, at, rows_of

UPDATED: Final = "turn/plan/updated"
TOLD: Final = ("agentMessage", "plan", "reasoning")
"""Items of the model's words, which deltas tell of before."""


class _Telling:
    """What a running turn was asked, and how much of the answer has come.

    ``told`` counts the messages that came, ``thought`` and ``planned`` are the thoughts and the plans that are due;
    ``updated`` are the updates of its plan that are due; ``retried``: a notice of a retry came.
    """

    __slots__ = ("licence", "planned", "retried", "thought", "told", "updated")

    def __init__(self, licence: TurnLicence) -> None:
        self.licence = licence
        self.told = 0
        self.thought = list(licence.thoughts)
        self.planned = list(licence.plans)
        self.updated = list(licence.updates)
        self.retried = False


@check
class TextAsScripted(Check):
    """The words of the user tell which script a turn follows, so this needs nothing but the wire."""

    name = "text-as-scripted"
    reason = "An answer that is lost, cut or another turn's is worse than none."
    source = "TEXT, ROUTE"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._turns: dict[str, _Telling] = {}
        self._last_of: dict[str, str] = {}

    @on_answer("turn/start")
    def accepted(self, event: Event, message: Message, call: Call) -> None:
        """The answer tells the words of a turn before, and even without, their item."""
        licence = self.expected.turns.get(call.message.words)
        turn_id, thread = at(message.result, "turn", "id"), str(call.message.params.get("threadId"))
        if licence is not None and isinstance(turn_id, str) and turn_id != self._last_of.get(thread):
            self._turns.setdefault(turn_id, _Telling(licence))

    @on_item("item/completed", of=("userMessage",))
    def said(self, event: Event, message: Message) -> None:
        licence = self.expected.turns.get(message.words)
        if licence is not None:
            self._turns[str(message.params.get("turnId"))] = _Telling(licence)

    @on_item("item/completed", of=("agentMessage", "exitedReviewMode", "reasoning", "plan"))
    def completed(self, event: Event, message: Message) -> None:
        item, turn_id = message.params.get("item"), message.params.get("turnId")
        kind = at(item, "type")
        if kind == "agentMessage" and str(turn_id) in self._turns:
            self._told(event, self._turns[str(turn_id)], at(item, "text"))
        elif kind == "exitedReviewMode" and str(turn_id) in self._turns:
            self._reviewed(event, str(turn_id), at(item, "review"))
        elif kind == "reasoning" and str(turn_id) in self._turns:
            telling = self._turns[str(turn_id)]
            self._due(event, telling, telling.thought, "thought", _thought(item))
        elif kind == "plan" and str(turn_id) in self._turns:
            telling = self._turns[str(turn_id)]
            self._due(event, telling, telling.planned, "planned", str(at(item, "text")))

    @on_notification(UPDATED)
    def updated(self, event: Event, message: Message) -> None:
        """The model updates its plan by a call, which ends its answer: no retry repeats it."""
        telling = self._turns.get(str(message.params.get("turnId")))
        if telling is None:
            return  # whether that turn runs is judged elsewhere
        self.judged += 1
        want = telling.updated.pop(0) if telling.updated else None
        told = {key: message.params.get(key) for key in ("explanation", "plan")}
        if told != want:
            meant = "no more" if want is None else f"to {_show(want)}"
            self.flag(event, f"the model updated its plan {meant}, the client is told {_show(told)}")

    @on_notification("error")
    def failed(self, event: Event, message: Message) -> None:
        """Behind the notice of a retry the model says all over again."""
        telling = self._turns.get(str(message.params.get("turnId")))
        if telling is not None and message.params.get("willRetry") is True:
            telling.retried = True

    @on_notification("turn/completed")
    def ended(self, event: Event, message: Message) -> None:
        turn_id = str(at(message.params, "turn", "id"))
        self._last_of[str(message.params.get("threadId"))] = turn_id
        telling = self._turns.pop(turn_id, None)
        if telling is None or at(message.params, "turn", "status") != "completed":
            return
        missing = list(telling.licence.texts[telling.told :]) or telling.thought or telling.planned
        if missing:
            self.flag(event, f"turn {turn_id} is completed, and the model's {_show(missing[0])} never came")
        elif telling.updated and UPDATED not in self.context.silent:
            self.flag(
                event, f"turn {turn_id} is completed, and the model's plan {_show(telling.updated[0])} never came"
            )

    @on_exit()
    def exited(self, event: Event) -> None:
        self._turns.clear()

    def _told(self, event: Event, telling: _Telling, text: object) -> None:
        self.judged += 1
        texts = telling.licence.texts
        want = texts[telling.told] if telling.told < len(texts) else None
        if telling.retried and text != want and text in texts[: telling.told]:
            self.flag(event, f"the retry says {_show(text)} again, which was complete before it", cause="retry")
            return
        telling.told += 1
        if want is None:
            self.flag(event, f"the model said no more, and the turn says {_show(text)}")
        elif text != want:
            self.flag(event, f"the model said {_show(want)}, the item says {_show(text)}")

    def _reviewed(self, event: Event, turn_id: str, review: object) -> None:
        """What comes of a review; of one that the model does not finish, it is the server's own words."""
        licence = self._turns[turn_id].licence
        texts = licence.texts
        if not texts or "completed" not in licence.ends:
            del self._turns[turn_id]
        elif review != texts[-1]:
            self.flag(event, f"the model said {_show(texts[-1])}, the review is {_show(review)}")

    def _due(self, event: Event, telling: _Telling, due: list[str], did: str, text: str) -> None:
        """A thought or a plan may come a second time with a retry; what counts is that each comes, in order."""
        self.judged += 1
        want = due[0] if due else None
        if due and (text == want or not telling.retried):
            due.pop(0)
        if text != want and not telling.retried:
            meant = f"{did} no more" if want is None else f"{did} {_show(want)}"
            item = "reasoning" if did == "thought" else "plan"
            self.flag(event, f"the model {meant}, the {item} item says {_show(text)}")


@check
class DeltasAddUp(Check):
    """Command output is exempt: its deltas are lossy by design (seen on 0.163.0), and it is another kind of item."""

    name = "deltas-add-up"
    reason = "Clients show the deltas and keep the item: when the two differ, the user reads what was never said."
    source = "TEXT"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._parts: dict[tuple[str, str], list[str]] = {}
        self._whole: dict[tuple[str, str], object] = {}
        self._said: dict[str, list[object]] = {}

    @on_notification(
        "item/agentMessage/delta", "item/plan/delta", "item/reasoning/summaryTextDelta", "item/reasoning/textDelta"
    )
    def delta(self, event: Event, message: Message) -> None:
        params = message.params
        try:
            self._parts.setdefault((params["turnId"], params["itemId"]), []).append(params["delta"])
        except (KeyError, TypeError):
            return  # shapes are the schema's business

    @on_item("item/started", of=TOLD)
    def started(self, event: Event, message: Message) -> None:
        """A retried stream may open the same item again: what was heard of the first attempt is void."""
        item = message.params.get("item")
        key, text = _key(message, item), _told_by(item)
        if key is not None:
            self._parts.pop(key, None)
            self._whole.pop(key, None)
            if text:
                self._whole[key] = text

    @on_item("item/completed", of=TOLD)
    def completed(self, event: Event, message: Message) -> None:
        item = message.params.get("item")
        key, text = _key(message, item), _told_by(item)
        if key is None:
            return
        if at(item, "type") == "agentMessage":
            self._said.setdefault(key[0], []).append(text)
        parts, whole = self._parts.pop(key, None), self._whole.pop(key, None)
        if whole is not None and (whole != text or parts):
            more = f"{len(parts)} delta(s)" if parts else f"the item ends as {_show(text)}"
            self.flag(event, f"item {key[1]} starts with {_show(whole)}, and {more}")
        elif parts is not None:
            self.judged += 1
            heard = "".join(map(str, parts))
            if heard != text:
                self.flag(event, f"the deltas of item {key[1]} add up to {_show(heard)}, the item says {_show(text)}")

    @on_notification("turn/completed")
    def ended(self, event: Event, message: Message) -> None:
        """The turn repeats its last words (seen on 0.163.0); an interrupted one repeats none."""
        over = str(at(message.params, "turn", "id"))
        said = self._said.pop(over, [])
        items = rows_of(at(message.params, "turn", "items"))
        again = [at(item, "text") for item in items if at(item, "type") == "agentMessage"]
        if again and again != said[-len(again) :]:
            self.flag(event, f"turn {over} ends with {_show(again[-1])}, and its last item said {_show(said[-1:])}")
        if self._parts or self._whole:
            self._parts = {key: parts for key, parts in self._parts.items() if key[0] != over}
            self._whole = {key: text for key, text in self._whole.items() if key[0] != over}

    @on_exit()
    def exited(self, event: Event) -> None:
        self._parts.clear()
        self._whole.clear()
        self._said.clear()


def _key(message: Message, item: Any) -> tuple[str, str] | None:
    turn_id, item_id = message.params.get("turnId"), at(item, "id")
    return (turn_id, item_id) if isinstance(turn_id, str) and isinstance(item_id, str) else None


def _told_by(item: Any) -> str:
    """The words that an item says in the end, and in deltas before."""
    return _thought(item) if at(item, "type") == "reasoning" else str(at(item, "text") or "")


def _thought(item: Any) -> str:
    """What a reasoning item says: a summary, or the reasoning itself."""
    return "".join(map(str, [*rows_of(at(item, "summary")), *rows_of(at(item, "content"))]))


MOST_QUEUED: Final = 1000
"""Words in the queue of a thread that are remembered."""
_SHOWN_BY: Final = frozenset(("item/started", "item/completed"))


@check
class WordsComeBack(Check):
    """Keeps what was said to a thread until it shows up as an item, is refused, or its turn is over."""

    name = "words-come-back"
    reason = "The words of the user are part of the turn: a turn that lost or changed them answered something else."
    source = "TEXT, ROUTE"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._said: dict[str, list[_Said]] = {}
        self._reviews: dict[str, Any] = {}
        self._queued: dict[str, list[str]] = {}

    @on_result("review/start")
    def review(self, event: Event, message: Message, call: Call) -> None:
        """Its words are the instructions; without any they are the server's own."""
        turn_id = str(at(message.result, "turn", "id"))
        self._reviews[turn_id] = at(call.message.params, "target", "instructions")

    @on_request("turn/start", "turn/steer")
    def asked(self, event: Event, message: Message) -> None:
        thread = str(message.params.get("threadId"))
        self._said.setdefault(thread, []).append(_Said(event.seq, message.words))

    @on_answer("turn/start", "turn/steer")
    def answered(self, event: Event, message: Message, call: Call) -> None:
        thread = str(call.message.params.get("threadId"))
        for said in self._said.get(thread, ()):
            if said.seq == call.event.seq:
                turn_id = at(message.result, "turn", "id") or at(message.result, "turnId")
                said.turn_id = str(turn_id)
                if message.kind == "error":
                    self._drop(thread, said)
                return

    @on_request("thread/queue/add", "thread/queue/update")
    def queued(self, event: Event, message: Message) -> None:
        """They may be said on a server to come."""
        thread, words = str(message.params.get("threadId")), message.words
        queued = self._queued.setdefault(thread, [])
        queued.append(words)
        del queued[:-MOST_QUEUED]

    @on_item("item/started", "item/completed", of=("userMessage",))
    def item(self, event: Event, message: Message) -> None:
        self.judged += 1
        thread, words = str(message.params.get("threadId")), message.words
        turn_id = str(message.params.get("turnId"))
        if turn_id in self._reviews and self._reviews[turn_id] in (None, words):
            return
        said = next((said for said in self._said.get(thread, ()) if said.words == words), None)
        if said is None and words in self._queued.get(thread, ()):
            if message.method == "item/completed":
                self._queued[thread].remove(words)
        elif said is None:
            self.flag(event, f"{_show(words)} shows up in thread {thread}, and was not said to it", thread=thread)
        elif message.method == "item/completed":
            self._drop(thread, said)

    @on_notification("turn/completed")
    def ended(self, event: Event, message: Message) -> None:
        turn, thread = at(message.params, "turn"), str(message.params.get("threadId"))
        turn_id = str(at(turn, "id"))
        self._reviews.pop(turn_id, None)
        for said in [said for said in self._said.get(thread, ()) if said.turn_id == turn_id]:
            if said.words and at(turn, "status") == "completed" and self.context.silent.isdisjoint(_SHOWN_BY):
                self.flag(event, f"turn {turn_id} is completed, and {_show(said.words)} never showed up in it")
            self._drop(thread, said)

    @on_exit()
    def exited(self, event: Event) -> None:
        self._said.clear()
        self._reviews.clear()

    def _drop(self, thread: str, said: _Said) -> None:
        self._said[thread].remove(said)
        if not self._said[thread]:
            del self._said[thread]


class _Said:
    """Words that were sent, and the turn that the answer puts them into."""

    __slots__ = ("seq", "turn_id", "words")

    def __init__(self, seq: int, words: str) -> None:
        self.seq = seq
        self.words = words
        self.turn_id = ""


def _show(text: object) -> str:
    shown = repr(text)
    return shown if len(shown) <= 80 else f"{shown[:60]}… ({len(shown) - 2} characters)"
