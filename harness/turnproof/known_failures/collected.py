"""Which entries match nothing: judged only where the run has looked at all that an entry could be about.

A run may be a part of the whole (a path, ``-k``, ``--lf``, another target), and must not complain of what it did not look at.
What counts is what was *collected*, before anything of it was deselected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from turnproof.known_failures.entry import Entry, any_wildcard, like
from turnproof.refusal import meant
from turnproof.targets import is_label, known


@dataclass
class Collected:
    """What a run has collected. Paths are as in case ids; a scenario has every id that it goes by.

    ``cases``: for each scenario id its targets (None: a test function chooses them by hand); ``files``: those that were
    looked at whole; ``targets``: those of the run; ``declared``: those of the configuration, that other runs may have.
    """

    targets: frozenset[str] = frozenset()
    cases: dict[str, set[str | None]] = field(default_factory=dict[str, "set[str | None]"])
    files: set[str] = field(default_factory=set[str])
    declared: frozenset[str] = frozenset()

    def add(self, scenarios: Iterable[str], targets: Iterable[str | None]) -> None:
        """A scenario was collected, for these targets."""
        for scenario in scenarios:
            self.cases.setdefault(scenario, set()).update(targets)


def unmatched(
    entries: Iterable[Entry], collected: Collected, exists: Callable[[str], bool], whole: Callable[[str], bool]
) -> list[tuple[Entry, str]]:
    """Entries that match nothing, and what there is not.

    ``exists``: whether there is a file of this path; ``whole``: whether all that lies under a folder was collected.
    """
    found: list[tuple[Entry, str]] = []
    for entry in entries:
        targets = [
            target for scenario, on in collected.cases.items() if like(scenario, entry.scenario) for target in on
        ]
        if not targets:
            if (missing := _missing(entry, collected, exists, whole)) is not None:
                found.append((entry, missing))
        elif not any(map(entry.takes, targets)):
            if any(map(entry.takes, collected.targets)):
                found.append((entry, f"no case of {entry.scenario} on {entry.target}"))
            elif (unknown := _unknown_target(entry.target, collected)) is not None:
                found.append((entry, unknown))
    return found


def _unknown_target(target: str, collected: Collected) -> str | None:
    """What to say of a target that no run has: neither this one, nor any other by the configuration or by its spec."""
    names = collected.targets | collected.declared
    if any_wildcard(target) or target in names or is_label(target):
        return None
    near = meant(target, sorted(names | known()))
    return f"no target {target}" + (f" (did you mean {near}?)" if near else ", and the configuration names none so")


def _missing(
    entry: Entry, collected: Collected, exists: Callable[[str], bool], whole: Callable[[str], bool]
) -> str | None:
    """What an entry without a scenario names that is not there; None where the run cannot say."""
    path, _, name = entry.scenario.partition("::")
    if any_wildcard(path):
        folder = path[: min(path.find(sign) for sign in "*?" if sign in path)].rpartition("/")[0]
        return f"no scenario {entry.scenario}" if whole(folder) else None
    if path in collected.files:
        return f"no scenario {name} in {path}"
    return None if exists(path) else f"no file {path}"
