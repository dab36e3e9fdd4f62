"""The script vocabulary: what the model does within one turn, read from its JSON form and checked.

A script is a list of acts, each a dict with a ``type``; this module turns it into frozen values and refuses what makes
no sense, so that everything behind it can rely on the shapes. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias, cast

_MISSING: Final = object()


@dataclass(frozen=True)
class Hold:
    """Wait until the gate is released. Gates are sticky: once open, open for ever."""

    gate: str


@dataclass(frozen=True)
class Stall:
    """The stream stays open and silent for ever."""


@dataclass(frozen=True)
class DropConnection:
    """The TCP connection is reset; on the first ``times`` attempts only, None = on every one."""

    times: int | None = None


@dataclass(frozen=True)
class Say:
    """One agent message. ``whole``: no ``output_item.added`` and no deltas, the item arrives in one piece."""

    chunks: tuple[Chunk, ...]
    whole: bool = False


@dataclass(frozen=True)
class Think:
    """One reasoning item with one summary part, or with ``raw`` with the reasoning itself."""

    chunks: tuple[Chunk, ...]
    raw: bool = False


@dataclass(frozen=True)
class ProposePlan:
    """One agent message that is a plan and nothing else: its lines, between the two that mark them as one."""

    chunks: tuple[Chunk, ...]


@dataclass(frozen=True)
class Fail:
    """An HTTP status in place of a stream; ``retry_after`` in whole seconds becomes the header of that name."""

    status: int
    times: int | None = None
    retry_after: int | None = None
    body: Mapping[str, object] | None = field(default=None, hash=False)


@dataclass(frozen=True)
class NeverAnswer:
    """Not even response headers, ever."""


@dataclass(frozen=True)
class FunctionCall:
    """One call of a tool; ``arguments`` is the JSON text that the model wrote.

    ``session_of`` is the id of an earlier call, whose process goes on: this call is about the session that the server named
    in that call's result.  ``review`` is what the model says when the client asks it whether this call may be done.
    ``input`` are the pieces of the text that a tool without ``arguments`` takes.
    """

    call_id: str
    name: str
    arguments: str
    namespace: str | None = None
    session_of: str | None = None
    review: Mapping[str, object] | None = field(default=None, hash=False)
    input: tuple[str, ...] | None = None

    def about(self, sessions: Mapping[str, int]) -> FunctionCall:
        """The call with the number of its session among the arguments; 0, which is none, where the server named none."""
        if self.session_of is None:
            return self
        arguments = {"session_id": sessions.get(self.session_of, 0)} | json.loads(self.arguments)
        return replace(self, arguments=json.dumps(arguments))


@dataclass(frozen=True)
class Calls:
    """The calls that end one answer of the model: what stands behind them is said when it has been given their results."""

    calls: tuple[FunctionCall, ...]


Chunk: TypeAlias = "str | Hold | Stall | DropConnection"
Act: TypeAlias = "Say | Think | ProposePlan | Hold | Fail | DropConnection | Stall | NeverAnswer | Calls"
Script: TypeAlias = "tuple[Act, ...]"
_TELLING: Final = (Say, Think, ProposePlan)
"""What needs a stream."""


def read_script(script: Sequence[Mapping[str, object]]) -> Script:
    """Read the JSON form. Raises ValueError that names the act by its path, for example ``script[1].chunks[0]``."""
    acts = tuple(_read_act(act, f"script[{position}]") for position, act in enumerate(script))
    for position, act in enumerate(acts):
        # Headers can be sent once: what replaces them must not follow anything that needs a stream.
        if isinstance(act, Fail | NeverAnswer) and any(isinstance(before, _TELLING) for before in acts[:position]):
            raise ValueError(f"script[{position}]: {_type_of(act)!r} cannot follow words that were already streamed")
        if isinstance(act, ProposePlan) and any(isinstance(before, ProposePlan) for before in acts[:position]):
            raise ValueError(f"script[{position}]: a turn has one plan")
    return acts


def segments(script: Script) -> tuple[Script, ...]:
    """A script cut into the answers of the model that it comes to: each of them but the last ends with calls."""
    cut: list[Script] = []
    begin = 0
    for position, act in enumerate(script, 1):
        if isinstance(act, Calls):
            cut.append(script[begin:position])
            begin = position
    return (*cut, script[begin:])


def _type_of(act: Act) -> str:
    return next(tag for tag, (_, kind) in _READERS.items() if isinstance(act, kind))


def _read_act(raw: object, where: str) -> Act:
    if not isinstance(raw, Mapping):
        raise ValueError(f"{where}: an act is a dict, not {raw!r}")
    fields = cast("Mapping[str, object]", raw)
    tag = fields.get("type")
    if not isinstance(tag, str) or tag not in _READERS:
        raise ValueError(f"{where}: unknown act type {tag!r}; known: {', '.join(_READERS)}")
    reader, _ = _READERS[tag]
    return reader(fields, where)


def _read_say(fields: Mapping[str, object], where: str) -> Say:
    _only(fields, where, "chunks", "whole")
    return Say(_chunks(fields, where), _flag(fields, where, "whole"))


def _read_think(fields: Mapping[str, object], where: str) -> Think:
    _only(fields, where, "chunks", "raw")
    return Think(_chunks(fields, where), _flag(fields, where, "raw"))


def _read_plan(fields: Mapping[str, object], where: str) -> ProposePlan:
    _only(fields, where, "chunks")
    chunks = _chunks(fields, where)
    for position, chunk in enumerate(chunks):
        # The marks of a plan stand on lines of their own.
        if isinstance(chunk, str) and (not chunk.endswith("\n") or "proposed_plan>" in chunk):
            raise ValueError(f"{where}.chunks[{position}]: whole lines of a plan are needed, not {chunk!r}")
    return ProposePlan(chunks)


def _read_calls(fields: Mapping[str, object], where: str) -> Calls:
    _only(fields, where, "calls")
    raw = fields.get("calls")
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        raise ValueError(f"{where}.calls: a list with a call is needed")
    given = cast("Sequence[object]", raw)
    return Calls(tuple(_read_call(call, f"{where}.calls[{position}]") for position, call in enumerate(given)))


def _read_call(raw: object, where: str) -> FunctionCall:
    if not isinstance(raw, Mapping):
        raise ValueError(f"{where}: a call is a dict, not {raw!r}")
    fields = cast("Mapping[str, object]", raw)
    _only(fields, where, "call_id", "name", "namespace", "arguments", "session_of", "review", "input")
    call_id, name = fields.get("call_id"), fields.get("name")
    namespace, session_of = fields.get("namespace"), fields.get("session_of")
    if not (isinstance(call_id, str) and isinstance(name, str)):
        raise ValueError(f"{where}: call_id and name are strings")
    if not (isinstance(namespace, str | None) and isinstance(session_of, str | None)):
        raise ValueError(f"{where}: namespace and session_of are strings")
    review = fields.get("review")
    if not (review is None or isinstance(review, Mapping)):
        raise ValueError(f"{where}.review: a dict is needed, not {review!r}")
    verdict = cast("Mapping[str, object] | None", review)
    arguments = json.dumps(fields.get("arguments", {}))
    return FunctionCall(call_id, name, arguments, namespace, session_of, verdict, _input(fields, where))


def _input(fields: Mapping[str, object], where: str) -> tuple[str, ...] | None:
    raw = fields.get("input")
    if raw is None:
        return None
    pieces = cast("list[object]", raw) if isinstance(raw, list) else []
    texts = tuple(piece for piece in pieces if isinstance(piece, str))
    if not texts or len(texts) != len(pieces):
        raise ValueError(f"{where}.input: a list of texts is needed, not {raw!r}")
    return texts


def _read_hold(fields: Mapping[str, object], where: str) -> Hold:
    _only(fields, where, "gate")
    gate = fields.get("gate")
    if not isinstance(gate, str):
        raise ValueError(f"{where}.gate: a string is needed, not {gate!r}")
    return Hold(gate)


def _read_fail(fields: Mapping[str, object], where: str) -> Fail:
    _only(fields, where, "status", "times", "retry_after", "body")
    status = fields.get("status")
    if not isinstance(status, int) or isinstance(status, bool) or not 400 <= status <= 599:
        raise ValueError(f"{where}.status: an HTTP error status (400 to 599) is needed, not {status!r}")
    retry_after = fields.get("retry_after")
    if retry_after is not None and (
        not isinstance(retry_after, int | float)
        or isinstance(retry_after, bool)
        or retry_after < 0
        or not float(retry_after).is_integer()
    ):
        # codex ignores a header with a fraction, and then does not try again (seen on 0.163.0).
        raise ValueError(f"{where}.retry_after: whole seconds are needed, not {retry_after!r}")
    wait = None if retry_after is None else int(retry_after)
    body = fields.get("body")
    if body is not None and not isinstance(body, Mapping):
        raise ValueError(f"{where}.body: a dict is needed, not {body!r}")
    return Fail(status, _times(fields, where), wait, cast("Mapping[str, object] | None", body))


def _read_drop(fields: Mapping[str, object], where: str) -> DropConnection:
    _only(fields, where, "times")
    return DropConnection(_times(fields, where))


def _read_stall(fields: Mapping[str, object], where: str) -> Stall:
    _only(fields, where)
    return Stall()


def _read_never(fields: Mapping[str, object], where: str) -> NeverAnswer:
    _only(fields, where)
    return NeverAnswer()


def _chunks(fields: Mapping[str, object], where: str) -> tuple[Chunk, ...]:
    raw = fields.get("chunks", _MISSING)
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise ValueError(f"{where}.chunks: a list is needed")
    chunks: list[Chunk] = []
    for position, chunk in enumerate(cast("Sequence[object]", raw)):
        if isinstance(chunk, str):
            chunks.append(chunk)
            continue
        act = _read_act(chunk, f"{where}.chunks[{position}]")
        if not isinstance(act, Hold | Stall | DropConnection):
            raise ValueError(f"{where}.chunks[{position}]: only hold, stall and drop_connection can be inside an item")
        chunks.append(act)
    return tuple(chunks)


def _times(fields: Mapping[str, object], where: str) -> int | None:
    times = fields.get("times")
    if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
        raise ValueError(f"{where}.times: a count from 1, or null for always, is needed, not {times!r}")
    return times


def _flag(fields: Mapping[str, object], where: str, name: str) -> bool:
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(f"{where}.{name}: true or false is needed, not {value!r}")
    return value


def _only(fields: Mapping[str, object], where: str, *known: str) -> None:
    strangers = sorted(set(fields) - {"type", *known})
    if strangers:
        raise ValueError(f"{where}: unknown key {strangers[0]!r}; known: {', '.join(('type', *known))}")


_READERS: Final[dict[str, tuple[Callable[[Mapping[str, object], str], Act], type]]] = {
    "say": (_read_say, Say),
    "think": (_read_think, Think),
    "propose_plan": (_read_plan, ProposePlan),
    "hold": (_read_hold, Hold),
    "fail": (_read_fail, Fail),
    "drop_connection": (_read_drop, DropConnection),
    "stall": (_read_stall, Stall),
    "never_answer": (_read_never, NeverAnswer),
    "calls": (_read_calls, Calls),
}
