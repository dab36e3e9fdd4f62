"""What a request gives the model beside the prompt, in short: facts for whoever judges the server. Pure.

The results of calls are those behind the model's last words or calls: each is given in one request, and again where that is
sent again.  Seen on 0.163.0: an ``output`` is a text, or a list of parts of which some have a ``text``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

LONGEST: Final = 4000
"""Characters of a result that are told: the answers of any scenario are shorter, what a command prints need not be."""


def given(items: list[object]) -> dict[str, object]:
    """``{"outputs": {call_id: text}}`` of the input of a request."""
    outputs: dict[str, str] = {}
    for item in reversed(items):
        if not isinstance(item, Mapping):
            continue
        fields = cast("Mapping[str, object]", item)
        kind, call = str(fields.get("type", "")), fields.get("call_id")
        if kind.endswith("_output") and isinstance(call, str):
            outputs[call] = _text(fields.get("output"))[:LONGEST]
        elif fields.get("role") == "assistant" or kind.endswith("_call"):
            break
    return {"outputs": outputs}


def _text(output: object) -> str:
    if isinstance(output, str):
        return output
    parts = cast("list[object]", output) if isinstance(output, list) else []
    texts = (cast("Mapping[str, object]", part).get("text") for part in parts if isinstance(part, Mapping))
    return "\n".join(text for text in texts if isinstance(text, str))
