"""thread/shellCommand: what the user types runs at once, in a turn of its own or within the one that runs."""

from __future__ import annotations

from typing import Any

from turnproof import (
    Ok,
    Refused,
    Scenario,
    anything,
    await_delta,
    await_turn,
    begin_turn,
    hold,
    interrupt,
    read_thread,
    ref,
    request,
    run_turn,
    same_as,
    say,
    start_thread,
    start_turn,
    subset,
    text,
    wait_for,
)

NOBODY = "00000000-0000-7000-8000-000000000000"
T = {"threadId": ref("t.thread.id")}


def command(**rest: Any) -> dict[str, Any]:
    return subset({"type": "commandExecution", "source": "userShell", **rest})


def reads(items: list[Any]) -> Ok:
    """The thread, with these items in its second turn."""
    return Ok(subset({"thread": subset({"turns": [anything(), subset({"items": items})]})}))


command_in_a_turn_of_its_own = Scenario(
    "A command of the user runs in a turn of its own, which asks no model; its output is kept.",
    start_thread("t"),
    run_turn("t", "before it", says="ready"),
    begin_turn("c", "t", "thread/shellCommand", command="printf hello"),
    wait_for("item/commandExecution/outputDelta", turn="c", where={"delta": "hello"}),
    await_turn("c"),
    request(
        "thread/turns/list",
        {**T, "limit": 1, "itemsView": "full"},
        Ok(
            subset(
                {
                    "data": [
                        subset(
                            {
                                "id": same_as("c.turn.id"),
                                "status": "completed",
                                "items": [command(status="completed", exitCode=0, aggregatedOutput="hello")],
                            }
                        )
                    ]
                }
            )
        ),
    ),
    read_thread("t", turns=("completed", "completed")),
    run_turn("t", "after it", says="still ready"),
    origin="API-04",
)

command_that_fails = Scenario(
    "A command that fails is told with its exit code, and its turn completes all the same.",
    start_thread("t"),
    run_turn("t", "before the failure", says="ready"),
    begin_turn("c", "t", "thread/shellCommand", command="printf oops >&2; exit 3"),
    wait_for("item/completed", turn="c", where={"item": command(status="failed", exitCode=3, aggregatedOutput="oops")}),
    await_turn("c"),
    run_turn("t", "after the failure", says="still ready"),
    origin="API-04",
)

command_without_output = Scenario(
    "A command that prints nothing has no output, not an empty one; a thread needs no turn before it.",
    start_thread("t"),
    begin_turn("c", "t", "thread/shellCommand", command="true"),
    wait_for("item/completed", turn="c", where={"item": command(status="completed", aggregatedOutput=None)}),
    await_turn("c"),
    run_turn("t", "then words", says="heard"),
    read_thread("t", turns=("completed", "completed")),
    origin="API-04",
)

command_within_a_turn = Scenario(
    "A command of the user while a turn runs is part of that turn, and starts none; the turn can still be interrupted.",
    start_thread("t"),
    start_turn("r", "t", "take your time", say("one", hold("never opened"), " two")),
    await_delta("r"),
    request("thread/shellCommand", {**T, "command": "printf beside"}, Ok({})),
    wait_for("item/completed", turn="r", where={"item": command(status="completed", aggregatedOutput="beside")}),
    interrupt("r"),
    await_turn("r"),
    read_thread("t", turns=("interrupted",)),
    run_turn("t", "hurry up", says="two"),
    origin="CDX-06",
)

interrupt_of_a_command = Scenario(
    "An interrupt ends a command of the user: the item fails, the turn is interrupted, the thread goes on.",
    start_thread("t"),
    run_turn("t", "before the sleep", says="ready"),
    begin_turn("c", "t", "thread/shellCommand", command="sleep 30"),
    wait_for("item/started", turn="c"),
    interrupt("c"),
    await_turn("c"),
    # The command may end behind its turn, which then has no item (1 of 41 plays).
    read_thread("t", reads([command(status="failed")]), reads([]), turns=("completed", "interrupted")),
    run_turn("t", "after the sleep", says="still ready"),
    origin="F02",
)

command_that_cannot_run = Scenario(
    "A command that is empty, or of a thread that does not exist, is refused, and no turn begins.",
    start_thread("t"),
    request("thread/shellCommand", {**T, "command": " "}, Refused(-32600, "command must not be empty")),
    request(
        "thread/shellCommand", {"threadId": NOBODY, "command": "true"}, Refused(-32600, f"thread not found: {NOBODY}")
    ),
    request("thread/shellCommand", T, Refused(-32600, text("missing field `command`"))),
    run_turn("t", "of the model instead", says="served"),
    origin="API-06",
)
