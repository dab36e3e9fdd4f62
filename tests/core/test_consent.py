"""Whether a call needs leave, and who is asked for it: the settings that the steps leave a thread with (as on 0.163.0)."""

from __future__ import annotations

from typing import Any

import pytest

from turnproof.calls import again, apply_patch, ask_permissions, ask_user, call_mcp, call_tool, run_command
from turnproof.expect import expected, licences
from turnproof.matching import ref
from turnproof.scenario import Scenario, Setup
from turnproof.script import say
from turnproof.steps import Refused
from turnproof.writing import (
    answer,
    await_ask,
    await_turn,
    close_stdin,
    fork_thread,
    interrupt,
    reconnect,
    request,
    resume_thread,
    run_turn,
    start_thread,
    start_turn,
    steer,
)

ID = {"threadId": ref("t.thread.id")}
HI = run_turn("t", "hi", says="hello")
RESTART = (close_stdin(), reconnect(), resume_thread("t"))
ALL = Setup(experimental=True, tools=("mcp", "permissions"))
PATCH, COMMAND, WITHIN = apply_patch("c"), run_command("c"), run_command("c", asks=False)
TOOL: dict[str, Any] = {"type": "function", "name": "look_up", "description": "", "inputSchema": {}}


def at(sandbox: str, policy: str = "on-request", **more: Any) -> Any:
    return start_thread("t", sandbox=sandbox, approvalPolicy=policy, **more)


def go(call: Any, thread: str = "t", **params: Any) -> Any:
    return run_turn(thread, "go", call, say("x"), **params)


READ_ONLY, WRITABLE, FULL = at("read-only"), at("workspace-write"), at("danger-full-access")
TRUSTS_NOBODY = at("danger-full-access", "untrusted")
SETTLED: dict[str, Any] = {
    "home": ("free", start_thread("t"), go(PATCH)),
    "read-only patch": ("asked", READ_ONLY, go(PATCH)),
    "read-only command": ("asked", READ_ONLY, go(COMMAND)),
    "writable patch": ("free", WRITABLE, go(PATCH)),
    "writable command": ("asked", WRITABLE, go(COMMAND)),
    "full command": ("free", FULL, go(COMMAND)),
    "within": ("free", READ_ONLY, go(WITHIN)),
    "reviewed": ("free", READ_ONLY, go(run_command("c", review="allow"))),
    "never, patch": ("denied", at("read-only", "never"), go(PATCH)),
    "never, command": ("denied", start_thread("t"), go(COMMAND)),
    "never, within": ("free", at("workspace-write", "never"), go(WITHIN)),
    "never, mcp": ("free", start_thread("t"), go(call_mcp("c"))),
    "never, permissions": ("denied", start_thread("t"), go(ask_permissions("c"))),
    "untrusted patch": ("asked", TRUSTS_NOBODY, go(PATCH)),
    "untrusted command": ("asked", TRUSTS_NOBODY, go(WITHIN)),
    "mcp": ("asked", FULL, go(call_mcp("c"))),
    "permissions": ("asked", FULL, go(ask_permissions("c"))),
    "not in plan mode": ("denied", FULL, go(ask_user("c"))),
    "plan mode stays": ("asked", FULL, run_turn("t", "a", collaborationMode={"mode": "plan"}), go(ask_user("c"))),
    "its tool": ("asked", at("read-only", dynamicTools=[TOOL]), go(call_tool("c", "look_up"))),
    "no tool": ("denied", at("read-only", dynamicTools=[TOOL]), go(call_tool("c", "look_out"))),
    "forked": ("free", READ_ONLY, HI, fork_thread("f", "t"), go(COMMAND, "f")),
    "forked, untrusted": ("asked", TRUSTS_NOBODY, HI, fork_thread("f", "t"), go(PATCH, "f")),
    "turn widens": ("free", READ_ONLY, go(PATCH, sandboxPolicy={"type": "workspaceWrite"})),
    "turn narrows": ("asked", FULL, run_turn("t", "a", sandboxPolicy={"type": "readOnly"}), go(PATCH)),
    "turn asks nobody": ("denied", READ_ONLY, run_turn("t", "a", approvalPolicy="never"), go(PATCH)),
    "refused turn": ("asked", READ_ONLY,
                     start_turn("r", "t", "a", expect=(Refused(-32600),), approvalPolicy="never"), go(PATCH)),
    "by hand": ("free", READ_ONLY, request("thread/settings/update", ID | {"sandboxPolicy": {"type": "workspaceWrite"}}),
                go(PATCH)),
    "resumed": ("asked", READ_ONLY, HI, *RESTART, go(PATCH)),
    "writable, resumed here": ("asked", WRITABLE, HI, resume_thread("t"), go(COMMAND)),
    "writable, resumed from disk": ("free", WRITABLE, HI, *RESTART, go(COMMAND)),
    "writable, archived": ("free", WRITABLE, HI, request("thread/archive", ID), request("thread/unarchive", ID),
                           resume_thread("t"), go(COMMAND)),
    "steered": ("free", WRITABLE, start_turn("r", "t", "a"), steer("r", "go", PATCH), await_turn("r")),
}  # fmt: skip


