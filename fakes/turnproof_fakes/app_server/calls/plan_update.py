"""The model updates its plan. It has no item: the client is told of the turn's plan, and the model that it was taken."""

from __future__ import annotations

from turnproof_fakes.app_server import tools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.calls.calling import Calling
    from turnproof_fakes.app_server.strands import Steps

    Json = dict[str, Any]


def steps(calling: Calling, call: Json) -> Steps:
    """Where there is no such tool, and in plan mode, only the model hears of it (seen on 0.163.0)."""
    yield calling.engine.pace.step
    if not tools.on(calling.engine, "plan"):
        calling.tell_model(call, "unsupported call: update_plan")
    elif calling.thread.mode == "plan":
        calling.tell_model(call, "update_plan is a TODO/checklist tool and is not allowed in Plan mode")
    else:
        plan = {"explanation": call["explanation"], "plan": [_told(step) for step in call["plan"]]}
        calling.events.of_turn("turn/plan/updated", plan)
        calling.tell_model(call, "Plan updated")


def _told(step: Json) -> Json:
    return step | {"status": "inProgress"} if step["status"] == "in_progress" else step
