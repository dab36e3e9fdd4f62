"""What ``make nightly`` runs, without running it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def nightly(monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("nightly", ROOT / ".ci/nightly.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "nightly", module)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_every_part_that_can_plays_several_at_once_and_within_a_bound(
    nightly: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands: list[tuple[list[str], float]] = []
    monkeypatch.setattr(nightly, "run", lambda command, seconds: commands.append((command[2:], seconds)) or 0)
    monkeypatch.setattr(nightly, "count", lambda row, file: 0)
    monkeypatch.setattr(sys, "argv", ["nightly", "--jobs", "3"])
    nightly.main()
    assert "tests   ok" in capsys.readouterr().out
    pytests = [command for command, _ in commands if command[0] == "pytest"]
    assert pytests
    assert [command for command in pytests if command[command.index("-n") + 1] != "3"] == []
    (tests,) = [(command, seconds) for command, seconds in commands if command[:2] == ["pytest", "tests"]]
    assert tests[0][tests[0].index("-m") + 1] == "network or nightly"
    assert tests[1] > nightly.RUN_SECONDS
