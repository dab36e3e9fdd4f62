"""What the tests of the core share: the shipped scenarios, and a play with its history read back."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

import pytest

import turnproof_scenarios
from turnproof import history
from turnproof.playing import Settings, play_case
from turnproof.scenario import Scenario
from turnproof.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from turnproof.history import Event
    from turnproof.verdict import Verdict


class Played:
    """A verdict, and the history file that it was given for."""

    def __init__(self, verdict: Verdict, path: Path) -> None:
        self.verdict = verdict
        self.path = path
        with path.open("rb") as lines:  # which knows one end of a line only: a CR is evidence
            self.head, events = history.read(lines, path.name)
            self.events: list[Event] = list(events)

    def facts(self, kind: str) -> list[dict[str, Any]]:
        """The facts of our own of one kind, in order."""
        return [event.data for event in self.events if event.kind == kind]

    def first(self) -> tuple[str, str] | None:
        """The first violation: its check, and the event that showed it."""
        violation = self.verdict.first
        return (violation.check, violation.facts["event"]) if violation else None

    def ended(self, kind: str) -> list[dict[str, Any]]:
        """The reports of the steps of one kind."""
        return [fact for fact in self.facts("step") if fact["step"] == kind and fact["phase"] == "end"]


@pytest.fixture(scope="session")
def shipped() -> dict[str, Scenario]:
    """The shipped scenarios by module::name."""
    found: dict[str, Scenario] = {}
    for info in pkgutil.iter_modules(turnproof_scenarios.__path__):
        module = importlib.import_module(f"turnproof_scenarios.{info.name}")
        found |= {f"{info.name}::{name}": value for name, value in vars(module).items() if isinstance(value, Scenario)}
    return found


@pytest.fixture
def played(tmp_path: Path) -> Callable[..., Played]:
    """Plays a scenario, by default on sim, with its history kept."""
    count = iter(range(1000))

    def play(
        scenario: Scenario,
        target: str = "sim",
        *,
        faults: tuple[Any, ...] = (),
        session: type[Session] = Session,
        seed: int = 0,
        factor: float = 1.0,
        probes: bool = True,
    ) -> Played:
        folder = tmp_path / str(next(count))
        settings = Settings(seed=seed, time_factor=factor, probes=probes)
        verdict = play_case(target, scenario, folder, settings, faults=faults, session=session)
        return Played(verdict, folder / "history.jsonl")

    return play
