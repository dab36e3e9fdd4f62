"""Commands that wait for input, and a model that types it: each line is told, and the command goes on."""

from __future__ import annotations

from typing import Any

from turnproof import (
    Scenario,
    at_once,
    await_turn,
    hold,
    read_thread,
    release,
    run_command,
    say,
    start_thread,
    start_turn,
    subset,
    type_into,
    wait_for,
)


def ended(mark: str) -> dict[str, Any]:
    """The end of the command with this mark."""
    return {"item": subset({"id": f"call_{mark}"})}


a_command_is_typed_into = Scenario(
    "What the model types into a command that waits is told line by line, and the command ends with the last one.",
    start_thread("t"),
    start_turn(
        "r",
        "t",
        "set it up",
        run_command("setup", asks=False, exits=3, reads=2),
        say("it asks for a name"),
        type_into("setup", "dune"),
        type_into("setup", "yes"),
        hold("ended"),
        say("set up"),
    ),
    wait_for("item/completed", turn="r", where=ended("setup")),
    release("ended"),
    await_turn("r"),
    read_thread("t", turns=("completed",)),
    origin="CDX-09",
)

two_commands_are_typed_into = Scenario(
    "What is typed into one of two commands goes to that one, and the other waits on.",
    start_thread("t"),
    start_turn(
        "r",
        "t",
        "set both up",
        at_once(run_command("first", asks=False, reads=1), run_command("second", asks=False, reads=1)),
        type_into("second", "dune"),
        hold("second ended"),
        type_into("first", "yes"),
        hold("first ended"),
        say("set up"),
    ),
    wait_for("item/completed", turn="r", where=ended("second")),
    release("second ended"),
    wait_for("item/completed", turn="r", where=ended("first")),
    release("first ended"),
    await_turn("r"),
    origin="CDX-09",
)
