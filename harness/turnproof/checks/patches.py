"""Patches that the model streams: told as they grow, and at last what the item says."""

from __future__ import annotations

from typing import Any, Final

from turnproof.calls import ApplyPatch
from turnproof.checks.base import Check, Context, check, on_event, on_notification
from turnproof.history import Event
from turnproof.message import Message, at, rows_of

UPDATED: Final = "item/fileChange/patchUpdated"


@check
class PatchGrowsToItsItem(Check):
    """Follows each patch that the scenario has streamed, from the first of it to the item that begins when it is whole."""

    name = "patch-grows-to-its-item"
    reason = "The user reads the patch while it comes: what was shown must be what is then asked for and done."
    source = "CDX-09, STATE"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._growing: dict[str, tuple[str, list[Any]]] = {}
        """By call: its turn, and the changes that were told last."""

    @on_notification(UPDATED)
    def updated(self, event: Event, message: Message) -> None:
        self.judged += 1
        call, turn = str(message.params.get("itemId")), str(message.params.get("turnId"))
        changes = rows_of(message.params.get("changes"))
        licence = self.expected.calls.get(call)
        if licence is None or not isinstance(licence.call, ApplyPatch) or not licence.call.streamed:
            self.flag(event, f"patch {call} is told piece by piece, and is none that the model streams")
            return
        before = self._growing.get(call)
        if before is not None and before[0] != turn:
            self.flag(event, f"patch {call} grows in turn {turn}, and began in turn {before[0]}")
        elif before is not None and not _grown(before[1], changes):
            self.flag(event, f"patch {call} takes back what was told of it")
        self._growing[call] = (turn, changes)

    @on_notification("item/started")
    def started(self, event: Event, message: Message) -> None:
        call, turn = str(at(message.params, "item", "id")), str(message.params.get("turnId"))
        licence = self.expected.calls.get(call)
        streamed = licence is not None and isinstance(licence.call, ApplyPatch) and licence.call.streamed
        if not streamed or UPDATED in self.context.silent:
            return
        self.judged += 1
        told, whole = self._growing.pop(call, None), rows_of(at(message.params, "item", "changes"))
        if told is None:
            self.flag(event, f"patch {call} begins, and nothing was told while the model streamed it")
        elif told[0] != turn:
            self.flag(event, f"patch {call} begins in turn {turn}, and grew in turn {told[0]}")
        elif not _same(told[1], whole):
            self.flag(event, f"patch {call} begins with other changes than were told of it at last")

    @on_notification("turn/completed")
    def over(self, event: Event, message: Message) -> None:
        """A turn that is cut leaves what it had of a patch."""
        turn = at(message.params, "turn", "id")
        self._growing = {call: told for call, told in self._growing.items() if told[0] != turn}

    @on_event("process")
    def process(self, event: Event) -> None:
        if event.data.get("event") == "exit":
            self._growing.clear()


def _grown(before: list[Any], after: list[Any]) -> bool:
    """Whether each change is there still, with what was told of it and perhaps more."""
    return len(before) <= len(after) and all(
        at(old, "path") == at(new, "path") and str(at(new, "diff")).startswith(str(at(old, "diff")))
        for old, new in zip(before, after, strict=False)
    )


def _same(told: list[Any], whole: list[Any]) -> bool:
    """Whether the item has these changes. It names its files from the root, the model names them from its folder."""
    return len(told) == len(whole) and all(
        str(at(new, "path")).endswith(str(at(old, "path")))
        and (at(old, "diff"), at(old, "kind")) == (at(new, "diff"), at(new, "kind"))
        for old, new in zip(told, whole, strict=True)
    )
