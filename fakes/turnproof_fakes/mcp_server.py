"""An MCP server on stdio: the tool ``ask`` asks the user through the server before it answers, the tool ``echo`` says what it is
given, and so does each resource: ``turnproof://words`` is "words".

It exists to make an app-server raise ``mcpServer/elicitation/request``, and for what clients call and read themselves. The standard library alone: every thread of a play
waits for its start. Protocol: MCP 2025-06-18, one JSON-RPC message a line.
"""

from __future__ import annotations

import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

_SCHEMA = {"type": "object", "properties": {"mark": {"type": "string"}}, "required": ["mark"]}
_WANTED = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
_TOOLS = [
    {
        "name": name,
        "description": description,
        "inputSchema": _SCHEMA,
        "annotations": {"readOnlyHint": True},
    }
    for name, description in (("ask", "asks the user for a name"), ("echo", "says its mark"))
]
_RESOURCE = "turnproof://"
_INVALID, _UNKNOWN, _NOT_FOUND = -32602, -32601, -32002


class Server:
    """Answers one line at a time; a call of the tool stays open until the elicitation that it raised is answered."""

    def __init__(self) -> None:
        self._asked = 0
        self._calls: dict[object, object] = {}

    def receive(self, message: Json) -> list[Json]:
        """What is to be written for a message."""
        method, request_id = message.get("method"), message.get("id")
        if method == "initialize":
            return [_result(request_id, _welcome(message))]
        if method == "tools/list":
            return [_result(request_id, {"tools": _TOOLS})]
        if method == "tools/call":
            return [self._call(request_id, message["params"])]
        if method == "resources/read":
            return [_read(request_id, message["params"]["uri"])]
        if method is None and request_id in self._calls:
            return [_result(self._calls.pop(request_id), _told(message))]
        if method is not None and request_id is not None:
            return [_error(request_id, _UNKNOWN, f"no method {method}")]
        return []

    def _call(self, request_id: object, params: Json) -> Json:
        tool: str = params["name"]
        given: Json = params.get("arguments") or {}
        mark = given.get("mark")
        if not isinstance(mark, str):
            return _error(request_id, _INVALID, "mark is missing")
        if tool == "ask":
            return self._ask(request_id, mark)
        if tool == "echo":
            return _result(request_id, {"content": [{"type": "text", "text": mark}]})
        return _error(request_id, _INVALID, f"no tool {tool}")

    def _ask(self, call: object, mark: str) -> Json:
        self._asked += 1
        self._calls[self._asked] = call
        params = {"message": f"turnproof asks {mark}", "requestedSchema": _WANTED}
        return {"jsonrpc": "2.0", "id": self._asked, "method": "elicitation/create", "params": params}


def _welcome(message: Json) -> Json:
    version = message["params"].get("protocolVersion", "2025-06-18")
    return {
        "protocolVersion": version,
        "capabilities": {"tools": {}, "resources": {}},
        "serverInfo": {"name": "turnproof", "version": "1"},
    }


def _told(answer: Json) -> Json:
    action = answer.get("result", {}).get("action", "error")
    return {"content": [{"type": "text", "text": f"the user said {action}"}], "isError": action != "accept"}


def _read(request_id: object, uri: str) -> Json:
    words = uri.removeprefix(_RESOURCE)
    if words == uri or not words:
        return _error(request_id, _NOT_FOUND, f"no resource {uri}")
    return _result(request_id, {"contents": [{"uri": uri, "mimeType": "text/plain", "text": words}]})


def _error(request_id: object, code: int, message: str) -> Json:
    return {"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": message}}


def _result(request_id: object, result: Json) -> Json:
    return {"jsonrpc": "2.0", "id": request_id, "result": result}


def main() -> None:
    """Serve standard input to its end."""
    server = Server()
    for line in sys.stdin:
        for message in server.receive(json.loads(line)):
            sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
