"""The tool calls of the model: what each kind tells, asks its client, and does."""

from __future__ import annotations

from turnproof_fakes.app_server.calls import (
    command,
    dynamic_tool,
    mcp_tool,
    patch,
    permissions,
    plan_update,
    typing,
    user_input,
)
from turnproof_fakes.app_server.calls.calling import Calling
from turnproof_fakes.app_server.latch import Latch
from turnproof_fakes.app_server.strands import Strand
from turnproof_fakes.app_server.turns import Interrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.strands import Steps
    from turnproof_fakes.app_server.threads import Thread
    from turnproof_fakes.app_server.turn_events import TurnEvents
    from turnproof_fakes.app_server.turns import Turn

    Json = dict[str, Any]
    Kind = Callable[[Calling, Json], Steps]

_KINDS: dict[str, Kind] = {
    "command": command.steps,
    "typing": typing.steps,
    "patch": patch.steps,
    "plan": plan_update.steps,
    "user_input": user_input.steps,
    "tool": dynamic_tool.steps,
    "mcp": mcp_tool.steps,
    "permissions": permissions.steps,
}
# Calls of these kinds run one at a time; all others run side by side (seen on 0.163.0).
_ALONE = frozenset({"user_input", "tool", "permissions"})


def perform(engine: Engine, thread: Thread, turn: Turn, events: TurnEvents, calls: list[Json]) -> Steps:
    """Do the calls of one answer of the model."""
    calling = Calling(engine, thread, turn, events)
    for group in _groups(calls):
        yield from _side_by_side(engine, [_delayed(calling, call, number) for number, call in enumerate(group)])


def _groups(calls: list[Json]) -> Iterator[list[Json]]:
    """Neighbours that run side by side."""
    group: list[Json] = []
    for call in calls:
        if call["kind"] in _ALONE:
            yield from ([group] if group else [])
            yield [call]
            group = []
        else:
            group.append(call)
    if group:
        yield group


def _delayed(calling: Calling, call: Json, number: int) -> Steps:
    """Calls of one answer race: which of them asks first is decided by the seed (seen on 0.163.0 in every order)."""
    yield calling.engine.pace.until_called(number)
    yield from _KINDS[call["kind"]](calling, call)


def _side_by_side(engine: Engine, works: list[Steps]) -> Steps:
    """Run all of them to their end; an interrupt reaches each one."""
    done = Latch()
    left = len(works)

    def ended() -> None:
        nonlocal left
        left -= 1
        if not left:
            done.open()

    strands = [Strand(work, engine.timers, engine.gates, ended) for work in works]
    for strand in strands:
        strand.advance()
    try:
        yield done
    except Interrupted:
        for strand in strands:
            strand.break_off(Interrupted())
        raise
