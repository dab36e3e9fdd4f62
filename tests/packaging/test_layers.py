"""The import contract is about every module: one that stands in no layer would be held to nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

BESIDE = {"turnproof.__main__"}
"""Held to nothing: it only calls the command line."""


def layers(project: dict[str, Any]) -> list[set[str]]:
    contract = project["tool"]["importlinter"]["contracts"][0]
    assert contract["type"] == "layers"
    return [{name.strip(" ()") for name in layer.replace("|", ":").split(":")} for layer in contract["layers"]]


def test_every_module_stands_in_one_layer(project: dict[str, Any], root: Path) -> None:
    package = root / "harness" / "turnproof"
    modules = {
        f"turnproof.{path.stem}" for path in package.iterdir() if path.suffix == ".py" and path.stem != "__init__"
    }
    modules |= {f"turnproof.{path.parent.name}" for path in package.glob("*/__init__.py")}
    modules |= {"turnproof_fakes", "turnproof_reports", "turnproof_scenarios"}
    named = [name for layer in layers(project) for name in layer]
    assert len(named) == len(set(named))
    assert set(named) == modules - BESIDE


def test_importing_the_vocabulary_imports_no_player() -> None:
    code = (
        "import sys\nimport turnproof\nturnproof.Scenario, turnproof.run_turn, turnproof.say, turnproof.ref\n"
        "print(*sorted(name for name in sys.modules if name.startswith('turnproof')))\n"
        "assert not {'asyncio', 'pytest', 'jsonschema_rs', 'psutil', 'rich'} & set(sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert said.returncode == 0, said.stderr
    assert "turnproof.player" not in said.stdout.split()


def test_the_fake_starts_with_the_standard_library_alone(root: Path) -> None:
    """-I and -S: no site-packages at all."""
    main = root / "fakes" / "turnproof_fakes" / "app_server" / "__main__.py"
    command = [sys.executable, "-I", "-S", str(main), "app-server"]
    said = subprocess.run(command, input="", capture_output=True, text=True, timeout=60, check=False)
    assert (said.returncode, said.stdout) == (0, "")
