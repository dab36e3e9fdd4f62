"""The fake says what the real 0.163.0 says: every message of a conversation, keys in order, texts included."""

from __future__ import annotations

from typing import Any

Peer = Any
HI = [{"type": "text", "text": "hi"}]
UNKNOWN = "01a1fd98-f874-7650-8dca-13983a9d36c7"


def say(*chunks: Any, whole: bool = False) -> dict[str, Any]:
    return {"type": "say", "chunks": list(chunks), "whole": whole}


HELD = say("partial ", {"type": "hold", "gate": "g"}, "rest")


def test_a_plain_turn_and_a_second_one(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread(cwd=str(peer.home))
        peer.turn(thread, "hi")
        peer.turn(thread, "hi")
        peer.ask("thread/read", {"threadId": thread})
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})
        peer.ask("thread/loaded/list")

    same_on_both(play)


def test_an_experimental_client(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        peer.ask("mock/experimentalMethod", {"value": "v"})
        thread = peer.thread(mockExperimentalField="x", runtimeWorkspaceRoots=None)
        peer.turn(thread, "hi")
        peer.turn(thread, "hi")

    same_on_both(play)


def test_reasoning_whole_messages_and_an_empty_answer(same_on_both: Any) -> None:
    scripts = {
        "think": [{"type": "think", "chunks": ["**hm** ", "so"]}, say("one"), say("two", whole=True)],
        "empty": [],
    }

    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        peer.turn(thread, "think")
        peer.turn(thread, "empty")
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})
        peer.ask("thread/turns/list", {"threadId": thread})
        peer.ask("thread/turns/list", {"threadId": thread, "limit": 1})
        peer.ask("thread/turns/list", {"threadId": thread, "itemsView": "notLoaded", "sortDirection": "asc"})
        peer.ask("thread/items/list", {"threadId": thread})
        peer.ask("thread/items/list", {"threadId": thread, "limit": 2})

    same_on_both(play, scripts)


def test_options_of_a_thread(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        peer.thread(serviceTier=None)
        peer.thread(approvalPolicy="untrusted", sandbox="workspace-write", ephemeral=True, threadSource="user")
        peer.thread(approvalPolicy="on-request", sandbox="danger-full-access", cwd="relative/path")
        peer.thread(cwd="/not/there", model="gpt-6-astra")
        peer.ask("thread/start", {"modelProvider": "nope"})

    same_on_both(play)


def test_an_interrupted_turn_and_the_next(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        peer.ask("turn/interrupt", {"threadId": thread, "turnId": "x"})
        peer.ask("turn/interrupt", {"threadId": thread, "turnId": ""})
        turn = peer.turn(thread, "held", until="item/agentMessage/delta")
        peer.ask("turn/interrupt", {"threadId": thread, "turnId": "wrong"})
        since = len(peer.log)
        peer.ask("turn/interrupt", {"threadId": thread, "turnId": turn})
        peer.heard("turn/completed", since)
        unanswered = peer.send("turn/interrupt", {"threadId": thread, "turnId": turn})
        peer.ask("turn/interrupt", {"threadId": thread, "turnId": "wrong"})
        peer.ask("turn/steer", {"threadId": thread, "expectedTurnId": turn, "input": HI})
        peer.turn(thread, "hi")
        peer.wait(lambda message: message.get("id") == unanswered)
        peer.ask("turn/interrupt", {"threadId": thread, "turnId": turn})
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})

    same_on_both(play, {"hi": [say("hello ", "world")], "held": [HELD]})


def test_steer_and_a_second_start(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        turn = peer.turn(thread, "held", until="item/agentMessage/delta")
        peer.ask("turn/steer", {"threadId": thread, "expectedTurnId": "wrong", "input": HI})
        peer.ask("turn/steer", {"threadId": thread, "expectedTurnId": "", "input": HI})
        peer.ask("turn/steer", {"threadId": thread, "expectedTurnId": turn, "input": []})
        since = len(peer.log)
        given = [{"type": "text", "text": "held again"}]
        peer.ask("turn/steer", {"threadId": thread, "expectedTurnId": turn, "input": given})
        peer.heard("item/agentMessage/delta", since)
        peer.turn(thread, "hi")
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})

    scripts = {"hi": [say("hello ", "world")], "held": [HELD], "held again": [HELD]}
    same_on_both(play, scripts)


def test_resume_in_a_new_process_after_a_kill(same_on_both: Any, fake: Any, real: Any) -> None:
    scripts = {"hi": [say("hello ", "world")], "held": [HELD]}
    ids: dict[Any, str] = {}

    def before(peer: Peer) -> None:
        peer.initialize()
        thread = ids[peer.home] = peer.thread()
        peer.turn(thread, "hi")
        peer.turn(thread, "held", until="item/agentMessage/delta")
        peer.kill()

    before(real(scripts))
    before(fake(scripts=scripts))

    def play(peer: Peer) -> None:
        thread = ids[peer.home]
        peer.initialize()
        peer.ask("thread/loaded/list")
        peer.ask("thread/list")
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})
        peer.ask("turn/start", {"threadId": thread, "input": HI})
        for extra in ({}, {"excludeTurns": True}):
            since = len(peer.log)
            peer.ask("thread/resume", {"threadId": thread} | extra)
            peer.heard("thread/goal/cleared", since)
        peer.turn(thread, "hi")

    same_on_both(play, scripts)


