"""What a client has an MCP server do itself, beside the turns: its tools, and its resources."""

from __future__ import annotations

from turnproof import (
    Ok,
    Refused,
    Scenario,
    Setup,
    await_delta,
    await_turn,
    hold,
    ref,
    release,
    request,
    say,
    start_thread,
    start_turn,
    wait_for,
)

ECHO = {"threadId": ref("t.thread.id"), "server": "turnproof", "tool": "echo"}
WORDS = {"threadId": ref("t.thread.id"), "server": "turnproof", "uri": "turnproof://words"}

tools_and_resources_beside_a_turn = Scenario(
    "Its tool says what it is given, its resource what it holds, and neither touches the turn that runs.",
    start_thread("t"),
    wait_for("mcpServer/startupStatus/updated", thread="t", where={"status": "ready"}),
    start_turn("r", "t", "take your time", say("al", hold("asked"), "pha")),
    await_delta("r"),
    request(
        "mcpServer/tool/call", ECHO | {"arguments": {"mark": "one"}}, Ok({"content": [{"type": "text", "text": "one"}]})
    ),
    request(
        "mcpServer/tool/call",
        ECHO | {"tool": "ask", "arguments": {"mark": "two"}},
        Ok({"content": [{"type": "text", "text": "the user said decline"}], "isError": True}),
    ),
    request(
        "mcpServer/resource/read",
        WORDS,
        Ok(
            {
                "contents": [{"uri": "turnproof://words", "mimeType": "text/plain", "text": "words"}],
                "originCallId": None,
            }
        ),
    ),
    release("asked"),
    await_turn("r"),
    setup=Setup(tools=("mcp",)),
    origin="TRU-01",
)

tools_and_resources_that_cannot_be = Scenario(
    "What the MCP server refuses, and a server that is not there, are refused; the next call is taken.",
    start_thread("t"),
    wait_for("mcpServer/startupStatus/updated", thread="t", where={"status": "ready"}),
    request("mcpServer/tool/call", ECHO, Refused(-32602, "mark is missing")),
    request("mcpServer/tool/call", ECHO | {"server": "other"}, Refused(-32603, "unknown MCP server 'other'")),
    request("mcpServer/resource/read", WORDS | {"uri": "other://x"}, Refused(-32002, "no resource other://x")),
    request("mcpServer/resource/read", WORDS | {"server": "other"}, Refused(-32603, "unknown MCP server 'other'")),
    request(
        "mcpServer/tool/call", ECHO | {"arguments": {"mark": "x"}}, Ok({"content": [{"type": "text", "text": "x"}]})
    ),
    setup=Setup(tools=("mcp",)),
    origin="API-06",
)
