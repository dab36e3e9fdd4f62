"""What may stand behind the name of a built-in kind of target, as far as it can be told before anything is started.

A wrong word there is a slip of whoever wrote it. It must not be taken for a server that is not installed, which is a
skip: a run that played nothing would look like one that found nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from turnproof.server_command import CommandNotFoundError, server_command

Rule = Callable[[str, str], str]
"""What is wrong with (version, where), or nothing."""


def _nothing(kind: str) -> Rule:
    return lambda version, where: f"{kind} has no versions and no place; mend: {kind}" if version or where else ""


def _codex(version: str, where: str) -> str:
    # Brings in pip, zip and locks, which only runs with a real binary need.
    from turnproof.binaries import BinaryError, exact_version, executable

    try:
        if version:
            exact_version(version)
        if where:
            executable(Path(where))
    except BinaryError as trouble:
        return str(trouble)
    return ""


def _command(version: str, where: str) -> str:
    if version:
        return "a command has no versions; mend: command:PROGRAM ARGUMENTS"
    try:
        server_command(where)
    except CommandNotFoundError as trouble:
        return str(trouble)
    return ""


RULES: Final[dict[str, Rule]] = {
    "sim": _nothing("sim"),
    "fake": _nothing("fake"),
    "codex": _codex,
    "command": _command,
}
