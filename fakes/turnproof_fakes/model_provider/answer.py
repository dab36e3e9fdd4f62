"""From a script to moves: what the connection has to do for one attempt, one move after the other. Pure.

An attempt decides first how it opens (a status, silence, or a stream), because headers are sent once and an idle
stream differs from an unanswered request for the client: codex applies its idle timeout only behind the headers (seen
on 0.163.0).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from turnproof_fakes.model_provider import events
from turnproof_fakes.model_provider.acts import (
    Act,
    Calls,
    Chunk,
    DropConnection,
    Fail,
    Hold,
    NeverAnswer,
    ProposePlan,
    Say,
    Script,
    Stall,
    Think,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


PLAN_BEGINS: Final = "<proposed_plan>\n"
PLAN_ENDS: Final = "</proposed_plan>\n"
"""The lines around a plan: by them codex knows it in plan mode, and shows it without them (seen on 0.163.0)."""


_NONE: Final[Mapping[str, int]] = {}


@dataclass
class Names:
    """Ids for what one provider streams. A retry gets new ids: two items of one id would be a fault of the model."""

    _responses: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _messages: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _thoughts: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def response(self) -> str:
        return f"resp_{next(self._responses)}"

    def message(self) -> str:
        return f"msg_{next(self._messages)}"

    def thought(self) -> str:
        return f"rs_{next(self._thoughts)}"


@dataclass(frozen=True)
class Refuse:
    """Answer with this status."""

    fail: Fail


@dataclass(frozen=True)
class Open:
    """Send the headers of a stream."""


@dataclass(frozen=True)
class Send:
    """Send these bytes, in pieces."""

    pieces: Iterator[bytes]


Move: TypeAlias = "Refuse | Open | Send | Hold | Stall | DropConnection | NeverAnswer"


def moves(script: Script, attempt: int, names: Names, sessions: Mapping[str, int] = _NONE) -> Iterator[Move]:
    """What to do on the given attempt (1-based), in order; ends after the last move of an orderly stream.

    ``sessions`` are the numbers of the processes that go on, by the call that began each.
    """
    acts = list(_active(script, attempt))
    ending = next((place for place, act in enumerate(acts) if isinstance(act, Fail | NeverAnswer)), None)
    if ending is not None and all(isinstance(act, Hold) for act in acts[:ending]):
        yield from (act for act in acts[:ending] if isinstance(act, Hold))
        last = acts[ending]
        yield Refuse(last) if isinstance(last, Fail) else NeverAnswer()
        return
    response = names.response()
    yield Open()
    yield Send(events.created(response))
    index = 0
    for act in acts:
        match act:
            case Say():
                yield from _say(act, attempt, index, names.message())
                index += 1
            case ProposePlan():
                marked = Say((PLAN_BEGINS, *act.chunks, PLAN_ENDS))
                yield from _say(marked, attempt, index, names.message())
                index += 1
            case Think():
                yield from _think(act, attempt, index, names.thought())
                index += 1
            case Calls():
                for call in act.calls:
                    yield Send(events.function_call(call.about(sessions), index))
                    index += 1
            case Hold() | Stall() | DropConnection():
                yield act
            case Fail() | NeverAnswer():
                # Unreachable: a stall or a reset in front of it has ended the attempt.
                return
    yield Send(events.completed(response))


def _acts_now(times: int | None, attempt: int) -> bool:
    return times is None or attempt <= times


def _active(script: Script, attempt: int) -> Iterator[Act]:
    for act in script:
        if isinstance(act, Fail | DropConnection) and not _acts_now(act.times, attempt):
            continue
        yield act


def _within(chunks: tuple[Chunk, ...], attempt: int) -> Iterator[Chunk]:
    for chunk in chunks:
        if isinstance(chunk, DropConnection) and not _acts_now(chunk.times, attempt):
            continue
        yield chunk


def _texts(chunks: tuple[Chunk, ...]) -> Iterator[str]:
    return (chunk for chunk in chunks if isinstance(chunk, str))


def _say(act: Say, attempt: int, index: int, item: str) -> Iterator[Move]:
    if not act.whole:
        yield Send(events.message_added(item, index))
    for chunk in _within(act.chunks, attempt):
        if not isinstance(chunk, str):
            yield chunk
        elif not act.whole:
            yield Send(events.message_delta(item, index, chunk))
    yield Send(events.message_done(item, index, _texts(act.chunks)))


def _think(act: Think, attempt: int, index: int, item: str) -> Iterator[Move]:
    yield Send(events.reasoning_added(item, index))
    if not act.raw:
        yield Send(events.summary_added(item, index))
    delta, done = (
        (events.reasoning_delta, events.reasoning_done) if act.raw else (events.summary_delta, events.summary_done)
    )
    for chunk in _within(act.chunks, attempt):
        yield Send(delta(item, index, chunk)) if isinstance(chunk, str) else chunk
    yield Send(done(item, index, _texts(act.chunks)))
