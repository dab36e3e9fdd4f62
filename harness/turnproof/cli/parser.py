"""Command lines as people write them: options before, between and behind the paths."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NoReturn


class OneLine(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; mend: {self.prog} --help tells what it takes\n")


class Parser(OneLine):
    """One command's. argparse takes paths from one place only, unless it is asked to look twice."""

    _looking = False

    def parse_known_args(self, *args: Any, **kwargs: Any) -> Any:
        """As argparse's own, which the second look calls again."""
        if self._looking:
            return super().parse_known_args(*args, **kwargs)
        self._looking = True
        try:
            return self.parse_known_intermixed_args(*args, **kwargs)
        finally:
            self._looking = False


def count(text: str) -> int:
    """A number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def readable(text: str) -> Path:
    """A file that is there."""
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return path


def writable(text: str) -> Path:
    """A file in a folder that is there: who plays for minutes wants to know before."""
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text}: no file can be written there")
    return path


def folder(text: str) -> Path:
    """A folder, made if it is not there."""
    path = Path(text)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise argparse.ArgumentTypeError(f"{text}: no folder can be made there: {problem.strerror}") from None
    return path
