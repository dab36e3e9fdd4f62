"""The targets of a run, from what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnproof import targets
from turnproof_reports.escaping import visible

if TYPE_CHECKING:
    from turnproof.configuration import Configuration


class PlayTarget:
    """A target of this run. ``label`` is what ids show, ``spec`` what makes it."""

    def __init__(self, spec: str, label: str, problem: str = "") -> None:
        self.spec = spec
        self.label = label
        self.problem = problem
        """Why it cannot be played on, when that is the command line's fault."""


def play_targets(asked: list[str], configuration: Configuration) -> list[PlayTarget]:
    """What ``--target`` was given, else what is configured, else the default; each label once."""
    specs = [spec for text in asked for spec in split_specs(text)] or configuration.targets or targets.DEFAULT
    found: dict[str, PlayTarget] = {}
    for text in specs:
        target = play_target(text, configuration)
        first = found.setdefault(target.label, target)
        if first.spec != target.spec:
            both = f"{first.spec!r} and {target.spec!r} are both called {target.label!r}"
            first.problem = f"{both}; mend: give each a name of its own"
    return list(found.values())


def declared_labels(configuration: Configuration) -> list[str]:
    """The targets that the configuration names, as ids show them: what a run may have without saying more of it."""
    return [play_target(spec, configuration).label for spec in (*configuration.targets, *configuration.named)]


def play_target(spec: str, configuration: Configuration) -> PlayTarget:
    """The target of one spec, or of a name from the configuration."""
    spec = configuration.resolve(spec)
    label, problem = spec, ""
    try:
        parsed = targets.parse(spec)
        label = parsed.label
        targets.check(parsed)
    except targets.TargetError as error:
        problem = str(error)
    return PlayTarget(spec, visible(label).replace("[", "(").replace("]", ")"), problem)


def split_specs(text: str) -> list[str]:
    """Specs of one --target: separated by commas, but a command keeps its own."""
    specs: list[str] = []
    rest = text
    while rest:
        head, _, tail = rest.partition(",")
        kind = head.partition("=")[2] if head.partition("=")[0].isidentifier() and "=" in head else head
        if kind.startswith("command:"):
            head, tail = rest, ""
        if head.strip():
            specs.append(head.strip())
        rest = tail
    return specs
