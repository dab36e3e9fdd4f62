"""A server command as it was written, and the program that it names."""

from __future__ import annotations

import os
import shlex
import shutil


class CommandNotFoundError(ValueError):
    """A command that cannot be started from here; one line with the mend."""


def server_command(text: str) -> list[str]:
    """The words of a command, the program as the path that it has from here. Raises CommandNotFoundError.

    A play runs in a folder of its own: there a path from here would mean something else.
    """
    try:
        words = shlex.split(text)
    except ValueError as trouble:
        raise CommandNotFoundError(f"{trouble}; mend: close the quotes") from None
    if not words:
        raise CommandNotFoundError("it names no command; mend: command:PROGRAM ARGUMENTS")
    program = words[0]
    found = shutil.which(os.path.abspath(program) if "/" in program else program)
    if found:
        return [found, *words[1:]]
    if "/" in program and os.path.isfile(program):
        raise CommandNotFoundError(f"{program!r} is not executable; mend: chmod +x it")
    raise CommandNotFoundError(
        f"there is no program {program!r} (looked for from {os.getcwd()}); mend: command:/path/to/it …"
    )
