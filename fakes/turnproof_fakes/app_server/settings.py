"""What a turn/start or thread/settings/update changes for good: settings of its thread, for this turn and all after it."""

from __future__ import annotations

from turnproof_fakes.app_server import shapes
from turnproof_fakes.app_server.json_values import as_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.threads import Thread

    Json = dict[str, Any]

# The real server gives pages of instructions to a mode that comes without any; here only their headings.
_INSTRUCTIONS = {"plan": "# Plan Mode (Conversational)", "default": "# Collaboration Mode: Default"}
_TIERS = {None: "default", "fast": "priority"}
_SANDBOXES = {kind["type"]: kind for kind in shapes.SANDBOXES.values()}


def take(engine: Engine, thread: Thread, params: Json) -> None:
    """Take them over; told, before anything else of the turn, if that makes a difference and the client is experimental."""
    before = shapes.settings(thread)
    policy = as_object(params.get("sandboxPolicy"))
    if policy is not None:
        known: Json = _SANDBOXES.get(policy["type"], policy)
        thread.sandbox = known | {name: policy[name] for name in known if name in policy}
    thread.approvals_reviewer = params.get("approvalsReviewer") or thread.approvals_reviewer
    if "serviceTier" in params:
        thread.service_tier = _TIERS.get(params["serviceTier"], params["serviceTier"])
    thread.summary = params.get("summary") or thread.summary
    thread.personality = params.get("personality") or thread.personality
    kept = thread.kept_settings()
    kept |= {name: params[name] for name in ("model", "effort", "approvalPolicy") if params.get(name)}
    if params.get("cwd"):
        kept["cwd"] = engine.absolute(params["cwd"])
    mode = as_object(params.get("collaborationMode"))
    if mode is not None:
        kept |= _of_mode(mode)
    if kept != thread.kept_settings():
        engine.library.record(thread, {"type": "settings"} | kept)
    if shapes.settings(thread) != before and engine.client is not None and engine.client.experimental:
        told = {"threadId": thread.id, "threadSettings": shapes.settings(thread)}
        engine.tell(thread, "thread/settings/updated", told)


def _of_mode(mode: Json) -> Json:
    """A mode brings its own model and effort."""
    inside = mode["settings"]
    return {
        "model": inside["model"],
        "effort": inside.get("reasoning_effort"),
        "mode": mode["mode"],
        "instructions": inside.get("developer_instructions") or _INSTRUCTIONS.get(mode["mode"]),
    }
