"""Commands are told as what they are from start to end, and what they print as they print it."""

from __future__ import annotations

import shlex
from typing import Any, Final

from turnproof.checks.asking import Ask, Asking
from turnproof.checks.base import Context, check, on_exit, on_item, on_notification
from turnproof.decisions import AMENDMENT
from turnproof.history import Event
from turnproof.message import Message, at, rows_of

PRINTED: Final = "item/commandExecution/outputDelta"
LASTING: Final = ("command", "commandActions", "cwd")
"""What a command is told to be at its start, and for good."""
WHOLE: Final = 100_000
"""Characters of an output that is surely kept whole in its item."""
REFUSALS: Final = ("decline", "cancel")


class _Command:
    """A command that runs: its ``turn``, its ``item`` as it began, and what it was told to have ``printed``."""

    __slots__ = ("item", "printed", "turn")

    def __init__(self, turn: str, item: Any) -> None:
        self.turn = turn
        self.item = item
        self.printed: list[str] = []


@check
class CommandsAsShown(Asking):
    """Deltas of output may be lost (seen on 0.163.0): those that come are parts of it, in its order."""

    name = "commands-as-shown"
    reason = (
        "The user reads here what runs, what it prints, and what a consent is worth: it must not turn into another."
    )
    source = "CDX-09, TEXT"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._open: dict[str, _Command] = {}

    def asked(self, event: Event, ask: Ask, *, again: bool) -> None:
        if ask.kind.call != "command":
            return
        self.judged += 1
        proposed, offered = ask.params.get("proposedExecpolicyAmendment"), ask.params.get("availableDecisions")
        if proposed is not None and not _is_rule_for(str(ask.params.get("command")), rows_of(proposed)):
            self.flag(event, f"{ask} proposes the rule {str(proposed)[:80]}, which is not how its command begins")
        if offered is None:
            return
        names = [str(one) for one in rows_of(offered)]
        if "accept" not in names or not any(name in names for name in REFUSALS):
            self.flag(event, f"{ask} offers {names}, which leaves the user no choice")
        rules = [
            at(one, AMENDMENT, "execpolicy_amendment") for one in rows_of(offered) if at(one, AMENDMENT) is not None
        ]
        if rules != ([] if proposed is None else [proposed]):
            self.flag(event, f"{ask} proposes the rule {str(proposed)[:80]}, and offers {str(rules)[:80]}")

    @on_item("item/started", of=("commandExecution",))
    def started(self, event: Event, message: Message) -> None:
        item = message.params.get("item")
        self._open[str(at(item, "id"))] = _Command(str(message.params.get("turnId")), item)

    @on_notification(PRINTED)
    def printed(self, event: Event, message: Message) -> None:
        command = self._open.get(str(message.params.get("itemId")))
        if command is not None:
            command.printed.append(str(message.params.get("delta")))

    @on_notification("item/completed")
    def completed(self, event: Event, message: Message) -> None:
        if not self._open:
            return
        item = message.params.get("item")
        command = self._open.pop(str(at(item, "id")), None)
        if command is None:
            return
        self.judged += 1
        for key in LASTING:
            if at(item, key) != at(command.item, key) and not (key == "commandActions" and _is_unread(command.item)):
                told = f"{str(at(item, key))[:60]!r}; it began with {str(at(command.item, key))[:60]!r}"
                self.flag(event, f"command {at(item, 'id')} ends with the {key} {told}")
        output = at(item, "aggregatedOutput")
        output = "" if output is None else output
        if at(item, "exitCode") is not None and isinstance(output, str) and len(output) < WHOLE:
            strange = _strange(command.printed, output)
            if strange is not None:
                told = f"{strange[:60]!r}, and its output is {output[:60]!r}"
                self.flag(event, f"command {at(item, 'id')} was told to print {told}")

    def turn_over(self, event: Event, message: Message, asks: list[Ask]) -> None:
        if self._open:
            turn = at(message.params, "turn", "id")
            self._open = {item: command for item, command in self._open.items() if command.turn != turn}

    @on_exit()
    def exited(self, event: Event) -> None:
        self._open.clear()


def _is_unread(item: Any) -> bool:
    """Whether a command begins with itself for its actions: one that the model reviews first does (seen on 0.163.0)."""
    return at(item, "commandActions") == [{"type": "unknown", "command": at(item, "command")}]


def _is_rule_for(command: str, rule: list[Any]) -> bool:
    """Whether a command begins with the words of a rule: as it is run, or as the shell is given it."""
    words = _words(command)
    return bool(rule) and (words[: len(rule)] == rule or _words(words[-1])[: len(rule)] == rule)


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command) or [""]
    except ValueError:  # a quote that is not closed
        return command.split()


def _strange(parts: list[str], output: str) -> str | None:
    """The first part that the output does not have behind those before it; a character may be cut between two parts."""
    place = 0
    for part in parts:
        found = output.find(part.strip("\ufffd"), place)
        if found < 0:
            return part
        place = found + len(part.strip("\ufffd"))
    return None
