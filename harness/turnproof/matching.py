"""References and matchers: plain JSON objects of one key, so that a scenario stays data wherever it is saved.

``ref("t1.turn.id")`` stands for a part of what an earlier step got; the other functions stand for a set of values:

    anything()            any value
    text("^no .* turn")   a string in which the regular expression is found
    one_of(1, "x")        a value that one of these matches
    subset({"a": 1})      an object with at least these members
    same_as("t1.turn.id") the same value, type included, as that part
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from turnproof.refusal import refuse, shown

Json = Any
Results = Mapping[str, Json]

_OPERANDS: Final[dict[str, type]] = {
    "$ref": str,
    "$anything": bool,
    "$text": str,
    "$one_of": list,
    "$subset": dict,
    "$same_as": str,
}
_MARKS: Final = tuple(_OPERANDS)


class Unresolved(LookupError):
    """A reference names something that is not there; the text says which part is missing."""


def ref(path: str) -> dict[str, str]:
    """A part of the result that a step named, as ``name.key.0.key``."""
    return {"$ref": path}


def anything() -> dict[str, bool]:
    """Any value at all."""
    return {"$anything": True}


def text(regex: str) -> dict[str, str]:
    """A string in which ``regex`` is found."""
    if not isinstance(regex, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise refuse(f"text is given {shown(regex)}, no regular expression", 'text("…")')
    try:
        re.compile(regex)
    except re.error as problem:
        mend = f"text({shown(re.escape(regex))}), when it is meant literally"
        raise refuse(f"{shown(regex)} is no regular expression: {problem}", mend) from None
    return {"$text": regex}


def one_of(*options: Json) -> dict[str, list[Json]]:
    """One of several values or matchers."""
    return {"$one_of": list(options)}


def subset(members: dict[str, Json]) -> dict[str, dict[str, Json]]:
    """An object that has at least these members."""
    return {"$subset": members}


def same_as(path: str) -> dict[str, str]:
    """The same value, and of the same type, as that part of an earlier result."""
    return {"$same_as": path}


def mark(value: Json) -> str | None:
    """The kind of reference or matcher that a value is, if it is one."""
    if isinstance(value, dict) and len(cast("dict[str, Json]", value)) == 1:
        key = next(iter(cast("dict[str, Json]", value)))
        return key if key in _MARKS else None
    return None


def references(value: Json) -> Iterator[str]:
    """Every path that a value refers to."""
    kind = mark(value)
    if kind in ("$ref", "$same_as"):
        yield value[kind]
    elif isinstance(value, dict):
        for member in cast("dict[str, Json]", value).values():
            yield from references(member)
    elif isinstance(value, list | tuple):
        for member in cast("list[Json]", value):
            yield from references(member)


def malformed(value: Json) -> str | None:
    """What is wrong with a reference or matcher within a value (a saved file can hold any), or None."""
    kind = mark(value)
    if kind is not None:
        inner = value[kind]
        if not isinstance(inner, _OPERANDS[kind]):
            return f"{kind} is given {_show(inner)}"
        if kind == "$one_of" and not inner:
            return "one_of() is met by nothing"
        if kind == "$text":
            try:
                re.compile(inner)
            except re.error as problem:
                return f"{shown(inner)} is no regular expression: {problem}"
        if kind not in ("$one_of", "$subset"):
            return None
        value = inner
    if isinstance(value, dict):
        value = list(cast("dict[str, Json]", value).values())
    if not isinstance(value, list | tuple):
        return None
    return next((m for member in cast("list[Json]", value) if (m := malformed(member)) is not None), None)


def look_up(path: str, results: Results) -> Json:
    """The value at ``name.key.0.key``; raises Unresolved."""
    name, *parts = path.split(".")
    if name not in results:
        raise Unresolved(f"nothing is named {name!r}")
    value = results[name]
    for part in parts:
        try:
            value = cast("Json", value[int(part)] if isinstance(value, list) else value[part])
        except (KeyError, IndexError, ValueError, TypeError):
            raise Unresolved(f"{path!r} has no part {part!r}") from None
    return value


def resolve(value: Json, results: Results) -> Json:
    """The value with its references replaced; raises Unresolved."""
    if mark(value) == "$ref":
        return look_up(value["$ref"], results)
    if isinstance(value, dict):
        return {key: resolve(member, results) for key, member in cast("dict[str, Json]", value).items()}
    if isinstance(value, list | tuple):
        return [resolve(member, results) for member in cast("list[Json]", value)]
    return value


def mismatch(want: Json, got: Json, results: Results, at: str = "") -> str | None:
    """Why ``got`` is not what ``want`` describes, or None; a path leads to the place.

    Numbers compare with their type: ``1`` is not ``1.0`` and not ``true``.
    """
    kind = mark(want)
    if kind is not None:
        return _MATCHERS[kind](want[kind], got, results, at)
    here = at or "the value"
    if want.__class__ is not got.__class__ and not (isinstance(want, tuple) and isinstance(got, list)):
        return f"{here} is {_show(got)}, expected {_show(want)}"
    if isinstance(want, dict):
        return _object(cast("dict[str, Json]", want), got, results, at, closed=True)
    if isinstance(want, list | tuple):
        wanted, there = cast("list[Json]", want), cast("list[Json]", got)
        if len(wanted) != len(there):
            return f"{here} has {len(there)} members, expected {len(wanted)}"
        pairs = enumerate(zip(wanted, there, strict=True))
        return next((m for i, (w, g) in pairs if (m := mismatch(w, g, results, _join(at, str(i))))), None)
    return None if want == got else f"{here} is {_show(got)}, expected {_show(want)}"


def _object(want: dict[str, Json], got: Json, results: Results, at: str, *, closed: bool) -> str | None:
    if not isinstance(got, dict):
        return f"{at or 'the value'} is {_show(got)}, expected an object"
    members = cast("dict[str, Json]", got)
    for key, member in want.items():
        if key not in members:
            return f"{_join(at, key)} is missing"
        if problem := mismatch(member, members[key], results, _join(at, key)):
            return problem
    extra = set(members) - set(want)
    return f"{_join(at, min(extra))} was not expected" if closed and extra else None


def _text(regex: str, got: Json, _: Results, at: str) -> str | None:
    if isinstance(got, str) and re.search(regex, got):
        return None
    return f"{at or 'the value'} is {_show(got)}, expected a text like /{regex}/"


def _one_of(options: list[Json], got: Json, results: Results, at: str) -> str | None:
    if any(mismatch(option, got, results, at) is None for option in options):
        return None
    return f"{at or 'the value'} is {_show(got)}, expected one of {', '.join(map(_show, options))}"


_MATCHERS: Final[dict[str, Callable[[Any, Json, Results, str], str | None]]] = {
    "$anything": lambda _want, _got, _results, _at: None,
    "$text": _text,
    "$one_of": _one_of,
    "$subset": lambda want, got, results, at: _object(want, got, results, at, closed=False),
    "$same_as": lambda want, got, results, at: mismatch(look_up(want, results), got, {}, at),
    "$ref": lambda want, got, results, at: mismatch(look_up(want, results), got, {}, at),
}


def _join(at: str, part: str) -> str:
    return f"{at}.{part}" if at else part


def _show(value: Json) -> str:
    shown = repr(value)
    return shown if len(shown) <= 120 else f"{shown[:100]}… ({len(shown)} characters)"
