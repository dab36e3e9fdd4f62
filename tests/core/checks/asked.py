"""Histories in which the server asks its client, written by hand after those of 0.163.0."""

from __future__ import annotations

from typing import Any

from tests.core.checks.handwritten import On, opened
from tests.core.checks.log import ADDED, CHANGE, Log

from turnproof import apply_patch, ask_permissions, ask_user, call_mcp, call_tool, run_command, run_turn, start_thread
from turnproof.call_licences import call_licences
from turnproof.calls import AnyCall
from turnproof.expect import Expected, expected
from turnproof.message import encode
from turnproof.own_schema import own_profile

APPROVAL = "waitingOnApproval"
LOOK: dict[str, Any] = {"name": "t", "description": "", "inputSchema": {}}
ASKS = start_thread("t", sandbox="read-only", approvalPolicy="on-request", dynamicTools=[LOOK])
PLAN = {"mode": "plan"}
CHECKS = (
    "asks-answered-once", "asks-name-what-runs", "asks-settle", "flags-agree", "items-end-as-answered", "run-as-answered",
    "commands-as-shown", "patches-as-scripted",
)  # fmt: skip
INPUT = "waitingOnUserInput"
COMMAND = "item/commandExecution/requestApproval"
PATCH = "item/fileChange/requestApproval"
ACCEPT = {"decision": "accept"}
AMENDED = {"decision": {"acceptWithExecpolicyAmendment": {"execpolicy_amendment": ["echo", "1"]}}}
RAN = {"status": "completed", "exitCode": 0, "aggregatedOutput": "done\n"}
DECLINED = {"status": "declined", "exitCode": None, "aggregatedOutput": None}
FAILED = DECLINED | {"status": "failed"}


def licensed(*calls: AnyCall, ends: str = "completed", odd: tuple[str, ...] = ()) -> Expected:
    """What a scenario with these calls licenses: one turn that says "hello", and one that says "yes" after it."""
    licences = expected(On.CUT, own_profile())
    licences.turns["hi"].ends = {ends}
    licences.cuts = frozenset((1,) if ends == "interrupted" else ())
    licences.calls = call_licences([ASKS, run_turn("t", "hi", *calls, collaborationMode=PLAN)])
    licences.odd_answers = frozenset(odd)
    return licences


BUILD = licensed(run_command("c", prints="done"))
CUT = licensed(run_command("c", prints="done"), ends="interrupted")
CUT_PATCH = licensed(apply_patch("c"), ends="interrupted")
CUT_TOOL = licensed(call_tool("c", "t"), ends="interrupted")
BY_HAND = licensed(run_command("c", prints="done"))
BY_HAND.wrong_bytes = True
FAILS = licensed(run_command("c", exits=2))
UNASKED = licensed(run_command("c", asks=False, prints="done"))
ODD = licensed(run_command("c", prints="done"), odd=("call_c",))
OTHER = licensed(run_command("x"))
THREE = licensed(run_command("a"), run_command("b"), run_command("c"))
PATCHED = licensed(apply_patch("c"))
TOOL = licensed(call_tool("c", "t"))
MCP = licensed(call_mcp("c"))
INPUTS = licensed(ask_user("c"))
PERMISSIONS = licensed(ask_permissions("c"))


def item(mark: str = "c", kind: str = "commandExecution", **more: Any) -> dict[str, Any]:
    return {"type": kind, "id": f"call_{mark}", "status": "inProgress"} | more


def about(mark: str = "c", thread: str = "T", turn: str = "U1", **more: Any) -> dict[str, Any]:
    return {"threadId": thread, "turnId": turn, "itemId": f"call_{mark}"} | more


def effects(**ran: int) -> Log:
    """What the player counts on the disk."""
    return Log().fact("effects", "note", event="effects", ran=ran)


def told(log: Log, output: str | None, call: str = "call_c", turn: str = "U1") -> Log:
    """The model is asked, and given the result of a call, or none."""
    given = {"outputs": {} if output is None else {call: output}}
    return log.put_before("exit", Log().fact("note", "note", event="request", thread="T", turn=turn, given=given))


