"""A patch of the model, which adds one file. Asked for where the sandbox is read-only, or nothing is trusted."""

from __future__ import annotations

import os

from turnproof_fakes.app_server import model_catalogue
from turnproof_fakes.app_server.calls import decisions
from turnproof_fakes.app_server.waiting import APPROVAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.calls.calling import Calling
    from turnproof_fakes.app_server.strands import Steps

    Json = dict[str, Any]


def steps(calling: Calling, call: Json) -> Steps:
    """Show what is to change, ask if that is needed, change it."""
    engine, thread, events = calling.engine, calling.thread, calling.events
    if call.get("streamed") and not model_catalogue.knows(thread.model):
        return  # "unsupported custom tool call": only the model hears of it
    path = os.path.join(thread.cwd, call["file"])
    key = ("patch", path)
    policy = thread.approval_policy
    needed = thread.sandbox["type"] == "readOnly" or policy == "untrusted"
    if needed and policy == "never":
        return  # "writing is blocked by read-only sandbox", once accepted or not: only the model hears of it
    asks = needed and key not in thread.approved
    item = {
        "type": "fileChange",
        "id": call["call_id"],
        "changes": [{"path": path, "kind": {"type": "add"}, "diff": call["content"]}],
        "status": "inProgress",
    }
    began = calling.item_started(item)
    yield engine.pace.step
    if asks:
        calling.flag_up(APPROVAL)
        params = calling.where | {
            "itemId": call["call_id"],
            "startedAtMs": engine.wall_ms,
            "reason": None,
            "grantRoot": None,
        }
        reply = yield from calling.ask("item/fileChange/requestApproval", params)
        decision = decisions.decision(reply)
        if decision == decisions.CANCEL:
            calling.turn.cancel()
        calling.flag_down(APPROVAL)
        if decision == decisions.CANCEL:
            yield from calling.end()
        if decision not in (decisions.ACCEPT, decisions.FOR_SESSION):
            calling.item_completed(item | {"status": "declined"}, began)
            calling.tell_model(call, decisions.refusal(decision))
            return
        if decision == decisions.FOR_SESSION:
            thread.approved.add(key)
    changes = engine.disk.read_file(path) != call["content"]
    engine.disk.write_file(path, call["content"])
    yield engine.pace.step
    calling.item_completed(item | {"status": "completed"}, began)
    calling.tell_model(call, f"Success. Updated the following files:\nA {call['file']}\n")
    if changes:
        events.patched(os.path.relpath(path, thread.cwd), call["content"])
    else:
        events.diff()
