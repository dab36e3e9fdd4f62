"""The frame of a scenario: every field and every step is of its type, and survives being saved.

What the steps mean together is the walk's business (``walk``).
"""

from __future__ import annotations

from typing import Any, Protocol, cast

import msgspec

from turnproof import steps as s
from turnproof.refusal import Refusal, ScenarioError
from turnproof.scenario_setup import MOST_RETRIES, Setup
from turnproof.wellformed.complaint import complaint, no_step
from turnproof.wellformed.naming import call_of, written_as


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
    @property
    def provokes(self) -> tuple[str, ...]: ...


def check_frame(scenario: Parts, place: str) -> None:
    """Raise ScenarioError when a field or a step is not of its type, or could not be saved."""
    __tracebackhide__ = True
    if not isinstance(scenario.title, str) or not scenario.title.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ScenarioError(f"{place}: the title is no text; mend: say in one sentence what must hold")
    if not scenario.steps:
        raise ScenarioError(f"{place}: there are no steps, so nothing would be judged; mend: add some")
    if (problem := _setup(scenario.setup) or complaint(_head(scenario))) is not None:
        raise ScenarioError(f"{place}: {problem}")
    for number, step in enumerate(scenario.steps, 1):
        if not isinstance(step, s.Step):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ScenarioError(f"{place}, step {number}: {no_step(step)}")
        if (problem := complaint(step)) is not None:
            raise ScenarioError(f"{place}, step {number} {written_as(step)}: {problem}")


class _Head(msgspec.Struct):
    """What a scenario has beside its steps, to be judged as a step is."""

    title: str
    origin: str
    since: str
    marks: tuple[str, ...]
    provokes: tuple[str, ...]


def _head(scenario: Parts) -> _Head:
    return _Head(scenario.title, scenario.origin, scenario.since, scenario.marks, scenario.provokes)


def _setup(setup: Any) -> Refusal | None:
    if isinstance(setup, dict):
        fields = ", ".join(f"{key}={value!r}" for key, value in cast("dict[Any, Any]", setup).items())
        return Refusal("setup is a dict", f"setup=Setup({fields})")
    if setup is Setup:
        return Refusal("setup is the class Setup", "call it, setup=Setup(…)")
    if not isinstance(setup, Setup):
        return Refusal(f"setup is {call_of(setup)}, not a Setup", "setup=Setup(…)")
    if (problem := complaint(setup)) is not None:
        return Refusal(f"in Setup, {problem.what}", problem.mend)
    for field in ("request_retries", "stream_retries"):
        if not 0 <= (retries := getattr(setup, field)) <= MOST_RETRIES:
            what = f"in Setup, {field} is {retries}, and the server asks again 0 to {MOST_RETRIES} times"
            return Refusal(what, f"Setup({field}={min(max(retries, 0), MOST_RETRIES)})")
    return None
