"""Field tables of the requests the fake serves, and the checks that no table can say. Source: 0.163.0's schema and its errors."""

from __future__ import annotations

from turnproof_fakes.app_server.json_values import as_array, as_object
from turnproof_fakes.app_server.methods import EXPERIMENTAL_FIELDS, METHODS
from turnproof_fakes.app_server.refusals import Refused, invalid
from turnproof_fakes.app_server.serde import check_fields, described, variants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    Json = dict[str, Any]

_APPROVAL = "enum:untrusted|on-request|granular|never?"
_REVIEWER = "enum:user|auto_review|guardian_subagent?"
_SANDBOX = "enum:read-only|workspace-write|danger-full-access?"
_PERSONALITY = "enum:none|friendly|pragmatic?"
_SUMMARY = "enum:auto|concise|detailed|none?"
_ORDER = "enum:asc|desc?"

# What start, resume and fork share.
_THREAD_OPTIONS = {
    "model": "string?",
    "modelProvider": "string?",
    "serviceTier": "string?",
    "cwd": "string?",
    "runtimeWorkspaceRoots": "seq?",
    "approvalPolicy": _APPROVAL,
    "approvalsReviewer": _REVIEWER,
    "sandbox": _SANDBOX,
    "permissions": "string?",
    "config": "map?",
    "baseInstructions": "string?",
    "developerInstructions": "string?",
    "personality": _PERSONALITY,
}

# What a turn sets for itself and all that follow, and a client between turns.
_TURN_SETTINGS = {
    "cwd": "string?",
    "approvalPolicy": _APPROVAL,
    "approvalsReviewer": _REVIEWER,
    "model": "string?",
    "serviceTier": "string?",
    "effort": "string?",
    "summary": _SUMMARY,
    "personality": _PERSONALITY,
}

