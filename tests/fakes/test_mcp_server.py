"""The MCP server that elicits: its answers, and the server as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from turnproof_fakes import mcp_server
from turnproof_fakes.mcp_server import Server

CALL = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "ask", "arguments": {"mark": "name"}}}


@pytest.mark.parametrize(
    ("answer", "said", "failed"),
    [
        ({"result": {"action": "accept", "content": {"name": "x"}}}, "the user said accept", False),
        ({"result": {"action": "decline"}}, "the user said decline", True),
        ({"error": {"code": -32603, "message": "no"}}, "the user said error", True),
    ],
)
def test_a_call_is_answered_when_its_elicitation_is(answer: dict[str, Any], said: str, failed: bool) -> None:
    server = Server()
    (asked,) = server.receive(CALL)
    assert (asked["method"], asked["params"]["message"]) == ("elicitation/create", "turnproof asks name")
    assert server.receive({"jsonrpc": "2.0", "id": "nobody's", "result": {}}) == []
    (told,) = server.receive({"jsonrpc": "2.0", "id": asked["id"], **answer})
    assert told == {
        "jsonrpc": "2.0", "id": 7, "result": {"content": [{"type": "text", "text": said}], "isError": failed}
    }  # fmt: skip
    assert server.receive({"jsonrpc": "2.0", "id": asked["id"], **answer}) == []


@pytest.mark.parametrize(
    ("method", "params", "told"),
    [
        ("tools/call", {"name": "echo", "arguments": {"mark": "x"}}, {"content": [{"type": "text", "text": "x"}]}),
        ("tools/call", {"name": "echo"}, "mark is missing"),
        ("tools/call", {"name": "sing", "arguments": {"mark": "x"}}, "no tool sing"),
        (
            "resources/read",
            {"uri": "turnproof://x"},
            {"contents": [{"uri": "turnproof://x", "mimeType": "text/plain", "text": "x"}]},
        ),
        ("resources/read", {"uri": "turnproof://"}, "no resource turnproof://"),
        ("resources/read", {"uri": "file:///x"}, "no resource file:///x"),
    ],
)
def test_it_says_what_it_is_given_or_what_is_wrong(method: str, params: dict[str, Any], told: Any) -> None:
    (answer,) = Server().receive({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
    assert (answer["result"] if "result" in answer else answer["error"]["message"]) == told


def test_it_serves_lines_to_the_end_of_its_input() -> None:
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-03-26"}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 3, "method": "resources/list"},
    ]
    done = subprocess.run(
        [sys.executable, "-I", "-S", mcp_server.__file__], input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    welcome, tools, unknown = map(json.loads, done.stdout.splitlines())
    assert welcome["result"]["protocolVersion"] == "2025-03-26"
    assert [tool["name"] for tool in tools["result"]["tools"]] == ["ask", "echo"]
    assert unknown["error"] == {"code": -32601, "message": "no method resources/list"}
