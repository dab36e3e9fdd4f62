"""turnproof: conformance and soak harness for codex app-server and everything built on it.

    from turnproof import Scenario, run_turn, start_thread

The names below are loaded when they are first used: the fake app-server and pytest's start-up pay for every import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from turnproof.calls import (
        again,
        apply_patch,
        ask_permissions,
        ask_user,
        at_once,
        call_mcp,
        call_tool,
        run_command,
        type_into,
        update_plan,
    )
    from turnproof.matching import anything, one_of, ref, same_as, subset, text
    from turnproof.scenario import Scenario, ScenarioError, Setup
    from turnproof.script import drop_connection, fail, hold, never_answer, propose_plan, say, stall, think
    from turnproof.steps import Branch, Later, Ok, Refused, Unanswered
    from turnproof.verdict import ShouldViolation, Verdict, Violation
    from turnproof.writing import (
        answer,
        await_ask,
        await_delta,
        await_exit,
        await_turn,
        begin_turn,
        close_stdin,
        fork_thread,
        initialize,
        interrupt,
        kill_server,
        list_threads,
        notify,
        queue_turn,
        read_thread,
        reconnect,
        release,
        request,
        resume_thread,
        run_turn,
        send_bytes,
        start_thread,
        start_turn,
        steer,
        together,
        wait,
        wait_for,
    )

_HOME = {
    "turnproof.calls": "again apply_patch ask_permissions ask_user at_once call_mcp call_tool run_command type_into update_plan",
    "turnproof.matching": "anything one_of ref same_as subset text",
    "turnproof.scenario": "Scenario ScenarioError Setup",
    "turnproof.script": "drop_connection fail hold never_answer propose_plan say stall think",
    "turnproof.steps": "Branch Later Ok Refused Unanswered",
    "turnproof.verdict": "ShouldViolation Verdict Violation",
    "turnproof.writing": (
        "answer await_ask await_delta await_exit await_turn begin_turn close_stdin fork_thread initialize interrupt "
        "kill_server list_threads notify queue_turn read_thread reconnect release request resume_thread run_turn send_bytes "
        "start_thread start_turn steer together wait wait_for"
    ),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names.split()}

__version__ = "0.1.0"
__all__ = [
    "Branch",
    "Later",
    "Ok",
    "Refused",
    "Scenario",
    "ScenarioError",
    "Setup",
    "ShouldViolation",
    "Unanswered",
    "Verdict",
    "Violation",
    "again",
    "answer",
    "anything",
    "apply_patch",
    "ask_permissions",
    "ask_user",
    "at_once",
    "await_ask",
    "await_delta",
    "await_exit",
    "await_turn",
    "begin_turn",
    "call_mcp",
    "call_tool",
    "close_stdin",
    "drop_connection",
    "fail",
    "fork_thread",
    "hold",
    "initialize",
    "interrupt",
    "kill_server",
    "list_threads",
    "never_answer",
    "notify",
    "one_of",
    "propose_plan",
    "queue_turn",
    "read_thread",
    "reconnect",
    "ref",
    "release",
    "request",
    "resume_thread",
    "run_command",
    "run_turn",
    "same_as",
    "say",
    "send_bytes",
    "stall",
    "start_thread",
    "start_turn",
    "steer",
    "subset",
    "text",
    "think",
    "together",
    "type_into",
    "update_plan",
    "wait",
    "wait_for",
]


def __getattr__(name: str) -> Any:
    try:
        module = _MODULE_OF[name]
    except KeyError:
        raise AttributeError(f"turnproof has no {name!r}") from None
    return getattr(import_module(module), name)


def __dir__() -> list[str]:
    return sorted(__all__)
