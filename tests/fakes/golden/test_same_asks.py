"""The fake asks what the real 0.163.0 asks, and takes answers as it does: every message, keys in order."""

from __future__ import annotations

from typing import Any

import pytest

Peer = Any
Json = dict[str, Any]
ACCEPT = {"result": {"decision": "accept"}}


def say(*chunks: Any) -> Json:
    return {"type": "say", "chunks": list(chunks)}


def calls(*made: Json) -> Json:
    return {"type": "calls", "calls": list(made)}


def command(mark: str, prints: str = "", exits: int = 0, **rest: Any) -> Json:
    parts = [f"echo N >> ran-{mark}", f"echo {prints}" if prints else "", f"exit {exits}" if exits else ""]
    return {
        "kind": "command",
        "call_id": f"call_{mark}",
        "command": "; ".join(part for part in parts if part),
        "file": f"ran-{mark}",
        "line": "N",
        "prints": prints,
        "exits": exits,
        "escalated": True,
        "justification": f"turnproof asks for {mark}",
    } | rest


def asked(peer: Peer, number: int = 0, since: int = 0) -> Json:
    """Wait for request `number` of the server."""
    return peer.wait(lambda message: "method" in message and message.get("id") == number, since)


def reply(peer: Peer, number: Any, **answer: Any) -> None:
    peer.say({"id": number} | answer)


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

    same_on_both(play, scripts)
