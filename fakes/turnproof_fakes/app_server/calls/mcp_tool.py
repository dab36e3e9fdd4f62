"""The tool of our MCP server, which asks the user before it answers."""

from __future__ import annotations

from turnproof_fakes.app_server import tools
from turnproof_fakes.app_server.json_values import as_object
from turnproof_fakes.app_server.waiting import APPROVAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.calls.calling import Calling
    from turnproof_fakes.app_server.strands import Steps

    Json = dict[str, Any]

_ACTIONS = ("accept", "decline", "cancel")


def steps(calling: Calling, call: Json) -> Steps:
    """The tool asks for what its schema says, and says what the user did."""
    engine = calling.engine
    if not tools.on(engine, "mcp"):
        return
    item: Json = {
        "type": "mcpToolCall",
        "id": call["call_id"],
        "server": call["server"],
        "tool": call["tool"],
        "status": "inProgress",
        "arguments": call["arguments"],
        "appContext": None,
        "mcpAppUi": None,
        "pluginId": None,
        "readOnlyHint": True,
        "result": None,
        "error": None,
        "durationMs": None,
    }
    began = calling.item_started(item)
    yield engine.pace.step
    action = "decline"  # without approvals nobody is asked
    if calling.thread.approval_policy != "never":
        asked = {
            "serverName": call["server"],
            "mode": "form",
            "_meta": None,
            "message": call["message"],
            "requestedSchema": call["schema"],
        }
        calling.flag_up(APPROVAL)
        reply = yield from calling.ask("mcpServer/elicitation/request", calling.where | asked)
        calling.flag_down(APPROVAL)
        action = _action(reply)
    yield engine.pace.step
    content = [{"type": "text", "text": f"the user said {action}"}]
    came: Json = {
        "status": "completed" if action == "accept" else "failed",
        "result": {"content": content, "structuredContent": None, "_meta": None},
        "durationMs": engine.wall_ms - began,
    }
    calling.item_completed(item | came, began)
    calling.tell_model(call, content[0]["text"])


def _action(reply: Json) -> str:
    """What is no answer declines (seen on 0.163.0)."""
    action = (as_object(reply.get("result")) or {}).get("action")
    return action if action in _ACTIONS else "decline"
