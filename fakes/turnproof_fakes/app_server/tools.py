"""The tools that the plan switches on besides the usual ones, as each thread tells of them when it is loaded."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.threads import Thread

    Json = dict[str, Any]

MCP_SERVER = "turnproof"
"""Our MCP server, by its name in the config."""
_FEATURES = {
    "patches": "apply_patch_streaming_events",
    "clock": "current_time_reminder",
    "permissions": "request_permissions_tool",
}
_UNFINISHED = (
    "Under-development features enabled: {features}. "
    "Under-development features are incomplete and may behave unpredictably. "
    "To suppress this warning, set `suppress_unstable_features_warning = true` in {home}/config.toml."
)


def on(engine: Engine, tool: str) -> bool:
    """Whether `mcp` (our MCP server), `permissions` (the request_permissions tool), `clock` (the client's),
    `patches` (the events of a streamed one) `plan` (the update_plan tool) or `hooks` (those of the home) is switched on."""
    return tool in engine.plan.get("tools", ())


def start(engine: Engine, thread: Thread) -> None:
    """Warn of what is unfinished, and start the MCP server: each thread has its own."""
    features = ", ".join(name for tool, name in _FEATURES.items() if on(engine, tool))
    if features:
        warning = {"threadId": thread.id, "message": _UNFINISHED.format(features=features, home=engine.home)}
        engine.tell(thread, "warning", warning)
    if on(engine, "mcp"):
        _tell_startup(engine, thread, "starting")
        engine.timers.after(engine.pace.first_byte, lambda: _tell_startup(engine, thread, "ready"))


def _tell_startup(engine: Engine, thread: Thread, status: str) -> None:
    what = {"threadId": thread.id, "name": MCP_SERVER, "status": status, "error": None, "failureReason": None}
    engine.tell(thread, "mcpServer/startupStatus/updated", what)
