"""The command lines clients in the field start `codex` with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import turnproof_fakes.app_server
from turnproof_fakes.app_server.command_line import Arguments, UsageError, main, system

MAIN = Path(turnproof_fakes.app_server.__file__).parent / "__main__.py"


@pytest.mark.parametrize(
    "line",
    [
        "app-server",
        "app-server --listen stdio://",
        "app-server --listen=stdio://",
        "app-server --stdio",
        'app-server --enable guardian_approval -c web_search="live"',
        "--config features.plugins=false app-server --listen stdio://",
        "--disable x -c a=b app-server --config=c=d",
    ],
)
def test_command_lines_that_are_served(line: str) -> None:
    assert Arguments(line.split(), "codex").version is False


def test_a_name_of_its_own_needs_no_subcommand() -> None:
    Arguments([], "/opt/codex-app-server-x86_64")
    with pytest.raises(UsageError, match="no subcommand"):
        Arguments([], "/opt/codex")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("exec hello", "subcommand 'exec' is not supported by this fake"),
        ("app-server proxy", "subcommand 'proxy' is not supported by this fake"),
        ("app-server --listen ws://127.0.0.1:0", "--listen ws://127.0.0.1:0 is not supported by this fake yet"),
        ("app-server --bogus", "unexpected option --bogus"),
        ("app-server -c", "-c needs a value"),
    ],
)
def test_command_lines_that_are_refused_in_one_line(line: str, text: str, capsys: Any) -> None:
    assert main(line.split()) == 2
    said = capsys.readouterr().err
    assert text in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version(flag: str, capsys: Any) -> None:
    assert main([flag]) == 0
    assert capsys.readouterr().out == "codex-cli 0.163.0\n"


@pytest.mark.parametrize("line", ["--help", "-h", "app-server --help"])
def test_help(line: str, capsys: Any) -> None:
    assert main(line.split()) == 0
    said = capsys.readouterr().out
    assert said.startswith("fake-codex [options] app-server [options]\n")
    assert "--listen stdio://" in said


def test_overrides_become_defaults_of_threads() -> None:
    arguments = Arguments(["-c", 'model="m"', "-c", "sandbox_mode='read-only'", "-c", "other=1", "app-server"], "codex")
    assert arguments.defaults() == {"model": "m", "sandbox": "read-only"}


def test_a_home_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    environment = {"CODEX_HOME": str(tmp_path / "no"), "PATH": "/usr/bin:/bin"}
    argv = [sys.executable, "-I", "-S", str(MAIN), "app-server"]
    done = subprocess.run(argv, env=environment, input="", capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: CODEX_HOME points to")


def test_a_closed_standard_output_is_one_line(tmp_path: Path) -> None:
    environment = {"CODEX_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    argv = ["/bin/sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-I", "-S", str(MAIN), "app-server"]
    done = subprocess.run(argv, env=environment, input="", capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (2, "fake-codex: standard output: Bad file descriptor\n")


def test_an_empty_name_of_a_plan_is_none(tmp_path: Path) -> None:
    environment = {"CODEX_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "TURNPROOF_PLAN": ""}
    argv = [sys.executable, "-I", "-S", str(MAIN), "app-server"]
    done = subprocess.run(argv, env=environment, input="", capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_start_imports_nothing_slow(tmp_path: Path) -> None:
    """Start-up is imports: typing alone is 10 ms, msgspec 20, asyncio 20; the budget is 0.6 of the real binary's start."""
    environment = {"CODEX_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    argv = [sys.executable, "-I", "-S", "-X", "importtime", str(MAIN), "app-server"]
    done = subprocess.run(argv, env=environment, input="", capture_output=True, text=True, timeout=20, check=True)
    imported = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "turnproof_fakes" in imported
    slow = {
        "asyncio",
        "msgspec",
        "anyio",
        "typing",
        "dataclasses",
        "inspect",
        "socket",
        "random",
        "datetime",
        "turnproof",
    }
    assert imported & slow == set()


@pytest.mark.parametrize(
    ("os_release", "name"),
    [
        ('ID=debian\nVERSION_ID="12"\n', "Debian 12.0.0"),
        ('ID=ubuntu\nVERSION_ID="22.04"\n', "Ubuntu 22.4.0"),
        ("ID=something\nNAME=Else\n", "Linux Unknown"),
        ("", "Linux Unknown"),
    ],
)
def test_the_system_is_named_as_the_real_server_names_it(os_release: str, name: str) -> None:
    assert system(os_release) == f"{name}; {os.uname().machine}"
