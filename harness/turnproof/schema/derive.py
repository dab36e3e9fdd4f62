"""From what a binary prints to a schema document: structure only, flat, deterministic.

`codex app-server generate-json-schema` writes a bundle of draft-07 schemas. A document keeps what validation reads and
nothing else: no titles, no descriptions, no defaults (they validate nothing). Three rewrites keep its meaning and
shorten it: an `allOf` of one is that one; a `oneOf` of string constants is one `enum`; the two name spaces of
definitions (root and `v2`) become one.

Which response answers which request is nowhere in the bundle but in the names: `ThreadStartParams` goes with
`ThreadStartResponse`. Requests without params of their own go by method, or by `RESPONSES` below.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from turnproof.schema.document import LISTED, MAJOR, NAMED, REF, JsonSchema, SchemaError, references, without

if TYPE_CHECKING:
    from collections.abc import Mapping

# Annotations: they say nothing about what is valid. Those of schemars' own generator are among them.
PROSE: Final = frozenset({"title", "description", "examples", "default", "$comment", "$schema"})

KINDS: Final = {
    "client_requests": "ClientRequest",
    "client_notifications": "ClientNotification",
    "server_requests": "ServerRequest",
    "server_notifications": "ServerNotification",
}

# Responses whose name follows neither from the type of the params nor from the method (read in the bundle of 0.163.0).
RESPONSES: Final = {
    "account/gatewayOAuth/cancel": "GatewayOAuthCancelResponse",
    "account/gatewayOAuth/login": "GatewayOAuthLoginResponse",
    "account/gatewayOAuth/read": "GatewayOAuthReadResponse",
    "account/logout": "LogoutAccountResponse",
    "account/workspaceMessages/read": "GetWorkspaceMessagesResponse",
    "config/batchWrite": "ConfigWriteResponse",
    "config/mcpServer/reload": "McpServerRefreshResponse",
    "config/value/write": "ConfigWriteResponse",
    "externalAgentConfig/import/readHistories": "ExternalAgentConfigImportHistoriesReadResponse",
}


def derive(stable: JsonSchema, experimental: JsonSchema, origin: Mapping[str, str]) -> JsonSchema:
    """The document of two bundles (`codex_app_server_protocol.schemas.json`, plain and `--experimental`)."""
    wide, narrow = _definitions(experimental), _definitions(stable)
    tables = {kind: _table(wide, name) for kind, name in KINDS.items()}
    roots = [
        shape[key]
        for table in tables.values()
        for shape in table.values()
        for key in ("params", "result")
        if key in shape
    ]
    error: JsonSchema = {"$ref": REF + "JSONRPCErrorError"}
    needed = _reachable([*roots, error], wide)
    extra: JsonSchema = {
        kind: sorted(set(tables[kind]) - set(_table(narrow, name, answers=False))) for kind, name in KINDS.items()
    }
    sent = [shape["params"] for kind in ("client_requests", "client_notifications") for shape in tables[kind].values()]
    sent += [shape["result"] for shape in tables["server_requests"].values()]
    extra["properties"] = _added_keys(sorted(_reachable(sent, wide)), wide, narrow)
    return {
        "turnproof_schema": MAJOR,
        "origin": dict(origin),
        **tables,
        "error": error,
        "experimental": extra,
        "definitions": {name: wide[name] for name in sorted(needed)},
    }


def _definitions(bundle: JsonSchema) -> dict[str, JsonSchema]:
    """All definitions under one name each, stripped. SchemaError when the two name spaces contradict each other."""
    spaces: JsonSchema = dict(bundle["definitions"])
    flat: dict[str, JsonSchema] = {}
    for space in (spaces.pop("v2", {}), spaces):
        for name, schema in cast("JsonSchema", space).items():
            stripped = _strip(schema)
            if flat.setdefault(name, stripped) != stripped:
                raise SchemaError(f"the bundle has two definitions named {name}")
    return flat


def _strip(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    kept: JsonSchema = {}
    for key, value in cast("JsonSchema", schema).items():
        if key in PROSE:
            continue
        if key in NAMED:
            kept[key] = {name: _strip(inner) for name, inner in value.items()}
        elif key in LISTED:
            kept[key] = [_strip(inner) for inner in value]
        elif key == "$ref":
            kept[key] = REF + value.rsplit("/", 1)[1]
        elif isinstance(value, dict):
            kept[key] = _strip(value)
        else:
            kept[key] = value
    return _simpler(kept)


def _simpler(schema: JsonSchema) -> JsonSchema:
    if set(schema) == {"allOf"} and len(schema["allOf"]) == 1:
        return schema["allOf"][0]
    if (
        set(schema) == {"oneOf"}
        and schema["oneOf"]
        and all(set(one) == {"enum", "type"} and one["type"] == "string" for one in schema["oneOf"])
    ):
        values = [value for one in schema["oneOf"] for value in one["enum"]]
        if len(values) == len(set(values)):
            return {"enum": values, "type": "string"}
    return schema


def _table(definitions: dict[str, JsonSchema], name: str, *, answers: bool = True) -> dict[str, JsonSchema]:
    table: dict[str, JsonSchema] = {}
    for branch in definitions[name]["oneOf"]:
        properties: JsonSchema = branch["properties"]
        (method,) = properties["method"]["enum"]
        entry: JsonSchema = {
            "params": properties.get("params", {"type": "null"}),
            "params_required": "params" in branch["required"],
        }
        if answers and "id" in properties:
            entry["result"] = {"$ref": REF + _response_name(method, entry["params"], definitions)}
        table[method] = entry
    return table


def _response_name(method: str, params: JsonSchema, definitions: Mapping[str, JsonSchema]) -> str:
    by_params = [name.removesuffix("Params") + "Response" for name in references(params)]
    by_method = "".join(word[:1].upper() + word[1:] for word in re.split("[/_]", method)) + "Response"
    for name in (RESPONSES.get(method, ""), *by_params, by_method):
        if name in definitions:
            return name
    raise SchemaError(f"no response type is known for {method}: add it to turnproof.schema.derive.RESPONSES")


def _reachable(roots: list[JsonSchema], definitions: Mapping[str, JsonSchema]) -> set[str]:
    needed: set[str] = set()
    stack = [name for root in roots for name in references(root)]
    while stack:
        name = stack.pop()
        if name not in needed:
            needed.add(name)
            stack.extend(references(definitions[name]))
    return needed


def _added_keys(
    names: list[str], wide: Mapping[str, JsonSchema], narrow: Mapping[str, JsonSchema]
) -> dict[str, list[str]]:
    """By definition, the keys that a client may send on the experimental surface only.

    That they are all there is to it is checked: were a type to differ in more than missing keys, `Schema` would judge
    clients on the stable surface by the wrong rule.
    """
    added: dict[str, list[str]] = {}
    for name in names:
        if name not in narrow or wide[name] == narrow[name]:
            continue
        keys = sorted(set(wide[name].get("properties", {})) - set(narrow[name].get("properties", {})))
        if without(wide[name], frozenset(keys)) != narrow[name]:
            raise SchemaError(f"the stable surface has another {name}, and not only fewer keys")
        added[name] = keys
    return added
