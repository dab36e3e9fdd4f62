"""What the model types into a command: told as it was typed, of the command that it went to, and seen on its terminal."""

from __future__ import annotations

from typing import Final

from turnproof.checks.base import Check, Context, check, on_exit, on_item, on_notification
from turnproof.history import Event
from turnproof.message import Message, at

INTERACTION: Final = "item/commandExecution/terminalInteraction"


class _Terminal:
    """A command that the model is to type into. ``due``: what it has yet to be told to have typed; ``ran``: it ended with
    a code."""

    __slots__ = ("due", "process", "ran", "turn")

    def __init__(self, turn: str, process: object, due: list[str]) -> None:
        self.turn = turn
        self.process = process
        self.due = due
        self.ran = False


@check
class TypedAsScripted(Check):
    """A command is remembered until its turn is over: what was typed last and the end of the command are told by two tasks."""

    name = "typed-as-scripted"
    reason = "The user sees here what the model does at a terminal: it must be what it did, under the right command."
    source = "CDX-09, TEXT"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._open: dict[str, _Terminal] = {}

    @on_item("item/started", of=("commandExecution",))
    def started(self, event: Event, message: Message) -> None:
        item = message.params.get("item")
        licence = self.expected.calls.get(str(at(item, "id")))
        if licence is not None and licence.typed:
            turn, due = str(message.params.get("turnId")), [f"{line}\n" for line in licence.typed]
            self._open[str(at(item, "id"))] = _Terminal(turn, at(item, "processId"), due)

    @on_notification(INTERACTION)
    def typed(self, event: Event, message: Message) -> None:
        self.judged += 1
        item, text = str(message.params.get("itemId")), message.params.get("stdin")
        terminal = self._open.get(item)
        if terminal is None:
            self.flag(event, f"{text!r} is typed into {item}, which is no command that the model types into")
            return
        process = message.params.get("processId")
        terminal.process = terminal.process or process  # of a command that was asked for first, its start names none
        if process != terminal.process:
            self.flag(event, f"command {item} is process {terminal.process!r}, and what is typed goes to {process!r}")
        want = terminal.due.pop(0) if terminal.due else None
        if text != want:
            meant = "nothing more" if want is None else repr(want)
            self.flag(event, f"the model types {meant} into command {item}, and is told to type {text!r}")

    @on_notification("item/completed")
    def completed(self, event: Event, message: Message) -> None:
        if not self._open:
            return
        item = message.params.get("item")
        terminal = self._open.get(str(at(item, "id")))
        if terminal is None or at(item, "exitCode") is None:
            return
        terminal.ran = True
        process, seen = at(item, "processId"), at(item, "aggregatedOutput")
        if terminal.process is not None and process != terminal.process:
            self.flag(event, f"command {at(item, 'id')} was process {terminal.process!r}, and ends as {process!r}")
        if seen is None:
            return  # what a command shows last may be lost with it, all of it too (1 of 2,000 on a busy machine)
        licence = self.expected.calls[str(at(item, "id"))]
        lost = next((line for line in licence.typed if line not in str(seen)), None)
        if lost is not None:
            self.flag(
                event, f"{lost!r} was typed into command {at(item, 'id')}, and its terminal shows {str(seen)[:60]!r}"
            )

    @on_notification("turn/completed")
    def ended(self, event: Event, message: Message) -> None:
        if not self._open:
            return
        over = str(at(message.params, "turn", "id"))
        for item, terminal in [pair for pair in self._open.items() if pair[1].turn == over]:
            if terminal.ran and terminal.due and INTERACTION not in self.context.silent:
                self.flag(event, f"turn {over} ends, and nobody told that {terminal.due[0]!r} was typed into {item}")
            del self._open[item]

    @on_exit()
    def exited(self, event: Event) -> None:
        self._open.clear()
