"""Where a value is not of the type that its place asks for, found only when something is known to be wrong."""

from __future__ import annotations

import math
import types
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, Union, cast, get_args, get_origin

import msgspec


class Misfit(NamedTuple):
    """``value`` stands in a field of ``holder``, at ``path`` within it, where ``kind`` is asked for (Any: JSON)."""

    value: Any
    kind: Any
    holder: Any
    field: str
    path: tuple[Any, ...] = ()


def misfit(holder: msgspec.Struct) -> Misfit | None:
    """The first value within a structure that is not of its type."""
    for field in msgspec.structs.fields(type(holder)):
        at = Misfit(getattr(holder, field.name), field.type, holder, field.name)
        if (found := find(at)) is not None:
            return found
    return None


def find(at: Misfit) -> Misfit | None:
    """The first misfit at or within a place."""
    if at.kind is Any:
        return next(_no_json(at), None)
    options = options_of(at.kind)
    if isinstance(at.value, msgspec.Struct):
        return misfit(at.value) if type(at.value) in options else at
    value: Any = at.value
    if type(value) is tuple:
        members = cast("tuple[Any, ...]", value)
        kinds = next((get_args(option) for option in options if get_origin(option) is tuple), ())
        if kinds[1:] == (...,):
            kinds = kinds[:1] * len(members)
        if len(kinds) != len(members):
            return at
        places = enumerate(zip(members, kinds, strict=True))
        inner = (find(at._replace(value=v, kind=k, path=(*at.path, i))) for i, (v, k) in places)
        return next((found for found in inner if found is not None), None)
    return None if _plain(at.value, options) else _closest(at)


def _closest(at: Misfit) -> Misfit:
    """Within an object the member that is to blame, otherwise the place itself."""
    return next(_no_json(at), at) if isinstance(at.value, dict | str) else at


def options_of(kind: Any) -> tuple[Any, ...]:
    """The types that a union allows, the one type otherwise."""
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _plain(value: Any, options: tuple[Any, ...]) -> bool:
    """Whether a value that holds no structures is of one of the types, and can be saved."""
    if next(_no_json(Misfit(value, Any, None, "")), None) is not None and not isinstance(value, bytes):
        return False
    for option in options:
        kind = get_origin(option) or option
        fits = value in get_args(option) if kind is Literal else type(value) is kind
        if fits or (kind is float and type(value) is int):
            return True
    return False


def _no_json(at: Misfit) -> Iterator[Misfit]:
    """What is no JSON within a value."""
    value = at.value
    if isinstance(value, dict):
        for key, member in cast("dict[Any, Any]", value).items():
            inner = at._replace(value=member, path=(*at.path, key))
            if isinstance(key, str) and not lone_surrogate(key):
                yield from _no_json(inner)
            else:
                yield inner._replace(value=key, kind=dict)
    elif isinstance(value, list):
        for number, member in enumerate(cast("list[Any]", value)):
            yield from _no_json(at._replace(value=member, path=(*at.path, number)))
    elif not _scalar(value):
        yield at._replace(kind=Any)


def _scalar(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, int) or (isinstance(value, str) and not lone_surrogate(value))


def lone_surrogate(value: Any) -> bool:
    """Whether a text holds half of a character, which UTF-8 cannot."""
    return isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value)
