"""``[tool.turnproof]`` of pyproject.toml, or turnproof.toml (which wins, and has the keys at its top).

    targets = ["fake", "codex"]         what scenarios are played on when no --target is given
    scenarios = ["scenarios"]           folders whose Python files hold scenarios, whatever python_files says
    time-factor = 1.0                   multiplies every budget
    known-failures = "known.toml"       what fails today (``turnproof.known_failures``)
    [tool.turnproof.named-targets]
    mine = 'command:./srv --x'          --target mine

Only a project that has one of them pays for reading it.
"""

from __future__ import annotations

import dataclasses
import tomllib
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "turnproof.toml"
KEYS: Final = ("known-failures", "named-targets", "scenarios", "targets", "time-factor")
LARGEST_FACTOR: Final = 1e6
"""A minute becomes two years. Beyond that, and at infinity, waits have no bound that a clock could keep."""


class ConfigurationError(ValueError):
    """A configuration that cannot be used; one line with file, key and mend."""


@dataclasses.dataclass(frozen=True)
class Configuration:
    """What the project says. ``scenarios`` are absolute folders; empty ``targets`` means the default pair."""

    targets: tuple[str, ...] = ()
    scenarios: tuple[Path, ...] = ()
    time_factor: float = 1.0
    named: dict[str, str] = dataclasses.field(default_factory=dict[str, str])
    known_failures: Path | None = None

    def resolve(self, spec: str) -> str:
        """A spec with its name replaced by what it stands for: ``mine`` is ``mine=command:./srv --x``."""
        return f"{spec}={self.named[spec]}" if spec in self.named else spec


def read(root: Path) -> Configuration:
    """The configuration of the project at ``root``; raises ConfigurationError."""
    own = root / FILE
    if own.is_file():
        return _from(_load(own), own, root)
    file = root / "pyproject.toml"
    if not file.is_file():
        return Configuration()
    table = _load(file).get("tool", {}).get("turnproof", {})
    return _from(table, file, root)


def factor(said: float | str) -> float | None:
    """What may multiply a time budget: above 0, and so small that the budget is still a time; else None."""
    try:
        value = float(said)
    except (ValueError, OverflowError):
        return None
    return value if 0 < value <= LARGEST_FACTOR and not isinstance(said, bool) else None


def _load(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"{file}: not TOML: {problem}") from None


def _from(table: object, file: Path, root: Path) -> Configuration:
    if not isinstance(table, dict):
        raise ConfigurationError(f"{file}: tool.turnproof is no table; mend: [tool.turnproof]")
    given = {str(key).replace("_", "-"): value for key, value in cast("dict[Any, Any]", table).items()}
    if unknown := sorted(set(given) - set(KEYS)):
        raise ConfigurationError(f"{file}: turnproof knows no key {unknown[0]!r}; mend: one of {', '.join(KEYS)}")
    time_factor = factor(said) if isinstance(said := given.get("time-factor", 1.0), int | float) else None
    if time_factor is None:
        raise ConfigurationError(f"{file}: time-factor is {said!r}; mend: a number above 0, at most 1000000")
    named = given.get("named-targets", {})
    if not isinstance(named, dict) or not all(isinstance(v, str) for v in cast("dict[str, object]", named).values()):
        raise ConfigurationError(f"{file}: named-targets maps names to target specs; mend: mine = 'command:./srv'")
    known = given.get("known-failures")
    if known is not None and not (isinstance(known, str) and known):
        raise ConfigurationError(f"{file}: known-failures is {known!r}; mend: known-failures = 'known-failures.toml'")
    return Configuration(
        targets=_strings(given, "targets", file),
        scenarios=tuple((root / folder).resolve() for folder in _strings(given, "scenarios", file)),
        time_factor=time_factor,
        named=cast("dict[str, str]", named),
        known_failures=None if known is None else (root / known).resolve(),
    )


def _strings(given: dict[str, Any], key: str, file: Path) -> tuple[str, ...]:
    value = given.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, str) and v for v in cast("list[object]", value)):
        raise ConfigurationError(f"{file}: {key} is {value!r}; mend: a list of strings")
    return tuple(cast("list[str]", value))
