"""What the server asks its client: ids, flags, answers of every kind, resumes and ends."""

from __future__ import annotations

from typing import Any

import pytest

Drive = Any
Json = dict[str, Any]

ASKED = ["thread/status/changed", "item/started", "item/commandExecution/requestApproval"]
RESOLVED = "serverRequest/resolved"
USAGE = ["thread/tokenUsage/updated", "account/rateLimits/updated"]
SAID = ["item/started", "item/agentMessage/delta", "item/completed", *USAGE, "thread/status/changed", "turn/completed"]
RAN = [RESOLVED, "thread/status/changed", "item/completed", *USAGE, *SAID]
REFUSED = [RESOLVED, "item/completed", "thread/status/changed", *USAGE, *SAID]
WAITING = {"type": "active", "activeFlags": ["waitingOnApproval"]}


def say(*chunks: Any) -> Json:
    return {"type": "say", "chunks": list(chunks)}


def calls(*made: Json) -> Json:
    return {"type": "calls", "calls": list(made)}


def command(mark: str, **rest: Any) -> Json:
    return {
        "kind": "command",
        "call_id": f"call_{mark}",
        "command": f"echo N >> ran-{mark}",
        "file": f"ran-{mark}",
        "line": "N",
        "prints": "",
        "exits": 0,
        "escalated": True,
        "justification": f"turnproof asks for {mark}",
    } | rest


def ran(engine: Any, mark: str) -> int:
    """How often a command ran."""
    return engine.disk.files.get(f"/work/ran-{mark}", b"").count(b"N\n")


def open_turn(drive: Drive, *script: Json, experimental: bool = False, **options: Any) -> tuple[Any, str, str]:
    """A turn of this script as far as it goes by itself: the engine, the thread, the turn."""
    engine = drive(scripts={"go": [*script, say("done")], "hi": [say("hello")]})
    engine.initialize(**({"experimentalApi": True} if experimental else {}))
    thread = engine.thread(**({"approvalPolicy": "on-request"} | options))
    return engine, thread, engine.turn(thread, "go")


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
