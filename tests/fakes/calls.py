"""Calls of the model as a plan has them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

PLAN_MODE = {
    "mode": "plan",
    "settings": {"model": "mock-model", "reasoning_effort": None, "developer_instructions": None},
}
MY_TOOL = {"type": "function", "name": "my_tool", "description": "d", "inputSchema": {"type": "object"}}


def say(*chunks: Any) -> Json:
    return {"type": "say", "chunks": list(chunks)}


def calls(*made: Json) -> Json:
    return {"type": "calls", "calls": list(made)}


def command(mark: str, prints: str = "", exits: int = 0, *, escalated: bool = True, **rest: Any) -> Json:
    parts = [f"echo N >> ran-{mark}", f"echo {prints}" if prints else "", f"exit {exits}" if exits else ""]
    return {
        "kind": "command",
        "call_id": f"call_{mark}",
        "command": "; ".join(part for part in parts if part),
        "file": f"ran-{mark}",
        "line": "N",
        "prints": prints,
        "exits": exits,
        "escalated": escalated,
        "justification": f"turnproof asks for {mark}" if escalated else None,
    } | rest


def typing(mark: str, stdin: str) -> Json:
    return {"kind": "typing", "call_id": f"typed_{mark}", "into": f"call_{mark}", "stdin": stdin}


def patch(mark: str) -> Json:
    lines = ("*** Begin Patch", f"*** Add File: patched-{mark}", "+N", "*** End Patch")
    file = {"file": f"patched-{mark}", "content": "N\n", "patch": "\n".join(lines)}
    return {"kind": "patch", "call_id": f"call_{mark}"} | file


def question(mark: str) -> Json:
    options = [{"label": color, "description": f"it is {color}"} for color in ("red", "blue")]
    asked = {"id": mark, "header": mark, "question": "Which one?", "options": options}
    return {"kind": "user_input", "call_id": f"call_{mark}", "questions": [asked]}


def tool(mark: str) -> Json:
    return {"kind": "tool", "call_id": f"call_{mark}", "tool": "my_tool", "arguments": {"x": mark}}


def plan(mark: str, explanation: str | None = None) -> Json:
    steps = [{"step": "look", "status": "completed"}, {"step": "mend", "status": "in_progress"}]
    return {"kind": "plan", "call_id": f"call_{mark}", "plan": steps, "explanation": explanation}


def permissions(mark: str) -> Json:
    wanted = {"reason": f"turnproof asks for {mark}", "permissions": {"network": {"enabled": True}}}
    return {"kind": "permissions", "call_id": f"call_{mark}"} | wanted


def mcp(mark: str) -> Json:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    call = {"kind": "mcp", "call_id": f"call_{mark}", "server": "turnproof", "tool": "ask", "arguments": {"mark": mark}}
    return call | {"message": f"turnproof asks {mark}", "schema": schema}
