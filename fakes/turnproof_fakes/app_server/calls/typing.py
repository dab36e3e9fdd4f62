"""The model types into the terminal of a command that it runs. Nobody is asked; the command ends with the last line that it reads."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.calls.calling import Calling
    from turnproof_fakes.app_server.strands import Steps

    Json = dict[str, Any]


def steps(calling: Calling, call: Json) -> Steps:
    """The terminal repeats what is typed at once; that the model typed it is told a moment later (seen on 0.163.0)."""
    engine, events = calling.engine, calling.events
    terminal = calling.turn.terminals.get(call["into"])
    if terminal is None:
        return  # "Unknown process id": only the model hears of it
    yield engine.pace.step
    for piece in terminal.type(call["stdin"]):
        events.of_item(terminal.item, "item/commandExecution/outputDelta", {"delta": piece})
    yield engine.pace.step
    told = {"processId": terminal.process, "stdin": call["stdin"]}
    events.of_item(terminal.item, "item/commandExecution/terminalInteraction", told)
    if not terminal.reads:
        del calling.turn.terminals[terminal.item]
        terminal.end(terminal.seen)
