"""What the server asks its client: ids, flags, answers of every kind, resumes and ends."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes.calls import (
    MY_TOOL,
    PLAN_MODE,
    calls,
    command,
    mcp,
    patch,
    permissions,
    plan,
    question,
    say,
    tool,
    typing,
)

Drive = Any
Json = dict[str, Any]

ASKED = ["thread/status/changed", "item/started", "item/commandExecution/requestApproval"]
RESOLVED = "serverRequest/resolved"
USAGE = ["thread/tokenUsage/updated", "account/rateLimits/updated"]
END = ["thread/readState/changed", "thread/status/changed", "turn/completed"]
SAID = ["item/started", "item/agentMessage/delta", "item/completed", *USAGE, *END]
RAN = [RESOLVED, "thread/status/changed", "item/completed", *USAGE, *SAID]
REFUSED = [RESOLVED, "item/completed", "thread/status/changed", *USAGE, *SAID]
WAITING = {"type": "active", "activeFlags": ["waitingOnApproval"]}


def ran(engine: Any, mark: str) -> int:
    """How often a command ran."""
    return engine.disk.files.get(f"/work/ran-{mark}", b"").count(b"N\n")


def open_turn(drive: Drive, *script: Json, **options: Any) -> tuple[Any, str, str]:
    """A turn of this script as far as it goes by itself: the engine, the thread, the turn."""
    engine = drive(scripts={"go": [*script, say("done")], "hi": [say("hello")]}, tools=["mcp", "permissions"])
    engine.initialize(experimentalApi=True)
    thread = engine.thread(**({"approvalPolicy": "on-request", "dynamicTools": [MY_TOOL]} | options))
    turn = engine.start(thread, "go", collaborationMode=PLAN_MODE)
    engine.run()
    return engine, thread, turn


def asked(engine: Any) -> list[tuple[int, str]]:
    """Requests of the server, each as often as it was sent."""
    sent = [message for message in engine.messages if "method" in message and "id" in message]
    return [(message["id"], message["params"].get("itemId") or message["params"].get("callId")) for message in sent]


def test_a_command_waits_for_its_approval_and_runs(drive: Drive) -> None:
    engine, thread, turn = open_turn(drive, calls(command("a")))
    assert engine.methods()[-3:] == ASKED
    request = engine.messages[-1]
    assert list(request) == ["method", "id", "params"]
    assert (request["id"], request["params"]["itemId"], request["params"]["turnId"]) == (0, "call_a", turn)
    assert engine.result("thread/read", {"threadId": thread})["thread"]["status"] == WAITING
    assert ran(engine, "a") == 0
    since = len(engine.messages)
    engine.reply(0, result={"decision": "accept"})
    assert engine.methods(since) == RAN
    assert ran(engine, "a") == 1
    done = engine.messages[since + 2]["params"]["item"]
    assert (done["status"], done["exitCode"], done["source"]) == ("completed", 0, "unifiedExecStartup")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"result": {"decision": "decline"}}, "declined"),
        ({"result": {"decision": "unheard of"}}, "failed"),
        ({"result": {"decision": {"acceptWithExecpolicyAmendment": {}}}}, "failed"),
        ({"result": {}}, "failed"),
        ({"result": None}, "failed"),
        ({"error": {"code": -1, "message": "no"}}, "failed"),
    ],
)
def test_what_is_no_yes_runs_nothing_and_leaves_no_item(drive: Drive, answer: Json, status: str) -> None:
    engine, thread, _turn = open_turn(drive, calls(command("a")))
    since = len(engine.messages)
    engine.reply(0, **answer)
    assert engine.methods(since) == REFUSED
    assert engine.messages[since + 1]["params"]["item"]["status"] == status
    assert ran(engine, "a") == 0
    listed = engine.result("thread/items/list", {"threadId": thread})["data"]
    assert [entry["item"]["type"] for entry in listed] == ["userMessage", "agentMessage"]


def test_a_cancel_ends_the_turn(drive: Drive) -> None:
    engine, _thread, _turn = open_turn(drive, calls(command("a")))
    since = len(engine.messages)
    engine.reply(0, result={"decision": "cancel"})
    assert engine.methods(since) == [*REFUSED[:5], "thread/status/changed", "turn/completed"]
    assert engine.last("turn/completed")["turn"]["status"] == "interrupted"


def test_only_the_first_answer_with_the_very_id_counts(drive: Drive) -> None:
    engine, _thread, _turn = open_turn(drive, calls(command("a")))
    since = len(engine.messages)
    for wrong in (4242, "0", "", -1):
        engine.reply(wrong, result={"decision": "accept"})
    engine.reply(0, error={"code": 1})  # without a message it is no error, and the line fits nothing
    assert engine.methods(since) == []
    engine.reply(0, result={"decision": "accept"}, error={"code": 1, "message": "a result goes before an error"})
    engine.reply(0, result={"decision": "decline"})
    assert engine.methods(since) == RAN
    assert ran(engine, "a") == 1


def test_an_interrupt_is_told_before_the_request_is_resolved(drive: Drive) -> None:
    engine, thread, turn = open_turn(drive, calls(command("a")))
    since = len(engine.messages)
    engine.send("turn/interrupt", {"threadId": thread, "turnId": turn})
    engine.run()
    assert engine.methods(since) == [*USAGE, "<-", "thread/status/changed", "turn/completed", RESOLVED]
    engine.reply(0, result={"decision": "accept"})
    assert engine.methods(since)[-1] == RESOLVED
    assert ran(engine, "a") == 0
    engine.turn(thread, "hi")
    assert engine.last("turn/completed")["turn"]["status"] == "completed"


def test_three_calls_wait_at_once_under_one_flag(drive: Drive) -> None:
    engine, thread, _turn = open_turn(drive, calls(command("a"), command("b"), command("c")))
    since = len(engine.messages)
    items = dict(asked(engine))
    assert sorted(items) == [0, 1, 2]
    assert sorted(items.values()) == ["call_a", "call_b", "call_c"]
    assert engine.methods().count("thread/status/changed") == 2
    engine.reply(2, result={"decision": "accept"})
    engine.reply(0, result={"decision": "decline"})
    # The command that was accepted has run, but its end is told when nobody is waited for.
    assert engine.methods(since) == [RESOLVED, RESOLVED, "item/completed"]
    assert ran(engine, items[2][-1]) == 1
    assert engine.result("thread/read", {"threadId": thread})["thread"]["status"] == WAITING
    since = len(engine.messages)
    engine.reply(1, result={"decision": "accept"})
    assert engine.methods(since) == [
        RESOLVED,
        "thread/status/changed",
        "item/completed",
        "item/completed",
        *USAGE,
        *SAID,
    ]


def test_which_of_several_calls_asks_first_is_up_to_the_seed(drive: Drive) -> None:
    def order(seed: int) -> str:
        engine = drive(scripts={"go": [calls(command("a"), command("b"), command("c"))]}, seed=seed).initialize()
        engine.turn(engine.thread(approvalPolicy="on-request"), "go")
        return "".join(item[-1] for _id, item in asked(engine))

    orders = [order(seed) for seed in range(60)]
    assert len(set(orders)) > 1
    assert orders.count("abc") > 20
    assert orders == [order(seed) for seed in range(60)]


def test_a_call_that_runs_alone_waits_for_those_before_it(drive: Drive) -> None:
    engine, thread, _turn = open_turn(drive, calls(command("a"), tool("b"), question("c"), command("d")))
    for number, item in enumerate(("call_a", "call_b", "call_c", "call_d")):
        assert asked(engine)[-1] == (number, item)
        flags = engine.result("thread/read", {"threadId": thread})["thread"]["status"]["activeFlags"]
        assert flags == ([] if number == 1 else ["waitingOnUserInput"] if number == 2 else ["waitingOnApproval"])
        engine.reply(number, result={"decision": "accept"})
    assert engine.last("turn/completed")["turn"]["status"] == "completed"


def test_a_cancel_leaves_no_time_for_what_was_accepted(drive: Drive) -> None:
    engine, _thread, _turn = open_turn(drive, calls(command("a"), command("b")))
    engine.reply(0, result={"decision": "accept"})
    since = len(engine.messages)
    engine.reply(1, result={"decision": "cancel"})
    assert engine.methods(since) == [*REFUSED[:5], "thread/status/changed", "turn/completed"]
    assert engine.messages[since + 1]["params"]["item"]["status"] == "declined"


def test_a_cancel_of_one_ends_the_others(drive: Drive) -> None:
    engine, _thread, _turn = open_turn(drive, calls(command("a"), command("b"), command("c")))
    first, second, third = (item for _id, item in asked(engine))
    engine.reply(0, result={"decision": "accept"})
    since = len(engine.messages)
    engine.reply(1, result={"decision": "cancel"})
    assert engine.methods(since)[-3:] == ["thread/status/changed", "turn/completed", RESOLVED]
    assert [ran(engine, item[-1]) for item in (first, second, third)] == [1, 0, 0]
    completed = [
        message["params"]["item"]["id"] for message in engine.messages if message.get("method") == "item/completed"
    ]
    assert first not in completed


@pytest.mark.parametrize(
    "call", [question("a"), tool("a"), permissions("a"), mcp("a"), patch("a")], ids=lambda c: c["kind"]
)
def test_every_kind_is_resolved_once_by_an_interrupt(drive: Drive, call: Json) -> None:
    engine, thread, turn = open_turn(drive, calls(call))
    since = len(engine.messages)
    engine.send("turn/interrupt", {"threadId": thread, "turnId": turn})
    engine.run()
    told = engine.methods(since)
    assert told.count(RESOLVED) == (0 if call["kind"] == "tool" else 1)
    assert told.count("item/completed") == (1 if call["kind"] == "tool" else 0)
    assert told.index("turn/completed") >= len(told) - 2
    engine.reply(0, result={"decision": "accept"})
    assert engine.methods(since) == told


def test_what_has_no_approvals_asks_nobody(drive: Drive) -> None:
    made = calls(command("a"), patch("b"), permissions("c"), mcp("d"))
    engine, _thread, _turn = open_turn(drive, made, approvalPolicy="never")
    assert asked(engine) == []
    assert engine.disk.files == {}
    items = [
        message["params"]["item"]["id"] for message in engine.messages if message.get("method") == "item/completed"
    ]
    assert items[1:-1] == ["call_d"]  # the tool of the MCP server is told that the user declined


def test_a_patch_is_told_as_a_diff_behind_each_usage(drive: Drive) -> None:
    engine, _thread, _turn = open_turn(drive, calls(patch("a")))
    since = len(engine.messages)
    engine.reply(0, result={"decision": "accept"})
    diff = "turn/diff/updated"
    told = [RESOLVED, "thread/status/changed", "item/completed", diff, *USAGE, diff, *SAID[:5], diff, *END]
    assert engine.methods(since) == told
    assert engine.last(diff)["diff"].splitlines()[3:] == ["--- /dev/null", "+++ b/patched-a", "@@ -0,0 +1 @@", "+N"]
    assert engine.disk.files == {"/work/patched-a": b"N\n"}


def test_a_patch_that_changes_nothing_is_told_without_a_diff(drive: Drive) -> None:
    engine, thread, _turn = open_turn(drive, calls(patch("a")))
    engine.reply(0, result={"decision": "acceptForSession"})
    since = len(engine.messages)
    engine.turn(thread, "go")
    assert "turn/diff/updated" not in engine.methods(since)
    assert (asked(engine)[1:], engine.disk.files) == ([], {"/work/patched-a": b"N\n"})


def test_an_answer_for_the_session_is_remembered_on_its_thread(drive: Drive) -> None:
    again = command("a") | {"call_id": "call_again"}
    engine, _thread, _turn = open_turn(drive, calls(command("a")), calls(again))
    engine.reply(0, result={"decision": "acceptForSession"})
    assert ran(engine, "a") == 2
    engine.turn(engine.thread(approvalPolicy="on-request"), "go")
    assert [number for number, _item in asked(engine)] == [0, 1]


def test_an_amendment_is_remembered_in_the_home(drive: Drive) -> None:
    engine, _thread, _turn = open_turn(drive, calls(command("a")))
    prefix = engine.messages[-1]["params"]["proposedExecpolicyAmendment"]
    engine.reply(0, result={"decision": {"acceptWithExecpolicyAmendment": {"execpolicy_amendment": prefix}}})
    restarted = drive(engine.disk, scripts={"go": [calls(command("a"))]}).initialize()
    restarted.turn(restarted.thread(approvalPolicy="on-request"), "go")
    assert (asked(restarted), ran(restarted, "a")) == ([], 2)


def test_a_resume_asks_again_with_the_same_id(drive: Drive) -> None:
    engine, thread, _turn = open_turn(drive, calls(command("a"), command("b")))
    before = asked(engine)
    engine.result("thread/resume", {"threadId": thread, "excludeTurns": True})
    assert asked(engine) == before * 2
    engine.reply(0, result={"decision": "decline"})
    engine.result("thread/resume", {"threadId": thread, "excludeTurns": True})
    assert asked(engine) == [*before, *before, before[1]]


def test_an_unsubscribed_thread_asks_when_somebody_resumes_it(drive: Drive) -> None:
    held = say("x", {"type": "hold", "gate": "g"})
    engine, thread, _turn = open_turn(drive, held, calls(command("a")))
    engine.result("thread/unsubscribe", {"threadId": thread})
    engine.release("g")
    engine.run()
    assert asked(engine) == []
    assert engine.result("thread/read", {"threadId": thread})["thread"]["status"] == WAITING
    engine.result("thread/resume", {"threadId": thread, "excludeTurns": True})
    assert asked(engine) == [(0, "call_a")]


def test_an_unsubscribed_thread_takes_answers_and_tells_nothing(drive: Drive) -> None:
    engine, thread, _turn = open_turn(drive, calls(command("a")))
    engine.result("thread/unsubscribe", {"threadId": thread})
    since = len(engine.messages)
    engine.reply(0, result={"decision": "accept"})
    assert engine.methods(since) == ["thread/status/changed", "thread/readState/changed", "thread/status/changed"]
    assert ran(engine, "a") == 1


@pytest.mark.parametrize(("cut", "ended"), [(True, True), (False, False)])
def test_the_end_of_input_ends_the_turn_and_a_kill_does_not(drive: Drive, cut: bool, ended: bool) -> None:
    engine, thread, _turn = open_turn(drive, calls(command("a")))
    if cut:
        out = engine.server.end_of_input(engine.now)
        assert [type(item).__name__ for item in out] == ["Exit"]
    restarted = drive(engine.disk).initialize()
    turn = restarted.result("thread/read", {"threadId": thread, "includeTurns": True})["thread"]["turns"][0]
    assert (turn["status"], turn["completedAt"] is not None) == ("interrupted", ended)
    assert [item["type"] for item in turn["items"]] == ["userMessage"]
    restarted.reply(0, result={"decision": "accept"})
    assert ran(restarted, "a") == 0


def test_threads_share_one_count_of_ids(drive: Drive) -> None:
    engine, _thread, _turn = open_turn(drive, calls(command("a")))
    engine.turn(engine.thread(approvalPolicy="on-request"), "go")
    assert [number for number, _item in asked(engine)] == [0, 1]


def test_a_command_in_a_folder_that_is_not_there_fails(fake: Any, tmp_path: Any) -> None:
    peer = fake(scripts={"go": [calls(command("a", escalated=False)), say("done")]})
    peer.initialize()
    peer.turn(peer.thread(cwd=str(tmp_path / "gone"), sandbox="workspace-write"), "go")
    completed = [message["params"]["item"] for message in peer.log if message.get("method") == "item/completed"]
    item = next(item for item in completed if item["id"] == "call_a")
    assert (item["status"], item["exitCode"], item["processId"]) == ("failed", -1, None)


def test_a_command_that_reads_ends_with_its_last_line(drive: Drive) -> None:
    reads = command("a", "built", 3, escalated=False, reads=2)
    engine, _, turn = open_turn(
        drive, calls(reads), calls(typing("a", "x\n")), calls(typing("a", "y\n")), sandbox="danger-full-access"
    )
    assert [method for method in engine.methods() if method.startswith("item/commandExecution")] == [
        "item/commandExecution/outputDelta",
        "item/commandExecution/terminalInteraction",
        "item/commandExecution/outputDelta",
        "item/commandExecution/outputDelta",
        "item/commandExecution/terminalInteraction",
    ]
    told = engine.last("item/commandExecution/terminalInteraction")
    done = next(
        m for m in engine.messages if m.get("method") == "item/completed" and m["params"]["item"]["id"] == "call_a"
    )
    process = done["params"]["item"]["processId"]
    assert told == {
        "threadId": told["threadId"],
        "turnId": turn,
        "itemId": "call_a",
        "processId": process,
        "stdin": "y\n",
    }
    assert done["params"]["item"]["aggregatedOutput"] == "x\r\ny\r\nbuilt\r\n"
    assert (done["params"]["item"]["status"], done["params"]["item"]["exitCode"]) == ("failed", 3)
    assert ran(engine, "a") == 1


def test_what_is_typed_into_no_command_goes_nowhere(drive: Drive) -> None:
    engine, _, _ = open_turn(drive, calls(typing("a", "x\n")))
    assert "item/commandExecution/terminalInteraction" not in engine.methods()
    assert engine.methods()[-1] == "turn/completed"


@pytest.mark.parametrize(
    ("outcome", "status", "end"), [("allow", "approved", "completed"), ("deny", "denied", "declined")]
)
def test_the_model_is_asked_in_place_of_the_user(drive: Drive, outcome: str, status: str, end: str) -> None:
    verdict = {"risk_level": "low", "user_authorization": "high", "outcome": outcome, "rationale": "so"}
    engine, _, _ = open_turn(drive, calls(command("a") | {"review": verdict}), approvalsReviewer="auto_review")
    assert asked(engine) == []
    told = engine.methods()
    assert told[told.index("item/autoApprovalReview/started") - 1] == "item/started"
    assert told[told.index("guardianWarning") + 1] == "item/autoApprovalReview/completed"
    began, ended = (engine.last(f"item/autoApprovalReview/{phase}") for phase in ("started", "completed"))
    assert (began["reviewId"], began["targetItemId"]) == (ended["reviewId"], "call_a")
    assert ended["review"] == {"status": status, "riskLevel": "low", "userAuthorization": "high", "rationale": "so"}
    done = next(
        m for m in engine.messages if m.get("method") == "item/completed" and m["params"]["item"]["id"] == "call_a"
    )
    assert done["params"]["item"]["status"] == end
    assert ran(engine, "a") == (outcome == "allow")


@pytest.mark.parametrize(
    ("model", "tools", "told"),
    [
        ("gpt-6.1-sol", ["patches"], ["", "N\n"]),
        ("gpt-6.1-sol", [], []),
        ("mock-model", ["patches"], None),
    ],
)
def test_a_patch_that_the_model_streams_is_told_where_it_can_be(
    drive: Drive, model: str, tools: list[str], told: list[str] | None
) -> None:
    engine = drive(scripts={"go": [calls(patch("a") | {"streamed": True}), say("done")]}, tools=tools)
    engine.initialize()
    engine.start(engine.thread(model=model, sandbox="danger-full-access"), "go")
    engine.run()
    begun = [m["params"]["item"] for m in engine.messages if m.get("method") == "item/started"]
    assert ("fileChange" in [item["type"] for item in begun]) == (told is not None)
    updates = [m["params"] for m in engine.messages if m.get("method") == "item/fileChange/patchUpdated"]
    assert [update["changes"] for update in updates] == [
        [{"path": "patched-a", "kind": {"type": "add"}, "diff": diff}] for diff in told or []
    ]
    assert {update["itemId"] for update in updates} <= {"call_a"}
    assert engine.last("turn/completed")["turn"]["status"] == "completed"


def by_the_clients_clock(drive: Drive, *script: Json) -> Any:
    """A turn of this script, on a server that asks its client for the time."""
    engine = drive(scripts={"go": [*script, say("done")]}, tools=["clock"])
    engine.initialize(experimentalApi=True)
    engine.start(engine.thread(sandbox="danger-full-access"), "go")
    engine.run()
    return engine


def tells_the_time(engine: Any) -> list[int]:
    """Tell the time as often as the server asks; the ids of what it asked."""
    told: list[int] = []
    while (last := engine.messages[-1]).get("method") == "currentTime/read":
        told.append(last["id"])
        engine.reply(last["id"], result={"currentTimeAt": 1})
    return told


def test_the_time_is_asked_for_by_each_turn_and_before_each_request_to_the_model(drive: Drive) -> None:
    engine = by_the_clients_clock(drive, calls(command("a", escalated=False)))
    first = engine.methods()[-3:]
    assert first == ["thread/status/changed", "turn/started", "currentTime/read"]
    assert tells_the_time(engine) == [0, 1, 2, 3, 4]
    asked = [place for place, method in enumerate(engine.methods()) if method == "currentTime/read"]
    told = [place for place, method in enumerate(engine.methods()) if method == "item/started"]
    assert asked[0] < told[0] < asked[1] < asked[2] < told[1] < asked[3] < asked[4] < told[2]
    assert RESOLVED not in engine.methods()
    assert engine.last("turn/completed")["turn"]["status"] == "completed"


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        ({"error": {"code": -32601, "message": "no"}}, "current-time request failed: code=-32601 message=no"),
        ({"result": {}}, "invalid current-time response: missing field `currentTimeAt`"),
    ],
)
def test_a_client_that_does_not_tell_the_time_fails_the_turn(drive: Drive, answer: Json, trouble: str) -> None:
    engine = by_the_clients_clock(drive)
    since = len(engine.messages)
    engine.reply(0, **answer)
    assert engine.methods(since) == ["thread/status/changed", "error", "thread/readState/changed", "turn/completed"]
    error = engine.last("turn/completed")["turn"]["error"]
    assert error["message"] == f"Fatal error: failed to read current time: {trouble}"


def given(engine: Any) -> list[Json]:
    """What each model request gave the model, in order."""
    reports = [item.event for item in engine.out if hasattr(item, "event")]
    return [report["given"]["outputs"] for report in reports if report["event"] == "request"]


def test_the_model_is_given_the_result_of_its_calls_once(drive: Drive) -> None:
    engine, _thread, _turn = open_turn(drive, calls(command("a")), calls(command("b")))
    engine.reply(0, result={"decision": "accept"})
    engine.reply(1, result={"decision": "decline"})
    engine.run()
    nothing, first, second = given(engine)
    assert (nothing, list(first), second) == ({}, ["call_a"], {"call_b": "rejected by user"})
    assert first["call_a"].startswith("Process exited with code 0\n")


def test_the_model_is_given_what_was_granted(drive: Drive) -> None:
    engine, _thread, _turn = open_turn(drive, calls(permissions("a")), calls(permissions("b")))
    engine.reply(0, result={"permissions": {"network": {"enabled": True}}, "scope": "session"})
    engine.reply(1, error={"code": -1, "message": "no"})
    engine.run()
    granted = '{"permissions": {"network": {"enabled": true}, "file_system": null}, "scope": "session"}'
    refused = '{"permissions": {"network": null, "file_system": null}, "scope": "turn"}'
    assert given(engine) == [{}, {"call_a": granted}, {"call_b": refused}]


@pytest.mark.parametrize(
    "result",
    [
        {"permissions": "all"},
        {"permissions": {"network": {"enabled": "yes"}}},
        {"permissions": {"network": True}},
        {"permissions": {"network": {"enabled": True}}, "scope": "always"},
        {},
    ],
    ids=str,
)
def test_a_grant_that_is_wrong_anywhere_grants_nothing(drive: Drive, result: Json) -> None:
    engine, _thread, _turn = open_turn(drive, calls(permissions("a")))
    engine.reply(0, result=result)
    engine.run()
    assert given(engine)[1] == {"call_a": '{"permissions": {"network": null, "file_system": null}, "scope": "turn"}'}


@pytest.mark.parametrize("answers", ["red", {"a": "red"}, {"a": {"answers": "red"}}, {"a": {"answers": [1]}}], ids=str)
def test_an_answer_to_a_question_that_is_wrong_anywhere_is_none(drive: Drive, answers: Any) -> None:
    engine, _thread, _turn = open_turn(drive, calls(question("a")))
    engine.reply(0, result={"answers": answers})
    engine.run()
    assert given(engine)[1] == {"call_a": '{"answers": {}}'}


@pytest.mark.parametrize(
    ("tools", "mode", "told"),
    [
        (["plan"], "default", "Plan updated"),
        (["plan"], "plan", "update_plan is a TODO/checklist tool and is not allowed in Plan mode"),
        ([], "default", "unsupported call: update_plan"),
    ],
)
def test_a_plan_is_told_to_the_client_where_the_model_may_update_it(
    drive: Drive, tools: list[str], mode: str, told: str
) -> None:
    engine = drive(scripts={"go": [calls(plan("a", "so")), say("done")]}, tools=tools).initialize(experimentalApi=True)
    thread = engine.thread()
    turn = engine.start(thread, "go", collaborationMode=PLAN_MODE | {"mode": mode})
    engine.run()
    assert given(engine) == [{}, {"call_a": told}]
    steps = [{"step": "look", "status": "completed"}, {"step": "mend", "status": "inProgress"}]
    updates = [m["params"] for m in engine.messages if m.get("method") == "turn/plan/updated"]
    update = {"threadId": thread, "turnId": turn, "explanation": "so", "plan": steps}
    assert updates == ([update] if told == "Plan updated" else [])
