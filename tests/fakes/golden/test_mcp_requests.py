"""What a client has an MCP server do itself, on the fake and on the real 0.163.0: every message, keys in order."""

from __future__ import annotations

from typing import Any

import pytest

Peer = Any
CALL, READ = "mcpServer/tool/call", "mcpServer/resource/read"
NOBODY = "01a1fd98-f874-7650-8dca-13983a9d36c7"
RACING = frozenset({"warning", "mcpServer/startupStatus/updated", "thread/started"})


@pytest.mark.parametrize("tools", [("mcp",), ()], ids=["with the server", "without it"])
def test_calls_and_reads(same_on_both: Any, tools: tuple[str, ...]) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        of = {"threadId": peer.thread(), "server": "turnproof"}
        if tools:
            peer.heard(method="mcpServer/startupStatus/updated", status="ready")
        for tool, arguments in (
            ("echo", {"mark": "x"}),
            ("echo", None),
            ("echo", "x"),
            ("ask", {"mark": "x"}),
            ("", {}),
        ):
            peer.ask(CALL, of | {"tool": tool, "arguments": arguments})
        for uri in ("turnproof://x", "other://x", ""):
            peer.ask(READ, of | {"uri": uri})
        peer.ask(READ, {"server": "turnproof", "uri": "turnproof://x"})
        for wrong in ({"server": "other"}, {"threadId": NOBODY}, {"threadId": "x"}, {"server": 5}):
            peer.ask(CALL, of | {"tool": "echo", "arguments": {"mark": "x"}} | wrong)
            peer.ask(READ, of | {"uri": "turnproof://x"} | wrong)
        for method in (CALL, READ):
            peer.ask(method, of)
            peer.ask(method, {"threadId": of["threadId"]})

    same_on_both(play, tools=tools, racing=RACING)


@pytest.mark.parametrize(
    "answer",
    [{"result": {"action": "accept", "content": {"name": "n"}}}, {"error": {"code": 1, "message": "no"}}],
    ids=["accepted", "failed"],
)
def test_a_tool_that_asks_the_user(same_on_both: Any, answer: dict[str, Any]) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        of = {"threadId": peer.thread(approvalPolicy="on-request"), "server": "turnproof"}
        peer.heard(method="mcpServer/startupStatus/updated", status="ready")
        call = peer.send(CALL, of | {"tool": "ask", "arguments": {"mark": "x"}})
        peer.wait(lambda message: message.get("method") == "mcpServer/elicitation/request")
        peer.say({"id": 0} | answer)
        peer.wait(lambda message: message.get("id") == call and "method" not in message)
        peer.heard("thread/status/changed", status={"type": "idle"})

    same_on_both(play, tools=("mcp",), racing=RACING)