def goes_on(log: Log) -> Log:
    """The usage of the answer that called is told; then the model says the rest."""
    return log.usage("T", "U1", 5).says("hel", "lo").finish(used=5).exit()


def asking(command: str = "echo 1") -> Log:
    """A command that waits for leave: the flag, the item, the ask."""
    log = opened().begin().waits("flag+", APPROVAL)
    return log.item("started", "T", "U1", item(command=command), "item+").asks(0, COMMAND, about(command=command))


def answered(result: Any = None, end: dict[str, Any] | None = None, log: Log | None = None) -> Log:
    """It is answered, by default with leave; the command ends, and the model goes on."""
    log = (log or asking()).reply(0, ACCEPT if result is None else result).resolved(0).waits("flag-")
    log.item("completed", "T", "U1", item(command="echo 1") | (RAN if end is None else end), "item-")
    return goes_on(log)


def refused() -> Log:
    """The client answers with an error: the item fails before the flag goes."""
    log = answered(end=FAILED).moved_behind("flag-", "item-")
    index = log.at("reply")
    log.entries[index] = ("reply", "line", "to_server", encode({"id": 0, "error": {"code": 1, "message": "no"}}), 1)
    return log


def cancelled() -> Log:
    log = asking().reply(0, {"decision": "cancel"}).resolved(0)
    log.item("completed", "T", "U1", item(command="echo 1") | DECLINED, "item-").waits("flag-")
    return log.usage("T", "U1", 5).finish("interrupted").exit()


def interrupted() -> Log:
    """The turn is interrupted while it asks; what it asked is resolved behind its end (seen on 0.163.0)."""
    log = asking().ask(4, "turn/interrupt", {"threadId": "T", "turnId": "U1"}).answer(4, {}, "taken")
    return log.finish("interrupted").resolved(0).reply(0, ACCEPT).turn("U2", "again", "yes", number=5).exit()


def resolved_in_time() -> Log:
    """As a server would that has not this defect."""
    log = interrupted()
    return log.moved_behind("resolved", "taken")


def resumed(number: Any = 0, **more: Any) -> Log:
    """The thread is resumed while it asks, and what is pending is asked again."""
    log = asking().ask(4, "thread/resume", {"threadId": "T"})
    waits = {"type": "active", "activeFlags": [APPROVAL]}
    log.answer(4, {"thread": {"id": "T", "status": waits, "turns": [{"id": "U1", "status": "inProgress"}]}}, "back")
    return answered(log=log.asks(number, COMMAND, about(command="echo 1") | more, "again"))


def read(*told: str) -> Log:
    """The thread is read while it asks."""
    log = asking().ask(4, "thread/read", {"threadId": "T"})
    status = {"type": "active", "activeFlags": list(told)}
    return answered(log=log.answer(4, {"thread": {"id": "T", "status": status}}, "reading"))


def three() -> Log:
    """Three commands of one answer of the model: one flag, three asks, answered in another order."""
    log = opened().begin().waits("flag+", APPROVAL)
    for number, mark in enumerate("acb"):
        log.item("started", "T", "U1", item(mark), f"{mark}+").asks(number, COMMAND, about(mark), f"ask {mark}")
    for number in (2, 1, 0):
        log.reply(number, ACCEPT, f"reply {number}")
    for number in (0, 2, 1):
        log.resolved(number)
    log.waits("flag-")
    for mark in "acb":
        log.item("completed", "T", "U1", item(mark) | RAN, f"{mark}-")
    return goes_on(log)


def unsubscribed() -> Log:
    """The client leaves the thread while it is asked: its answer counts, and it is told nothing more."""
    log = asking().ask(4, "thread/unsubscribe", {"threadId": "T"}).answer(4, {"status": "unsubscribed"})
    return log.reply(0, ACCEPT).waits("flag-").status("T", "idle", "idle").exit("KILL", -9)


