"""The wheel, and a virtual environment that has it installed.

The environment sees this one's dependencies by a ``.pth`` file, and nothing of this repository: an editable ``.pth`` of the
project is not followed from there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240.0


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it."""

    python: Path
    site: Path

    def run(self, *arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """``python arguments`` with nothing of this process's environment that could name the repository."""
        clean = {
            key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYTEST", "VIRTUAL_ENV"))
        }
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=cwd,
            env=clean | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def pytest(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Plain pytest in a folder, plug-ins by entry point."""
        return self.run("-m", "pytest", "-p", "no:cacheprovider", *arguments, cwd=cwd)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built with the hatchling of this environment: no network."""
    out = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(out),
    ]
    built = subprocess.run([*command, str(ROOT)], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert built.returncode == 0, built.stderr
    (found,) = out.glob("turnproof-*.whl")
    return found


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """A fresh environment with the wheel."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    variables = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", "venv", variables))
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    # The dependencies' folder also describes the editable project; what is installed here is found before it.
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(folder / "bin" / "python"),
        "install",
        "--quiet",
        "--no-index",
    ]
    done = subprocess.run(
        [*command, "--no-deps", "--ignore-installed", str(wheel)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Installed(folder / "bin" / "python", site)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())
