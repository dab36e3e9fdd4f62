"""The model is asked whether a command may run, in place of the user: on a thread of its own, which no client sees."""

from __future__ import annotations

from turnproof_fakes.app_server.shell_words import login_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from turnproof_fakes.app_server.calls.calling import Calling
    from turnproof_fakes.app_server.strands import Wait

    Json = dict[str, Any]

_OPEN: Json = {"status": "inProgress", "riskLevel": None, "userAuthorization": None, "rationale": None}


def allows(calling: Calling, call: Json) -> Generator[Wait, None, bool]:
    """Tell of the review; the plan has the verdict with the call."""
    engine, thread = calling.engine, calling.thread
    command = login_shell(call["command"])
    action = {"type": "command", "source": "unifiedExec", "command": command, "cwd": thread.cwd}
    began = {"startedAtMs": engine.wall_ms}
    names = {"reviewId": engine.ids.uuid4(), "targetItemId": call["call_id"]}
    told = {**calling.where, **began, **names, "review": _OPEN, "action": action}
    calling.events.tell("item/autoApprovalReview/started", told)
    yield engine.pace.step
    verdict: Json = call["review"]
    status = "approved" if verdict["outcome"] == "allow" else "denied"
    risk, authorization, rationale = (verdict[key] for key in ("risk_level", "user_authorization", "rationale"))
    words = f"Automatic approval review {status} (risk: {risk}, authorization: {authorization}): {rationale}"
    calling.events.tell("guardianWarning", {"threadId": thread.id, "message": words})
    over = {"completedAtMs": engine.wall_ms, **names, "decisionSource": "agent"}
    review = {"status": status, "riskLevel": risk, "userAuthorization": authorization, "rationale": rationale}
    told = {**calling.where, **began, **over, "review": review, "action": action}
    calling.events.tell("item/autoApprovalReview/completed", told)
    return status == "approved"
