"""Goals, sections, attachments and metadata on the fake and on the real 0.163.0: every message, keys in order."""

from __future__ import annotations

from typing import Any

Peer = Any
NOBODY = "01a1fd98-f874-7650-8dca-13983a9d36c7"


def test_goals(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        of = {"threadId": thread}
        peer.ask("thread/goal/get", of)
        peer.ask("thread/goal/set", of)
        peer.ask("thread/goal/set", of | {"objective": " win ", "status": "paused", "tokenBudget": 1000})
        peer.ask("thread/goal/get", of)
        peer.turn(thread, "hi")
        peer.ask("thread/goal/set", of | {"status": "complete"})
        peer.ask("thread/goal/set", of | {"objective": " "})
        peer.ask("thread/goal/set", of | {"tokenBudget": 0})
        peer.ask("thread/goal/set", of | {"status": "x"})
        since = len(peer.log)
        peer.ask("thread/resume", of)
        peer.heard("thread/goal/updated", since)
        peer.ask("thread/goal/clear", of)
        peer.ask("thread/goal/clear", of)
        peer.ask("thread/goal/get", of)
        for method in ("get", "set", "clear"):
            peer.ask(f"thread/goal/{method}", {"threadId": NOBODY, "objective": "x"})
        ephemeral = peer.thread(ephemeral=True)
        peer.ask("thread/goal/get", {"threadId": ephemeral})

    same_on_both(play)


def test_settings(same_on_both: Any) -> None:
    mode = {"mode": "plan", "settings": {"model": "gpt-6-astra"}}

    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        thread = peer.thread()
        of = {"threadId": thread}
        changes: list[dict[str, Any]] = [{"model": "gpt-6-astra"}, {"effort": "low", "summary": "concise"}]
        changes += [{"approvalPolicy": "untrusted", "approvalsReviewer": "auto_review"}, {"collaborationMode": mode}]
        changes += [{"sandboxPolicy": {"type": "dangerFullAccess"}}, {"cwd": "relative"}]
        changes += [{"serviceTier": "fast"}, {"serviceTier": None}]
        for change in changes:
            since = len(peer.log)
            peer.ask("thread/settings/update", of | change)
            peer.heard("thread/settings/updated", since)
        wrong: list[dict[str, Any]] = [{"summary": "no"}, {"sandboxPolicy": {"type": "no"}}, {"effort": 5}, {}]
        for change in wrong:
            peer.ask("thread/settings/update", of | change)
        turn = peer.turn(thread, "hi")
        since = len(peer.log)
        given = [{"type": "text", "text": "hi"}]
        peer.ask("turn/start", of | {"input": given, "serviceTier": "fast"})
        peer.heard("turn/completed", since)
        for of_turn in (turn, NOBODY, "x", 5):
            peer.ask("turn/settings/update", of | {"turnId": of_turn, "effort": "low"})
        for other in (NOBODY, "x"):
            peer.ask("thread/settings/update", {"threadId": other, "effort": "low"})
            peer.ask("turn/settings/update", {"threadId": other, "turnId": turn, "effort": "low"})

    same_on_both(play)


def test_projects(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        thread = peer.thread()
        of = {"threadId": thread}
        peer.turn(thread, "hi")
        peer.ask("project/list")
        peer.ask("project/list", {})

        def create(name: Any, key: Any, **rest: Any) -> str:
            params = {"name": name, "roots": [], "idempotencyKey": key} | rest
            return peer.ask("project/create", params).get("result", {}).get("project", {}).get("id", "")

        project = create(" work ", "one")
        create("other", "one")
        create("play", "two", roots=[{"path": "/not/there"}], metadata={"a": "b"})
        create("more", "three", metadata=None)
        for name, key in ((" ", "four"), ("x", ""), (5, "x"), ("x", None)):
            create(name, key)
        for wanted in (project, NOBODY, "x", 5):
            peer.ask("thread/metadata/update", of | {"projectId": wanted})
            peer.ask("project/read", {"projectId": wanted})
            peer.ask("thread/list", {"projectId": wanted})
            for change in ({"name": "works"}, {"name": " "}, {}, {"metadata": {"a": "c"}}):
                peer.ask("project/update", {"projectId": wanted} | change)
        peer.ask("project/list", {})
        peer.ask("thread/metadata/update", of | {"projectId": ""})
        peer.ask("thread/metadata/update", of | {"projectId": project, "gitInfo": {"branch": "b"}})
        peer.ask("thread/start", {"projectId": NOBODY})
        peer.ask("thread/start", {"projectId": project, "ephemeral": True})
        for wanted in (NOBODY, project, project):
            peer.ask("project/delete", {"projectId": wanted})
        peer.ask("thread/read", of)

    same_on_both(play, racing=frozenset(("thread/started", "thread/project/updated", "project/changed")))


def test_read_states(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        thread, ephemeral = peer.thread(), peer.thread(ephemeral=True)
        read, unread = {"type": "read"}, {"type": "unread"}

        def mark(operation: Any, thread: str = thread, revision: str | None = None) -> None:
            state = peer.ask("thread/read", {"threadId": thread}).get("result", {}).get("readState") or {}
            expected = {"expectedRevision": revision or state.get("revision", ""), "operation": operation}
            peer.ask("thread/readState/update", {"threadId": thread} | expected)

        mark(read)
        peer.turn(thread, "hi")
        for operation in (read, read, unread, unread, {"type": "x"}, {}, 5):
            mark(operation)
        mark(read, revision="another")
        for other in (NOBODY, "x", ephemeral):
            mark(unread, other)
        peer.turn(thread, "hi")
        mark(read)
        peer.turn(thread, "hi")
        peer.ask("thread/read", {"threadId": thread})

    same_on_both(play)


def test_sections(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        one, two = peer.thread(), peer.thread()
        peer.turn(one, "hi")
        peer.turn(two, "hi")
        peer.ask("threadSection/list")
        work = peer.ask("threadSection/create", {"name": " work "})["result"]["section"]["id"]
        looks = {"color": "red", "icon": "star"}
        peer.ask("threadSection/create", {"name": "play", "appearance": looks})
        peer.ask("threadSection/create", {"name": " "})
        peer.ask("threadSection/create", {})
        peer.ask("threadSection/list", {"limit": 1})
        peer.ask("threadSection/update", {"sectionId": work, "name": "works", "appearance": {"icon": "x"}})
        peer.ask("threadSection/update", {"sectionId": "nope", "name": "works"})
        peer.ask("thread/section/move", {"threadId": one, "sectionId": work})
        peer.ask("thread/section/move", {"threadId": two, "sectionId": work, "beforeThreadId": one})
        peer.ask("thread/section/move", {"threadId": NOBODY, "sectionId": work})
        peer.ask("thread/section/move", {"threadId": one, "sectionId": NOBODY})
        peer.ask("thread/section/move", {"threadId": one, "sectionId": work, "beforeThreadId": one})
        peer.ask("thread/section/move", {"threadId": one, "sectionId": work, "beforeThreadId": NOBODY})
        peer.ask("thread/section/move", {"threadId": one})
        peer.ask("thread/read", {"threadId": two})
        peer.ask("thread/section/move", {"threadId": two, "sectionId": None})
        peer.ask("thread/list", {"sectionId": work, "sortKey": "section_position"})
        peer.ask("thread/list", {"sortKey": "section_position"})
        peer.ask("threadSection/delete", {"sectionId": work})
        peer.ask("threadSection/delete", {"sectionId": work})
        peer.ask("threadSection/delete", {"sectionId": ""})
        peer.ask("thread/read", {"threadId": one})
        peer.ask("threadSection/list")

    same_on_both(play)


def test_attachments(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        one, two = peer.thread(), peer.thread()
        peer.turn(one, "hi")
        peer.turn(two, "hi")
        doc = {"attachmentType": "doc", "identityKey": "k"}
        peer.ask("thread/attachment/list", {"threadId": one})
        peer.ask("thread/attachment/add", {"threadId": one, "payload": {"a": 1}} | doc)
        peer.heard("thread/attachment/updated")
        peer.ask("thread/attachment/add", {"threadId": one, "payload": {"a": 2}} | doc)
        peer.ask("thread/attachment/add", {"threadId": two, "payload": None} | doc)
        peer.heard("thread/attachment/updated", threadId=two)
        peer.ask("thread/attachment/add", {"threadId": one} | doc)
        peer.ask("thread/attachment/add", {"threadId": one, "payload": 1} | doc | {"attachmentType": ""})
        peer.ask("thread/attachment/add", {"threadId": one, "payload": 1} | doc | {"identityKey": ""})
        peer.ask("thread/attachment/add", {"threadId": NOBODY, "payload": 1} | doc)
        peer.ask("thread/attachment/list", {"threadId": one})
        peer.ask("thread/attachment/list", {"threadId": one, "cursor": "zz"})
        peer.ask("thread/attachment/list", {"threadId": NOBODY})
        peer.ask("thread/attachmentOwner/list", doc)
        peer.ask("thread/attachmentOwner/list", doc | {"archived": True})
        peer.ask("thread/attachment/remove", {"threadId": one} | doc)
        peer.heard("thread/attachment/updated", operation="deleted")
        peer.ask("thread/attachment/remove", {"threadId": one} | doc)
        peer.ask("thread/attachment/list", {"threadId": one})

    same_on_both(play)


def test_metadata_injected_items_and_denied_actions(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize()
        thread = peer.thread()
        peer.turn(thread, "hi")
        of = {"threadId": thread}
        for git in (
            None,
            {},
            {"branch": "b", "sha": "abc"},
            {"branch": None, "originUrl": "http://x"},
            {"branch": " "},
        ):
            peer.ask("thread/metadata/update", of | ({} if git is None else {"gitInfo": git}))
        peer.ask("thread/metadata/update", {"threadId": NOBODY, "gitInfo": {"branch": "b"}})
        peer.ask("thread/read", of)
        message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "by the way"}]}
        for items in ([], ["x"], [message]):
            peer.ask("thread/inject_items", of | {"items": items})
        peer.ask("thread/inject_items", {"threadId": NOBODY, "items": [message]})
        peer.turn(thread, "hi")
        peer.ask("thread/items/list", of)
        action = {"type": "command", "source": "shell", "command": "true", "cwd": str(peer.home)}
        event = {"id": "a", "status": "denied", "action": action}
        for wrong in ({}, {"id": "a"}, {"id": "a", "status": "denied"}, event | {"status": "x"}):
            peer.ask("thread/approveGuardianDeniedAction", of | {"event": wrong})
        peer.ask("thread/approveGuardianDeniedAction", of | {"event": event})
        peer.ask("thread/approveGuardianDeniedAction", {"threadId": NOBODY, "event": event})
        peer.ask("thread/backgroundTerminals/list", of)

    same_on_both(play)


def test_background_terminals(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        thread = peer.thread()
        peer.ask("thread/backgroundTerminals/list", {"threadId": thread})
        peer.ask("thread/backgroundTerminals/clean", {"threadId": thread})
        peer.ask("thread/backgroundTerminals/terminate", {"threadId": thread, "processId": "1"})
        peer.ask("thread/backgroundTerminals/list", {"threadId": NOBODY})

    same_on_both(play)


def test_items_by_their_ids(same_on_both: Any) -> None:
    def play(peer: Peer) -> None:
        peer.initialize(experimentalApi=True)
        of = {"threadId": peer.thread()}
        peer.ask("thread/items/read", of | {"turnId": NOBODY, "itemIds": ["a"]})
        peer.turn(of["threadId"], "hi")
        listed = peer.ask("thread/items/list", of)["result"]["data"]
        first, second = (entry["item"]["id"] for entry in listed)
        turn_id = listed[0]["turnId"]
        for ids in ([second, first], [first, "nobody's", first], [], ["x"] * 101, [5], "x"):
            peer.ask("thread/items/read", of | {"turnId": turn_id, "itemIds": ids})
        for wrong in ({"turnId": "x"}, {"threadId": "x"}, {"threadId": NOBODY}):
            peer.ask("thread/items/read", {"turnId": turn_id, "itemIds": [first]} | of | wrong)
        peer.ask("thread/items/read", of)

    same_on_both(play)
