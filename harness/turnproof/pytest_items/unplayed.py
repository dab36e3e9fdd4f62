"""Scenarios that nobody collects: in the attribute of a class, in a list, a tuple or a dict at the top of a module.

Only a variable at the top of a module makes a case. A collection may be meant for ``parametrize``, or for a test function that
asks for ``play`` and names it: those are left alone.
"""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

from turnproof.pytest_items.item import imported
from turnproof.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

DEPTH: Final = 4
"""How deep containers are looked into; deeper ones are somebody's data, and may hold themselves."""


class UnplayedScenario(pytest.PytestWarning):
    """A scenario that is defined and never played."""


def warn_of_unplayed(modules: Iterable[ModuleType], items: list[pytest.Item]) -> None:
    """One warning for each module that holds such scenarios; a filter that makes an error of it ends the run in one line."""
    parameters = [
        value for item in items if (spec := getattr(item, "callspec", None)) for value in spec.params.values()
    ]
    played = {id(scenario) for value in parameters for scenario in _inside(value, DEPTH)}
    for module in {id(module): module for module in modules}.values():  # --doctest-modules collects one twice
        known = played | {id(value) for value in vars(module).values() if type(value) is Scenario}
        places = [s.where for s in _standing_in(module, _named_by_players(module, items)) if id(s) not in known]
        if not places:
            continue
        shown = ", ".join(f"{os.path.basename(file)}:{line}" for file, line in dict.fromkeys(places))
        text = f"never played: the scenario in no variable of its module: {shown}; mend: name = Scenario(…) at the top"
        try:
            warnings.warn_explicit(text, UnplayedScenario, *places[0])
        except UnplayedScenario:
            raise pytest.UsageError(text) from None


def _standing_in(module: ModuleType, named: set[str]) -> Iterator[Scenario]:
    """Scenarios below the top of a module, but those that a player names, or that another module has at its own top."""
    for name, value in list(vars(module).items()):
        # The type, not isinstance: that would ask proxies and mocks for their __class__.
        at_home = not issubclass(type(value), type) or value.__module__ == module.__name__
        if type(value) is Scenario or name in named or name.startswith("__") or not at_home:
            continue
        for scenario in _inside(value, DEPTH, named):
            if not imported(str(module.__file__), scenario):
                yield scenario


def _inside(value: object, depth: int, named: Iterable[str] = ()) -> Iterator[Scenario]:
    kind = type(value)
    if kind is Scenario:
        yield cast("Scenario", value)
    elif depth and kind in (list, tuple):
        for one in cast("list[object]", value):
            yield from _inside(one, depth - 1)
    elif depth and kind is dict:
        for one in cast("dict[object, object]", value).values():
            yield from _inside(one, depth - 1)
    elif depth == DEPTH and issubclass(kind, type):
        for name, one in list(vars(cast("type", value)).items()):
            if name not in named:
                yield from _inside(one, depth - 1)


def _named_by_players(module: ModuleType, items: list[pytest.Item]) -> set[str]:
    """The names that the test functions of a module use which ask for ``play``."""
    names: set[str] = set()
    for item in items:
        function: Any = getattr(item, "function", None)
        if getattr(item, "module", None) is module and "play" in getattr(item, "fixturenames", ()):
            names.update(getattr(getattr(function, "__code__", None), "co_names", ()))
    return names
