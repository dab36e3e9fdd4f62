"""A scenario: a title, steps, and where it comes from. Data that is refused when it makes no sense.

The same value is collected by pytest, played on every target, saved as JSON and shrunk.  Its name is the name of the
variable that holds it, given at collection.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import msgspec

from turnproof.refusal import ScenarioError, author
from turnproof.scenario_setup import Setup
from turnproof.steps import AnyStep
from turnproof.wellformed import check_scenario

__all__ = ["Scenario", "ScenarioError", "Setup", "dumps", "loads"]

FORMAT: Final = 1


@dataclasses.dataclass(frozen=True, init=False, eq=True)
class Scenario:
    """What is done, in order; ``Scenario("title", step, step, …, origin="BUG-008")``.

    ``since`` is the version of turnproof that first had it, so that a suite can be frozen; ``marks`` are names of pytest
    marks; ``provokes`` names the quirks of a profile that this scenario must show where the profile has them.  Raises ScenarioError, one
    line with file, line, title, step and mend, when the steps make no sense.
    """

    title: str
    steps: tuple[AnyStep, ...]
    origin: str = ""
    since: str = "0.1"
    setup: Setup = Setup()  # noqa: RUF009 - frozen
    marks: tuple[str, ...] = ()
    provokes: tuple[str, ...] = ()

    def __init__(
        self,
        title: str,
        *steps: AnyStep,
        origin: str = "",
        since: str = "0.1",
        setup: Setup | None = None,
        marks: tuple[str, ...] = (),
        provokes: tuple[str, ...] = (),
    ) -> None:
        __tracebackhide__ = True  # pytest then shows the author's line alone
        put = object.__setattr__
        put(self, "title", title)
        put(self, "steps", steps)
        put(self, "origin", origin)
        put(self, "since", since)
        put(self, "setup", Setup() if setup is None else setup)
        put(self, "marks", marks)
        put(self, "provokes", provokes)
        put(self, "_where", author())
        check_scenario(self, self.where)

    def __post_init__(self) -> None:
        # Only decoding comes here: msgspec fills the fields without __init__.
        object.__setattr__(self, "_where", author())
        check_scenario(self, self.where)

    @property
    def where(self) -> tuple[str, int]:
        """File and line of the definition; no part of the value."""
        return self.__dict__["_where"]

    def replace(self, **changes: Any) -> Scenario:
        """A copy with other fields."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)} | changes
        return Scenario(fields.pop("title"), *fields.pop("steps"), **fields)


class _File(msgspec.Struct):
    turnproof_scenario: int
    scenario: Scenario


def dumps(scenario: Scenario) -> bytes:
    """The scenario as a file: JSON with a version header."""
    return msgspec.json.format(msgspec.json.encode(_File(FORMAT, scenario)), indent=1) + b"\n"


def loads(data: bytes, name: str = "scenario") -> Scenario:
    """A scenario from a file; raises ScenarioError with one line."""
    try:
        header = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        major = msgspec.json.decode(header.get("turnproof_scenario", msgspec.Raw(b"null")))
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise ScenarioError(f"{name}: not a scenario file: {problem}") from None
    if major != FORMAT:
        raise ScenarioError(f"{name}: scenario format {major!r} is not known here; mend: this version reads {FORMAT}")
    try:
        return msgspec.json.decode(data, type=_File).scenario
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        cause = problem.__cause__
        raise ScenarioError(f"{name}: {cause if isinstance(cause, ScenarioError) else problem}") from None