def patch(**more: Any) -> dict[str, Any]:
    return item(kind="fileChange", changes=[CHANGE], **more)


def patched(result: Any = None, end: str = "completed") -> Log:
    log = opened().begin().item("started", "T", "U1", patch(), "item+").waits("flag+", APPROVAL)
    log.asks(0, PATCH, about()).reply(0, result or ACCEPT).resolved(0).waits("flag-")
    log.item("completed", "T", "U1", patch(status=end), "item-")
    if end == "completed":
        log.tell("turn/diff/updated", {"threadId": "T", "turnId": "U1", "diff": ADDED}, "diff")
    return goes_on(log)


def patch_cancelled() -> Log:
    """The item of a patch that is cancelled is never completed (seen on 0.163.0)."""
    log = opened().begin().item("started", "T", "U1", patch(), "item+").waits("flag+", APPROVAL)
    log.asks(0, PATCH, about()).reply(0, {"decision": "cancel"}).resolved(0).waits("flag-")
    return log.usage("T", "U1", 5).finish("interrupted").exit()


def tool(success: bool = True, end: str = "completed") -> Log:
    """A tool of the client's: no flag, and nothing is told to be resolved."""
    said = [{"type": "inputText", "text": "hi"}]
    log = opened().begin().item("started", "T", "U1", item(kind="dynamicToolCall", tool="t"), "item+")
    log.asks(0, "item/tool/call", {"threadId": "T", "turnId": "U1", "callId": "call_c", "tool": "t"})
    log.reply(0, {"contentItems": said, "success": success})
    log.item("completed", "T", "U1", item(kind="dynamicToolCall", status=end, contentItems=said), "item-")
    return goes_on(log)


def tool_cut_off() -> Log:
    """The call fails with its turn, and nobody waits for the client."""
    log = opened().begin().item("started", "T", "U1", item(kind="dynamicToolCall", tool="t"), "item+")
    log.asks(0, "item/tool/call", {"threadId": "T", "turnId": "U1", "callId": "call_c", "tool": "t"})
    log.ask(4, "turn/interrupt", {"threadId": "T", "turnId": "U1"})
    log.item("completed", "T", "U1", item(kind="dynamicToolCall", status="failed"), "item-")
    return log.usage("T", "U1", 5).answer(4, {}, "taken").finish("interrupted").exit()


def elicited(server: str = "s", words: str = "turnproof asks c") -> Log:
    log = opened().begin().item("started", "T", "U1", item(kind="mcpToolCall", server="s"), "item+")
    log.waits("flag+", APPROVAL)
    log.asks(
        0, "mcpServer/elicitation/request", {"threadId": "T", "turnId": "U1", "serverName": server, "message": words}
    )
    log.reply(0, {"action": "accept", "content": {}}).resolved(0).waits("flag-")
    log.item("completed", "T", "U1", item(kind="mcpToolCall", server="s", status="completed"), "item-")
    return goes_on(log)


def without_item(method: str, flag: str, result: Any) -> Log:
    """What has no item of its own: a question to the user, or for permissions."""
    log = opened().begin().waits("flag+", flag).asks(0, method, about()).reply(0, result).resolved(0).waits("flag-")
    return goes_on(log)


def questioned() -> Log:
    return without_item("item/tool/requestUserInput", INPUT, {"answers": {"color": {"answers": ["Red"]}}})


def permitted() -> Log:
    return without_item("item/permissions/requestApproval", APPROVAL, {"permissions": {}, "scope": "turn"})


def unasked(end: dict[str, Any] | None = None) -> Log:
    """A command that needs no leave."""
    log = opened().begin().item("started", "T", "U1", item(), "item+")
    log.item("completed", "T", "U1", item() | (RAN if end is None else end), "item-")
    return goes_on(log)


def ended_while_asking(status: str = "completed") -> Log:
    log = asking().says("hel", "lo")
    return log.finish(status).exit()


def never_answered() -> Log:
    """The end of input comes while the client is asked."""
    return asking().exit()
