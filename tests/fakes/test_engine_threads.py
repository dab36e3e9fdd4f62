"""Threads: what is kept, what is listed, and what a restart on the same home finds."""

from __future__ import annotations

from typing import Any

from turnproof_fakes.app_server.disk import Disk

Drive = Any


def say(*chunks: Any) -> dict[str, Any]:
    return {"type": "say", "chunks": list(chunks)}


SCRIPTS = {"hi": [say("hello")], "held": [say("half", {"type": "hold", "gate": "g"})]}


def test_a_thread_is_on_disk_from_its_first_turn_on(drive: Drive) -> None:
    engine = drive(scripts=SCRIPTS).initialize()
    thread = engine.thread()
    assert engine.disk.paths() == []
    assert engine.result("thread/list")["data"] == []
    engine.turn(thread, "hi")
    assert [path.endswith(f"-{thread}.jsonl") for path in engine.disk.paths()] == [True]


def test_a_cut_turn_reads_as_interrupted_after_a_restart(drive: Drive) -> None:
    before = drive(scripts=SCRIPTS).initialize()
    thread = before.thread()
    before.turn(thread, "hi")
    before.turn(thread, "held")

    after = drive(before.disk, scripts=SCRIPTS).initialize()
    assert after.result("thread/loaded/list")["data"] == []
    assert after.refusal("turn/start", {"threadId": thread, "input": []}) == f"thread not found: {thread}"
    assert [row["status"] for row in after.result("thread/list")["data"]] == [{"type": "notLoaded"}]
    since = len(after.messages)
    result = after.result("thread/resume", {"threadId": thread})
    turns = result["thread"]["turns"]
    assert [(turn["status"], [item["type"] for item in turn["items"]]) for turn in turns] == [
        ("completed", ["userMessage", "agentMessage"]),
        ("interrupted", ["userMessage"]),
    ]
    assert after.methods(since) == [
        "deprecationNotice",
        "thread/status/changed",
        "<-",
        "thread/tokenUsage/updated",
        "thread/goal/cleared",
    ]
    after.turn(thread, "hi")
    assert after.last("thread/tokenUsage/updated")["tokenUsage"]["total"]["totalTokens"] == 4


def test_ids_never_repeat_on_one_home(drive: Drive) -> None:
    disk = Disk()
    seen: set[str] = set()
    for _ in range(3):
        engine = drive(disk, scripts=SCRIPTS).initialize()
        thread = engine.thread()
        ids = {thread, engine.turn(thread, "hi")}
        assert not ids & seen
        seen |= ids


def test_the_installation_outlives_the_process(drive: Drive) -> None:
    disk = Disk()
    told = [drive(disk).initialize().last("remoteControl/status/changed")["installationId"] for _ in range(2)]
    assert told[0] == told[1]


def test_explicit_null_asks_for_the_default_tier(drive: Drive) -> None:
    engine = drive().initialize()
    assert engine.result("thread/start", {"serviceTier": None})["serviceTier"] == "default"
    assert engine.result("thread/start", {})["serviceTier"] is None


def test_relative_directories_are_joined(drive: Drive) -> None:
    engine = drive().initialize()
    assert engine.result("thread/start", {"cwd": "a/b"})["cwd"] == "/work/a/b"
    assert engine.result("thread/start", {"cwd": "/not/there"})["cwd"] == "/not/there"


def test_a_list_is_paged_newest_first(drive: Drive) -> None:
    engine = drive(scripts=SCRIPTS).initialize()
    threads: list[str] = []
    for number in range(5):
        engine.now = float(number)  # seconds apart: paging by creation loses what is in one second
        threads.append(engine.thread())
        engine.turn(threads[-1], "hi")
    listed: list[str] = []
    cursor = None
    while True:
        page = engine.result("thread/list", {"limit": 2, "cursor": cursor})
        listed += [row["id"] for row in page["data"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert listed == threads[::-1]


def test_loaded_threads_page_by_id(drive: Drive) -> None:
    engine = drive().initialize()
    threads = [engine.thread() for _ in range(3)]
    first = engine.result("thread/loaded/list", {"limit": 2})
    assert first == {"data": threads[:2], "nextCursor": threads[1]}
    assert engine.result("thread/loaded/list", {"cursor": threads[1]}) == {"data": threads[2:], "nextCursor": None}


def test_a_legacy_thread_renumbers_its_items(drive: Drive) -> None:
    engine = drive(scripts=SCRIPTS).initialize(experimentalApi=True)
    thread = engine.thread(historyMode="legacy")
    engine.turn(thread, "hi")
    engine.turn(thread, "hi")
    since = len(engine.messages)
    read = engine.result("thread/read", {"threadId": thread, "includeTurns": True})["thread"]["turns"]
    assert [item["id"] for turn in read for item in turn["items"]] == ["item-1", "item-2", "item-3", "item-4"]
    assert engine.methods(since) == ["<-"]
    assert engine.ask("thread/items/list", {"threadId": thread})["error"]["code"] == -32601


def test_a_fork_sees_the_past_and_cuts_the_present(drive: Drive) -> None:
    engine = drive(scripts=SCRIPTS).initialize()
    thread = engine.thread()
    engine.turn(thread, "hi")
    engine.turn(thread, "held")
    result = engine.result("thread/fork", {"threadId": thread})
    fork = result["thread"]["id"]
    assert [turn["status"] for turn in result["thread"]["turns"]] == ["completed", "interrupted"]
    engine.turn(fork, "hi")
    engine.release("g")
    engine.run()
    again = drive(engine.disk, scripts=SCRIPTS).initialize()
    for wanted, statuses in ((fork, ["completed", "interrupted", "completed"]), (thread, ["completed", "completed"])):
        turns = again.result("thread/read", {"threadId": wanted, "includeTurns": True})["thread"]["turns"]
        assert [turn["status"] for turn in turns] == statuses
    refused = again.refusal("thread/delete", {"threadId": thread})
    assert refused == f"cannot delete thread {thread}: forked history still references it"


def test_archive_and_unarchive_survive_a_restart(drive: Drive) -> None:
    engine = drive(scripts=SCRIPTS).initialize()
    thread = engine.thread()
    engine.turn(thread, "hi")
    engine.result("thread/archive", {"threadId": thread})
    assert engine.methods()[-3:] == ["thread/status/changed", "<-", "thread/archived"]
    again = drive(engine.disk, scripts=SCRIPTS).initialize()
    assert again.result("thread/list")["data"] == []
    assert [row["id"] for row in again.result("thread/list", {"archived": True})["data"]] == [thread]
    again.result("thread/unarchive", {"threadId": thread})
    assert [row["id"] for row in again.result("thread/list")["data"]] == [thread]


def test_an_ephemeral_thread_is_nowhere(drive: Drive) -> None:
    engine = drive(scripts=SCRIPTS).initialize()
    thread = engine.thread(ephemeral=True)
    engine.turn(thread, "hi")
    assert engine.disk.paths() == []
    refused = engine.refusal("thread/read", {"threadId": thread, "includeTurns": True})
    assert refused == "ephemeral threads do not support includeTurns"


def test_what_bridges_ask_for_is_there(drive: Drive) -> None:
    engine = drive().initialize()
    assert engine.result("model/list")["data"][0]["isDefault"] is True
    assert engine.result("config/read")["config"]["model"] == "mock-model"
    assert engine.result("account/read") == {"account": None, "requiresOpenaiAuth": False, "workspaceRouting": None}
    assert len(engine.result("permissionProfile/list")["data"]) == 3
    assert engine.result("skills/list", {"cwds": ["/a"]})["data"][0]["cwd"] == "/a"
