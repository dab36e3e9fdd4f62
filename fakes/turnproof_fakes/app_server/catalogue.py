"""Requests whose answer hardly depends on anything: models, configuration, account, profiles, skills.

Shapes as 0.163.0 answers them; the model names are real so that clients find what they look for, the descriptions are ours.
"""

from __future__ import annotations

from turnproof_fakes.app_server.refusals import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine

    Json = dict[str, Any]

_EFFORTS = ("low", "medium", "high", "xhigh")
_MODELS = (
    "gpt-6.1-sol",
    "gpt-6-astra",
    "gpt-6-sol",
    "gpt-6-luna",
    "gpt-5.6-sol",
    "gpt-5.6-terra",
    "gpt-5.6-luna",
    "gpt-5.5",
)


def knows(model: str | None) -> bool:
    """Whether the catalogue has metadata for a model; turn/start warns about any other."""
    return model in _MODELS


def _model(name: str, *, default: bool) -> Json:
    return {
        "id": name,
        "model": name,
        "upgrade": None,
        "upgradeInfo": None,
        "availabilityNux": None,
        "displayName": name.upper(),
        "description": f"{name}, as the fake lists it.",
        "modelSpecialty": None,
        "hidden": False,
        "supportedReasoningEfforts": [{"reasoningEffort": name, "description": name} for name in _EFFORTS],
        "defaultReasoningEffort": "medium",
        "inputModalities": ["text", "image"],
        "supportsPersonality": False,
        "multiAgentVersion": "v2",
        "additionalSpeedTiers": ["fast"],
        "serviceTiers": [{"id": "priority", "name": "Fast", "description": "faster"}],
        "defaultServiceTier": None,
        "availableAccessPrograms": None,
        "isDefault": default,
    }


def models(engine: Engine, request_id: int | str, params: Json) -> None:
    """model/list; the cursor is an index."""
    known = [_model(name, default=position == 0) for position, name in enumerate(_MODELS)]
    first = params.get("cursor") or "0"
    if not first.isdigit() or int(first) > len(known):
        raise Refused(f"invalid cursor: {first}")
    begin = int(first)
    end = min(len(known), begin + max(1, params["limit"])) if params.get("limit") is not None else len(known)
    engine.respond(request_id, {"data": known[begin:end], "nextCursor": str(end) if end < len(known) else None})


# The settings every config/read starts with, in its order; the rest comes in no order on the real server.
_SETTINGS = (
    *("model", "review_model", "model_context_window", "model_auto_compact_token_limit"),
    *("model_auto_compact_token_limit_scope", "model_provider", "approval_policy", "approvals_reviewer"),
    *("sandbox_mode", "sandbox_workspace_write", "forced_chatgpt_workspace_id", "forced_login_method"),
    *("web_search", "tools", "instructions", "developer_instructions", "compact_prompt"),
    *("model_reasoning_effort", "model_reasoning_summary", "model_verbosity", "service_tier", "analytics"),
    *("apps", "browser_use", "computer_use", "desktop"),
)


def config(engine: Engine, request_id: int | str, params: Json) -> None:
    """config/read: the settings the fake acts on, all others unset. `layers` is there only on request."""
    defaults: Json = engine.plan.get("defaults") or {}
    provider = defaults.get("modelProvider", "mock")
    read: Json = dict.fromkeys(_SETTINGS)
    read["model"] = defaults.get("model", "mock-model")
    read["model_provider"] = provider
    read["approval_policy"] = defaults.get("approvalPolicy", "never")
    read["sandbox_mode"] = defaults.get("sandbox", "read-only")
    read |= {"profiles": {}, "mcp_servers": {}, "features": {}, "model_providers": {provider: {"name": provider}}}
    answer: Json = {"config": read, "origins": {}}
    if params.get("includeLayers"):
        answer["layers"] = []
    engine.respond(request_id, answer)


def account(engine: Engine, request_id: int | str, _params: Json) -> None:
    """account/read: nobody is logged in, and nobody needs to be."""
    engine.respond(request_id, {"account": None, "requiresOpenaiAuth": False, "workspaceRouting": None})


def permission_profiles(engine: Engine, request_id: int | str, _params: Json) -> None:
    """permissionProfile/list: the three built-in ones."""
    names = (":read-only", ":workspace", ":danger-full-access")
    data = [{"id": name, "description": None, "allowed": True} for name in names]
    engine.respond(request_id, {"data": data, "nextCursor": None})


def skills(engine: Engine, request_id: int | str, params: Json) -> None:
    """skills/list: one entry a directory, none of them with a skill."""
    folders: list[str] = params.get("cwds") or [engine.cwd]
    data: list[Json] = [{"cwd": folder, "skills": [], "errors": []} for folder in folders]
    engine.respond(request_id, {"data": data})


def hooks(engine: Engine, request_id: int | str, params: Json) -> None:
    """hooks/list: likewise."""
    folders: list[str] = params.get("cwds") or [engine.cwd]
    data: list[Json] = [{"cwd": folder, "hooks": [], "warnings": [], "errors": []} for folder in folders]
    engine.respond(request_id, {"data": data})


def echo(engine: Engine, request_id: int | str, params: Json) -> None:
    """mock/experimentalMethod: a handy request that does nothing."""
    engine.respond(request_id, {"echoed": params.get("value")})


def _fixed(result: Json) -> Any:
    def handler(engine: Engine, request_id: int | str, _params: Json) -> None:
        engine.respond(request_id, result)

    return handler


def _unauthenticated(purpose: str) -> Any:
    def handler(_engine: Engine, _request_id: int | str, _params: Json) -> None:
        raise Refused(f"codex account authentication required to read {purpose}")

    return handler


_MODES = [
    {"name": "Plan", "mode": "plan", "model": None, "reasoning_effort": "medium"},
    {"name": "Default", "mode": "default", "model": None, "reasoning_effort": None},
]

HANDLERS = {
    "model/list": models,
    "config/read": config,
    "account/read": account,
    "permissionProfile/list": permission_profiles,
    "skills/list": skills,
    "hooks/list": hooks,
    "mock/experimentalMethod": echo,
    "account/rateLimits/read": _unauthenticated("rate limits"),
    "account/usage/read": _unauthenticated("token usage"),
    "app/list": _fixed({"data": [], "nextCursor": None}),
    "collaborationMode/list": _fixed({"data": _MODES}),
    "configRequirements/read": _fixed({"supportsIndependentSpeedModes": True, "requirements": None}),
    "getAuthStatus": _fixed({"authMethod": None, "authToken": None, "requiresOpenaiAuth": False}),
    "mcpServerStatus/list": _fixed({"data": [], "nextCursor": None}),
    "modelProvider/capabilities/read": _fixed({"imageGeneration": True, "webSearch": True}),
    "plugin/list": _fixed({"marketplaces": [], "marketplaceLoadErrors": [], "featuredPluginIds": []}),
    "project/list": _fixed({"data": [], "nextCursor": None}),
}
