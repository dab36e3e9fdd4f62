"""What one POST to ``/v1/responses`` asks for: which thread, which turn, which prompt, behind how many results of tools. Pure.

Seen on 0.163.0: the header ``thread-id`` names the thread on every request, ``x-codex-turn-metadata`` is JSON with the
``turn_id``; ``input`` is the whole conversation, the last user message of it is the prompt (after a steer: the steer),
and each tool result is an item whose type ends in ``_output`` behind that message.  The result of a command that goes on holds
the line ``Process running with session ID 4511``.

A client that lets the model decide what a user would be asked for asks on a thread of its own, whose metadata names the kind
``guardian`` and the thread and turn that it is about; one text of its last message is the planned action, as a JSON object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from turnproof_fakes.model_provider.given import given

_SESSION: Final = re.compile(r"^Process running with session ID (\d+)$", re.MULTILINE)


class NotAskedError(ValueError):
    """The body is no request to the Responses API."""


@dataclass(frozen=True)
class Asked:
    """``turn`` is empty where the client does not name it; ``results`` are those of tools behind the prompt.

    ``sessions`` are the numbers of the processes that go on, by the call that began each.  ``action`` is what the model is to
    review: then thread and turn are those in which it is planned.  ``given`` is what the model has beside the prompt.
    """

    thread: str
    turn: str
    prompt: str
    results: int
    sessions: Mapping[str, int] = field(default_factory=dict[str, int])
    action: Mapping[str, object] | None = None
    given: Mapping[str, object] = field(default_factory=dict[str, object])


def read_request(headers: Mapping[str, str], body: bytes) -> Asked:
    """Raises NotAskedError with the reason."""
    try:
        raw: object = json.loads(body)
    except (ValueError, RecursionError) as trouble:
        raise NotAskedError(f"the body is not JSON: {trouble}") from None
    fields: Mapping[str, object] = cast("Mapping[str, object]", raw) if isinstance(raw, Mapping) else {}
    items = fields.get("input")
    if not isinstance(items, list):
        raise NotAskedError("the body has no list named input")
    conversation = cast("list[object]", items)
    metadata = _metadata(headers)
    if metadata.get("subagent_kind") == "guardian":
        action = _action(conversation)
        prompt = f"may this be done: {action.get('justification')}"
        return Asked(_text(metadata, "parent_thread_id"), _text(metadata, "parent_turn_id"), prompt, 0, {}, action)
    prompt, results = _last_words(conversation)
    turn = _text(metadata, "turn_id")
    sessions = dict(_sessions(conversation))
    return Asked(
        headers.get("thread-id", ""), turn, prompt, results, sessions, given=given(conversation, fields.get("text"))
    )


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


def _action(items: list[object]) -> Mapping[str, object]:
    """The planned action of a review; empty if it holds none."""
    for item in reversed(items):
        content = cast("Mapping[str, object]", item).get("content") if isinstance(item, Mapping) else None
        for part in cast("list[object]", content) if isinstance(content, list) else ():
            if isinstance(part, Mapping) and (found := _object(_text(cast("Mapping[str, object]", part), "text"))):
                return found
    return {}


def _metadata(headers: Mapping[str, str]) -> Mapping[str, object]:
    return _object(headers.get("x-codex-turn-metadata", ""))


def _object(text: str) -> Mapping[str, object]:
    """The JSON object that a text is; empty if it is none."""
    try:
        found: object = json.loads(text)
    except ValueError:
        return {}
    return cast("Mapping[str, object]", found) if isinstance(found, Mapping) else {}


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
