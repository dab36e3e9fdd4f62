"""The model wants more than the sandbox gives: it asks for permissions. There is no item."""

from __future__ import annotations

import json

from turnproof_fakes.app_server import tools
from turnproof_fakes.app_server.json_values import as_array, as_object
from turnproof_fakes.app_server.waiting import APPROVAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.calls.calling import Calling
    from turnproof_fakes.app_server.strands import Steps

    Json = dict[str, Any]


def steps(calling: Calling, call: Json) -> Steps:
    """Ask and wait; what is granted goes to the model."""
    engine, thread = calling.engine, calling.thread
    if not tools.on(engine, "permissions") or thread.approval_policy == "never":
        return
    wanted: Json = call["permissions"]
    params = calling.where | {
        "itemId": call["call_id"],
        "environmentId": "local",
        "startedAtMs": engine.wall_ms,
        "cwd": thread.cwd,
        "reason": call["reason"],
        "permissions": {name: wanted.get(name) for name in ("network", "fileSystem")},
    }
    calling.flag_up(APPROVAL)
    reply = yield from calling.ask("item/permissions/requestApproval", params)
    calling.flag_down(APPROVAL)
    calling.tell_model(call, json.dumps(_granted(as_object(reply.get("result")) or {})))


def _granted(result: Json) -> Json:
    """What the client grants, as the model reads it; an answer that is wrong anywhere grants nothing. Files are granted as
    far as they were asked for, and no call of the model's here asks for any (seen on 0.163.0)."""
    granted, scope = as_object(result.get("permissions")), result.get("scope") or "turn"
    if granted is None or scope not in ("turn", "session") or not _is_profile(granted):
        granted, scope = {}, "turn"
    return {"permissions": {"network": granted.get("network"), "file_system": None}, "scope": scope}


def _is_profile(granted: Json) -> bool:
    return _is_network(granted.get("network")) and _is_file_system(granted.get("fileSystem"))


def _is_network(given: object) -> bool:
    network = as_object(given)
    return given is None if network is None else isinstance(network.get("enabled"), bool | None)


def _is_file_system(given: object) -> bool:
    files = as_object(given)
    if files is None:
        return given is None
    kinds = (("read", str), ("write", str), ("entries", dict))
    return all(_is_list(files.get(name), kind) for name, kind in kinds)


def _is_list(given: object, kind: type) -> bool:
    entries = as_array(given)
    return given is None if entries is None else all(isinstance(entry, kind) for entry in entries)
