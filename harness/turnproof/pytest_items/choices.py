"""The branch points of a scenario: steps with more than one right answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnproof import steps as s

if TYPE_CHECKING:
    from turnproof.scenario import Scenario


def choices(scenario: Scenario) -> dict[str, int]:
    """How many branches each branch point has, by step number as the player counts ("3", or "3.2.1" in ``together``)."""
    return dict(_walk(scenario.steps, ""))


def _walk(steps: tuple[s.AnyStep, ...], prefix: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for number, step in enumerate(steps, 1):
        if isinstance(step, s.Together):
            for b, branch in enumerate(step.branches, 1):
                found += _walk(branch, f"{prefix}{number}.{b}.")
        elif len(options := getattr(step, "expect", ())) > 1:
            found.append((f"{prefix}{number}", len(options)))
    return found
