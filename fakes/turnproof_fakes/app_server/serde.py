"""Checks params the way the real server's deserialiser does, with its texts.

A field is described by one word: `string`, `bool`, `u32`, `map`, `seq`, `any`, `enum:a|b|c`, or `tagged:Name`
(a map of the tagged enum of that name). A leading `!` makes it required;
a trailing `?` lets it be null. Fields are checked in the order they were sent, missing ones are looked for afterwards in the
order they are declared (seen on 0.163.0: `turn/steer` without input and expectedTurnId misses `input` first).
"""

from __future__ import annotations

from turnproof_fakes.app_server.refusals import invalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

U32_MAX = (1 << 32) - 1

_EXPECTED = {
    "string": "a string",
    "bool": "a boolean",
    "u32": "u32",
    "map": "a map",
    "seq": "a sequence",
    "enum": "string or map",
}


def described(value: object) -> str:
    """A value as serde names it: ``integer `5` ``, `string "x"`, `sequence`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"boolean `{'true' if value else 'false'}`"
    if isinstance(value, int):
        return f"integer `{value}`"
    if isinstance(value, float):
        return f"floating point `{value!r}`"
    if isinstance(value, str):
        return f"string {_quoted(value)}"
    return "sequence" if isinstance(value, list) else "map"


def _quoted(text: str) -> str:
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    )
    return f'"{escaped}"'


def variants(names: list[str]) -> str:
    """The list of what would have been accepted."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) == 2:
        return f"expected {quoted[0]} or {quoted[1]}"
    return f"expected {quoted[0]}" if len(quoted) == 1 else f"expected one of {', '.join(quoted)}"


def check_value(value: object, kind: str) -> None:
    """Raise the error for a value that is not of that kind."""
    if kind == "any" or (value is None and kind.endswith("?")):
        return
    kind = kind.rstrip("?")
    if kind.startswith("tagged:"):
        if not isinstance(value, dict):
            raise invalid(f"invalid type: {described(value)}, expected internally tagged enum {kind[7:]}")
    elif kind.startswith("enum:"):
        _check_enum(value, kind[5:].split("|"))
    elif kind == "u32":
        _check_u32(value)
    elif not _fits(value, kind):
        raise invalid(f"invalid type: {described(value)}, expected {_EXPECTED[kind]}")


def _fits(value: object, kind: str) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "bool":
        return isinstance(value, bool)
    return isinstance(value, dict if kind == "map" else list)


def _check_enum(value: object, names: list[str]) -> None:
    if isinstance(value, dict):
        return
    if not isinstance(value, str):
        raise invalid(f"invalid type: {described(value)}, expected {_EXPECTED['enum']}")
    if value not in names:
        raise invalid(f"unknown variant `{value}`, {variants(names)}")


def _check_u32(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(f"invalid type: {described(value)}, expected u32")
    if not 0 <= value <= U32_MAX:
        raise invalid(f"invalid value: {described(value)}, expected u32")


def check_fields(params: Json, fields: dict[str, str]) -> None:
    """Check a map against its field table; unknown fields are ignored."""
    for name, value in params.items():
        kind = fields.get(name)
        if kind is not None:
            check_value(value, kind.lstrip("!"))
    for name, kind in fields.items():
        if kind.startswith("!") and name not in params:
            raise invalid(f"missing field `{name}`")
