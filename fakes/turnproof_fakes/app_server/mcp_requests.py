"""mcpServer/tool/call and mcpServer/resource/read: what a client has an MCP server do itself, beside all turns.

The one MCP server is ours, and here it answers within this process; its refusals are passed on as they are (seen on 0.163.0).
"""

from __future__ import annotations

import json

from turnproof_fakes import mcp_server
from turnproof_fakes.app_server import threads, tools
from turnproof_fakes.app_server.json_values import as_object
from turnproof_fakes.app_server.refusals import INTERNAL, Refused
from turnproof_fakes.app_server.strands import Strand
from turnproof_fakes.app_server.turn_requests import loaded_thread
from turnproof_fakes.app_server.waiting import APPROVAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.strands import Steps, Wait
    from turnproof_fakes.app_server.threads import Thread

    Json = dict[str, Any]


def call_tool(engine: Engine, request_id: int | str, params: Json) -> None:
    """A tool that asks the user first does so here too."""
    thread = loaded_thread(engine, params)
    _check_known(engine, params)
    given = params.get("arguments")
    if given is not None and as_object(given) is None:
        failed = f"tool call failed for `{params['server']}/{params['tool']}`"
        shown = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
        raise Refused(f"{failed}: MCP tool arguments must be a JSON object, got {shown}", INTERNAL)
    Strand(_called(engine, thread, request_id, params), engine.timers, engine.gates).advance()


def _called(engine: Engine, thread: Thread, request_id: int | str, params: Json) -> Steps:
    given = params.get("arguments")
    server = mcp_server.Server()
    told = _answer(server, "tools/call", {"name": params["tool"], "arguments": given})
    if "method" in told:
        reply = {"result": {"action": "decline"}}  # without approvals nobody is asked
        if thread.approval_policy != "never":
            reply = yield from _asked(engine, thread, params["server"], told["params"])
        (told,) = server.receive({"id": told["id"], **reply})
    yield engine.pace.step
    if "error" in told:
        engine.refuse(request_id, Refused(told["error"]["message"], told["error"]["code"]))
    else:
        engine.respond(request_id, told["result"])


def _asked(engine: Engine, thread: Thread, server: str, wanted: Json) -> Generator[Wait, None, Json]:
    """What the user says; the ask is of no turn."""
    asked = {"threadId": thread.id, "turnId": None, "serverName": server, "mode": "form", "_meta": None, **wanted}
    if thread.waiting.up(APPROVAL):
        engine.set_status(thread, threads.active(thread.waiting.flags))
    ask = engine.asks.put(thread, "", "mcpServer/elicitation/request", asked)
    yield ask.answered
    if thread.waiting.down(APPROVAL):
        engine.set_status(thread, threads.active(thread.waiting.flags) if thread.turn is not None else threads.IDLE)
    return {"result": as_object(ask.reply.get("result")) or {"action": "decline"}}


def read_resource(engine: Engine, request_id: int | str, params: Json) -> None:
    """With a thread by its server, without one by a server of its own."""
    if params.get("threadId") is not None:
        loaded_thread(engine, params)
    _check_known(engine, params)
    told = _answer(mcp_server.Server(), "resources/read", {"uri": params["uri"]})
    if "error" in told:
        raise Refused(told["error"]["message"], told["error"]["code"])
    engine.respond(request_id, told["result"] | {"originCallId": None})


def _check_known(engine: Engine, params: Json) -> None:
    if not tools.on(engine, "mcp") or params["server"] != tools.MCP_SERVER:
        raise Refused(f"unknown MCP server '{params['server']}'", INTERNAL)


def _answer(server: mcp_server.Server, method: str, params: Json) -> Json:
    (told,) = server.receive({"id": 0, "method": method, "params": params})
    return told


HANDLERS = {"mcpServer/tool/call": call_tool, "mcpServer/resource/read": read_resource}
