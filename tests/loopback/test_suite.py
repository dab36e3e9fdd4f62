"""The whole suite on the real binary leaves loopback not once, also where the network is open."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import turnproof_scenarios
from turnproof.playing import play_case
from turnproof.scenario import Scenario
from turnproof.stdio_targets import CodexTarget
from turnproof.targets import REGISTRY, TargetSpec, target

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the watcher needs Linux")
pytest.importorskip("codex_cli_bin", reason="pip install 'turnproof[codex]'")

WATCHER = Path(__file__).with_name("watcher.py")
NAMES = [module.name for module in pkgutil.iter_modules(turnproof_scenarios.__path__)]
MODULES = sorted(name for name in NAMES if not name.startswith("_"))
HARMLESS = {"loopback", "unix", "kernel", "unspec"}
FAREWELL = 15.0  # seconds in which the tracers of ended servers must have written their last line


class WatchedTarget(CodexTarget):
    """The real binary of this environment, every connection of its process tree written down at ``where``."""

    def __init__(self, spec: TargetSpec) -> None:
        super().__init__(TargetSpec("codex", "codex", label="watched"))
        self._log = spec.where

    @property
    def command(self) -> list[str]:
        return [sys.executable, str(WATCHER), "--log", self._log, "--", *super().command]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    target("watched")(WatchedTarget)
    log = tmp_path / "connections"
    yield f"watched:{log}", log
    del REGISTRY["watched"]


ALL = [
    (f"{module}::{name}", value)
    for module in MODULES
    for name, value in vars(importlib.import_module(f"turnproof_scenarios.{module}")).items()
    if isinstance(value, Scenario)
]
SHARES = [(start, 64) for start in range(0, 64, 16)]
"""A sixteenth of the suite for every push, in parts that processes can take apart; all of it at night."""
AT_NIGHT = [pytest.param(start, 16, marks=pytest.mark.nightly, id=f"all {start}") for start in range(16)]


@pytest.mark.parametrize(("start", "every"), [*SHARES, *AT_NIGHT])
def test_no_scenario_leaves_loopback(start: int, every: int, watched: tuple[str, Path]) -> None:
    spec, log = watched
    scenarios = dict(ALL[start::every])
    for name, scenario in scenarios.items():
        verdict = play_case(spec, scenario, None)
        assert verdict.passed, f"{name}: {verdict.reason}"
    calls = complete(log)
    assert len([call for call in calls if call["event"] == "start"]) >= len(scenarios), "a server was not watched"
    assert [call for call in calls if call["event"] == "call" and call["class"] not in HARMLESS] == []
    assert any(call.get("class") == "loopback" for call in calls), "not even the model was seen"


def complete(log: Path) -> list[dict[str, Any]]:
    """The log once it has an end for each start: only then did every process of every tree end under the filter."""
    deadline = time.monotonic() + FAREWELL
    while True:
        calls = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
        counts = [sum(call["event"] == event for call in calls) for event in ("start", "end")]
        if counts[0] == counts[1]:
            return calls
        assert time.monotonic() < deadline, f"{counts[0]} runs began and {counts[1]} ended under the filter"
        time.sleep(0.05)
