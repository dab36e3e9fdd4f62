"""Histories in which the server asks its client: what is legal, and what each check flags."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.core.checks.asked import (
    AMENDED,
    APPROVAL,
    BUILD,
    BY_HAND,
    CHECKS,
    COMMAND,
    CUT,
    CUT_PATCH,
    CUT_TOOL,
    DECLINED,
    FAILED,
    FAILS,
    INPUT,
    INPUTS,
    MCP,
    ODD,
    OTHER,
    PATCHED,
    PERMISSIONS,
    RAN,
    THREE,
    TOOL,
    UNASKED,
    about,
    answered,
    asking,
    cancelled,
    effects,
    elicited,
    ended_while_asking,
    interrupted,
    item,
    never_answered,
    patch_cancelled,
    patched,
    permitted,
    questioned,
    read,
    refused,
    resolved_in_time,
    resumed,
    three,
    told,
    tool,
    tool_cut_off,
    unasked,
    unsubscribed,
)
from tests.core.checks.handwritten import LOST, flags, judged, two_threads
from tests.core.checks.log import ADDED, CHANGE, Log

from turnproof import ask_user
from turnproof.composing import questions
from turnproof.expect import Expected

ASKED = [question | {"isOther": True} for question in questions(ask_user("c"))]
"""A question as 0.163.0 shows it."""
DECLINE = {"decision": "decline"}
EXITS_2 = {"status": "failed", "exitCode": 2, "aggregatedOutput": ""}


RULE = {"acceptWithExecpolicyAmendment": {"execpolicy_amendment": ["echo"]}}


def printed(*parts: str) -> Log:
    """What the command is told to print."""
    log = Log()
    for part in parts:
        told = {"threadId": "T", "turnId": "U1", "itemId": "call_c", "delta": part}
        log.tell("item/commandExecution/outputDelta", told)
    return log


def twice(*, again: str = "reply") -> Log:
    """The client answers a second time."""
    return answered().twice(again)


def failed_with_its_turn() -> Log:
    """The command has leave, and its turn is interrupted before it says what came of it."""
    log = asking().reply(0, {"decision": "accept"}).resolved(0).waits("flag-")
    log.ask(4, "turn/interrupt", {"threadId": "T", "turnId": "U1"}).answer(4, {}, "taken")
    log.item("completed", "T", "U1", item(command="echo 1") | FAILED, "item-")
    return log.usage("T", "U1", 5).finish("interrupted").exit()


def left() -> Log:
    """The second thread of two asks under the name of the first one."""
    log = Log().waits("flag+", APPROVAL, thread="V").item("started", "V", "U2", item(), "item+")
    return two_threads().put_behind("words2-", log.asks(0, COMMAND, about(thread="T", turn="U2")))


LEGAL: dict[str, tuple[Callable[[], Log], Expected]] = {
    "accepted": (lambda: answered().put_behind("exit", effects(c=1)), BUILD),
    "accepted for the session": (lambda: answered({"decision": "acceptForSession"}), BUILD),
    "accepted with an amendment": (lambda: answered(AMENDED).put_behind("exit", effects(c=1)), BUILD),
    "declined": (lambda: answered(DECLINE, DECLINED).put_behind("exit", effects(c=0)), BUILD),
    "cancelled": (lambda: cancelled().put_behind("exit", effects(c=0)), CUT),
    "refused with an error": (lambda: refused().put_behind("exit", effects(c=0)), BUILD),
    "answered with nonsense on purpose": (lambda: answered({"decision": "maybe"}, FAILED).put_behind("exit", effects(c=0)), ODD),
    "answered twice on purpose": (lambda: twice().put_behind("exit", effects(c=1)), ODD),
    "answered under other ids on purpose": (lambda: answered(log=asking().reply("0", {}).reply(4242, {})), ODD),
    "answered under other ids, by hand": (lambda: answered(log=asking().reply("0", {}).reply(4242, {})), BY_HAND),
    "a tool whose turn is interrupted": (tool_cut_off, CUT_TOOL),
    "never answered": (lambda: never_answered().put_behind("exit", effects(c=0)), CUT),
    "killed behind the answer, and it ran": (lambda: asking().reply(0, {"decision": "accept"}).exit("KILL", -9).put_behind("exit", effects(c=1)), CUT),
    "killed behind the answer, and it did not run": (lambda: asking().reply(0, {"decision": "accept"}).exit("KILL", -9).put_behind("exit", effects(c=0)), CUT),
    "interrupted, and answered too late": (resolved_in_time, CUT),
    "asked again after a resume": (resumed, BUILD),
    "read while it asks": (lambda: read(APPROVAL), BUILD),
    "read while it is answered": (lambda: read().moved_behind("thread/read", "reply").moved_behind("reading", "flag-"), BUILD),
    "accepted, and cut off before it ran": (lambda: failed_with_its_turn().put_behind("exit", effects(c=0)), CUT),
    "accepted, and cut off when it ran": (lambda: failed_with_its_turn().put_behind("exit", effects(c=1)), CUT),
    "three at once": (lambda: three().put_behind("exit", effects(a=1, b=1, c=1)), THREE),
    "the item ends before its flag": (lambda: answered().moved_behind("flag-", "item-"), BUILD),
    "the client leaves the thread": (unsubscribed, CUT),
    "a patch": (lambda: patched().put_behind("exit", effects(c=1)), PATCHED),
    "a rule that the command begins with": (lambda: answered().changed("ask", proposedExecpolicyAmendment=["echo"], availableDecisions=["accept", RULE, "cancel"]), BUILD),
    "a rule for what the shell is given": (lambda: answered(log=asking("/bin/bash -lc 'echo 1'").changed("ask", proposedExecpolicyAmendment=["echo"])).changed_item("item-", command="/bin/bash -lc 'echo 1'"), BUILD),
    "an output in parts": (lambda: answered().put_behind("resolved", printed("do", "ne\n")), BUILD),
    "an output whose beginning is lost": (lambda: answered().put_behind("resolved", printed("ne\n")), BUILD),
    "a patch in its folder": (lambda: patched().changed("opened", result={"thread": {"id": "T"}, "cwd": "/work"}), PATCHED),
    "a patch in a project around its folder": (lambda: patched().changed("diff", diff=ADDED.replace("b/patched-c", "b/work/patched-c")), PATCHED),
    "a patch is told twice by its turn": (lambda: patched().twice("diff"), PATCHED),
    "a patch is declined": (lambda: patched(DECLINE, "declined").put_behind("exit", effects(c=0)), PATCHED),
    "a patch is cancelled": (lambda: patch_cancelled().put_behind("exit", effects(c=0)), CUT_PATCH),
    "a tool": (tool, TOOL),
    "a tool that fails": (lambda: tool(success=False, end="failed"), TOOL),
    "an elicitation": (elicited, MCP),
    "a question to the user": (questioned, INPUTS),
    "permissions": (permitted, PERMISSIONS),
    "permissions in the model's words": (lambda: permitted().changed("ask", permissions={"network": {"enabled": True}, "fileSystem": None}), PERMISSIONS),
    "a question with members of the server's own": (lambda: questioned().changed("ask", questions=ASKED), INPUTS),
    "no leave is needed": (lambda: unasked().put_behind("exit", effects(c=1)), UNASKED),
    "a command fails": (lambda: answered(end=EXITS_2), FAILS),
    "a call that never came to anything": (lambda: never_answered().without("ask").without("flag+").put_behind("exit", effects(c=0)), CUT),
}  # fmt: skip


@pytest.mark.parametrize(("build", "licences"), LEGAL.values(), ids=LEGAL.keys())
def test_it_is_legal(build: Callable[[], Log], licences: Expected) -> None:
    judge = judged(build(), licences)
    assert [(v.check, v.what) for v in judge.violations()] == []


def test_each_check_looks_at_a_healthy_ask() -> None:
    command = judged(answered().put_behind("exit", effects(c=1)), BUILD).judged()
    patch = judged(patched().put_behind("exit", effects(c=1)), PATCHED).judged()
    assert {name for name in CHECKS if not command[name] + patch[name]} == set()


Case = tuple[str, Callable[[], Log], Expected, list[str]]
FLAGGED: dict[str, Case] = {
    # The client's answers.
    "it answers twice": ("asks-answered-once", twice, BUILD, ["response"]),
    "it answers what was not asked": ("asks-answered-once", lambda: answered(log=asking().reply(7, {})), BUILD, ["response"]),
    "it answers 0 as text": ("asks-answered-once", lambda: answered(log=asking().reply("0", {})), BUILD, ["response"]),
    "it answers what another server asked": ("asks-answered-once", lambda: asking().exit("KILL", -9).spawn(2).reply(0, {}), BUILD, ["response"]),
    "it answers with what no schema knows": ("own-messages", lambda: Log().asks(0, COMMAND, about()).reply(0, {"decision": "maybe"}), BUILD, ["response"]),
    # What the model hears of them; more in test_told.
    "the model is told otherwise": ("model-is-told-the-answer", lambda: told(answered(), "rejected by user"), BUILD, ["exit"]),
    # What is asked.
    "it asks twice": ("asks-name-what-runs", lambda: answered(log=asking().asks(0, COMMAND, about(command="echo 1"))), BUILD, [COMMAND]),
    "it asks what was answered": ("asks-name-what-runs", lambda: resumed().moved_behind("again", "reply"), BUILD, [COMMAND]),
    "it asks under a used id": ("asks-name-what-runs", lambda: three().under_id("ask c", 0), THREE, [COMMAND]),
    "a resume asks under another id": ("asks-name-what-runs", lambda: resumed(1), BUILD, [COMMAND]),
    "a resume asks in other words": ("asks-name-what-runs", lambda: resumed(reason="x"), BUILD, [COMMAND]),
    "it asks about another command": ("asks-name-what-runs", lambda: answered().changed("ask", command="rm -r /"), BUILD, [COMMAND]),
    "it asks another question": ("asks-name-what-runs", lambda: questioned().changed("ask", questions=[{"question": "Why?"}]), INPUTS, ["item/tool/requestUserInput"]),
    "it offers no choice": ("asks-name-what-runs", lambda: questioned().changed("ask", questions=[]), INPUTS, ["item/tool/requestUserInput"]),
    "it wants other permissions": ("asks-name-what-runs", lambda: permitted().changed("ask", permissions={"network": None}), PERMISSIONS, ["item/permissions/requestApproval"]),
    "it elicits something else": ("asks-name-what-runs", lambda: elicited().changed("ask", requestedSchema={}), MCP, ["mcpServer/elicitation/request"]),
    "it asks about an item that is none": ("asks-name-what-runs", lambda: answered().changed("ask", itemId="call_x"), BUILD, [COMMAND]),
    "it asks before the item": ("asks-name-what-runs", lambda: answered().swapped("ask", "item+"), BUILD, [COMMAND]),
    "it asks about a finished item": ("asks-name-what-runs", lambda: answered().moved_behind("ask", "item-"), BUILD, [COMMAND]),
    "it asks about the user's words": ("asks-name-what-runs", lambda: answered().changed("ask", itemId="U1u").without("words-"), BUILD, [COMMAND]),
    "it asks in a turn that is none": ("asks-name-what-runs", lambda: answered().changed("ask", turnId="U9"), BUILD, [COMMAND]),
    "it asks in a thread that is none": ("asks-name-what-runs", lambda: answered().changed("ask", threadId=LOST), BUILD, [COMMAND]),
    "it asks in another thread": ("asks-name-what-runs", left, BUILD, [COMMAND]),
    "it asks after the turn": ("asks-name-what-runs", lambda: answered().moved_behind("ask", "completed"), BUILD, [COMMAND]),
    "another server elicits": ("asks-name-what-runs", lambda: elicited("x"), MCP, ["mcpServer/elicitation/request"]),
    "it asks what no call makes it ask": ("no-unlicensed-request", questioned, BUILD, ["item/tool/requestUserInput"]),
    "it asks about a call of nobody": ("no-unlicensed-request", answered, OTHER, [COMMAND]),
    "it asks for leave that is not needed": ("no-unlicensed-request", answered, UNASKED, [COMMAND]),
    "another's words elicit": ("no-unlicensed-request", lambda: elicited(words="?"), MCP, ["mcpServer/elicitation/request"]),
    "nothing of the scenario elicits": ("no-unlicensed-request", elicited, BUILD, ["mcpServer/elicitation/request"]),
    # How it is settled.
    "it is never resolved": ("asks-settle", lambda: answered().without("resolved"), BUILD, ["turn/completed"]),
    "it is resolved twice": ("asks-settle", lambda: answered().twice("resolved"), BUILD, ["serverRequest/resolved"]),
    "it is resolved again behind its turn": ("asks-settle", lambda: answered().put_behind("completed", Log().resolved(0)), BUILD, ["serverRequest/resolved"]),
    "it is resolved unanswered": ("asks-settle", lambda: answered().swapped("reply", "resolved"), BUILD, ["serverRequest/resolved"]),
    "it is resolved behind its turn": ("asks-settle", lambda: answered().moved_behind("resolved", "completed"), BUILD, ["turn/completed", "serverRequest/resolved"]),
    "another thread's is resolved": ("asks-settle", lambda: answered().changed("resolved", threadId="V"), BUILD, ["serverRequest/resolved"]),
    "what was not asked is resolved": ("asks-settle", lambda: answered().put_before("ask", Log().resolved(7)), BUILD, ["serverRequest/resolved"]),
    "\"0\" is resolved": ("asks-settle", lambda: answered().changed("resolved", requestId="0"), BUILD, ["serverRequest/resolved", "turn/completed"]),
    "the turn ends while it asks": ("asks-settle", ended_while_asking, BUILD, ["turn/completed"]),
    "the turn fails while it asks": ("asks-settle", lambda: ended_while_asking("failed"), BUILD, ["turn/completed"]),
    "what an interrupt cut off is never resolved": ("asks-settle", lambda: interrupted().without("resolved"), CUT, ["serverRequest/resolved"]),
    "an interrupt that was refused excuses nothing": ("asks-settle", lambda: answered(log=asking().ask(4, "turn/interrupt", {"threadId": "T"}).refuse(4)).swapped("reply", "resolved"), BUILD, ["serverRequest/resolved"]),
    # The flags.
    "no flag": ("flags-agree", lambda: answered().without("flag+"), BUILD, [COMMAND]),
    "another flag": ("flags-agree", lambda: answered().changed("flag+", status={"type": "active", "activeFlags": [INPUT]}), BUILD, [COMMAND, "thread/status/changed"]),
    "a flag too late": ("flags-agree", lambda: answered().swapped("flag+", "ask"), BUILD, [COMMAND]),
    "the flag stays": ("flags-agree", lambda: answered().without("flag-"), BUILD, ["item/started"]),
    "the flag goes too early": ("flags-agree", lambda: answered().moved_behind("flag-", "ask"), BUILD, ["thread/status/changed"]),
    "a flag for nothing": ("flags-agree", lambda: answered().put_before("flag+", Log().waits("x", INPUT).waits("y")), BUILD, ["thread/status/changed"]),
    "a flag for nothing, to the end": ("flags-agree", lambda: unasked().put_before("item+", Log().waits("x", APPROVAL)).without("says+"), UNASKED, ["thread/status/changed"]),
    "the flag goes with two to answer": ("flags-agree", lambda: three().moved_behind("flag-", "reply 2"), THREE, ["thread/status/changed"]),
    "a read without the flag": ("flags-agree", read, BUILD, ["response"]),
    "a read with another flag": ("flags-agree", lambda: read(INPUT), BUILD, ["response"]),
    "a resume without the flag": ("flags-agree", lambda: resumed().changed("back", result={"thread": {"id": "T", "status": {"type": "active", "activeFlags": []}}}), BUILD, ["response"]),
    # The items.
    "declined and completed": ("items-end-as-answered", lambda: answered(DECLINE, RAN), BUILD, ["item/completed"]),
    "declined and failed": ("items-end-as-answered", lambda: answered(DECLINE, FAILED), BUILD, ["item/completed"]),
    "accepted and declined": ("items-end-as-answered", lambda: answered(end=DECLINED), BUILD, ["item/completed"]),
    "nonsense, and completed": ("items-end-as-answered", lambda: answered({"decision": "maybe"}), ODD, ["item/completed"]),
    "completed before the answer": ("items-end-as-answered", lambda: answered().moved_behind("item-", "ask"), BUILD, ["item/completed"]),
    "completed and never asked": ("items-end-as-answered", lambda: unasked(), BUILD, ["item/completed"]),
    "declined and never asked": ("items-end-as-answered", lambda: unasked(DECLINED), UNASKED, ["item/completed"]),
    "the turn ends without the call": ("items-end-as-answered", lambda: answered().without("item-"), BUILD, ["turn/completed"]),
    "cancelled, and the turn goes on": ("items-end-as-answered", lambda: answered({"decision": "cancel"}, DECLINED), BUILD, ["turn/completed"]),
    "accepted, and failed without an exit code": ("items-end-as-answered", lambda: answered(end=FAILED), BUILD, ["turn/completed"]),
    "no leave is needed, and it failed without an exit code": ("items-end-as-answered", lambda: unasked(FAILED), UNASKED, ["turn/completed"]),
    "another exit code": ("items-end-as-answered", lambda: answered(), FAILS, ["item/completed"]),
    "completed with an exit code": ("items-end-as-answered", lambda: answered(end=RAN | {"exitCode": 2}), BUILD, ["item/completed"]),
    "failed without one": ("items-end-as-answered", lambda: answered(end=RAN | {"status": "failed"}), BUILD, ["item/completed"]),
    "declined with an output": ("items-end-as-answered", lambda: answered(DECLINE, DECLINED | {"aggregatedOutput": "x"}), BUILD, ["item/completed"]),
    "another output": ("items-end-as-answered", lambda: answered(end=RAN | {"aggregatedOutput": "dune\n"}), BUILD, ["item/completed"]),
    "a patch is declined and completed": ("items-end-as-answered", lambda: patched(DECLINE), PATCHED, ["item/completed"]),
    "a tool succeeds that failed": ("items-end-as-answered", lambda: tool(success=False), TOOL, ["item/completed"]),
    "a tool says something else": ("items-end-as-answered", lambda: tool().changed_item("item-", contentItems=[]), TOOL, ["item/completed"]),
    "a tool call before its answer": ("items-end-as-answered", lambda: tool().moved_behind("item-", "ask"), TOOL, ["item/completed"]),
    "an elicitation before its answer": ("items-end-as-answered", lambda: elicited().moved_behind("item-", "ask"), MCP, ["item/completed"]),
    # The disk.
    "declined and run": ("run-as-answered", lambda: answered(DECLINE, DECLINED).put_behind("exit", effects(c=1)), BUILD, ["effects"]),
    "cancelled and run": ("run-as-answered", lambda: cancelled().put_behind("exit", effects(c=1)), CUT, ["effects"]),
    "nonsense, and run": ("run-as-answered", lambda: answered({}, FAILED).put_behind("exit", effects(c=1)), ODD, ["effects"]),
    "answered under another id, and run": ("run-as-answered", lambda: never_answered().put_before("exit", Log().reply("0", {"decision": "accept"})).put_behind("exit", effects(c=1)), ODD, ["effects"]),
    "unanswered and run": ("run-as-answered", lambda: never_answered().put_behind("exit", effects(c=1)), CUT, ["effects"]),
    "unasked and run": ("run-as-answered", lambda: never_answered().without("ask").put_behind("exit", effects(c=1)), CUT, ["effects"]),
    "accepted and not run": ("run-as-answered", lambda: answered().put_behind("exit", effects(c=0)), BUILD, ["effects"]),
    "accepted, failed, and not run": ("run-as-answered", lambda: answered(end=EXITS_2).put_behind("exit", effects(c=0)), FAILS, ["effects"]),
    "accepted, failed without an exit code, and not run": ("run-as-answered", lambda: answered(end=FAILED).put_behind("exit", effects(c=0)), BUILD, ["effects"]),
    "no leave is needed, it failed, and did not run": ("run-as-answered", lambda: unasked(FAILED).put_behind("exit", effects(c=0)), UNASKED, ["effects"]),
    "run twice": ("run-as-answered", lambda: answered().put_behind("exit", effects(c=2)), BUILD, ["effects"]),
    "interrupted and run twice": ("run-as-answered", lambda: asking().reply(0, {"decision": "accept"}).exit("KILL", -9).put_behind("exit", effects(c=2)), CUT, ["effects"]),
    "no leave is needed, and it did not run": ("run-as-answered", lambda: unasked().put_behind("exit", effects(c=0)), UNASKED, ["effects"]),
    "a command changes its folder": ("commands-as-shown", lambda: answered().changed_item("item-", cwd="/etc"), BUILD, ["item/completed"]),
    "an output is made up": ("commands-as-shown", lambda: answered().put_behind("resolved", printed("more")), BUILD, ["item/completed"]),
    "an output is told twice": ("commands-as-shown", lambda: answered().put_behind("resolved", printed("done", "done")), BUILD, ["item/completed"]),
    "a rule for everything": ("commands-as-shown", lambda: answered().changed("ask", proposedExecpolicyAmendment=[]), BUILD, [COMMAND]),
    "a rule for another command": ("commands-as-shown", lambda: answered().changed("ask", proposedExecpolicyAmendment=["rm"]), BUILD, [COMMAND]),
    "a rule is offered only": ("commands-as-shown", lambda: answered().changed("ask", availableDecisions=["accept", RULE, "cancel"]), BUILD, [COMMAND]),
    "a rule is proposed only": ("commands-as-shown", lambda: answered().changed("ask", proposedExecpolicyAmendment=["echo"], availableDecisions=["accept", "cancel"]), BUILD, [COMMAND]),
    "nothing but consent is offered": ("commands-as-shown", lambda: answered().changed("ask", availableDecisions=["accept"]), BUILD, [COMMAND]),
    "no consent is offered": ("commands-as-shown", lambda: answered().changed("ask", availableDecisions=["cancel"]), BUILD, [COMMAND]),
    "a command does something else than it asks for": ("asks-name-what-runs", lambda: answered().changed("ask", commandActions=[{"type": "unknown", "command": "true"}]), BUILD, [COMMAND]),
    "a patch is shown elsewhere": ("patches-as-scripted", lambda: patched().changed_item("item+", changes=[CHANGE | {"path": "/etc/passwd"}]), PATCHED, ["item/started"]),
    "a patch is shown in another folder": ("patches-as-scripted", lambda: patched().changed("opened", result={"thread": {"id": "T"}, "cwd": "/home"}), PATCHED, ["item/started", "item/completed"]),
    "a patch shows other words": ("patches-as-scripted", lambda: patched().changed_item("item+", changes=[CHANGE | {"diff": "c-of-me\n"}]), PATCHED, ["item/started"]),
    "a patch shows one change more": ("patches-as-scripted", lambda: patched().changed_item("item-", changes=[CHANGE, CHANGE]), PATCHED, ["item/completed"]),
    "a patch ends as a move": ("patches-as-scripted", lambda: patched().changed_item("item-", changes=[CHANGE | {"kind": {"type": "update", "move_path": "/etc"}}]), PATCHED, ["item/completed"]),
    "a patch asks for a root": ("patches-as-scripted", lambda: patched().changed("ask", grantRoot="/"), PATCHED, ["item/fileChange/requestApproval"]),
    "a patch is applied and no diff told": ("patches-as-scripted", lambda: patched().without("diff"), PATCHED, ["turn/completed"]),
    "a diff is empty": ("patches-as-scripted", lambda: patched().changed("diff", diff=""), PATCHED, ["turn/diff/updated", "turn/completed"]),
    "a diff deletes a line": ("patches-as-scripted", lambda: patched().changed("diff", diff=ADDED + "-more\n"), PATCHED, ["turn/diff/updated", "turn/completed"]),
    "a diff has a file more": ("patches-as-scripted", lambda: patched().changed("diff", diff=ADDED + ADDED.replace("patched-c", "passwd")), PATCHED, ["turn/diff/updated"]),
    "a diff shows what was declined": ("patches-as-scripted", lambda: patched().changed_item("item-", status="declined"), PATCHED, ["turn/diff/updated"]),
    "a patch is declined and applied": ("run-as-answered", lambda: patched(DECLINE, "declined").put_behind("exit", effects(c=1)), PATCHED, ["effects"]),
    "one of three did not run": ("run-as-answered", lambda: three().put_behind("exit", effects(a=1, b=0, c=1)), THREE, ["effects"]),
}  # fmt: skip


@pytest.mark.parametrize(("check", "build", "licences", "events"), FLAGGED.values(), ids=FLAGGED.keys())
def test_it_is_flagged(check: str, build: Callable[[], Log], licences: Expected, events: list[str]) -> None:
    assert flags(build(), check, licences) == events


def test_each_check_of_asks_has_a_history_that_it_flags() -> None:
    assert {check for check, *_ in FLAGGED.values()} >= set(CHECKS)
