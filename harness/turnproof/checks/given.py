"""What the model is given of what its client asked for: a schema for the answer, and items that were injected."""

from __future__ import annotations

from typing import Any, Final

from turnproof.checks.base import (
    Call,
    Check,
    Context,
    check,
    on_answer,
    on_event,
    on_exit,
    on_notification,
    on_request,
    on_result,
    remember,
)
from turnproof.history import Event
from turnproof.message import Message, at, rows_of

KEPT: Final = 64
"""Turns that are kept in mind: a note and the answer to its turn/start come within moments, in either order."""
NAMED: Final = 40
"""Characters of a message that a note names it by."""


@check
class ModelIsGivenWhatWasAsked(Check):
    """By the notes of what each request gives the model, the scripted provider's or the fake's own.

    Injected items are looked for in the first request of the thread's next turn, behind the model's last words: what is
    injected in front of words or calls of the model is not in a note, nor what comes while a turn runs.
    """

    name = "model-is-given-what-was-asked"
    reason = (
        "Nothing else on the wire shows that a schema held for its turn alone, and that an injected item came through."
    )
    source = "API-04, TRU-01"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._schemas: dict[str, Any] = {}
        """By turn: the schema that its turn/start asked for, or None."""
        self._notes: dict[str, list[tuple[Event, Any]]] = {}
        """By turn: schemas that were given before its turn/start was answered."""
        self._busy: set[str] = set()
        self._left: dict[str, list[str]] = {}
        """By thread: names of the items that the model is to be given."""
        self._given: dict[str, tuple[str, list[str], bool]] = {}
        """By thread: the turn in which the last ones were given, their names, and whether it completed."""

    @on_request("turn/start")
    def asked(self, event: Event, message: Message) -> None:
        self._busy.add(str(message.params.get("threadId")))

    @on_answer("turn/start")
    def begun(self, event: Event, message: Message, call: Call) -> None:
        turn = at(message.result, "turn", "id")
        if not isinstance(turn, str):
            self._busy.discard(str(call.message.params.get("threadId")))
            return
        if turn not in self._schemas:  # else it steers that turn
            remember(self._schemas, turn, call.message.params.get("outputSchema"), KEPT)
            for note, schema in self._notes.pop(turn, ()):
                self._compare(note, turn, schema)

    @on_notification("turn/started")
    def started(self, event: Event, message: Message) -> None:
        self._busy.add(str(message.params.get("threadId")))

    @on_notification("turn/completed")
    def over(self, event: Event, message: Message) -> None:
        thread = str(message.params.get("threadId"))
        self._busy.discard(thread)
        turn, names, _ = self._given.get(thread, ("", [], False))
        if turn and turn == at(message.params, "turn", "id"):
            self._given[thread] = (turn, names, at(message.params, "turn", "status") == "completed")

    @on_exit()
    def exited(self, event: Event) -> None:
        self._busy.clear()

    @on_result("thread/inject_items")
    def injected(self, event: Event, message: Message, call: Call) -> None:
        thread = str(call.message.params.get("threadId"))
        if thread not in self._busy:
            items = rows_of(call.message.params.get("items"))
            self._left[thread] = _behind_the_model([*self._left.get(thread, []), *map(_name, items)])

    @on_result("thread/revert", "thread/compact/start")
    def rewritten(self, event: Event, message: Message, call: Call) -> None:
        """The model's input is made anew."""
        thread = str(call.message.params.get("threadId"))
        self._left.pop(thread, None)
        self._given.pop(thread, None)

    @on_event("note")
    def noted(self, event: Event) -> None:
        given, thread, turn = event.data.get("given"), str(event.data.get("thread")), str(event.data.get("turn"))
        messages = at(given, "messages")
        if not isinstance(messages, list):
            return
        schema = at(given, "schema")
        if turn in self._schemas:
            self._compare(event, turn, schema)
        else:
            remember(self._notes, turn, [*self._notes.get(turn, ()), (event, schema)], KEPT)
        self._look_for_items(event, thread, turn, [str(name) for name in rows_of(messages)[:-1]])

    def _compare(self, note: Event, turn: str, schema: Any) -> None:
        wanted = self._schemas[turn]
        if wanted is None and schema is None:
            return
        self.judged += 1
        if schema != wanted:
            self.flag(
                note, f"turn {turn} asks for the schema {str(wanted)[:80]}; the model is given {str(schema)[:80]}"
            )

    def _look_for_items(self, note: Event, thread: str, turn: str, front: list[str]) -> None:
        """``front``: what is given in front of the last words of the user."""
        if thread in self._left:
            names = self._left.pop(thread)
            self._given[thread] = (turn, names, False)
            self.judged += 1
            if [name for name in front if name in names] != names:
                self.flag(note, f"{names} was injected into thread {thread}; the model is given {front}"[:400])
        elif thread in self._given and turn != self._given[thread][0]:
            _, names, completed = self._given.pop(thread)
            if completed and (again := [name for name in front if name in names]):
                self.flag(note, f"{again} is given to the model of thread {thread} again")


def _name(item: Any) -> str:
    texts = [text for part in rows_of(at(item, "content")) if isinstance(text := at(part, "text"), str)]
    return f"{at(item, 'role') or at(item, 'type')}: {chr(10).join(texts)[:NAMED]}"


def _behind_the_model(names: list[str]) -> list[str]:
    """What a note shows of them: what stands behind the last words or call of the model, and is no result of a call."""
    for place in range(len(names), 0, -1):
        kind = names[place - 1].partition(":")[0]
        if kind == "assistant" or kind.endswith("_call"):
            names = names[place:]
            break
    return [name for name in names if not name.partition(":")[0].endswith("_output")]
