"""A command of the model. The plan says what running it does: one line more in a file, some words, an exit code."""

from __future__ import annotations

import os

from turnproof_fakes.app_server import shapes
from turnproof_fakes.app_server.calls import auto_review, decisions, exec_policy
from turnproof_fakes.app_server.shell_words import login_shell
from turnproof_fakes.app_server.terminals import Terminal
from turnproof_fakes.app_server.waiting import APPROVAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from turnproof_fakes.app_server.calls.calling import Calling
    from turnproof_fakes.app_server.strands import Steps, Wait

    Json = dict[str, Any]

_NO_FOLDER = "Failed to create unified exec process: No such file or directory (os error 2)"
_NOTHING: Json = {}


def steps(calling: Calling, call: Json) -> Steps:
    """Ask if that is needed, run."""
    thread = calling.thread
    policy = thread.approval_policy
    if call["escalated"] and policy == "never":
        return  # "you cannot ask for escalated permissions": only the model hears of it
    command = call["command"]
    key = ("command", command, thread.cwd)
    known = key in thread.approved or exec_policy.allows(thread.allowed_prefixes, command)
    within = not call["escalated"] or thread.sandbox["type"] == "dangerFullAccess"
    if known or (within and policy != "untrusted"):
        yield from _run(calling, call, asked=False)
        return
    if thread.approvals_reviewer != "user":
        yield from _reviewed(calling, call)
        return
    reply = yield from _ask(calling, call)
    decision = decisions.decision(reply)
    if decision in decisions.ACCEPTED:
        calling.flag_down(APPROVAL)
        if decision == decisions.FOR_SESSION:
            thread.approved.add(key)
        elif decision == decisions.WITH_AMENDMENT:
            exec_policy.amend(calling.engine.library, thread, decisions.amendment(reply) or [])
        yield from _run(calling, call, asked=True)
        return
    if decision == decisions.CANCEL:
        calling.turn.cancel()
    calling.tell_model(call, decisions.refusal(decision))
    # What was not run is told, but does not stand in the history (seen on 0.163.0).
    calling.events.item_dropped(_item(calling, call, "failed" if decision is None else "declined"))
    calling.flag_down(APPROVAL)
    if decision == decisions.CANCEL:
        yield from calling.end()


def _item(calling: Calling, call: Json, status: str, rest: Json = _NOTHING) -> Json:
    command = call["command"]
    actions = [{"type": "unknown", "command": command}]
    item = shapes.command(call["call_id"], login_shell(command), calling.thread.cwd, "agent", actions)
    return item | {"status": status} | rest


def _ask(calling: Calling, call: Json) -> Generator[Wait, None, Json]:
    command = call["command"]
    at = calling.engine.wall_ms
    calling.flag_up(APPROVAL)
    calling.events.item_started(_item(calling, call, "inProgress"))
    words = exec_policy.words(command)
    reason = call["justification"]
    params = {
        "kind": "command",
        **calling.where,
        "itemId": call["call_id"],
        "startedAtMs": at,
        "environmentId": "local",
        **({} if reason is None else {"reason": reason}),
        "command": login_shell(command),
        "cwd": calling.thread.cwd,
        "commandActions": [{"type": "unknown", "command": command}],
        "proposedExecpolicyAmendment": words,
        "availableDecisions": ["accept", {decisions.WITH_AMENDMENT: {"execpolicy_amendment": words}}, "cancel"],
    }
    return (yield from calling.ask("item/commandExecution/requestApproval", params))


def _reviewed(calling: Calling, call: Json) -> Steps:
    """The model decides in place of the user. Until the command runs, what it does is told with its shell (seen on 0.163.0)."""
    shell: Json = {"commandActions": [{"type": "unknown", "command": login_shell(call["command"])}]}
    calling.events.item_started(_item(calling, call, "inProgress", shell))
    if (yield from auto_review.allows(calling, call)):
        yield from _run(calling, call, asked=True)
    else:
        calling.events.item_dropped(_item(calling, call, "declined", shell))


def _run(calling: Calling, call: Json, *, asked: bool) -> Steps:
    """Run it, in the sandbox unless it is escalated. Its end is told only while the thread waits for nobody: the real server
    does not count the time that its clients take (seen on 0.163.0)."""
    engine, thread = calling.engine, calling.thread
    process: str | None = engine.ids.process()
    began = engine.wall_ms
    reads: int = call.get("reads", 0)
    denied = not call["escalated"] and thread.sandbox["type"] == "readOnly"
    output, prints, exit_code = "", f"{call['prints']}\n" if call["prints"] else "", call["exits"]
    if denied:
        output = f"/bin/bash: line 1: {call['file']}: Read-only file system\n"
        exit_code = exit_code or (0 if prints or reads else 1)
        if exit_code and not reads:
            return  # a command that the sandbox denies at once is not told at all
    else:
        try:
            engine.disk.append_file(os.path.join(thread.cwd, call["file"]), f"{call['line']}\n")
        except FileNotFoundError:
            process, output, prints, exit_code = None, _NO_FOLDER, "", -1
    origin: Json = {"processId": process, "source": "unifiedExecStartup"}
    if not asked:
        calling.events.item_started(_item(calling, call, "inProgress", origin))
    calling.tell_model(call, f"Process exited with code {exit_code}\nOutput:\n{output}{prints}")
    yield engine.pace.step
    while not thread.waiting.quiet.opened:
        yield thread.waiting.quiet

    def end(seen: str) -> None:
        status = "failed" if exit_code else "completed"
        came = {"aggregatedOutput": seen or None, "exitCode": exit_code, "durationMs": engine.wall_ms - began}
        calling.events.item_completed(_item(calling, call, status, origin | came), began)

    if reads and process is not None:
        item: str = call["call_id"]
        calling.turn.terminals[item] = Terminal(item, process, reads, prints, output, end)
    else:
        end(output + prints)
