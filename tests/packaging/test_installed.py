"""The wheel at work, in folders that know nothing of this repository."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.packaging.conftest import Installed

OWN = """
from turnproof import Scenario, run_turn, start_thread

second_thread = Scenario(
    "The second thread is served like the first.",
    start_thread("first"),
    run_turn("first", "hello", says="one"),
    start_thread("second"),
    run_turn("second", "hello again", says="two"),
)
"""
LISTS_MODULES = """
import json, pathlib, sys

def test_lists_modules():
    ours = {name: getattr(module, "__file__", "") for name, module in sys.modules.items() if name.startswith("turnproof")}
    pathlib.Path("modules.json").write_text(json.dumps(ours))
"""


def test_the_package_is_that_of_the_wheel(installed: Installed, tmp_path: Path, root: Path) -> None:
    code = "import turnproof, turnproof_fakes, turnproof_scenarios as s; print(turnproof.__file__, turnproof_fakes.__file__, s.__file__)"
    said = installed.run("-c", code, cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    for file in said.stdout.split():
        assert file.startswith(str(installed.site))
        assert not file.startswith(str(root))


@pytest.mark.parametrize("target", ["sim", "fake"])
def test_a_scenario_of_ones_own_in_an_empty_folder(installed: Installed, tmp_path: Path, target: str) -> None:
    (tmp_path / "my_scenarios.py").write_text(OWN)
    run = installed.pytest("my_scenarios.py", "--target", target, cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{target}  " in run.stdout
    assert "1 passed" in run.stdout
    assert {path.name for path in tmp_path.iterdir()} - {"__pycache__"} == {"my_scenarios.py", "turnproof-out"}


def test_the_shipped_suite_is_played(installed: Installed, tmp_path: Path, root: Path) -> None:
    run = installed.pytest("--pyargs", "turnproof_scenarios", "--target", "sim", "-q", cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    listed = installed.pytest(
        "--pyargs", "turnproof_scenarios", "--target", "sim", "--collect-only", "-q", cwd=tmp_path
    )
    modules = {path.stem for path in (root / "scenarios" / "turnproof_scenarios").glob("[!_]*.py")}
    # A package of scenarios that lost one of its modules on the way would still be green.
    assert {module for module in modules if f"{module}.py::" in listed.stdout} == modules


def test_the_commands_are_there(installed: Installed, tmp_path: Path) -> None:
    for name, arguments in (("turnproof", ["--version"]), ("fake-codex", ["--version"])):
        script = installed.python.with_name(name)
        said = installed.run(str(script), *arguments, cwd=tmp_path)
        assert said.returncode == 0, said.stderr
        assert said.stdout.strip()


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """A project with folders of our names, and a package.json that no reader likes."""
    for folder in ("harness", "fakes", "reports", "scenarios", "tests/harness"):
        package = tmp_path / folder
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(f"NAME = {folder!r}\n")
    (tmp_path / "package.json").write_text("{broken")
    (tmp_path / "tests" / "harness" / "test_names.py").write_text(
        "import fakes, harness, reports, scenarios\n\n\n"
        "def test_names():\n    assert [m.NAME for m in (fakes, harness, reports, scenarios)] == "
        "['fakes', 'harness', 'reports', 'scenarios']\n\n\n"
        "def test_fails():\n    raise SystemError('as it should')\n"
    )
    (tmp_path / "test_modules.py").write_text(LISTS_MODULES)
    (tmp_path / "conftest.py").write_text("")  # its folder is where imports are looked up
    return tmp_path


def test_a_project_with_our_names_is_not_disturbed(installed: Installed, crowded: Path) -> None:
    """Same result with and without; and nothing of ours is loaded but the light half of the plug-in."""
    outcomes: list[tuple[int, list[str]]] = []
    for without in ([], ["-p", "no:turnproof"]):
        run = installed.pytest(*without, "-v", "-p", "no:randomly", cwd=crowded)
        lines = sorted(line.split("[")[0].strip() for line in run.stdout.splitlines() if "::" in line and "%]" in line)
        outcomes.append((run.returncode, lines))
        loaded = json.loads((crowded / "modules.json").read_text())
        assert set(loaded) == (set() if without else {"turnproof", "turnproof.pytest_plugin"})
        assert all(file.startswith(str(installed.site)) for file in loaded.values())
        assert "turnproof ==" not in run.stdout
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0] == 1
    assert len(outcomes[0][1]) == 3
    assert not (crowded / "turnproof-out").exists()
