"""Which script a request gets, which attempt it is, and whether its turn asks too often. Pure.

Text alone does not find the script: two threads that say the same words would get each other's. The key is (thread,
prompt, segment), and an attempt counts how often that key came.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from turnproof_fakes.model_provider.acts import Calls, Say, Script, read_script, segments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from turnproof_fakes.model_provider.acts import FunctionCall
    from turnproof_fakes.model_provider.request import Asked


@dataclass(frozen=True)
class Scripted:
    """The answer that comes now: the ``segment``-th of its script (from 0)."""

    script: Script
    attempt: int
    segment: int


@dataclass(frozen=True)
class Unscripted:
    """Nothing was expected for this prompt on this thread."""


@dataclass(frozen=True)
class Capped:
    """The turn asked more often than is allowed: a script of a tool call without an end would loop for ever."""

    requests: int


class Scriptbook:
    def __init__(self, max_requests_per_turn: int) -> None:
        self._cap = max_requests_per_turn
        self._scripts: dict[tuple[str | None, str], Script] = {}
        self._attempts: Counter[tuple[str, str, int]] = Counter()
        self._requests: Counter[tuple[str, str]] = Counter()

    def expect(self, thread: str | None, prompt: str, script: Sequence[Mapping[str, object]]) -> None:
        """Set the script of a prompt on a thread, None = on any thread that has none of its own.

        Raises ValueError if the script does not read, or if the same prompt already has a different one there.
        """
        acts = read_script(script)
        known = self._scripts.setdefault((thread, prompt), acts)
        if known != acts:
            where = "any thread" if thread is None else f"thread {thread}"
            raise ValueError(f"two different scripts for the prompt {prompt!r} on {where}")

    def _verdict(self, thread: str, action: Mapping[str, object]) -> Mapping[str, object] | None:
        """What the model says of this action: each call is known by the words in which it was justified."""
        for (where, _), script in self._scripts.items():
            for call in _calls(script) if where in (None, thread) else ():
                justified = json.loads(call.arguments).get("justification")
                if call.review is not None and justified == action.get("justification"):
                    return call.review
        return None

    def look_up(self, asked: Asked) -> Scripted | Unscripted | Capped:
        """Count the request and find its script."""
        self._requests[asked.thread, asked.turn] += 1
        requests = self._requests[asked.thread, asked.turn]
        if requests > self._cap:
            return Capped(requests)
        if asked.action is not None:
            verdict = self._verdict(asked.thread, asked.action)
            return Unscripted() if verdict is None else Scripted((Say((json.dumps(verdict),), whole=True),), 1, 0)
        anywhere = self._scripts.get((None, asked.prompt))
        script = self._scripts.get((asked.thread, asked.prompt), anywhere)
        segment = None if script is None else _segment(script, asked.results)
        if segment is None:
            return Unscripted()
        number, acts = segment
        key = (asked.thread, asked.prompt, number)
        self._attempts[key] += 1
        return Scripted(acts, self._attempts[key], number)


def _calls(script: Script) -> Iterator[FunctionCall]:
    for act in script:
        if isinstance(act, Calls):
            yield from act.calls


def _segment(script: Script, results: int) -> tuple[int, Script] | None:
    """The answer that is due after so many results of tools; None if the calls of the script never come to that many."""
    had = 0
    for number, acts in enumerate(segments(script)):
        if had == results:
            return number, acts
        had += len(acts[-1].calls) if acts and isinstance(acts[-1], Calls) else 0
    return None
