"""thread/goal/*: what a thread is to reach. A goal that is active makes the server run turns of its own accord."""

from __future__ import annotations

from turnproof_fakes.app_server.refusals import INTERNAL, Refused
from turnproof_fakes.app_server.turn_requests import loaded_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.threads import Thread

    Json = dict[str, Any]


def _thread(engine: Engine, params: Json) -> Thread:
    thread = loaded_thread(engine, params)
    if thread.ephemeral:
        raise Refused(f"ephemeral thread does not support goals: {thread.id}")
    return thread


def set_goal(engine: Engine, request_id: int | str, params: Json) -> None:
    """Set a goal, or change the one there is; what is left out stays."""
    thread = _thread(engine, params)
    goals = engine.library.shelf.value("goals")
    known: Json | None = goals.get(thread.id)
    objective, budget = params.get("objective"), params.get("tokenBudget")
    if objective is not None and not objective.strip():
        raise Refused("goal objective must not be empty")
    if budget is not None and budget <= 0:
        raise Refused("goal budgets must be positive when provided")
    if known is None and objective is None:
        raise Refused(f"cannot update goal for thread {thread.id}: no goal exists")
    now = engine.wall_ms // 1000
    goal: Json = {
        "threadId": thread.id,
        "objective": "",
        "status": "active",
        "tokenBudget": None,
        "tokensUsed": 0,
        "timeUsedSeconds": 0,
        "createdAt": now,
    }
    goal |= (known or {}) | {"updatedAt": now}
    changed = {"objective": objective and objective.strip(), "status": params.get("status"), "tokenBudget": budget}
    goal |= {name: value for name, value in changed.items() if value is not None}
    if goal["status"] == "active":
        engine.report({"event": "unsupported", "method": "thread/goal/set", "status": "active"})
        raise Refused("fake-codex keeps goals, and pursues none: set a status other than active", INTERNAL)
    goals[thread.id] = goal
    thread.preview = thread.preview or goal["objective"]  # seen on 0.163.0, where nothing was said yet
    engine.library.shelf.save("goals")
    engine.respond(request_id, {"goal": goal})
    tell_goal(engine, thread)


def get_goal(engine: Engine, request_id: int | str, params: Json) -> None:
    """The goal, or null."""
    thread = _thread(engine, params)
    engine.respond(request_id, {"goal": engine.library.shelf.value("goals").get(thread.id)})


def clear_goal(engine: Engine, request_id: int | str, params: Json) -> None:
    """Forget the goal; says whether there was one."""
    thread = _thread(engine, params)
    cleared = engine.library.shelf.value("goals").pop(thread.id, None) is not None
    engine.library.shelf.save("goals")
    engine.respond(request_id, {"cleared": cleared})
    if cleared:
        tell_goal(engine, thread)


def tell_goal(engine: Engine, thread: Thread) -> None:
    """The goal as it is now, to those who subscribed to the thread."""
    goal = engine.library.shelf.value("goals").get(thread.id)
    if goal is None:
        engine.tell(thread, "thread/goal/cleared", {"threadId": thread.id})
    else:
        engine.tell(thread, "thread/goal/updated", {"threadId": thread.id, "turnId": None, "goal": dict(goal)})


HANDLERS = {"thread/goal/set": set_goal, "thread/goal/get": get_goal, "thread/goal/clear": clear_goal}
