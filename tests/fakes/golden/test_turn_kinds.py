"""Reviews and commands of the user on the fake and on the real 0.163.0: every message, keys in order, texts included."""

from __future__ import annotations

from typing import Any

Peer = Any
HELD = {"type": "say", "chunks": ["partial ", {"type": "hold", "gate": "g"}, "rest"]}
SCRIPTS = {
    "hi": [{"type": "say", "chunks": ["hello ", "world"]}],
    "look": [{"type": "say", "chunks": ["looks ", "good"]}],
    "held": [HELD],
    "broken": [{"type": "fail", "status": 500}],
}


def custom(instructions: str) -> dict[str, str]:
    return {"type": "custom", "instructions": instructions}


def review(peer: Peer, thread: str, **params: Any) -> None:
    since = len(peer.log)
    peer.ask("review/start", {"threadId": thread} | params)
    peer.heard("turn/completed", since)


def command(peer: Peer, thread: str, line: str) -> None:
    since = len(peer.log)
    peer.ask("thread/shellCommand", {"threadId": thread, "command": line})
    peer.heard("turn/completed", since)


def test_reviews(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        peer.turn(thread, "hi")
        review(peer, thread, target=custom(" look "))
        review(peer, thread, target=custom("broken"))
        peer.turn(thread, "hi")
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})
        peer.ask("review/start", {"threadId": thread, "delivery": "detached", "target": custom("look")})

    same_on_both(play, SCRIPTS)


def test_reviews_that_are_refused(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        for target in (None, "x", {}, {"type": "x"}, {"type": "custom"}, custom(" "), {"type": "commit", "sha": ""}):
            peer.ask("review/start", {"threadId": thread} | ({} if target is None else {"target": target}))
        peer.ask("review/start", {"threadId": thread, "target": custom("x"), "delivery": "x"})
        peer.ask("review/start", {"threadId": "01a1fd98-f874-7650-8dca-13983a9d36c7", "target": custom("x")})

    same_on_both(play, SCRIPTS)


def test_an_interrupted_review(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        peer.turn(thread, "hi")
        since = len(peer.log)
        turn = peer.ask("review/start", {"threadId": thread, "target": custom("held")})["result"]["turn"]["id"]
        peer.wait(lambda message: message.get("params", {}).get("item", {}).get("text") == "", since)
        said = [{"type": "text", "text": "x"}]
        peer.ask("turn/steer", {"threadId": thread, "expectedTurnId": turn, "input": said})
        peer.ask("turn/start", {"threadId": thread, "input": said})
        peer.ask("turn/interrupt", {"threadId": thread, "turnId": turn})
        inner = peer.heard("turn/started", since)["params"]["turn"]["id"]
        peer.ask("turn/interrupt", {"threadId": thread, "turnId": inner})
        peer.heard("turn/completed", since)
        peer.ask("turn/interrupt", {"threadId": thread, "turnId": turn})
        peer.turn(thread, "hi")

    same_on_both(play, SCRIPTS)


def test_a_review_without_a_repository(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        peer.turn(thread, "hi")
        peer.ask("review/start", {"threadId": thread, "target": {"type": "baseBranch", "branch": "main"}})
        peer.heard("error")
        peer.turn(thread, "hi")
        peer.turn(thread, "hi")
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})

    same_on_both(play, SCRIPTS)


def test_commands_of_the_user(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        command(peer, thread, "printf hello")
        command(peer, thread, 'echo "it\'s"; exit 3')
        command(peer, thread, "true && printf one || printf two")
        command(peer, thread, "false || true")
        peer.ask("thread/shellCommand", {"threadId": thread, "command": "  "})
        peer.ask("thread/turns/list", {"threadId": thread, "itemsView": "full"})
        peer.ask("thread/list")
        peer.ask("thread/read", {"threadId": thread})
        peer.turn(thread, "hi")
        turn = peer.turn(thread, "held", until="item/agentMessage/delta")
        since = len(peer.log)
        peer.ask("thread/shellCommand", {"threadId": thread, "command": "printf beside"})
        peer.wait(lambda message: message.get("params", {}).get("item", {}).get("exitCode") == 0, since)
        peer.ask("turn/interrupt", {"threadId": thread, "turnId": turn})
        peer.heard("turn/completed", since)

    same_on_both(play, SCRIPTS)


def test_reverts(same_on_both: Any) -> None:
    """Without thread/list: which of the two rows of a reverted thread comes first is chance on the real server."""

    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        peer.turn(thread, "hi")
        two = peer.turn(thread, "look")
        peer.turn(thread, "hi")
        peer.ask("thread/revert", {"threadId": thread, "beforeTurnId": two})
        peer.heard("thread/reverted")
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})
        four = peer.turn(thread, "look")
        peer.ask("thread/revert", {"threadId": thread, "beforeTurnId": two})
        since = len(peer.log)
        peer.turn(thread, "held", until="item/agentMessage/delta")
        peer.ask("thread/revert", {"threadId": thread, "beforeTurnId": four})
        peer.heard("thread/reverted", since)
        peer.ask("thread/turns/list", {"threadId": thread})
        peer.ask("thread/items/list", {"threadId": thread})
        peer.ask("thread/revert", {"threadId": thread})
        peer.ask("thread/revert", {"threadId": "01a1fd98-f874-7650-8dca-13983a9d36c7", "beforeTurnId": two})
        peer.ask("thread/revert", {"threadId": peer.thread(ephemeral=True), "beforeTurnId": two})

    same_on_both(play, SCRIPTS)
