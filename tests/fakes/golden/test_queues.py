"""Queues of turns on the fake and on the real 0.163.0: every message, keys in order, texts included."""

from __future__ import annotations

from typing import Any

import pytest

Peer = Any
Json = dict[str, Any]
NOBODY = "01a1fd98-f874-7650-8dca-13983a9d36c7"
HELD = [{"type": "say", "chunks": ["partial ", {"type": "hold", "gate": "g"}, "rest"]}]
SCRIPTS = {"held": HELD, "broken": [{"type": "fail", "status": 400}]} | {
    word: [{"type": "say", "chunks": [word]}] for word in ("hi", "one", "two", "three")
}
BESIDE = frozenset(("thread/queue/changed", "thread/goal/cleared"))
"""Told by tasks of their own: the queue's word came in front of all that begins the next turn, between, behind it, and in
the end of the turn before."""


def words(text: str) -> list[Json]:
    return [{"type": "text", "text": text}]


def add(peer: Peer, thread: str, text: str) -> str:
    since = len(peer.log)
    params = {"threadId": thread, "clientUserMessageId": f"my {text}", "input": words(text)}
    added = peer.ask("thread/queue/add", params)["result"]["queuedSubmission"]["id"]
    peer.heard("thread/queue/changed", since)
    return added


def change(peer: Peer, thread: str, verb: str, **params: Any) -> None:
    since = len(peer.log)
    peer.ask(f"thread/queue/{verb}", {"threadId": thread} | params)
    peer.heard("thread/queue/changed", since)


def ended(peer: Peer, turns: int) -> None:
    peer.wait(lambda _: sum(said.get("method") == "turn/completed" for said in peer.log) >= turns)


def test_queued_turns_run_one_after_the_other(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        thread = peer.thread()
        of = {"threadId": thread}
        peer.ask("thread/queue/list", of)
        peer.ask("thread/queue/start", of)
        peer.turn(thread, "held", until="item/agentMessage/delta")
        added = [add(peer, thread, text) for text in ("one", "broken", "two", "three")]
        for page in ({}, {"limit": 1}, {"limit": 0}, {"limit": 3}, {"cursor": "2"}, {"cursor": "x"}):
            peer.ask("thread/queue/list", of | page)
        change(peer, thread, "update", queuedSubmissionId=added[3], input=words("hi"))
        change(peer, thread, "reorder", queuedSubmissionIds=[added[3], added[1], added[0], added[2]])
        change(peer, thread, "delete", queuedSubmissionId=added[0])
        peer.ask("thread/queue/delete", of | {"queuedSubmissionId": added[0]})
        peer.ask("thread/queue/list", of)
        peer.release("g")
        ended(peer, 4)
        peer.ask("thread/queue/list", of)

    same_on_both(play, SCRIPTS, beside=BESIDE)


def test_what_no_queue_takes(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        thread = peer.thread()
        change(peer, thread, "reorder", queuedSubmissionIds=[])
        peer.turn(thread, "held", until="item/agentMessage/delta")
        added = add(peer, thread, "one")
        ephemeral = peer.thread(ephemeral=True)
        mine = {"clientUserMessageId": "mine"}
        for of in ({"threadId": name} for name in (thread, NOBODY, "x", ephemeral)):
            for given in ([], [{"type": "image", "url": "http://x/y.png"}], [{"type": "text"}], [5], 5):
                peer.ask("thread/queue/add", of | mine | {"input": given})
                peer.ask("thread/queue/update", of | {"queuedSubmissionId": added, "input": given})
            peer.ask("thread/queue/list", of | {"limit": 1, "cursor": "-1"})
            for one in (NOBODY, "x", 5):
                for verb in ("update", "delete", "start"):
                    peer.ask(f"thread/queue/{verb}", of | {"queuedSubmissionId": one, "input": words("two")})
            for order in ([], [NOBODY], [added, added], [added, NOBODY]):
                peer.ask("thread/queue/reorder", of | {"queuedSubmissionIds": order})
            for verb in ("add", "update", "delete", "reorder", "start"):
                peer.ask(f"thread/queue/{verb}", of)
        peer.ask("thread/queue/start", {"threadId": thread, "queuedSubmissionId": added})

    same_on_both(play, SCRIPTS, beside=BESIDE)


def test_an_interrupt_holds_the_queue(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        thread = peer.thread()
        turn = peer.turn(thread, "held", until="item/agentMessage/delta")
        added = [add(peer, thread, text) for text in ("one", "two")]
        since = len(peer.log)
        peer.ask("turn/interrupt", {"threadId": thread, "turnId": turn})
        peer.heard("turn/completed", since)
        peer.ask("thread/resume", {"threadId": thread, "excludeTurns": True})
        added.append(add(peer, thread, "three"))
        peer.ask("thread/queue/list", {"threadId": thread})
        peer.ask("thread/queue/start", {"threadId": thread, "queuedSubmissionId": added[1]})
        ended(peer, 4)
        peer.ask("thread/queue/start", {"threadId": thread, "queuedSubmissionId": added[1]})

    same_on_both(play, SCRIPTS, beside=BESIDE)


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "closed"])
def test_a_queue_outlives_its_server(same_on_both: Any, fake: Any, real: Any, killed: bool) -> None:
    """A turn that its server ended is interrupted, and holds the queue; one that was cut with it does not."""
    kept: dict[Any, tuple[str, list[str]]] = {}

    def before(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        thread = peer.thread()
        peer.turn(thread, "held", until="item/agentMessage/delta")
        kept[peer.home] = thread, [add(peer, thread, text) for text in ("one", "two")]
        if not killed:
            peer.close()
        peer.kill()

    before(real(SCRIPTS))
    before(fake(scripts=SCRIPTS))

    def play(peer: Peer) -> None:
        thread, added = kept[peer.home]
        of = {"threadId": thread}
        peer.initialize(experimentalApi=True)
        peer.ask("thread/queue/list", of)
        peer.ask("thread/queue/start", of)
        peer.ask("thread/queue/start", of | {"queuedSubmissionId": NOBODY})
        peer.ask("thread/queue/reorder", of | {"queuedSubmissionIds": added[::-1]})
        peer.ask("thread/resume", of | {"excludeTurns": True})
        if killed:
            ended(peer, 2)
        peer.ask("thread/queue/list", of)

    same_on_both(play, SCRIPTS, beside=BESIDE)


def test_a_queue_is_put_away_with_its_thread(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        thread = peer.thread()
        of = {"threadId": thread}
        peer.turn(thread, "held", until="item/agentMessage/delta")
        added = add(peer, thread, "one")
        peer.ask("thread/archive", of)
        peer.ask("thread/queue/list", of)
        peer.ask("thread/queue/delete", of | {"queuedSubmissionId": added})
        peer.ask("thread/unarchive", of)
        peer.ask("thread/queue/list", of)
        peer.ask("thread/delete", of)
        peer.ask("thread/queue/list", of)

    same_on_both(play, SCRIPTS, beside=BESIDE)
