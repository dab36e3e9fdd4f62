"""Requests whose answer hardly depends on anything: models, configuration, account, profiles, skills.

Shapes as 0.163.0 answers them.
"""

from __future__ import annotations

from turnproof_fakes.app_server import model_catalogue
from turnproof_fakes.app_server.refusals import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine

    Json = dict[str, Any]


def models(engine: Engine, request_id: int | str, params: Json) -> None:
    """model/list; the cursor is an index."""
    known = model_catalogue.listed()
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
}
