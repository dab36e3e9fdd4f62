"""The closed variant of a schema: what a server of this version sends, and nothing else.

Four things are changed in the published schema, each only where it is sound.

*No unknown keys.* Every object schema that lists its keys and says nothing about others gets
`additionalProperties: false`. An object beside a `oneOf` or `anyOf` (a tag plus variants) has its own keys moved into
every variant first, for draft-07 has no way to close the sum of both. What stays open: maps (`additionalProperties`
with a schema), free values (`true`), and objects of which nothing is said at all (`{"type": "object"}` below the root
of a message, such as `AppToolsConfig`). At the root of a message the latter is an empty result and is closed.

*No escape branch.* A variant that only repeats the types of the others (`CodexErrorInfo`: these strings, these objects,
or any string or object) is there for versions to come; this one is known, and does not send it.

*What is always sent is required.* By definition (a branch of it: `ThreadItem:agentMessage`), the keys that recorded
histories always had (`turnproof.schema.learn`). Only for what the server sends: a client may leave them out.

*An integer is no float.* draft-04 reads `1.0` as a number that is not an integer, later drafts as an integer; serde
refuses and never prints it. So closed schemas are compiled as draft-04, where `true` as a schema is `{}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from turnproof.schema.document import NAMED, JsonSchema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VARIANTS: Final = ("oneOf", "anyOf")


def close(name: str, schema: JsonSchema, always: Mapping[str, tuple[str, ...]], *, root: bool = False) -> JsonSchema:
    """The closed variant of the definition called `name`; `root`: it is all that a message carries."""
    closed = _closed(schema, name, always)
    if root and closed == {"type": "object"}:
        closed["additionalProperties"] = False
    return closed


def branch_name(name: str, index: int, branch: JsonSchema) -> str:
    """The name of a variant: by its tag where it has one (`ThreadItem:agentMessage`), else by its place."""
    for inner in cast("dict[str, JsonSchema | bool]", branch.get("properties", {})).values():
        if isinstance(inner, dict) and len(inner.get("enum", ())) == 1:
            return f"{name}:{inner['enum'][0]}"
    return f"{name}:{index}"


def variants(name: str, schema: JsonSchema) -> Iterator[tuple[str, JsonSchema]]:
    """The branches of a schema with their names, each with the keys that stand beside all of them; no escape branch."""
    shared = {key: value for key, value in schema.items() if key not in VARIANTS}
    for key in VARIANTS:
        branches = cast("list[JsonSchema]", schema.get(key, []))
        said = {one for branch in branches if set(branch) != {"type"} for one in _types(branch)}
        for index, branch in enumerate(branches):
            if set(branch) != {"type"} or not _types(branch) <= said:
                yield branch_name(name, index, branch), _joined(shared, branch) if shared else branch


def _types(schema: JsonSchema) -> set[str]:
    types: str | list[str] = schema.get("type", [])
    return {types} if isinstance(types, str) else set(types)


def _joined(shared: JsonSchema, branch: JsonSchema) -> JsonSchema:
    return {
        **shared,
        **branch,
        "properties": {**shared.get("properties", {}), **branch.get("properties", {})},
        "required": sorted({*shared.get("required", []), *branch.get("required", [])}),
    }


def _closed(schema: Any, name: str, always: Mapping[str, tuple[str, ...]]) -> JsonSchema:
    if schema is True:
        return {}
    node = cast("JsonSchema", schema)
    for key in VARIANTS:
        if key in node:
            return {key: [_closed(branch, label, always) for label, branch in variants(name, node)]}
    closed: JsonSchema = {}
    for key, value in node.items():
        if key in NAMED:
            closed[key] = {inner: _closed(one, f"{name}.{inner}", always) for inner, one in value.items()}
        elif key == "items" or (key == "additionalProperties" and not isinstance(value, bool)):
            closed[key] = _closed(value, f"{name}[]", always)
        elif key != "additionalProperties" or value is False:
            closed[key] = value
    if "properties" in node:
        if "additionalProperties" not in node:
            closed["additionalProperties"] = False
        required = {*node.get("required", ()), *(key for key in always.get(name, ()) if key in node["properties"])}
        if required:
            closed["required"] = sorted(required)
    return closed
