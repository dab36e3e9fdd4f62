"""The fake asks what the real 0.163.0 asks, and takes answers as it does: every message, keys in order."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from tests.fakes.calls import MY_TOOL, PLAN_MODE, calls, command, mcp, patch, permissions, question, say, tool

Peer = Any
Json = dict[str, Any]
ACCEPT = {"result": {"decision": "accept"}}
AT_NIGHT = pytest.mark.nightly
"""For what the scenarios show on both servers too, in fewer words: `make compare` holds them against each other for every push."""


def asked(peer: Peer, number: int = 0, since: int = 0) -> Json:
    """Wait for request `number` of the server."""
    return peer.wait(lambda message: "method" in message and message.get("id") == number, since)


def reply(peer: Peer, number: Any, **answer: Any) -> None:
    peer.say({"id": number} | answer)


@AT_NIGHT
@pytest.mark.parametrize(
    "answer",
    [
        {"result": {"decision": "accept"}},
        {"result": {"decision": "acceptForSession"}},
        {"result": {"decision": "decline"}},
        {"result": {"decision": "cancel"}},
        {"result": {"decision": "unheard of"}},
        {"result": None},
        {"error": {"code": -32000, "message": "no"}},
    ],
    ids=str,
)
def test_a_command_is_asked_for(same_on_both: Any, answer: Json) -> None:
    scripts = {"go": [say("first"), calls(command("a", prints="out", exits=3)), say("then")], "hi": [say("hello")]}

    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        thread = peer.thread(cwd=str(peer.home), approvalPolicy="on-request")
        peer.turn(thread, "go", until="item/commandExecution/requestApproval")
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})
        since = len(peer.log)
        reply(peer, 0, **answer)
        peer.heard("turn/completed", since)
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})
        peer.ask("thread/items/list", {"threadId": thread})
        assert (peer.home / "ran-a").exists() == ("accept" in str(answer))

    # Whether the item of a command that is not run or the thread's status comes first is a race.
    same_on_both(play, scripts, racing=frozenset({"item/completed", "thread/status/changed"}))


ERROR = {"error": {"code": -32000, "message": "no"}}


def decided(*decisions: Any) -> list[Json]:
    return [{"result": {"decision": decision}} for decision in decisions]


ANSWERS: list[tuple[Json, Json]] = [
    *((patch("a"), answer) for answer in [*decided("accept", "acceptForSession", "decline", "cancel", "x"), ERROR]),
    (question("a"), {"result": {"answers": {"a": {"answers": ["red"]}}}}),
    (question("a"), {"result": {}}),
    (question("a"), ERROR),
    (tool("a"), {"result": {"contentItems": [{"type": "inputText", "text": "t", "more": 1}], "success": True}}),
    (tool("a"), {"result": {"contentItems": [{"type": "inputImage", "imageUrl": "data:x"}], "success": False}}),
    (tool("a"), {"result": {"contentItems": [{"type": "x"}], "success": True}}),
    (tool("a"), {"result": {}}),
    (tool("a"), ERROR),
    (permissions("a"), {"result": {"permissions": {"network": {"enabled": True}}, "scope": "turn"}}),
    (permissions("a"), ERROR),
    (mcp("a"), {"result": {"action": "accept", "content": {"name": "n"}}}),
    (mcp("a"), {"result": {"action": "decline", "content": None}}),
    (mcp("a"), {"result": {"action": "cancel"}}),
    (mcp("a"), {"result": {}}),
    (mcp("a"), ERROR),
]


TOLD_AT_START: dict[str, list[Json]] = {
    "permissions": [{"method": "warning"}],
    "mcp": [{"method": "mcpServer/startupStatus/updated", "status": "ready"}],
}


@AT_NIGHT
@pytest.mark.parametrize(("call", "answer"), ANSWERS, ids=lambda value: value.get("kind") or str(value))
def test_every_kind_of_call_asks(same_on_both: Any, call: Json, answer: Json) -> None:
    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        thread = peer.thread(cwd=str(peer.home), approvalPolicy="on-request", dynamicTools=[MY_TOOL])
        for awaited in TOLD_AT_START.get(call["kind"], ()):
            peer.heard(**awaited)
        since = len(peer.log)
        mode = {"collaborationMode": PLAN_MODE} if call["kind"] == "user_input" else {}
        peer.ask("turn/start", {"threadId": thread, "input": [{"type": "text", "text": "go"}]} | mode)
        asked(peer)
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})
        reply(peer, 0, **answer)
        peer.heard("turn/completed", since)
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})
        peer.ask("thread/items/list", {"threadId": thread})
        peer.ask("thread/resume", {"threadId": thread, "excludeTurns": True})
        peer.heard("thread/goal/cleared")

    racing = frozenset({"warning", "mcpServer/startupStatus/updated", "thread/started"})
    same_on_both(play, {"go": [calls(call), say("then")]}, tools=(call["kind"],), racing=racing)


def begun(peer: Peer, **params: Any) -> tuple[str, str]:
    """A turn that waits for its first answer: the thread, the turn."""
    peer.initialize()
    thread = peer.thread(cwd=str(peer.home), approvalPolicy="on-request")
    turn = peer.ask("turn/start", {"threadId": thread, "input": [{"type": "text", "text": "go"}]} | params)
    asked(peer)
    return thread, turn["result"]["turn"]["id"]


GO = {"go": [calls(command("a")), say("then")], "hi": [say("hello")]}


def test_only_one_answer_counts(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        begun(peer)
        for wrong in (4242, "0"):
            reply(peer, wrong, **ACCEPT)
        reply(peer, 0, error={"code": 1})
        reply(peer, 0, error="no")
        reply(peer, 0, **ACCEPT, error={"code": 1, "message": "m"})
        reply(peer, 0, result={"decision": "decline"})
        peer.heard("turn/completed")

    same_on_both(play, GO)


@pytest.mark.parametrize("call", [command("a"), patch("a")], ids=lambda call: call["kind"])
def test_an_interrupt_while_the_server_waits(same_on_both: Any, call: Json) -> None:
    def play(peer: Peer) -> None:
        thread, turn = begun(peer)
        peer.ask("turn/interrupt", {"threadId": thread, "turnId": turn})
        peer.heard("serverRequest/resolved")
        reply(peer, 0, **ACCEPT)
        peer.turn(thread, "hi")
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})

    same_on_both(play, GO | {"go": [calls(call), say("then")]})


def test_a_steer_waits_for_the_calls(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        thread, turn = begun(peer)
        given = {"threadId": thread, "input": [{"type": "text", "text": "hi"}]}
        peer.ask("turn/start", given)
        peer.ask("turn/steer", given | {"expectedTurnId": turn})
        peer.ask("thread/items/list", {"threadId": thread})
        reply(peer, 0, **ACCEPT)
        peer.heard("turn/completed")
        peer.ask("thread/items/list", {"threadId": thread})

    same_on_both(play, GO)


def test_a_resume_asks_again(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        thread, _turn = begun(peer)
        for number in range(2):
            since = len(peer.log)
            peer.ask("thread/resume", {"threadId": thread, "excludeTurns": bool(number)})
            asked(peer, 0, since)
        peer.ask("thread/fork", {"threadId": thread, "excludeTurns": True})
        since = len(peer.log)
        reply(peer, 0, **ACCEPT)
        peer.heard("turn/completed", since)

    same_on_both(play, GO)


def test_nobody_hears_what_an_unsubscribed_thread_asks(same_on_both: Any) -> None:
    held = say("x", {"type": "hold", "gate": "g"})

    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread(cwd=str(peer.home), approvalPolicy="on-request")
        peer.turn(thread, "go", until="item/agentMessage/delta")
        peer.ask("thread/unsubscribe", {"threadId": thread})
        since = len(peer.log)
        peer.release("g")
        peer.heard("thread/status/changed", since)
        peer.ask("thread/read", {"threadId": thread})
        peer.ask("thread/resume", {"threadId": thread, "excludeTurns": True})
        asked(peer)
        peer.ask("thread/unsubscribe", {"threadId": thread})
        reply(peer, 0, **ACCEPT)
        peer.heard("thread/status/changed", status={"type": "idle"})

    same_on_both(play, {"go": [held, calls(command("a")), say("then")]})


@pytest.mark.parametrize("method", ["thread/archive", "thread/delete"])
def test_a_thread_goes_while_the_server_waits(same_on_both: Any, method: str) -> None:
    def play(peer: Peer) -> None:
        thread, _turn = begun(peer)
        peer.ask(method, {"threadId": thread})
        peer.heard("thread/archived" if method == "thread/archive" else "thread/deleted")
        reply(peer, 0, **ACCEPT)
        peer.ask("thread/list")

    same_on_both(play, GO)


def test_what_was_accepted_for_good_is_not_asked_again(same_on_both: Any) -> None:
    amended = {"acceptWithExecpolicyAmendment": {"execpolicy_amendment": ["/bin/bash", "-lc", "echo N >> ran-b"]}}
    first, second = command("a"), command("b")
    again = [calls(made | {"call_id": f"{made['call_id']}_again"}) for made in (first, second, patch("c"))]

    def play(peer: Peer) -> None:
        thread, _turn = begun(peer)
        reply(peer, 0, result={"decision": "acceptForSession"})
        asked(peer, 1)
        reply(peer, 1, result={"decision": amended})
        asked(peer, 2)
        reply(peer, 2, result={"decision": "acceptForSession"})
        peer.heard("turn/completed")
        peer.ask("thread/items/list", {"threadId": thread})
        other = peer.thread(cwd=str(peer.home), approvalPolicy="on-request")
        peer.turn(other, "hi")

    script = [calls(first), calls(second), calls(patch("c")), *again, say("then")]
    same_on_both(play, {"go": script, "hi": [calls(second), say("hello")]})


def test_what_needs_no_approval(same_on_both: Any) -> None:
    inside = command("a", prints="out", escalated=False)
    sandboxes = [("workspace-write", "never"), ("workspace-write", "on-request"), ("read-only", "never")]
    scripts = {sandbox + policy: [calls(inside), calls(patch(policy)), say("x")] for sandbox, policy in sandboxes}
    # What a command says of a file that it may not write comes before or after its other words: a race.
    del scripts["read-onlynever"][0]

    def play(peer: Peer) -> None:
        peer.initialize()
        for sandbox, policy in sandboxes:
            thread = peer.thread(cwd=str(peer.home), sandbox=sandbox, approvalPolicy=policy)
            peer.turn(thread, sandbox + policy)
        thread = peer.thread(cwd=str(peer.home), sandbox="danger-full-access", approvalPolicy="on-request")
        peer.turn(thread, "escalated")

    same_on_both(play, scripts | {"escalated": [calls(command("c")), say("x")]})


def test_calls_that_nobody_offered_are_not_told(same_on_both: Any) -> None:
    made = calls(command("a"), question("b"), tool("c"), permissions("d"), mcp("e"), patch("f"))

    def play(peer: Peer) -> None:
        peer.initialize()
        peer.turn(peer.thread(cwd=str(peer.home)), "go")

    same_on_both(play, {"go": [made, say("then")]})


def test_settings_of_a_turn_stay(same_on_both: Any) -> None:
    changes: list[Json] = [
        {"model": "mock-2"},
        {"effort": "high"},
        {"effort": "high"},
        {"approvalPolicy": "on-request", "sandboxPolicy": {"type": "workspaceWrite", "networkAccess": True}},
        {"cwd": "/tmp", "summary": "concise", "personality": "friendly"},
        {"collaborationMode": PLAN_MODE},
        {},
        {"collaborationMode": PLAN_MODE | {"mode": "default"}},
        {"collaborationMode": {}},
        {"collaborationMode": {"mode": "x"}},
        {"collaborationMode": {"mode": "plan"}},
        {"collaborationMode": 5},
        {"collaborationMode": {"mode": "plan", "settings": {}}},
    ]

    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        thread = peer.thread(cwd=str(peer.home))
        for change in changes:
            since = len(peer.log)
            given = {"threadId": thread, "input": [{"type": "text", "text": "hi"}]}
            if "result" in peer.ask("turn/start", given | change):
                peer.heard("turn/completed", since)
        peer.ask("thread/resume", {"threadId": thread, "excludeTurns": True})
        peer.heard("thread/goal/cleared")

    same_on_both(play, {"hi": [say("hello")]})


@pytest.mark.parametrize("ending", ["end of input", "SIGTERM", "SIGKILL"])
def test_an_open_request_is_gone_with_its_server(real: Any, fake: Any, ending: str) -> None:
    def afterwards(start: Any) -> list[Any]:
        peer = start(scripts=GO)
        thread, _turn = begun(peer)
        if ending == "end of input":
            peer.close()
        else:
            peer.process.send_signal(getattr(signal, ending))
            peer.ended()
        again = start(scripts=GO)
        again.initialize()
        old = again.ask("thread/read", {"threadId": thread, "includeTurns": True})["result"]["thread"]["turns"][0]
        again.ask("thread/resume", {"threadId": thread, "excludeTurns": True})
        reply(again, 0, **ACCEPT)
        again.turn(thread, "hi")
        usage = again.heard("thread/tokenUsage/updated", len(again.log) - 4)["params"]["tokenUsage"]["total"]
        items = [item["type"] for item in old["items"]]
        return [old["status"], old["completedAt"] is None, items, usage, (again.home / "ran-a").exists()]

    assert afterwards(fake) == afterwards(real)


def test_a_cancelled_turn_shows_its_diff_no_more(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        begun(peer)
        reply(peer, 0, **ACCEPT)
        asked(peer, 1)
        reply(peer, 1, result={"decision": "cancel"})
        peer.heard("turn/completed")

    racing = frozenset({"item/completed", "thread/status/changed"})
    same_on_both(play, {"go": [calls(patch("a")), calls(command("b")), say("then")]}, racing=racing)


@pytest.mark.parametrize("sandbox", ["read-only", "workspace-write"])
def test_a_policy_that_trusts_nothing_asks_always(same_on_both: Any, sandbox: str) -> None:
    made = [command("a"), command("b", escalated=False), patch("c")]

    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread(cwd=str(peer.home), approvalPolicy="untrusted", sandbox=sandbox)
        peer.ask("turn/start", {"threadId": thread, "input": [{"type": "text", "text": "go"}]})
        for number in range(len(made)):
            asked(peer, number)
            reply(peer, number, **(ACCEPT if number != 1 else {"result": {"decision": "decline"}}))
        peer.heard("turn/completed")

    racing = frozenset({"item/completed", "thread/status/changed"})
    same_on_both(play, {"go": [*map(calls, made), say("then")]}, racing=racing)


@pytest.mark.parametrize("call", [command("z"), patch("z"), tool("z")], ids=lambda call: call["kind"])
def test_a_resume_shows_what_is_under_way(same_on_both: Any, call: Json) -> None:
    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        thread = peer.thread(cwd=str(peer.home), approvalPolicy="on-request", dynamicTools=[MY_TOOL])
        peer.turn(thread, "go", until="item/commandExecution/requestApproval")
        reply(peer, 0, **ACCEPT)
        asked(peer, 1)
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})
        since = len(peer.log)
        peer.ask("thread/resume", {"threadId": thread})
        asked(peer, 1, since)

    same_on_both(play, {"go": [say("first"), calls(command("a")), say("second"), calls(call), say("then")]})
