"""What a version always sends, learned from recorded histories.

The published schema calls most keys optional, though this server never leaves them out. From every message that a
server sent, each object is put beside the definition that it is of (a branch of it, where there are several), and the
keys it has are counted. A key counts as always sent when all objects of that definition had it, and either

* it was seen *empty* once (null, false, 0, "", [] or {}): a serialiser that skips empty values would have skipped it; or
* it was there in at least `ENOUGH` objects.

The first is why a small corpus goes a long way; the second is a matter of numbers, and errs on the side of silence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, cast

from turnproof.schema.closing import variants
from turnproof.schema.document import REF, JsonSchema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turnproof.schema.document import SchemaDocument, Shape
    from turnproof.schema.recording import Recorded

ENOUGH: Final = 32
TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
}


class Learner:
    """Counts keys by definition. Feed it messages, then ask for the table."""

    def __init__(self, document: SchemaDocument) -> None:
        self.document = document
        self.messages = 0
        self._objects: Counter[str] = Counter()
        self._present: dict[str, Counter[str]] = defaultdict(Counter)
        self._empty: dict[str, set[str]] = defaultdict(set)
        self._required: dict[str, set[str]] = {}

    def feed(self, messages: Iterable[Recorded]) -> None:
        """Take in recorded messages; those that a client sent say nothing about the server."""
        for one in messages:
            if one.direction == "to_client":
                self.messages += 1
                self._message(one.message, one.answers)

    def _message(self, message: dict[str, Any], answers: str | None) -> None:
        method = message.get("method")
        if method is not None:
            shape: Shape | None = self.document.server_notifications.get(method) or self.document.server_requests.get(
                method
            )
            if shape is not None:
                self._walk(shape.params, "params", message.get("params"))
        elif "error" in message:
            self._walk(self.document.error, "error", message["error"])
        elif answers is not None and answers in self.document.client_requests:
            self._walk(self.document.client_requests[answers].result or {}, "result", message.get("result"))

    def table(self) -> dict[str, list[str]]:
        """By definition, the keys that are always sent and that the schema does not require already."""
        found: dict[str, list[str]] = {}
        for name in sorted(self._objects):
            always = [
                key
                for key, times in sorted(self._present[name].items())
                if times == self._objects[name]
                and key not in self._required[name]
                and (key in self._empty[name] or times >= ENOUGH)
            ]
            if always:
                found[name] = always
        return found

    def _walk(self, schema: JsonSchema | bool, name: str, value: Any) -> None:
        if isinstance(schema, bool):
            return
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(REF)
            self._walk(self.document.definitions[name], name, value)
        elif branches := list(variants(name, schema)):
            fitting = [(label, branch) for label, branch in branches if self._fits(branch, value)]
            if len(fitting) == 1:  # which of two it is cannot be told: nothing is learned
                self._walk(fitting[0][1], fitting[0][0], value)
        elif isinstance(value, dict):
            self._object(schema, name, cast("dict[str, Any]", value))
        elif isinstance(value, list) and isinstance(schema.get("items"), dict):
            for element in cast("list[Any]", value):
                self._walk(schema["items"], f"{name}[]", element)

    def _object(self, schema: JsonSchema, name: str, value: dict[str, Any]) -> None:
        properties: dict[str, JsonSchema | bool] = schema.get("properties", {})
        others = schema.get("additionalProperties")
        if properties:
            self._objects[name] += 1
            self._required[name] = set(schema.get("required", ()))
        for key, inner in value.items():
            if key in properties:
                self._present[name][key] += 1
                if not inner:
                    self._empty[name].add(key)
                self._walk(properties[key], f"{name}.{key}", inner)
            elif isinstance(others, dict):
                self._walk(cast("JsonSchema", others), f"{name}[]", inner)

    def _fits(self, schema: JsonSchema, value: Any) -> bool:
        """Whether a value can be of this branch: by its type, its tags and its keys; not deeper."""
        if "$ref" in schema:
            return self._fits(self.document.definitions[schema["$ref"].removeprefix(REF)], value)
        inner = [branch for _, branch in variants("", schema)]
        if inner:
            return any(self._fits(branch, value) for branch in inner)
        if "enum" in schema:
            return value in schema["enum"]
        types = schema.get("type", [])
        if not any(isinstance(value, TYPES[one]) for one in ([types] if isinstance(types, str) else types)):
            return not types
        if not isinstance(value, dict) or "properties" not in schema:
            return True
        return self._has_the_keys(schema, cast("dict[str, Any]", value))

    def _has_the_keys(self, schema: JsonSchema, value: dict[str, Any]) -> bool:
        properties: dict[str, JsonSchema | bool] = schema["properties"]
        return (
            set(schema.get("required", ())) <= set(value)
            and (set(value) <= set(properties) or "additionalProperties" in schema)
            and all(
                not isinstance(inner, dict) or "enum" not in inner or key not in value or value[key] in inner["enum"]
                for key, inner in properties.items()
            )
        )
