"""What one POST to ``/v1/responses`` asks for: which thread, which turn, which prompt, behind how many results of tools. Pure.

Seen on 0.163.0: the header ``thread-id`` names the thread on every request, ``x-codex-turn-metadata`` is JSON with the
``turn_id``; ``input`` is the whole conversation, the last user message of it is the prompt (after a steer: the steer),
and each tool result is an item whose type ends in ``_output`` behind that message.  The result of a command that goes on holds
the line ``Process running with session ID 4511``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

_SESSION: Final = re.compile(r"^Process running with session ID (\d+)$", re.MULTILINE)


class NotAskedError(ValueError):
    """The body is no request to the Responses API."""


@dataclass(frozen=True)
class Asked:
    """``turn`` is empty where the client does not name it; ``results`` are those of tools behind the prompt.

    ``sessions`` are the numbers of the processes that go on, by the call that began each.
    """

    thread: str
    turn: str
    prompt: str
    results: int
    sessions: Mapping[str, int] = field(default_factory=dict[str, int])


def read_request(headers: Mapping[str, str], body: bytes) -> Asked:
    """Raises NotAskedError with the reason."""
    try:
        raw: object = json.loads(body)
    except (ValueError, RecursionError) as trouble:
        raise NotAskedError(f"the body is not JSON: {trouble}") from None
    items = cast("Mapping[str, object]", raw).get("input") if isinstance(raw, Mapping) else None
    if not isinstance(items, list):
        raise NotAskedError("the body has no list named input")
    given = cast("list[object]", items)
    prompt, results = _last_words(given)
    return Asked(headers.get("thread-id", ""), _turn_of(headers), prompt, results, dict(_sessions(given)))


def _last_words(items: list[object]) -> tuple[str, int]:
    results = 0
    for item in reversed(items):
        if not isinstance(item, Mapping):
            continue
        fields = cast("Mapping[str, object]", item)
        if fields.get("role") == "user":
            return _text_of(fields.get("content")), results
        if str(fields.get("type", "")).endswith("_output"):
            results += 1
    return "", results


def _sessions(items: list[object]) -> Iterator[tuple[str, int]]:
    for item in items:
        if not isinstance(item, Mapping):
            continue
        fields = cast("Mapping[str, object]", item)
        call, output = fields.get("call_id"), fields.get("output")
        if isinstance(call, str) and isinstance(output, str) and (found := _SESSION.search(output)) is not None:
            yield call, int(found.group(1))


def _text_of(content: object) -> str:
    """The last text of a message: a turn may hold several inputs, and its last text is the one that scripts go by."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        for part in reversed(cast("list[object]", content)):
            if isinstance(part, Mapping):
                text = cast("Mapping[str, object]", part).get("text")
                if isinstance(text, str):
                    return text
    return ""


def _turn_of(headers: Mapping[str, str]) -> str:
    try:
        metadata: object = json.loads(headers.get("x-codex-turn-metadata", "null"))
    except ValueError:
        return ""
    turn = cast("Mapping[str, object]", metadata).get("turn_id") if isinstance(metadata, Mapping) else None
    return turn if isinstance(turn, str) else ""
