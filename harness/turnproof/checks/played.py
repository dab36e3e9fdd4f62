"""What the steps saw: answers as scripted, in time, and a client whose view agrees with the wire.

The player writes each step into the history: its begin, and its end with what came of it.  A client under test claims
what it told its user the same way.
"""

from __future__ import annotations

from typing import Any, ClassVar

from turnproof.checks.base import Check, Context, check, on_event
from turnproof.history import Event


class _StepsReport(Check):
    """A check whose findings the player (or a client) reports with the end of a step, under ``key``."""

    key: ClassVar[str]

    @on_event("step", "end")
    def step(self, event: Event) -> None:
        data = event.data
        self.judged += 1
        if self.key in data:
            self.flag(event, f"step {data['n']} {data['step']}: {data[self.key]}", **data.get("facts", {}))


@check
class AsScripted(_StepsReport):
    name = "as-scripted"
    key = "mismatch"
    reason = "An answer that the scenario does not license: a wrong refusal, a wrong success, a wrong value."
    source = "INV-RPC"


@check
class SettlesInTime(_StepsReport):
    name = "settles-in-time"
    key = "deadline"
    reason = "What never settles hangs its user: every wait has a bound."
    source = "REQ-TERM, TURN-TERM"


@check
class ClientView(Check):
    """Holds of our own session too, which is how a broken session is told from a broken server."""

    name = "client-view"
    reason = "What a client tells its user must be what the server said, of the thread that the user asked."
    source = "ROUTE, TEXT, CDX-07"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._ids: dict[str, str] = {}

    @on_event("step", "end")
    def step(self, event: Event) -> None:
        data = event.data
        if (thread := data.get("thread")) is not None:
            self._thread(event, thread["name"], thread["id"])
        if (turn := data.get("turn")) is not None:
            self._turn(event, turn)

    def _thread(self, event: Event, name: str, thread_id: str) -> None:
        self.judged += 1
        other = next((n for n, i in self._ids.items() if i == thread_id and n != name), None)
        if other is not None:
            self.flag(event, f"threads {other!r} and {name!r} are both taken for {thread_id}")
        self._ids[name] = thread_id

    def _turn(self, event: Event, turn: dict[str, Any]) -> None:
        licence = self.expected.turns.get(str(turn["prompt"]))
        if licence is None or turn["status"] != "completed":
            return
        self.judged += 1
        licence = self.expected.turns[str(turn.get("last_prompt") or turn["prompt"])]
        want = list(licence.texts)
        told, heard = (list(map(str, turn[key]))[-len(want) :] if want else turn[key] for key in ("texts", "heard"))
        if told != want:
            self.flag(event, f"the model said {_show(want)}, the client tells {_show(told)}")
            return
        for text, deltas, streamed in zip(want, heard, licence.streamed, strict=True):
            if deltas != text and (deltas or streamed):
                self.flag(event, f"the client heard {_show(deltas)} and tells {_show(text)}")


def _show(texts: object) -> str:
    shown = repr(texts)
    return shown if len(shown) <= 100 else f"{shown[:80]}… ({len(shown)} characters)"
