"""The keywords of ``play`` beside ``setup``: judged before anything is played, in one line each."""

from __future__ import annotations

from typing import Any, Final, cast

from turnproof.faults import Fault
from turnproof.refusal import meant

KEYWORDS: Final = ("faults", "session", "setup")


def play_options(given: dict[str, Any]) -> dict[str, Any]:
    """What is handed on to the play; raises TypeError."""
    for name in given:
        if name not in KEYWORDS:
            near = meant(name, KEYWORDS)
            mend = f"did you mean {near!r}?" if near else f"one of {', '.join(KEYWORDS)}"
            raise TypeError(f"play() knows no keyword {name!r}; mend: {mend}")
    return {**given, "faults": _faults(given["faults"])} if "faults" in given else given


def _faults(value: object) -> tuple[Fault, ...]:
    """One fault, or several of them."""
    several = cast("tuple[object, ...]", tuple(value) if isinstance(value, tuple | list) else (value,))  # pyright: ignore[reportUnknownArgumentType]
    for fault in several:
        if not isinstance(fault, Fault):
            raise TypeError(f"play(faults=…) got {fault!r}, which is no Fault; mend: Fault(When(…), Drop())")
    return cast("tuple[Fault, ...]", several)