FIELDS: Final[dict[str, dict[str, str]]] = {
    "initialize": {"clientInfo": "!map", "capabilities": "map?"},
    "thread/start": _THREAD_OPTIONS
    | {
        "allowProviderModelFallback": "bool",
        "daybreakEnabled": "bool?",
        "dynamicTools": "seq?",
        "environments": "seq?",
        "ephemeral": "bool?",
        "experimentalRawEvents": "bool",
        "historyMode": "enum:legacy|paginated?",
        "mockExperimentalField": "string?",
        "projectId": "string?",
        "selectedCapabilityRoots": "seq?",
        "serviceName": "string?",
        "sessionStartSource": "enum:startup|clear?",
        "threadSource": "string?",
    },
    "thread/resume": {"threadId": "!string", "history": "seq?", "path": "string?", "excludeTurns": "bool"}
    | _THREAD_OPTIONS,
    "thread/fork": {
        "threadId": "!string",
        "path": "string?",
        "lastTurnId": "string?",
        "beforeTurnId": "string?",
        "ephemeral": "bool",
        "excludeTurns": "bool",
        "threadSource": "string?",
    }
    | _THREAD_OPTIONS,
    "thread/archive": {"threadId": "!string"},
    "thread/unarchive": {"threadId": "!string"},
    "thread/delete": {"threadId": "!string"},
    "thread/unsubscribe": {"threadId": "!string"},
    "thread/name/set": {"threadId": "!string", "name": "!string"},
    "thread/compact/start": {"threadId": "!string"},
    "thread/shellCommand": {"threadId": "!string", "command": "!string", "timeoutMs": "any"},
    "review/start": {"threadId": "!string", "target": "!tagged:ReviewTarget", "delivery": "enum:inline|detached?"},
    "thread/goal/set": {
        "threadId": "!string",
        "objective": "string?",
        "status": "enum:active|paused|blocked|usageLimited|budgetLimited|complete?",
        "tokenBudget": "any",
        "origin": "enum:user|automatic?",
    },
    "thread/goal/get": {"threadId": "!string"},
    "thread/goal/clear": {"threadId": "!string", "origin": "enum:user|automatic?"},
    "threadSection/list": {"cursor": "string?", "limit": "u32?"},
    "threadSection/create": {"name": "!string", "appearance": "map?"},
    "threadSection/update": {"sectionId": "!string", "name": "!string", "appearance": "map?"},
    "threadSection/delete": {"sectionId": "!string"},
    "thread/section/move": {"threadId": "!string", "sectionId": "!string?", "beforeThreadId": "string?"},
    "thread/attachment/add": {
        "threadId": "!string",
        "attachmentType": "!string",
        "identityKey": "!string",
        "payload": "!any",
    },
    "thread/attachment/remove": {"threadId": "!string", "attachmentType": "!string", "identityKey": "!string"},
    "thread/attachment/list": {"threadId": "!string", "cursor": "string?", "limit": "u32?"},
    "thread/attachmentOwner/list": {
        "attachmentType": "!string",
        "identityKey": "!string",
        "archived": "bool?",
        "cursor": "string?",
        "limit": "u32?",
    },
    "thread/queue/add": {"threadId": "!string", "input": "!seq", "clientUserMessageId": "!string"},
    "thread/queue/list": {"threadId": "!string", "cursor": "string?", "limit": "u32?"},
    "thread/queue/update": {"threadId": "!string", "queuedSubmissionId": "!string", "input": "!seq"},
    "thread/queue/delete": {"threadId": "!string", "queuedSubmissionId": "!string"},
    "thread/queue/reorder": {"threadId": "!string", "queuedSubmissionIds": "!seq"},
    "thread/queue/start": {"threadId": "!string", "queuedSubmissionId": "string?"},
    "thread/metadata/update": {"threadId": "!string", "gitInfo": "map?", "projectId": "string?"},
    "project/create": {"name": "!string", "roots": "!seq", "idempotencyKey": "!string", "metadata": "map?"},
    "project/read": {"projectId": "!string"},
    "project/list": {"cursor": "string?", "limit": "u32?"},
    "project/update": {"projectId": "!string", "name": "string?", "roots": "seq?", "metadata": "map?"},
    "project/delete": {"projectId": "!string"},
    "thread/settings/update": {
        "threadId": "!string",
        **_TURN_SETTINGS,
    },
    "turn/settings/update": {
        "threadId": "!string",
        "turnId": "!string",
        "model": "string?",
        "serviceTier": "string?",
        "effort": "string?",
        "summary": _SUMMARY,
        "approvalsReviewer": _REVIEWER,
    },
    "thread/readState/update": {
        "threadId": "!string",
        "expectedRevision": "!string",
        "operation": "!tagged:ThreadReadStateOperation",
    },
    "thread/inject_items": {"threadId": "!string", "items": "!seq"},
    "thread/approveGuardianDeniedAction": {"threadId": "!string", "event": "!any"},
    "thread/backgroundTerminals/list": {"threadId": "!string", "cursor": "string?", "limit": "u32?"},
    "thread/backgroundTerminals/clean": {"threadId": "!string"},
    "thread/backgroundTerminals/terminate": {"threadId": "!string", "processId": "!string"},
    "mcpServer/tool/call": {"threadId": "!string", "server": "!string", "tool": "!string", "arguments": "any"},
    "mcpServer/resource/read": {"threadId": "string?", "server": "!string", "uri": "!string"},
    "thread/read": {"threadId": "!string", "includeTurns": "bool"},
    "thread/revert": {"threadId": "!string", "beforeTurnId": "!string"},
    "thread/list": {
        "cursor": "string?",
        "limit": "u32?",
        "sortKey": "enum:created_at|updated_at|recency_at|section_position?",
        "sortDirection": _ORDER,
        "modelProviders": "seq?",
        "sourceKinds": "seq?",
        "archived": "bool?",
        "excludedThreadIds": "seq?",
        "projectId": "string?",
        "searchTerm": "string?",
        "sectionId": "string?",
        "useStateDbOnly": "bool",
    },
    "thread/loaded/list": {"cursor": "string?", "limit": "u32?"},
    "thread/turns/list": {
        "threadId": "!string",
        "cursor": "string?",
        "limit": "u32?",
        "sortDirection": _ORDER,
        "itemsView": "enum:notLoaded|summary|full?",
    },
    "thread/items/list": {
        "threadId": "!string",
        "turnId": "string?",
        "cursor": "string?",
        "limit": "u32?",
        "sortDirection": _ORDER,
    },
    "thread/items/read": {"threadId": "!string", "turnId": "!string", "itemIds": "!seq"},
    "turn/start": {
        "threadId": "!string",
        "clientUserMessageId": "string?",
        "input": "!seq",
        **_TURN_SETTINGS,
        "environments": "seq?",
    },
    "turn/steer": {
        "threadId": "!string",
        "clientUserMessageId": "string?",
        "input": "!seq",
        "expectedTurnId": "!string",
    },
    "turn/interrupt": {"threadId": "!string", "turnId": "!string"},
    "model/list": {"cursor": "string?", "limit": "u32?", "includeHidden": "bool?"},
    "config/read": {"includeLayers": "bool", "cwd": "string?"},
    "account/read": {"refreshToken": "bool"},
    "permissionProfile/list": {"cursor": "string?", "limit": "u32?", "cwd": "string?"},
    "skills/list": {"cwds": "seq", "forceReload": "bool"},
    "mock/experimentalMethod": {"value": "string?"},
}

_CLIENT_INFO = {"name": "!string", "title": "string?", "version": "!string"}
_CAPABILITIES = {
    "experimentalApi": "bool",
    "requestAttestation": "bool",
    "explicitGatewayOauth": "bool",
    "mcpServerOpenaiFormElicitation": "bool",
    "optOutNotificationMethods": "seq?",
}

_MODE = {"mode": "!enum:plan|code|custom|default|execute|pair_programming", "settings": "!map"}

