"""What a request gives the model beside the prompt, in short: facts for whoever judges the server. Pure.

What is told is what stands behind the model's last words or calls: each result and each message is given in one request, and
again where that is sent again.  So a note is small however long the thread is.  Seen on 0.163.0: an ``output`` is a text, or a
list of parts of which some have a ``text``; a schema for the answer is ``text.format.schema`` of the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

LONGEST: Final = 4000
"""Characters of a result that are told: the answers of any scenario are shorter, what a command prints need not be."""

NAMED: Final = 40
"""Characters of a message that it is named by."""


def given(items: list[object], form: object = None) -> dict[str, object]:
    """``{"outputs": {call_id: text}, "messages": ["role: beginning", …], "schema": {…}}`` of the input of a request and of what
    its ``text`` asks for.  What is no message is named by its type; ``schema`` is there where an answer by one is asked for."""
    outputs: dict[str, str] = {}
    messages: list[str] = []
    for item in reversed(items):
        if not isinstance(item, Mapping):
            continue
        fields = cast("Mapping[str, object]", item)
        kind, call = str(fields.get("type", "")), fields.get("call_id")
        if kind.endswith("_output") and isinstance(call, str):
            outputs[call] = _text(fields.get("output"))[:LONGEST]
        elif fields.get("role") == "assistant" or kind.endswith("_call"):
            break
        else:
            messages.insert(0, f"{fields.get('role') or kind}: {_text(fields.get('content'))[:NAMED]}")
    return {"outputs": outputs, "messages": messages} | _schema(form)


def _schema(form: object) -> dict[str, object]:
    asked = cast("Mapping[str, object]", form).get("format") if isinstance(form, Mapping) else None
    schema = cast("Mapping[str, object]", asked).get("schema") if isinstance(asked, Mapping) else None
    return {} if schema is None else {"schema": schema}


def _text(output: object) -> str:
    if isinstance(output, str):
        return output
    parts = cast("list[object]", output) if isinstance(output, list) else []
    texts = (cast("Mapping[str, object]", part).get("text") for part in parts if isinstance(part, Mapping))
    return "\n".join(text for text in texts if isinstance(text, str))
