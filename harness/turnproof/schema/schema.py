"""`Schema`: does a message have the shape of *its* method?

Two levels. *Published* is the schema as the binary prints it; *closed* (`turnproof.schema.closing`) also refuses keys
it does not know and wants those that this version always sends. Whatever passes closed passes published, so a healthy
message is validated once; only a message that fails is looked at again, to say at which level and why.

A validator is compiled at the first message of its method, over `params`, `result` or `error` alone: the rest of a
message is the envelope, which has rules of its own (`turnproof.schema.envelope`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import jsonschema_rs

from turnproof.schema.closing import close
from turnproof.schema.document import REF, without
from turnproof.schema.finding import Finding, first_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from turnproof.schema.document import Direction, JsonSchema, SchemaDocument, Shape
    from turnproof.schema.finding import Level

Probe = "Callable[[Any], bool]"
NONE: Final[Mapping[str, tuple[str, ...]]] = {}


class Schema:
    """The validators of one server version.

    `always`: by definition, the keys that this version always sends (the profile's table); `experimental`: whether the
    client under judgement declared `experimentalApi` (what a server may send is the same either way).
    """

    def __init__(
        self, document: SchemaDocument, always: Mapping[str, tuple[str, ...]] = NONE, *, experimental: bool = True
    ) -> None:
        self.document = document
        self.experimental = experimental
        self._always = always
        self._closed_definitions: dict[str, dict[str, JsonSchema]] = {"to_client": {}, "to_server": {}}
        # One dict per kind of message, method -> is_valid of its closed validator: the hot path is one look-up.
        self._from_server: dict[str, Callable[[Any], bool]] = {}
        self._from_client: dict[str, Callable[[Any], bool]] = {}
        self._results_to_client: dict[str, Callable[[Any], bool]] = {}
        self._results_to_server: dict[str, Callable[[Any], bool]] = {}
