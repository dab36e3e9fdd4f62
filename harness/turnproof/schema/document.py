"""The schema of one server version in the form that this project works with.

A document is plain JSON (see `turnproof.schema.derive`, which makes it from what a binary prints):

    {"turnproof_schema": 1,
     "origin": {"package", "version", "binary_sha256", "command"},
     "client_requests":      {method: {"params": schema, "result": schema, "params_required": bool}},
     "client_notifications": {method: {"params": schema, "params_required": bool}},
     "server_requests":      …as client_requests,
     "server_notifications": …as client_notifications,
     "error": schema,
     "experimental": {"client_requests": [method], "server_requests": [method], …, "properties": {definition: [key]}},
     "definitions": {name: schema}}

Every `$ref` reads `#/definitions/<name>`. The definitions are those of the experimental surface; `experimental` says
what the stable one lacks. A server sends the same either way, so that part only matters for what a client sends.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

JsonSchema = dict[str, Any]
Direction = Literal["to_client", "to_server"]

MAJOR: Final = 1
REF: Final = "#/definitions/"

# The keywords under which a schema holds other schemas: by name, in a list, or as one.
NAMED: Final = ("properties", "definitions", "patternProperties")
LISTED: Final = ("oneOf", "anyOf", "allOf")
SINGLE: Final = ("items", "additionalProperties", "not")


class SchemaError(ValueError):
    """A schema document that cannot be used; the text is one line."""


@dataclass(frozen=True)
class Shape:
    """What one method carries one way: the schema of `params`, whether it must be there, and that of its result."""

    params: JsonSchema
    params_required: bool
    result: JsonSchema | None = None


def children(schema: object) -> Iterator[JsonSchema]:
    """The schemas directly inside one schema."""
    if not isinstance(schema, dict):
        return
    node = cast("JsonSchema", schema)
    for key in NAMED:
        yield from node.get(key, {}).values()
    for key in LISTED:
        yield from node.get(key, ())
    for key in SINGLE:
        inner = node.get(key)
        if isinstance(inner, list):
            yield from cast("list[JsonSchema]", inner)
        elif isinstance(inner, dict):
            yield cast("JsonSchema", inner)


def references(schema: JsonSchema) -> Iterator[str]:
    """The names of the definitions that a schema refers to itself, without following them."""
    stack: list[object] = [schema]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            ref = cast("JsonSchema", node).get("$ref")
            if isinstance(ref, str):
                yield ref.removeprefix(REF)
            stack.extend(children(cast("JsonSchema", node)))


def without(schema: JsonSchema, keys: frozenset[str]) -> JsonSchema:
    """An object schema that does not know the given keys."""
    kept = {key: inner for key, inner in schema["properties"].items() if key not in keys}
    return {**schema, "properties": kept}


def canonical(document: Mapping[str, Any]) -> bytes:
    """The bytes of a document: sorted keys, no blanks, so that equal documents are equal files."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True)
class SchemaDocument:
    """A document with its tables opened. Build it with `from_json` or `read`."""

    origin: Mapping[str, str]
    client_requests: Mapping[str, Shape]
    client_notifications: Mapping[str, Shape]
    server_requests: Mapping[str, Shape]
    server_notifications: Mapping[str, Shape]
    experimental_methods: frozenset[str]
    experimental_properties: Mapping[str, frozenset[str]]
    definitions: Mapping[str, JsonSchema] = field(repr=False)
    error: JsonSchema
    data: bytes = field(repr=False)
    _direct: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]], repr=False, compare=False)

    @cached_property
    def digest(self) -> str:
        """What tells this schema from others (see `digest_of`)."""
        return digest_of(json.loads(self.data))

    @classmethod
    def from_json(cls, data: bytes) -> SchemaDocument:
        """Open a document; SchemaError when it is none, or one of another major version."""
        try:
            loaded: Any = json.loads(data)
        except ValueError as error:
            raise SchemaError(f"a schema document is not JSON: {error}") from error
        if not isinstance(loaded, dict) or cast("JsonSchema", loaded).get("turnproof_schema") != MAJOR:
            raise SchemaError(f"not a schema document of major version {MAJOR}")
        document = cast("JsonSchema", loaded)
        extra: JsonSchema = document["experimental"]
        return cls(
            origin=document["origin"],
            experimental_methods=frozenset(
                method for kind, methods in extra.items() if kind != "properties" for method in methods
            ),
            experimental_properties={name: frozenset(keys) for name, keys in extra["properties"].items()},
            definitions=document["definitions"],
            error=document["error"],
            data=data,
            client_requests=_table(document, "client_requests"),
            client_notifications=_table(document, "client_notifications"),
            server_requests=_table(document, "server_requests"),
            server_notifications=_table(document, "server_notifications"),
        )

    @classmethod
    def read(cls, path: Path) -> SchemaDocument:
        """Open the document in a file."""
        return cls.from_json(path.read_bytes())

    def reachable(self, schema: JsonSchema) -> dict[str, JsonSchema]:
        """The definitions that a schema needs, followed to the end."""
        found: dict[str, JsonSchema] = {}
        stack = list(references(schema))
        while stack:
            name = stack.pop()
            if name not in found:
                found[name] = self.definitions[name]
                if name not in self._direct:
                    self._direct[name] = tuple(references(found[name]))
                stack.extend(self._direct[name])
        return found


def _table(document: JsonSchema, kind: str) -> dict[str, Shape]:
    return {
        method: Shape(entry["params"], entry["params_required"], entry.get("result"))
        for method, entry in document[kind].items()
    }


def digest_of(document: Mapping[str, Any]) -> str:
    """What tells one server's schema from another's: sha256 over all but the origin.

    Two builds with the same protocol have the same digest, whatever version they report (builds that report 0.0.0).
    """
    return hashlib.sha256(canonical({key: value for key, value in document.items() if key != "origin"})).hexdigest()