# A user input by its type: required fields, and the shape it is echoed in (defaults for what may be left out).
_INPUT_FIELDS: dict[str, dict[str, str]] = {
    "text": {"text": "!string", "text_elements": "seq"},
    "image": {"url": "!string", "detail": "string?"},
    "localImage": {"detail": "string?", "path": "!string"},
    "audio": {"url": "!string"},
    "localAudio": {"path": "!string"},
    "skill": {"name": "!string", "path": "!string"},
    "mention": {"name": "!string", "path": "!string"},
}
_TARGETS: dict[str, dict[str, str]] = {
    "uncommittedChanges": {},
    "baseBranch": {"branch": "!string"},
    "commit": {"sha": "!string", "title": "string?"},
    "custom": {"instructions": "!string"},
}
_INPUT_DEFAULTS: dict[str, object] = {"text_elements": [], "detail": None}


def checked(method: str, raw: object, *, present: bool) -> Json:
    """The params of a request as a map, or the error its deserialisation gives. Runs before the handshake is looked at."""
    struct, elements, first_required, flags = METHODS[method]
    if not present or raw is None:
        if "u" in flags:
            return {}
        raise invalid("missing field `params`")
    array, params = as_array(raw), as_object(raw)
    if array is not None:
        if elements < 0:
            return {}
        if not struct:
            raise invalid("invalid type: sequence, expected unit")
        count = f"{elements} element{'' if elements == 1 else 's'}"
        raise invalid(f"invalid length {len(array)}, expected struct {struct} with {count}")
    if params is None:
        raise invalid(f"invalid type: {described(raw)}, expected struct {struct or 'unit'}")
    fields = FIELDS.get(method)
    if fields is not None:
        check_fields(params, fields)
    elif first_required and first_required not in params:
        raise invalid(f"missing field `{first_required}`")
    _check_inside(method, params)
    return params


def _check_inside(method: str, params: Json) -> None:
    if method == "initialize":
        check_fields(params["clientInfo"], _CLIENT_INFO)
        check_fields(params.get("capabilities") or {}, _CAPABILITIES)
    elif method in ("turn/start", "turn/steer", "thread/queue/add", "thread/queue/update"):
        for element in params["input"]:
            _check_input(element)
    if method in ("turn/start", "turn/steer", "thread/settings/update"):
        mode = params.get("collaborationMode")
        if mode is not None:
            _check_mode(mode)
        policy = as_object(params.get("sandboxPolicy"))
        kinds = ["dangerFullAccess", "readOnly", "externalSandbox", "workspaceWrite"]
        if policy is not None and policy.get("type") not in kinds:
            raise invalid(f"unknown variant `{policy.get('type')}`, {variants(kinds)}")
    elif method == "review/start":
        _check_tagged(params["target"], _TARGETS)
    elif method == "thread/readState/update":
        _check_tagged(params["operation"], {"read": {}, "unread": {}})
    elif method == "thread/list":
        cwd = params.get("cwd")
        if cwd is not None and not isinstance(cwd, str | list):
            raise invalid("data did not match any variant of untagged enum ThreadListCwdFilter")


def _check_mode(mode: object) -> None:
    given = as_object(mode)
    if given is None:
        raise invalid(f"invalid type: {described(mode)}, expected struct CollaborationMode")
    check_fields(given, _MODE)
    check_fields(given["settings"], {"model": "!string"})


def _check_input(element: object) -> None:
    given = as_object(element)
    if given is None:
        raise invalid(f"invalid type: {described(element)}, expected internally tagged enum UserInput")
    _check_tagged(given, _INPUT_FIELDS)


def _check_tagged(given: Json, kinds: dict[str, dict[str, str]]) -> None:
    """A map whose `type` says what else it must have."""
    if "type" not in given:
        raise invalid("missing field `type`")
    kind = given["type"]
    if kind not in kinds:
        raise invalid(f"unknown variant `{kind}`, {variants(list(kinds))}")
    check_fields(given, kinds[kind])


def gate(method: str, params: Json) -> None:
    """Refuse what needs the experimentalApi capability (null and false count as not sent)."""
    if "x" in METHODS[method][3]:
        raise Refused(f"{method} requires experimentalApi capability")
    for name in EXPERIMENTAL_FIELDS.get(method, ()):
        if params.get(name) not in (None, False):
            raise Refused(f"{method}.{name} requires experimentalApi capability")


def content(user_input: list[Json]) -> list[Json]:
    """User input as it is echoed in a userMessage item: known fields only, defaults filled in."""
    shaped: list[Json] = []
    for element in user_input:
        fields = _INPUT_FIELDS[element["type"]]
        shaped.append(
            {"type": element["type"]} | {name: element.get(name, _INPUT_DEFAULTS.get(name)) for name in fields}
        )
    return shaped


def last_text(user_input: list[Json]) -> str:
    """The text that picks the script: the last text element, "" if there is none."""
    return next((element["text"] for element in reversed(user_input) if element["type"] == "text"), "")
