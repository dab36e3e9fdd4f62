"""What makes no sense is refused when a scenario is built, in one line that names file, line, title, step and mend.

First its frame (every value is of its type, and survives being saved), then what its steps mean together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnproof.refusal import Refusal, ScenarioError, shown
from turnproof.wellformed.frame import check_frame
from turnproof.wellformed.memory import PROBE, Memory
from turnproof.wellformed.naming import kind_of, written_as
from turnproof.wellformed.walk import finish, take

if TYPE_CHECKING:
    from turnproof.wellformed.frame import Parts

__all__ = ["PROBE", "ScenarioError", "check_scenario", "kind_of"]


def check_scenario(scenario: Parts, where: tuple[str, int]) -> None:
    """Raise ScenarioError when the scenario makes no sense."""
    __tracebackhide__ = True  # pytest then shows the author's line alone
    place = f"{where[0]}:{where[1]}: scenario {shown(scenario.title)}"
    check_frame(scenario, place)
    memory = Memory(handshake=scenario.setup.handshake, tools=scenario.setup.tools)
    for number, step in enumerate(scenario.steps, 1):
        try:
            take(memory, step)
        except Refusal as refusal:
            raise ScenarioError(f"{place}, step {number} {written_as(step)}: {refusal}") from None
    try:
        finish(memory)
    except Refusal as refusal:
        raise ScenarioError(f"{place}, at its end: {refusal}") from None
