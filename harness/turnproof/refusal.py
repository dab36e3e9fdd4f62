"""What is said when an author wrote what makes no sense: one line with what is wrong, and the mend."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from typing import Any, Final

SHOWN: Final = 80
"""Characters of a value that a line shows: a text of 200 kB would hide what is wrong with it."""


class ScenarioError(ValueError):
    """A scenario that makes no sense. The text is one line: where, which step, what, and the mend."""


class Refusal(Exception):
    """What is wrong and how it is mended; who catches it adds where."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what, mend)
        self.what = what
        self.mend = mend

    def __str__(self) -> str:
        return one_line(f"{self.what}; mend: {self.mend}")


def one_line(text: str) -> str:
    """Any text as one line."""
    return " ".join(text.split())


def shown(value: Any, width: int = SHOWN) -> str:
    """A value as its author would write it, its beginning only when it is long."""
    written = repr(value) if isinstance(value, str) else one_line(repr(value))
    return written if len(written) <= width else f"{written[:width]}… ({len(written)} characters)"


def meant(word: Any, known: Iterable[str]) -> str | None:
    """The one of the known words that was probably meant."""
    # A text of thousands of characters is nobody's slip of the pen, and comparing it takes seconds.
    near = difflib.get_close_matches(word, list(known), 1) if isinstance(word, str) and len(word) <= SHOWN else []
    return near[0] if near else None


def author() -> tuple[str, int]:
    """File and line of the first frame outside this package: what the author wrote."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage] - the way of warnings and logging
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "turnproof":
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def refuse(what: str, mend: str) -> ScenarioError:
    """What a single function refuses, before there is a scenario to name."""
    file, line = author()
    return ScenarioError(f"{file}:{line}: {Refusal(what, mend)}")