def test_resume_read_and_fork_of_an_active_thread(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        peer.turn(thread, "hi")
        peer.turn(thread, "held", until="item/agentMessage/delta")
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})
        peer.ask("thread/list")
        peer.ask("thread/resume", {"threadId": thread})
        peer.heard("thread/goal/cleared")
        since = len(peer.log)
        fork = peer.ask("thread/fork", {"threadId": thread})["result"]["thread"]["id"]
        peer.heard("thread/started", since)
        peer.release("g")
        peer.heard("turn/completed", since)
        peer.turn(fork, "hi")
        peer.ask("thread/read", {"threadId": fork, "includeTurns": True})
        peer.ask("thread/delete", {"threadId": thread})

    same_on_both(play, {"hi": [say("hello ", "world")], "held": [HELD]})


def test_archive_unarchive_delete_unsubscribe(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        peer.turn(thread, "hi")
        peer.ask("thread/name/set", {"threadId": thread, "name": " mine "})
        peer.heard("thread/name/updated")
        peer.ask("thread/archive", {"threadId": thread})
        peer.heard("thread/archived")
        peer.ask("turn/start", {"threadId": thread, "input": HI})
        peer.ask("thread/resume", {"threadId": thread})
        peer.ask("thread/archive", {"threadId": thread})
        peer.ask("thread/read", {"threadId": thread})
        peer.ask("thread/list", {"archived": True})
        peer.ask("thread/unarchive", {"threadId": thread})
        peer.heard("thread/unarchived")
        peer.ask("thread/unsubscribe", {"threadId": thread})
        peer.ask("thread/resume", {"threadId": thread, "excludeTurns": True})
        peer.heard("thread/goal/cleared")
        peer.ask("thread/unsubscribe", {"threadId": thread})
        peer.ask("thread/unsubscribe", {"threadId": thread})
        since = len(peer.log)
        peer.ask("turn/start", {"threadId": thread, "input": HI})
        peer.heard("thread/status/changed", since, status={"type": "idle"})
        peer.ask("thread/delete", {"threadId": thread})
        peer.heard("thread/deleted")
        peer.ask("thread/read", {"threadId": thread})

    same_on_both(play)


def test_archive_of_an_active_thread(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        peer.turn(thread, "hi")
        peer.turn(thread, "held", until="item/agentMessage/delta")
        peer.ask("thread/archive", {"threadId": thread})
        peer.heard("thread/archived")

    same_on_both(play, {"hi": [say("hello ", "world")], "held": [HELD]})


def test_a_thread_that_never_ran_a_turn(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        peer.ask("thread/read", {"threadId": thread})
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})
        peer.ask("thread/turns/list", {"threadId": thread})
        peer.ask("thread/items/list", {"threadId": thread})
        peer.ask("thread/resume", {"threadId": thread})
        peer.ask("thread/resume", {"threadId": thread, "excludeTurns": True})
        peer.ask("thread/list")
        ephemeral = peer.thread(ephemeral=True)
        peer.turn(ephemeral, "hi")
        peer.ask("thread/read", {"threadId": ephemeral, "includeTurns": True})
        peer.ask("thread/name/set", {"threadId": ephemeral, "name": "n"})
        peer.ask("thread/fork", {"threadId": ephemeral})
        peer.ask("thread/resume", {"threadId": ephemeral})

    same_on_both(play)


BAD_PARAMS: list[tuple[str, Any]] = [
    ("no/such", {}),
    ("thread/start", None),
    ("thread/start", []),
    ("thread/start", {"cwd": 5}),
    ("thread/start", {"cwd": True}),
    ("thread/start", {"cwd": 1.5}),
    ("thread/start", {"ephemeral": "x"}),
    ("thread/start", {"approvalPolicy": "bogus"}),
    ("thread/start", {"sandbox": 5}),
    ("thread/start", {"historyMode": "bogus"}),
    ("thread/start", {"historyMode": "legacy"}),
    ("thread/start", {"dynamicTools": []}),
    ("thread/start", {"mockExperimentalField": "x"}),
    ("thread/queue/list", {"threadId": "x"}),
    ("mock/experimentalMethod", {}),
    ("thread/read", {"threadId": 5}),
    ("thread/read", {"threadId": ""}),
    ("thread/read", {"threadId": "x"}),
    ("thread/read", {"threadId": UNKNOWN[:-1]}),
    ("thread/read", {"threadId": UNKNOWN.upper()}),
    ("thread/read", {"threadId": f"urn:uuid:{UNKNOWN}"}),
    ("thread/read", {"threadId": "01a1fd98-f874-7650-8dca13983a9d36c7"}),
    ("thread/resume", {"threadId": UNKNOWN}),
    ("thread/resume", {"threadId": "x"}),
    ("thread/fork", {"threadId": UNKNOWN}),
    ("thread/archive", {"threadId": UNKNOWN}),
    ("thread/unarchive", {"threadId": UNKNOWN}),
    ("thread/delete", {"threadId": UNKNOWN}),
    ("thread/unsubscribe", {"threadId": UNKNOWN}),
    ("thread/name/set", {"threadId": UNKNOWN, "name": "n"}),
    ("thread/name/set", {"threadId": UNKNOWN, "name": " "}),
    ("thread/turns/list", {"threadId": UNKNOWN}),
    ("thread/items/list", {"threadId": UNKNOWN}),
    ("thread/revert", {"threadId": UNKNOWN}),
    ("turn/start", {"threadId": UNKNOWN, "input": HI}),
    ("turn/start", {"threadId": UNKNOWN}),
    ("turn/start", {"threadId": UNKNOWN, "input": "hi"}),
    ("turn/start", {"threadId": UNKNOWN, "input": [{"type": "bogus"}]}),
    ("turn/start", {"threadId": UNKNOWN, "input": [{"type": "text"}]}),
    ("turn/start", {"threadId": UNKNOWN, "input": ["x"]}),
    ("turn/start", {"threadId": UNKNOWN, "input": [{}]}),
    ("turn/steer", {"threadId": UNKNOWN}),
    ("turn/steer", {"threadId": UNKNOWN, "input": HI, "expectedTurnId": "x"}),
    ("turn/interrupt", {"threadId": UNKNOWN, "turnId": "x"}),
    ("turn/interrupt", {"threadId": UNKNOWN}),
    ("thread/list", {"limit": -1}),
    ("thread/list", {"limit": "x"}),
    ("thread/list", {"cursor": "zz"}),
    ("thread/list", {"sortKey": "x"}),
    ("thread/list", {"cwd": 5}),
    ("thread/loaded/list", []),
    ("thread/loaded/list", {"cursor": "zz"}),
    ("thread/loaded/list", {"zzz": 1}),
    ("initialize", {}),
    ("initialize", {"clientInfo": {"name": "probe", "version": "0"}}),
    ("account/read", {}),
    ("permissionProfile/list", {}),
    ("getAuthStatus", {}),
    ("model/list", {"cursor": "x"}),
]


def test_requests_that_are_refused(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        for method, params in BAD_PARAMS[:6]:
            peer.ask(method, params)  # before the handshake
        peer.initialize()
        for method, params in BAD_PARAMS:
            peer.ask(method, params)

    same_on_both(play)


def test_what_is_too_long_is_refused_with_data(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        long = [{"type": "text", "text": "x" * (1 << 20)}, {"type": "text", "text": "y"}]
        peer.ask("turn/start", {"threadId": thread, "input": long})

    same_on_both(play)


def test_failures_without_retries(same_on_both: Any) -> None:
    overloaded = {"error": {"message": "m", "type": "t", "code": "server_is_overloaded"}}
    usage = {"error": {"message": "m", "type": "usage_limit_reached"}}
    scripts: dict[str, Any] = {
        f"status {status}": [{"type": "fail", "status": status}] for status in (400, 401, 404, 418, 429, 500, 503)
    }
    scripts["overloaded"] = [{"type": "fail", "status": 503, "body": overloaded}]
    scripts["usage"] = [{"type": "fail", "status": 429, "body": usage}]
    scripts["broken"] = [say("a", {"type": "drop_connection"})]
    scripts["broken late"] = [say("a"), {"type": "drop_connection"}]
    scripts["hi"] = [say("hello")]

    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        for prompt in scripts:
            peer.turn(thread, prompt)
        peer.ask("thread/read", {"threadId": thread, "includeTurns": True})

    same_on_both(play, scripts)


def test_failures_with_retries(same_on_both: Any) -> None:
    scripts: dict[str, Any] = {
        "for ever": [{"type": "fail", "status": 500}],
        "twice": [{"type": "fail", "status": 500, "times": 2}, say("recovered")],
        "refused": [{"type": "fail", "status": 403}],
        "plain 429": [{"type": "fail", "status": 429}],
        "429 with a delay": [{"type": "fail", "status": 429, "retry_after": 1, "times": 1}, say("recovered")],
        "broken once": [say("par", {"type": "drop_connection", "times": 1}, "tial")],
        "broken for ever": [say("par", {"type": "drop_connection"}, "tial")],
    }

    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        for prompt in scripts:
            peer.turn(thread, prompt)

    same_on_both(play, scripts, {"request": 1, "stream": 1})
