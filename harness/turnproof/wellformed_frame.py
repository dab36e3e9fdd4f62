"""The frame of a scenario: every field and every step is of its type, and survives being saved.

What the steps mean together is the walk's business (``wellformed``).
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from turnproof import steps as s
from turnproof.scenario_setup import Setup


class ScenarioError(ValueError):
    """A scenario that makes no sense. The text is one line: where, which step, what, and the mend."""


class Parts(Protocol):
    """What is judged of a scenario; the fields may hold anything until the frame is checked."""

    @property
    def title(self) -> str: ...
    @property
    def steps(self) -> tuple[s.AnyStep, ...]: ...
    @property
    def origin(self) -> str: ...
    @property
    def since(self) -> str: ...
    @property
    def setup(self) -> Setup: ...
    @property
    def marks(self) -> tuple[str, ...]: ...


def kind_of(step: Any) -> str:
    """The name under which a step is written and saved."""
    return str(step.__struct_config__.tag) if isinstance(step, s.Step) else type(step).__name__


def one_line(text: str) -> str:
    """Any text as one line."""
    return " ".join(text.split())


def check_frame(scenario: Parts, place: str) -> None:
    """Raise ScenarioError when a field or a step is not of its type, or could not be saved."""
    if not isinstance(scenario.title, str) or not scenario.title.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ScenarioError(f"{place}: the title is no text; mend: say in one sentence what must hold")
    if not scenario.steps:
        raise ScenarioError(f"{place}: there are no steps, so nothing would be judged; mend: add some")
    rest = {"origin": str, "since": str, "marks": tuple[str, ...], "setup": Setup}
    for name, kind in rest.items():
        if (problem := _not_data(getattr(scenario, name), kind)) is not None:
            raise ScenarioError(f"{place}, {name}: {problem}; mend: give it a value of the type that it documents")
    for number, step in enumerate(scenario.steps, 1):
        if not isinstance(step, s.Step):  # pyright: ignore[reportUnnecessaryIsInstance]
            shown = one_line(repr(step))[:80]
            raise ScenarioError(
                f"{place}, step {number}: {shown} is no step; mend: use the functions of turnproof (run_turn, …)"
            )
        if (problem := _not_data(step, type(step))) is not None:
            mend = "give it a value of the type that the step documents"
            raise ScenarioError(f"{place}, step {number} {kind_of(step)}: {problem}; mend: {mend}")


def _not_data(value: Any, kind: Any) -> str | None:
    """Why a value is not of its type, or would not be the same after it was saved and read."""
    try:
        if msgspec.json.decode(msgspec.json.encode(value), type=kind) == value:
            return None
    except UnicodeEncodeError:
        return "it holds a lone surrogate, which JSON in UTF-8 cannot hold"
    except (msgspec.ValidationError, TypeError, OverflowError) as problem:
        return one_line(str(problem))
    return "it holds what JSON cannot: NaN, a tuple where a list belongs, or a key that is no text"
