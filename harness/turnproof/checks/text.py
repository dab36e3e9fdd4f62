"""What the model said arrives whole: deltas add up to the item, and items to the script (TEXT)."""

from __future__ import annotations

from typing import Any

from turnproof.checks.base import Check, Context, check, on_event, on_notification
from turnproof.expect import TurnLicence
from turnproof.history import Event
from turnproof.message import Message, at, words_of


@check
class DeltasAddUp(Check):
    """Command output is exempt: its deltas are lossy by design (seen on 0.163.0), and it is another kind of item."""

    name = "deltas-add-up"
    reason = "Clients show the deltas and keep the item: when the two differ, the user reads what was never said."
    source = "TEXT"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._parts: dict[tuple[str, str], list[str]] = {}

    @on_notification("item/agentMessage/delta")
    def delta(self, event: Event, message: Message) -> None:
        params = message.params
        try:
            self._parts.setdefault((params["turnId"], params["itemId"]), []).append(params["delta"])
        except (KeyError, TypeError):
            return  # shapes are the schema's business

    @on_notification("item/started")
    def started(self, event: Event, message: Message) -> None:
        """A retried stream may open the same item again: what was heard of the first attempt is void."""
        item = message.params.get("item")
        if at(item, "type") == "agentMessage":
            self._heard(message, item)

    @on_notification("item/completed")
    def completed(self, event: Event, message: Message) -> None:
        item = message.params.get("item")
        if at(item, "type") != "agentMessage":
            return
        parts = self._heard(message, item)
        if parts is None:
            return
        self.judged += 1
        heard, text = "".join(map(str, parts)), at(item, "text")
        if heard != text:
            self.flag(
                event, f"the deltas of item {at(item, 'id')} add up to {_show(heard)}, the item says {_show(text)}"
            )

    def _heard(self, message: Message, item: Any) -> list[str] | None:
        """What was heard of an item, which is then forgotten."""
        turn_id, item_id = message.params.get("turnId"), at(item, "id")
        return (
            self._parts.pop((turn_id, item_id), None) if isinstance(turn_id, str) and isinstance(item_id, str) else None
        )

    @on_notification("turn/completed")
    def ended(self, event: Event, message: Message) -> None:
        if self._parts:
            over = at(message.params, "turn", "id")
            self._parts = {key: parts for key, parts in self._parts.items() if key[0] != over}

    @on_event("process")
    def process(self, event: Event) -> None:
        if event.data.get("event") == "exit":
            self._parts.clear()


class _Telling:
    """What a running turn was asked, and how much of the answer has come."""

    __slots__ = ("licence", "told")

    def __init__(self, licence: TurnLicence) -> None:
        self.licence = licence
        self.told = 0


@check
class TextAsScripted(Check):
    """The words of the user tell which script a turn follows, so this needs nothing but the wire."""

    name = "text-as-scripted"
    reason = "An answer that is lost, cut or another turn's is worse than none."
    source = "TEXT, ROUTE"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._turns: dict[str, _Telling] = {}

    @on_notification("item/completed")
    def completed(self, event: Event, message: Message) -> None:
        item, turn_id = message.params.get("item"), message.params.get("turnId")
        kind = at(item, "type")
        if kind == "userMessage":
            licence = self.expected.turns.get(words_of(at(item, "content")))
            if licence is not None:
                self._turns[str(turn_id)] = _Telling(licence)
        elif kind == "agentMessage" and str(turn_id) in self._turns:
            self._told(event, self._turns[str(turn_id)], at(item, "text"))

    @on_notification("turn/completed")
    def ended(self, event: Event, message: Message) -> None:
        turn_id = str(at(message.params, "turn", "id"))
        telling = self._turns.pop(turn_id, None)
        if telling is None or at(message.params, "turn", "status") != "completed":
            return
        missing = telling.licence.texts[telling.told :]
        if missing:
            self.flag(event, f"turn {turn_id} is completed, and the model's {_show(missing[0])} never came")

    @on_event("process")
    def process(self, event: Event) -> None:
        if event.data.get("event") == "exit":
            self._turns.clear()

    def _told(self, event: Event, telling: _Telling, text: object) -> None:
        self.judged += 1
        texts = telling.licence.texts
        want = texts[telling.told] if telling.told < len(texts) else None
        telling.told += 1
        if want is None:
            self.flag(event, f"the model said no more, and the turn says {_show(text)}")
        elif text != want:
            self.flag(event, f"the model said {_show(want)}, the item says {_show(text)}")


def _show(text: object) -> str:
    shown = repr(text)
    return shown if len(shown) <= 80 else f"{shown[:60]}… ({len(shown) - 2} characters)"
