"""Every command in the documents is run, and prints what they say that it prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.docs.conftest import Block

PATIENCE: Final = 300.0
HELP: Final = "needs an index, or changes what others on this machine use: only that there is such a command"
STAND_INS: Final[tuple[tuple[str, Callable[[str], str], str], ...]] = (
    ("make ", lambda c: f"make -n {c.removeprefix('make ')}", "the targets run this very test: what they would do"),
    ("pip install ", lambda _: "true", "needs an index: tests/packaging looks at the extra"),
    ("turnproof binaries install ", lambda _: "turnproof binaries install --help", HELP),
    ("turnproof binaries gc", lambda _: "turnproof binaries gc --help", HELP),
    ("pytest --pyargs turnproof_scenarios", lambda c: f"{c} --collect-only -q", "is make scenarios: collected only"),
)
"""Commands that are not run as they stand, what is run instead, and why."""


def test_commands(console_block: Block, scratch: Path, root: Path) -> None:
    for command, output in console_block.commands:
        line = next((make(command) for begin, make, _ in STAND_INS if f"{command} ".startswith(begin)), command)
        done = run(line, root if line.startswith("make ") else scratch)
        said = done.stdout + done.stderr
        assert done.returncode == console_block.exit_code, f"$ {line}\n{said}"
        if line == command:
            printed(output, said)


def test_every_stand_in_is_needed(all_commands: list[str]) -> None:
    for begin, _, _ in STAND_INS:
        assert any(f"{command} ".startswith(begin) for command in all_commands), begin


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command as a reader would run it with the environment active, and without a network."""
    programs = str(Path(sys.executable).parent)
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "GITHUB", "MAKE", "MFLAGS"))
    }
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    return subprocess.run(
        ["bash", "-euc", line],
        cwd=folder,
        env=clean | nowhere | {"PATH": f"{programs}{os.pathsep}{clean['PATH']}", "PIP_NO_INDEX": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def printed(output: list[str], said: str) -> None:
    """Every line of the document is in the output, in this order: numbers are any numbers, ``…`` is anything."""
    rest = [line.removeprefix("E ").strip() for line in said.splitlines()]
    for line in filter(str.strip, output):
        if line.strip() == "…":
            continue
        pattern = re.compile(f".*{pattern_of(line.strip())}")
        at = next((n for n, candidate in enumerate(rest) if pattern.match(candidate)), None)
        assert at is not None, f"not printed: {line}\n{said}"
        rest = rest[at + 1 :]


def pattern_of(line: str) -> str:
    quoted = re.escape(line).replace("…", ".*").replace(r"\ ", " +")
    return re.sub(r"=+", "=+", re.sub(r"(?:\\?[ \d])*\d+", r" *\\d+", quoted))
