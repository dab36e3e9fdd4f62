"""`Schema`: does a message have the shape of *its* method?

Two levels. *Published* is the schema as the binary prints it; *closed* (`turnproof.schema.closing`) also refuses keys
it does not know and wants those that this version always sends. Whatever passes closed passes published, so a healthy
message is validated once; only a message that fails is looked at again, to say at which level and why.

A validator is compiled at the first message of its method, over `params`, `result` or `error` alone: the rest of a
message is the envelope, which has rules of its own (`turnproof.schema.envelope`). Measured on 0.163.0: one method
compiles in 0.1 to 3 ms, a delta is validated in 0.4 us; the whole of the server's notifications as one schema takes
12 ms at once, and 0.5 us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs

from turnproof.schema.closing import close
from turnproof.schema.diagnosis import first_problem
from turnproof.schema.document import REF, SchemaDocument, without
from turnproof.schema.finding import SHOWN, Finding, capped, path_text, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from turnproof.profile import Profile
    from turnproof.schema.document import Direction, JsonSchema, Shape
    from turnproof.schema.finding import Level

NO_TABLE: Final[Mapping[str, tuple[str, ...]]] = {}


class Slot:
    """One part of the messages that go one way (`params`, `result` or `error`): its schema and validator by method."""

    def __init__(self, side: Side, key: str, schemas: Mapping[str, JsonSchema]) -> None:
        self.key: Final = key
        self.schemas: Final = schemas
        self.valid: Final[dict[str, Callable[[Any], bool]]] = {}
        """By method, `is_valid` of the closed validator: the hot path is one look-up in here."""
        self._side = side
        self._compiled: dict[tuple[str, bool], jsonschema_rs.Validator] = {}

    def judge(self, method: str, body: object, name: str = "") -> Finding | None:
        """Validate by the closed schema; when that fails, say at which level and why. `name` for the finding."""
        closed = self._validator(method, closed=True)
        self.valid[method] = closed.is_valid
        if closed.is_valid(body):
            return None
        published = self._validator(method, closed=False)
        level: Level = "closed" if published.is_valid(body) else "published"
        failed = closed if level == "closed" else published
        where, problem, expected = first_problem(failed.iter_errors(body))
        return Finding(level, name or method, path_text([self.key, *where]), problem, expected)

    def _validator(self, method: str, *, closed: bool) -> jsonschema_rs.Validator:
        if (method, closed) not in self._compiled:
            self._compiled[method, closed] = self._side.validator(self.schemas[method], closed=closed)
        return self._compiled[method, closed]


class Side:
    """All that is sent one way: its three slots, and how their schemas are compiled."""

    def __init__(
        self,
        document: SchemaDocument,
        bodies: Mapping[str, Shape],
        answered: Mapping[str, Shape],
        always: Mapping[str, tuple[str, ...]],
        missing: Mapping[str, frozenset[str]],
    ) -> None:
        """`missing`: by definition, the keys that the surface in use does not have."""
        self._document = document
        self._always = always
        self._missing = missing
        self._closed: dict[str, JsonSchema] = {}
        self.params: Final = Slot(self, "params", {method: shape.params for method, shape in bodies.items()})
        self.result: Final = Slot(
            self, "result", {method: shape.result for method, shape in answered.items() if shape.result is not None}
        )
        self.error: Final = Slot(self, "error", {"error": document.error})

    def validator(self, schema: JsonSchema, *, closed: bool) -> jsonschema_rs.Validator:
        """Compile a schema with the definitions it needs, and no others: that is most of what compiling costs."""
        reached = self._document.reachable(schema)
        name = schema["$ref"].removeprefix(REF) if "$ref" in schema else "params"
        # The root is the definition itself, not a reference to it: following one costs 0.2 us a message.
        root = reached.get(name, schema)
        if not closed:
            return jsonschema_rs.Draft7Validator({**root, "definitions": reached})
        definitions = {inner: self._closed_definition(inner, one) for inner, one in reached.items()}
        root = close(name, self._surface(name, root), self._always, root=True)
        return jsonschema_rs.Draft4Validator({**root, "definitions": definitions})

    def _closed_definition(self, name: str, schema: JsonSchema) -> JsonSchema:
        if name not in self._closed:
            self._closed[name] = close(name, self._surface(name, schema), self._always)
        return self._closed[name]

    def _surface(self, name: str, schema: JsonSchema) -> JsonSchema:
        keys = self._missing.get(name)
        return without(schema, keys) if keys else schema


class Schema:
    """The validators of one server version.

    `always`: by definition, the keys that this version always sends (the profile's table). `experimental`: whether the
    client under judgement declared `experimentalApi`; what a server may send is the same either way.
    """

    def __init__(
        self, document: SchemaDocument, always: Mapping[str, tuple[str, ...]] = NO_TABLE, *, experimental: bool = True
    ) -> None:
        self.document: Final = document
        self._other: Schema | None = None
        self.experimental: Final = experimental
        d = document
        self.to_client = Side(d, {**d.server_notifications, **d.server_requests}, d.client_requests, always, missing={})
        self.to_server = Side(
            d,
            {**d.client_notifications, **d.client_requests},
            d.server_requests,
            NO_TABLE,
            missing={} if experimental else d.experimental_properties,
        )

    @classmethod
    def of(cls, profile: Profile, document: SchemaDocument | None = None, *, experimental: bool = True) -> Schema:
        """The schema of a server: by the document of its binary, or by the profile's own where there is no binary."""
        own = document or SchemaDocument.from_json(profile.schema_data())
        return cls(own, profile.always_sent(), experimental=experimental)

    def for_client(self, *, experimental: bool) -> Schema:
        """The same for a client with or without `experimentalApi`; what is compiled for the server's side is shared."""
        if experimental == self.experimental:
            return self
        if self._other is None:  # made once: every play of a client asks for it
            self._other = Schema(self.document, experimental=experimental)
            self._other.to_client = self.to_client
        return self._other

    @property
    def digest(self) -> str:
        """What tells this schema from that of another version (`turnproof.schema.document.digest_of`)."""
        return self.document.digest

    def validate(
        self, message: Mapping[str, Any], direction: Direction, method_of_response: str | None = None
    ) -> Finding | None:
        """Judge the body of a decoded message; None when nothing is wrong, or when there is nothing to judge it by.

        `method_of_response` is the method of the request that a response answers. Not judged are results of unknown
        requests or of methods that the schema does not list (0.163.0 serves three such). Never raises: a value that
        cannot be validated (a key with a lone surrogate) is a finding.
        """
        try:
            side = self.to_client if direction == "to_client" else self.to_server
            method = message.get("method")
            if method is not None:
                valid = side.params.valid.get(method)
                if valid is not None and valid(message.get("params")):
                    return None
                return self._params(side, method, message.get("params"))
            if "error" in message:
                return side.error.judge("error", message["error"], method_of_response or "error")
            if method_of_response is None or "result" not in message:
                return None
            valid = side.result.valid.get(method_of_response)
            if valid is not None and valid(message["result"]):
                return None
            if method_of_response not in side.result.schemas:
                return None
            return side.result.judge(method_of_response, message["result"])
        except (ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            return Finding("published", method_of_response or "message", "", f"cannot be validated: {_brief(error)}")

    def _params(self, side: Side, method: object, params: object) -> Finding | None:
        if not isinstance(method, str):
            return Finding("published", "message", "method", f"is {shown(method)}", "string")
        if method not in side.params.schemas:
            return Finding("published", shown(method)[1:-1], "method", "is not in the schema of this direction")
        if not self.experimental and side is self.to_server and method in self.document.experimental_methods:
            return Finding("published", method, "method", "needs the capability experimentalApi")
        return side.params.judge(method, params)


def _brief(error: Exception) -> str:
    return capped(f"{type(error).__name__}: {error}", SHOWN)
