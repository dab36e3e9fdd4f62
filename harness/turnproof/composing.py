"""What a call comes to, out of its mark and the seed of the play: for the model provider as the wire of the model has it, for
the fake as it acts on it, and what it leaves on disk.

The nonce in a file is the play's own: what a command of another play left behind is never counted here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from turnproof.calls import (
    CALL_ID,
    ELICITS,
    AnyCall,
    ApplyPatch,
    AskPermissions,
    AskUser,
    AtOnce,
    Call,
    CallMcp,
    CallTool,
    RunCommand,
    TypeInto,
    UpdatePlan,
)
from turnproof.script import Script

Json = dict[str, Any]
Silent = TypeInto | UpdatePlan
"""Calls that have no mark: nobody is asked about them, and their ids are not told."""

SERVER: Final = "turnproof"
"""The name of our MCP server in the config."""
TOOL: Final = "ask"
SCHEMA: Final[Json] = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
"""What our MCP server wants to know."""
PERMISSIONS: Final[Json] = {"network": {"enabled": True}}


YIELD_MS: Final = 250
"""How long the server waits for the end of a command that reads before it gives the model its number: the least that 0.163.0
takes. Whether the shell is up by then makes no difference: its terminal is."""


def nonce(mark: str, seed: int) -> str:
    """The line that a command leaves each time it runs."""
    return f"{mark}-of-{seed}"


def is_nonce(line: str, mark: str) -> bool:
    """Whether this is what the call with this mark leaves, in a play of any seed."""
    return line.removeprefix(nonce(mark, 0)[:-1]).isdecimal()


def trace(call: RunCommand | ApplyPatch) -> str:
    """The file in which a call leaves its trace, relative to the folder of the thread."""
    return f"{'ran' if isinstance(call, RunCommand) else 'patched'}-{call.deed}"


def command_line(call: RunCommand, seed: int) -> str:
    """What the shell is given. No quotes: how the server shows them is not the point."""
    parts = [f"echo {nonce(call.deed, seed)} >> {trace(call)}", *["read line"] * call.reads]
    if call.prints:
        parts.append(f"echo {call.prints}")
    if call.exits:
        parts.append(f"exit {call.exits}")
    return "; ".join(parts)


def patch(call: ApplyPatch, seed: int) -> str:
    """The patch, as the server takes it in a command."""
    lines = ("*** Begin Patch", f"*** Add File: {trace(call)}", f"+{nonce(call.deed, seed)}", "*** End Patch")
    return "\n".join(lines)


def patch_pieces(call: ApplyPatch, seed: int) -> list[str]:
    """The patch as the model streams it: first whose file it is, then what is in it."""
    text = patch(call, seed)
    content = text.index(f"+{nonce(call.deed, seed)}")
    return [text[:content], text[content:]]


def questions(call: AskUser) -> list[Json]:
    """The one question of a call, under its mark."""
    options = [{"label": option, "description": f"it is {option}"} for option in call.options]
    return [{"id": call.mark, "header": call.mark, "question": call.question, "options": options}]


def shown(call: Call) -> Json:
    """What an ask shows the user in the words of its call, by the key of its params; of what is approved the item tells."""
    match call:
        case AskUser():
            return {"questions": questions(call)}
        case CallMcp():
            return {"message": ELICITS + call.mark, "requestedSchema": SCHEMA}
        case AskPermissions():
            return {"reason": justification(call), "permissions": PERMISSIONS}
        case CallTool():
            return {"tool": call.tool, "arguments": call.arguments}
        case _:
            return {}


def justification(call: Call) -> str:
    return f"turnproof asks for {call.mark}"


def verdict(call: RunCommand) -> Json:
    """What the reviewing model says of a command, in the form that the server asks for."""
    risk, authorization = ("low", "high") if call.review == "allow" else ("high", "low")
    rationale = f"turnproof reviews {call.mark}"
    return {"risk_level": risk, "user_authorization": authorization, "outcome": call.review, "rationale": rationale}


def for_the_model(script: Script, seed: int) -> list[Json]:
    """A script for the model provider: calls are function calls of the Responses API."""
    return _with_calls(script, _function, _silent_function, seed)


def for_the_fake(script: Script, seed: int) -> list[Json]:
    """A script for the fake app-server: calls say what they mean."""
    return _with_calls(script, _meaning, _silent_meaning, seed)


def _with_calls(
    script: Script, compose: Callable[[AnyCall, int], Json], silent: Callable[[Silent], Json], seed: int
) -> list[Json]:
    acts: list[Json] = []
    for place, act in enumerate(script):
        if isinstance(act, AtOnce | Call):
            group: tuple[AnyCall, ...] = act.calls if isinstance(act, AtOnce) else (act,)
            composed = [{"call_id": CALL_ID + call.mark, **compose(call, seed)} for call in group]
            acts.append({"type": "calls", "calls": composed})
        elif isinstance(act, Silent):
            # The id is never told: the server speaks of the command that is typed into, and of the turn whose plan it is.
            acts.append({"type": "calls", "calls": [{"call_id": f"silent_{place}", **silent(act)}]})
        else:
            acts.append(msgspec.to_builtins(act))
    return acts


def typed(act: TypeInto) -> str:
    """What the terminal is given."""
    return f"{act.text}\n"


def plan_steps(act: UpdatePlan) -> list[Json]:
    """The plan, as the model writes it."""
    return [{"step": step, "status": status} for step, status in act.steps]


def _silent_function(act: Silent) -> Json:
    if isinstance(act, UpdatePlan):
        why = {} if act.explanation is None else {"explanation": act.explanation}
        return {"name": "update_plan", "arguments": why | {"plan": plan_steps(act)}}
    return {"name": "write_stdin", "session_of": CALL_ID + act.mark, "arguments": {"chars": typed(act)}}


def _silent_meaning(act: Silent) -> Json:
    if isinstance(act, UpdatePlan):
        return {"kind": "plan", "plan": plan_steps(act), "explanation": act.explanation}
    return {"kind": "typing", "into": CALL_ID + act.mark, "stdin": typed(act)}


def _function(call: AnyCall, seed: int) -> Json:
    match call:
        case RunCommand():
            arguments: Json = {"cmd": command_line(call, seed)}
            if call.reads:
                arguments |= {"tty": True, "yield_time_ms": YIELD_MS}
            if call.asks:
                arguments |= {"sandbox_permissions": "require_escalated", "justification": justification(call)}
            review = {"review": verdict(call)} if call.review else {}
            return {"name": "exec_command", "arguments": arguments} | review
        case ApplyPatch(streamed=True):
            return {"name": "apply_patch", "input": patch_pieces(call, seed)}
        case ApplyPatch():
            return {"name": "exec_command", "arguments": {"cmd": f"apply_patch <<'EOF'\n{patch(call, seed)}\nEOF"}}
        case AskUser():
            return {"name": "request_user_input", "arguments": {"questions": questions(call)}}
        case CallTool():
            return {"name": call.tool, "arguments": call.arguments}
        case CallMcp():
            return {"name": TOOL, "namespace": f"mcp__{SERVER}", "arguments": {"mark": call.mark}}
        case AskPermissions():
            asked = {"reason": justification(call), "permissions": PERMISSIONS}
            return {"name": "request_permissions", "arguments": asked}


def _meaning(call: AnyCall, seed: int) -> Json:
    match call:
        case RunCommand():
            command: Json = {"kind": "command", "command": command_line(call, seed), "file": trace(call)}
            command |= {"line": nonce(call.deed, seed), "prints": call.prints, "exits": call.exits, "reads": call.reads}
            if call.review:
                command["review"] = verdict(call)
            return command | {"escalated": call.asks, "justification": justification(call) if call.asks else None}
        case ApplyPatch():
            content = nonce(call.deed, seed) + "\n"
            whole: Json = {"kind": "patch", "file": trace(call), "content": content, "patch": patch(call, seed)}
            return whole | ({"streamed": True} if call.streamed else {})
        case AskUser():
            return {"kind": "user_input", "questions": questions(call)}
        case CallTool():
            return {"kind": "tool", "tool": call.tool, "arguments": call.arguments}
        case CallMcp():
            mcp: Json = {"kind": "mcp", "server": SERVER, "tool": TOOL, "arguments": {"mark": call.mark}}
            return mcp | {"message": ELICITS + call.mark, "schema": SCHEMA}
        case AskPermissions():
            return {"kind": "permissions", "reason": justification(call), "permissions": PERMISSIONS}
