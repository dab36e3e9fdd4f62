"""What is in the wheel, and what its metadata say."""

from __future__ import annotations

import zipfile
from email.message import Message
from email.parser import Parser
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = {"turnproof", "turnproof_fakes", "turnproof_reports", "turnproof_scenarios"}


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def test_the_packages_are_there_and_nothing_else(names: set[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES


def test_what_is_in_a_package_folder_is_in_the_wheel(names: set[str], root: Path) -> None:
    """Data files too: schema, tables, py.typed."""
    folders = [root / folder for folder in ("harness", "fakes", "reports", "scenarios")]
    files = {
        path.relative_to(folder).as_posix()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - names == set()


@pytest.mark.parametrize(
    "name",
    [
        "turnproof/py.typed",
        "turnproof_fakes/py.typed",
        "turnproof_reports/py.typed",
        "turnproof_scenarios/py.typed",
        "turnproof/profile/v0_163_0/schema.json",
        "turnproof/profile/v0_163_0/always_sent.json",
        "turnproof/supervisor/reaper.py",
    ],
)
def test_data_files_are_in_the_wheel(names: set[str], name: str) -> None:
    assert name in names


def test_the_licence_is_in_the_wheel(names: set[str], metadata: Message) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert metadata["License-Expression"] == "Apache-2.0"


def test_the_extra_names_one_version_of_the_real_binary(metadata: Message) -> None:
    assert "codex" in (metadata.get_all("Provides-Extra") or [])
    codex = [line for line in metadata.get_all("Requires-Dist") or [] if "extra == 'codex'" in line]
    assert [line.partition(";")[0].strip() for line in codex] == ["openai-codex-cli-bin==0.163.0"]


def test_a_plain_installation_needs_no_binary_and_no_tools(metadata: Message, project: dict[str, Any]) -> None:
    plain = {line for line in metadata.get_all("Requires-Dist") or [] if "extra ==" not in line}
    assert plain == set(project["project"]["dependencies"])
    assert metadata["Requires-Python"] == ">=3.11"