@pytest.mark.parametrize("case", SETTLED)
def test_what_becomes_of_a_call_follows_from_the_settings_of_its_thread(case: str) -> None:
    leave, *steps = SETTLED[case]
    scenario = Scenario("Calls.", *steps, setup=ALL)
    assert expected(scenario).calls["call_c"].leave == leave
    line = next(line for line in licences(scenario) if line.startswith("call 'c' in turn 'go': "))
    assert line.partition("go': ")[2].partition(" ")[0] == {"free": "asks", "asked": "raises", "denied": "is"}[leave]


FIRST = run_command("first")
AGAIN = again(FIRST, "c")


def decided(decision: str, *steps: Any) -> tuple[Any, ...]:
    """A turn whose command is decided about, and steps between."""
    asked = (start_turn("r", "t", "a", FIRST), await_ask("first"), answer("first", decision), await_turn("r"))
    return READ_ONLY, start_thread("u", sandbox="read-only", approvalPolicy="on-request"), *asked, *steps


RULE, SESSION = "acceptWithExecpolicyAmendment", "acceptForSession"
REPEATED = {
    "accepted once": ("asked", *decided("accept"), go(AGAIN)),
    "for the session": ("free", *decided(SESSION), go(AGAIN)),
    "for the session, elsewhere": ("asked", *decided(SESSION), go(AGAIN, "u")),
    "for the session, on a fork": ("asked", *decided(SESSION), fork_thread("f", "t"),
                                   go(AGAIN, "f", sandboxPolicy={"type": "readOnly"})),
    "for the session, resumed here": ("free", *decided(SESSION), resume_thread("t"), go(AGAIN)),
    "for the session, resumed from disk": ("asked", *decided(SESSION), *RESTART, go(AGAIN)),
    "for the session, too late": ("asked", *decided("decline", answer("first", SESSION)), go(AGAIN)),
    "for the session, under another id": (
        "asked", READ_ONLY, start_turn("r", "t", "a", FIRST), await_ask("first"),
        answer("first", SESSION, under="another id"), answer("first", "accept"), await_turn("r"), go(AGAIN)),
    "for the session, after an interrupt": (
        "asked", READ_ONLY, start_turn("r", "t", "a", FIRST), await_ask("first"), interrupt("r"), await_turn("r"),
        answer("first", SESSION), go(AGAIN)),
    "for the session, of a policy of never": ("denied", *decided(SESSION), go(AGAIN, approvalPolicy="never")),
    "a file for the session, of a policy of never": (
        "denied", READ_ONLY, start_turn("r", "t", "a", apply_patch("first")), await_ask("first"),
        answer("first", SESSION), await_turn("r"), go(again(apply_patch("first"), "c"), approvalPolicy="never")),
    "by a rule": ("free", *decided(RULE), go(AGAIN)),
    "by a rule, elsewhere": ("asked", *decided(RULE), go(AGAIN, "u")),
    "by a rule, later": ("free", *decided(RULE), start_thread("v", sandbox="read-only", approvalPolicy="on-request"),
                         go(AGAIN, "v")),
    "by a rule, resumed from disk": ("free", *decided(RULE), *RESTART, go(AGAIN)),
    "another command": ("asked", *decided(SESSION), go(COMMAND)),
}  # fmt: skip
"""What was decided about a command, and what becomes of it when it is called again."""
SETTLED |= REPEATED
UNPLAYED = ("reviewed", "steered")
"""The first has no reviewer, the second races its turn."""
QUIET = [name for name, (leave, *_) in SETTLED.items() if leave != "asked" and name not in UNPLAYED]
ON_FAKE = ("home", "forked", "turn widens", "full command", "writable, resumed from disk")
PLAYED = [("sim", case) for case in QUIET] + [("fake", case) for case in ON_FAKE]


@pytest.mark.parametrize(("target", "case"), PLAYED)
def test_a_call_that_asks_nobody_is_no_violation(target: str, case: str, played: Any) -> None:
    play = played(Scenario("Calls.", *SETTLED[case][1:], setup=ALL), target)
    assert play.verdict.passed, play.verdict.reason
