"""The words for steps, acts and outcomes: what the author wrote, not what it is stored as."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from turnproof import steps as s
from turnproof.act import Act
from turnproof.refusal import shown

DELTA: Final = "item/agentMessage/delta"


def kind_of(step: Any) -> str:
    """The name under which a step is written and saved."""
    return str(step.__struct_config__.tag) if isinstance(step, s.Step) else type(step).__name__


def written_as(step: Any) -> str:
    """The function that makes such a step: ``await_delta`` is saved as a ``wait_for``."""
    if isinstance(step, s.WaitFor) and step.method == DELTA and step.turn is not None and not step.where:
        return "await_delta"
    return kind_of(step)


def call_of(value: Any) -> str:
    """A value as a reader would find it in the source: ``say(…)``, ``Ok(…)``, ``'text'``."""
    if isinstance(value, s.Step):
        return f"{written_as(value)}(…)"
    if isinstance(value, Act):
        return f"{value.__struct_config__.tag}(…)"
    if isinstance(value, msgspec.Struct):
        return f"{type(value).__name__}(…)"
    return function_name(value) or shown(value)


def function_name(value: Any) -> str | None:
    """The name of a function or class that was handed over and not called."""
    name = getattr(value, "__name__", None) if callable(value) else None
    return ("a lambda" if name == "<lambda>" else str(name)) if name else None


def argument(holder: Any, field: str) -> str:
    """The argument that fills a field."""
    if field == "name" and isinstance(holder, s.RunTurn | s.ReadThread | s.ResumeThread | s.ListThreads | s.Request):
        return "as_"
    return field
