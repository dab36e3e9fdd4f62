"""The configuration of the project that a command is run in."""

from __future__ import annotations

from pathlib import Path

from turnproof.cli.error import CommandError
from turnproof.configuration import Configuration, ConfigurationError, read


def configured() -> Configuration:
    """As its file says it; raises CommandError when that makes no sense."""
    try:
        return read(Path.cwd())
    except ConfigurationError as problem:
        raise CommandError(str(problem)) from None
