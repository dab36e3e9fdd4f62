"""Servers that do nothing right: not one scenario of the suite may pass on them, and none may be our own fault.

A suite that a silent, echoing, refusing or empty server passes in part would prove that much less about a real one.
The budgets are cut to a hundredth: a null server is as null in 0.1 s as in 10.
"""

from __future__ import annotations

import importlib
import pkgutil
import resource
import shlex
import sys
from pathlib import Path

import pytest

import turnproof_scenarios
from turnproof.playing import Settings, play_case
from turnproof.scenario import Scenario

SERVERS = Path(__file__).with_name("servers")
NAMES = [module.name for module in pkgutil.iter_modules(turnproof_scenarios.__path__)]
MODULES = sorted(name for name in NAMES if not name.startswith("_"))
NULL = ("silent", "echo", "errors", "empties", "floods")
QUICK = Settings(time_factor=0.01)
MIB = 1024 * 1024


def target(server: str, *arguments: str) -> str:
    return "command:" + shlex.join([sys.executable, "-I", "-S", str(SERVERS / f"{server}.py"), *arguments])


def scenarios(module: str) -> dict[str, Scenario]:
    values = vars(importlib.import_module(f"turnproof_scenarios.{module}"))
    return {name: value for name, value in values.items() if isinstance(value, Scenario)}


ALL = {f"{module}::{name}": scenario for module in MODULES for name, scenario in scenarios(module).items()}
SHARES = [(server, start, 16) for start, server in enumerate(NULL)]
"""For every push each server has a sixteenth of the suite, no two the same."""
AT_NIGHT = [
    pytest.param(server, start, 8, marks=pytest.mark.nightly, id=f"{server} {start}")
    for server in NULL
    for start in range(8)
]


@pytest.mark.parametrize(("server", "start", "every"), [*SHARES, *AT_NIGHT])
def test_no_scenario_passes(server: str, start: int, every: int) -> None:
    some = list(ALL.items())[start::every]
    verdicts = {name: play_case(target(server), scenario, None, QUICK) for name, scenario in some}
    odd = {name: (v.outcome, v.reason[:120]) for name, v in verdicts.items() if v.outcome not in ("fail", "hung")}
    assert odd == {}
    assert all(verdict.first is not None for verdict in verdicts.values())


def test_the_suite_is_all_there() -> None:
    """The test above says nothing about scenarios that it does not find."""
    assert len(ALL) >= 100
    assert all(scenarios(module) for module in MODULES)


def peak() -> int:
    """The largest resident size of this process so far, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


@pytest.mark.parametrize("arguments", [(), ("line",)], ids=["many lines", "one line"])
def test_a_flood_is_bounded_in_memory(arguments: tuple[str, ...]) -> None:
    """Ten times the flood of the tests above: a hundred violations a check, and one line of 64 MiB, are kept at most."""
    scenario = scenarios("sequential_threads")["second_thread_completes_after_the_first"]
    play_case(target("floods", *arguments), scenario, None, Settings(time_factor=0.01))
    before = peak()
    verdict = play_case(target("floods", *arguments), scenario, None, Settings(time_factor=0.2))
    assert verdict.outcome in ("fail", "hung")
    assert peak() - before < 256 * MIB
    assert len(verdict.violations) < 2000
