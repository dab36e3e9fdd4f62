"""What a client leaves with the server is there when it comes back: names, goals, sections, attachments, metadata."""

from __future__ import annotations

from typing import Any

from turnproof import (
    Ok,
    Refused,
    Scenario,
    Setup,
    anything,
    kill_server,
    list_threads,
    read_thread,
    reconnect,
    ref,
    request,
    resume_thread,
    run_turn,
    same_as,
    start_thread,
    subset,
    wait_for,
)

NOBODY = "00000000-0000-7000-8000-000000000000"
T = {"threadId": ref("t.thread.id")}

name_is_kept = Scenario(
    "A thread that was named has its name in reads and lists, on a new server too.",
    start_thread("t"),
    run_turn("t", "call me something", says="something"),
    request("thread/name/set", {**T, "name": " my thread "}, Ok({})),
    wait_for("thread/name/updated", thread="t", where={"threadName": "my thread"}),
    request("thread/read", T, Ok(subset({"thread": subset({"name": "my thread"})}))),
    request("thread/name/set", {**T, "name": " "}, Refused(-32600, "thread name must not be empty")),
    kill_server(),
    reconnect(),
    request("thread/list", {}, Ok(subset({"data": [subset({"id": same_as("t.thread.id"), "name": "my thread"})]}))),
    resume_thread("t", turns=("completed",)),
    origin="TRU-01",
)

archived_and_back = Scenario(
    "A thread that is archived moves to the archived ones and cannot be resumed there; it comes back whole.",
    start_thread("t"),
    run_turn("t", "put me away", says="away"),
    start_thread("u"),
    run_turn("u", "leave me here", says="here"),
    request("thread/archive", T, Ok({})),
    wait_for("thread/archived", thread="t"),
    list_threads(has=("u",), lacks=("t",)),
    list_threads(has=("t",), lacks=("u",), archived=True),
    resume_thread("t", Refused(-32600, anything())),
    request("thread/archive", T, Refused(-32600, anything())),
    request("thread/unarchive", T, Ok(subset({"thread": subset({"id": same_as("t.thread.id")})}))),
    wait_for("thread/unarchived", thread="t"),
    list_threads(has=("t", "u")),
    resume_thread("t", turns=("completed",)),
    run_turn("t", "back again", says="welcome"),
    origin="TRU-01",
)

deleted_is_gone = Scenario(
    "A thread that is deleted is in no list, and cannot be read or resumed, on a new server neither.",
    start_thread("t"),
    run_turn("t", "forget me", says="forgotten"),
    start_thread("u"),
    run_turn("u", "not me", says="never"),
    request("thread/delete", T, Ok({})),
    wait_for("thread/deleted", thread="t"),
    list_threads(has=("u",), lacks=("t",)),
    list_threads(lacks=("t", "u"), archived=True),
    read_thread("t", Refused(-32600, anything())),
    kill_server(),
    reconnect(),
    list_threads(has=("u",), lacks=("t",)),
    resume_thread("t", Refused(-32600, anything())),
    resume_thread("u", turns=("completed",)),
    origin="TRU-01",
)

goal_is_kept = Scenario(
    "A goal that was set is given back, to those who resume its thread too, until it is cleared.",
    start_thread("t"),
    run_turn("t", "let us have a goal", says="which one"),
    request("thread/goal/get", T, Ok({"goal": None})),
    request(
        "thread/goal/set",
        {**T, "objective": "all tests pass", "status": "paused", "tokenBudget": 1000},
        Ok({"goal": subset({"objective": "all tests pass", "status": "paused", "tokenBudget": 1000, "tokensUsed": 0})}),
    ),
    wait_for("thread/goal/updated", thread="t", where={"goal": subset({"status": "paused"})}),
    request("thread/goal/set", {**T, "status": "blocked"}, Ok({"goal": subset({"objective": "all tests pass"})})),
    request("thread/goal/set", {**T, "objective": " "}, Refused(-32600, "goal objective must not be empty")),
    request("thread/goal/set", {**T, "tokenBudget": 0}, Refused(-32600, "goal budgets must be positive when provided")),
    resume_thread("t", turns=("completed",)),
    request("thread/goal/get", T, Ok({"goal": subset({"objective": "all tests pass", "status": "blocked"})})),
    kill_server(),
    reconnect(),
    resume_thread("t", turns=("completed",)),
    wait_for("thread/goal/updated", thread="t", where={"goal": subset({"status": "blocked"})}, k=3),
    request("thread/goal/clear", T, Ok({"cleared": True})),
    request("thread/goal/clear", T, Ok({"cleared": False})),
    request("thread/goal/get", T, Ok({"goal": None})),
    origin="API-04",
)

goals_that_cannot_be = Scenario(
    "A thread without a goal has none to change; an ephemeral thread and one that does not exist have no goals.",
    start_thread("t"),
    request(
        "thread/goal/set",
        {**T, "status": "paused"},
        Refused(-32600, anything()),
    ),
    start_thread("e", ephemeral=True),
    request("thread/goal/get", {"threadId": ref("e.thread.id")}, Refused(-32600, anything())),
    request("thread/goal/get", {"threadId": NOBODY}, Refused(-32600, f"thread not found: {NOBODY}")),
    run_turn("t", "aimless", says="so what"),
    origin="API-06",
)

threads_in_sections = Scenario(
    "Sections are made, renamed and listed; a thread that is moved into one shows it, and is listed there in its place.",
    start_thread("t"),
    run_turn("t", "sort me", says="where"),
    start_thread("u"),
    run_turn("u", "sort me too", says="there"),
    request("threadSection/create", {"name": "work"}, Ok({"section": subset({"name": "work"})}), as_="s"),
    request(
        "threadSection/update",
        {"sectionId": ref("s.section.id"), "name": "works", "appearance": {"icon": "hammer"}},
        Ok(
            {
                "section": {
                    "id": same_as("s.section.id"),
                    "name": "works",
                    "appearance": {"icon": "hammer", "color": None},
                }
            }
        ),
    ),
    request("thread/section/move", {**T, "sectionId": ref("s.section.id")}, Ok({})),
    request(
        "thread/section/move",
        {"threadId": ref("u.thread.id"), "sectionId": ref("s.section.id"), "beforeThreadId": ref("t.thread.id")},
        Ok({}),
    ),
    request(
        "thread/list",
        {"sectionId": ref("s.section.id"), "sortKey": "section_position"},
        Ok(subset({"data": [subset({"id": same_as("u.thread.id")}), subset({"id": same_as("t.thread.id")})]})),
    ),
    request(
        "thread/read",
        T,
        Ok(subset({"thread": subset({"section": subset({"id": same_as("s.section.id"), "name": "works"})})})),
    ),
    kill_server(),
    reconnect(),
    request("threadSection/list", {}, Ok(subset({"data": [anything(), subset({"name": "works"})]}))),
    request("thread/section/move", {**T, "sectionId": None}, Ok({})),
    request("thread/read", T, Ok(subset({"thread": subset({"section": None})}))),
    request("threadSection/delete", {"sectionId": ref("s.section.id")}, Ok({})),
    request("threadSection/list", {}, Ok(subset({"data": [anything()]}))),
    request("thread/read", {"threadId": ref("u.thread.id")}, Ok(subset({"thread": subset({"section": None})}))),
    resume_thread("t", turns=("completed",)),
    origin="API-04",
)

sections_that_cannot_be = Scenario(
    "A section without a name, and one that does not exist, are refused as params that are wrong.",
    start_thread("t"),
    request("threadSection/create", {"name": " "}, Refused(-32602, "section name must not be empty")),
    request("threadSection/update", {"sectionId": "no", "name": "x"}, Refused(-32602, "thread section not found: no")),
    request("threadSection/delete", {"sectionId": "no"}, Refused(-32602, "thread section not found: no")),
    request("thread/section/move", {**T, "sectionId": "no"}, Refused(-32600, "section no does not exist")),
    run_turn("t", "unsorted", says="fine"),
    origin="API-06",
)

attachments_are_kept = Scenario(
    "An attachment is made once by its type and key, found by them, and gone when it is removed.",
    start_thread("t"),
    run_turn("t", "hang something on", says="what"),
    request("thread/attachment/list", T, Ok({"data": [], "nextCursor": None})),
    request(
        "thread/attachment/add",
        {**T, "attachmentType": "ticket", "identityKey": "42", "payload": {"title": "It hangs"}},
        Ok({"outcome": "created", "attachment": subset({"identityKey": "42", "payload": {"title": "It hangs"}})}),
        as_="a",
    ),
    wait_for("thread/attachment/updated", thread="t", where={"operation": "created", "identityKey": "42"}),
    request(
        "thread/attachment/add",
        {**T, "attachmentType": "ticket", "identityKey": "42", "payload": "other"},
        Ok({"outcome": "existing", "attachment": same_as("a.attachment")}),
    ),
    kill_server(),
    reconnect(),
    request("thread/attachment/list", T, Ok({"data": [same_as("a.attachment")], "nextCursor": None})),
    request(
        "thread/attachmentOwner/list",
        {"attachmentType": "ticket", "identityKey": "42"},
        Ok(subset({"data": [{"threadId": same_as("t.thread.id"), "archived": False}]})),
    ),
    resume_thread("t", turns=("completed",)),
    request("thread/attachment/remove", {**T, "attachmentType": "ticket", "identityKey": "42"}, Ok({})),
    wait_for("thread/attachment/updated", thread="t", where={"operation": "deleted"}),
    request("thread/attachment/list", T, Ok({"data": [], "nextCursor": None})),
    request("thread/attachment/remove", {**T, "attachmentType": "ticket", "identityKey": "42"}, Ok({})),
    request(
        "thread/attachment/add",
        {**T, "attachmentType": "", "identityKey": "42", "payload": 1},
        Refused(-32602, "attachmentType must not be empty"),
    ),
    origin="API-04",
)

metadata_is_kept = Scenario(
    "What a client says of a thread's repository is in its reads and lists; null takes a part back.",
    start_thread("t"),
    run_turn("t", "know my branch", says="which"),
    request(
        "thread/metadata/update",
        {**T, "gitInfo": {"branch": "main", "sha": "abc"}},
        Ok({"thread": subset({"gitInfo": {"sha": "abc", "branch": "main", "originUrl": None}})}),
    ),
    request("thread/metadata/update", {**T, "gitInfo": {"sha": None}}, Ok()),
    request(
        "thread/read",
        T,
        Ok(subset({"thread": subset({"gitInfo": {"sha": None, "branch": "main", "originUrl": None}})})),
    ),
    request("thread/metadata/update", {**T, "gitInfo": {}}, Refused(-32600, "gitInfo must include at least one field")),
    request("thread/metadata/update", T, Refused(-32600, "thread metadata update must include at least one field")),
    run_turn("t", "still on it", says="yes"),
    origin="API-04",
)


def for_the_model(role: str, words: str) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": words}]}


items_for_the_model = Scenario(
    "Items that are injected are for the model, on a new server too: the thread's own items stay what they were.",
    start_thread("t"),
    run_turn("t", "say one thing", says="one"),
    request(
        "thread/inject_items",
        {**T, "items": [for_the_model("user", "an aside"), for_the_model("developer", "a rule")]},
        Ok({}),
    ),
    request("thread/inject_items", {**T, "items": []}, Refused(-32600, "items must not be empty")),
    kill_server(),
    reconnect(),
    resume_thread("t", turns=("completed",)),
    run_turn("t", "say another", says="two"),
    request(
        "thread/items/list",
        T,
        Ok(
            subset({"data": [subset({"item": subset({"type": kind})}) for kind in ("userMessage", "agentMessage") * 2]})
        ),
    ),
    run_turn("t", "say a third", says="three"),
    read_thread("t", turns=("completed", "completed", "completed")),
    origin="API-04",
)

denied_action_is_approved_later = Scenario(
    "A denial that names no action is refused; a whole one is taken, and the thread goes on.",
    start_thread("t"),
    run_turn("t", "do something", says="no"),
    request(
        "thread/approveGuardianDeniedAction",
        {**T, "event": {}},
        Refused(-32600, "invalid Guardian denial event: missing field `id`"),
    ),
    request(
        "thread/approveGuardianDeniedAction",
        {
            **T,
            "event": {
                "id": "one",
                "status": "denied",
                "action": {"type": "command", "source": "shell", "command": "true", "cwd": "/"},
            },
        },
        Ok({}),
    ),
    run_turn("t", "go on then", says="on"),
    origin="API-04",
)

background_terminals = Scenario(
    "A thread that left no command running has no background terminals to list, end or clear away.",
    start_thread("t"),
    run_turn("t", "run nothing", says="nothing"),
    request("thread/backgroundTerminals/list", T, Ok({"data": [], "nextCursor": None})),
    request("thread/backgroundTerminals/terminate", {**T, "processId": "1"}, Ok({"terminated": False})),
    request("thread/backgroundTerminals/clean", T, Ok({})),
    run_turn("t", "still nothing", says="quite"),
    origin="API-04",
    setup=Setup(experimental=True),
)

what_was_read_is_kept = Scenario(
    "A thread that was read stays read, and one that was marked unread unread, on a new server too; who saw less is refused.",
    start_thread("t"),
    run_turn("t", "read me", says="a line"),
    request(
        "thread/read", T, Ok(subset({"readState": subset({"firstUnread": subset({"type": "turn"})})})), as_="unread"
    ),
    request(
        "thread/readState/update",
        {**T, "expectedRevision": ref("unread.readState.revision"), "operation": {"type": "read"}},
        Ok({"readState": subset({"firstUnread": None})}),
        as_="read",
    ),
    wait_for("thread/readState/changed", thread="t", where={"readState": subset({"firstUnread": None})}),
    request("thread/read", T, Ok(subset({"readState": same_as("read.readState")}))),
    request(
        "thread/readState/update",
        {**T, "expectedRevision": ref("unread.readState.revision"), "operation": {"type": "unread"}},
        Refused(-32600, "read state changed"),
    ),
    request(
        "thread/readState/update",
        {**T, "expectedRevision": ref("read.readState.revision"), "operation": {"type": "unread"}},
        Ok({"readState": subset({"firstUnread": {"type": "threadStart"}})}),
        as_="marked",
    ),
    kill_server(),
    reconnect(),
    request("thread/read", T, Ok(subset({"readState": same_as("marked.readState")}))),
    resume_thread("t", turns=("completed",)),
    run_turn("t", "read on", says="another line"),
    request("thread/read", T, Ok(subset({"readState": subset({"firstUnread": {"type": "threadStart"}})}))),
    start_thread("e", ephemeral=True),
    request(
        "thread/readState/update",
        {"threadId": ref("e.thread.id"), "expectedRevision": "", "operation": {"type": "read"}},
        Refused(-32600, "thread read state unavailable"),
    ),
    origin="API-04",
    setup=Setup(experimental=True),
)

settings_are_kept = Scenario(
    "Settings that a client changes between turns are told, shown and used from then on, on a new server too.",
    start_thread("t"),
    run_turn("t", "as you are", says="fine"),
    request("thread/settings/update", {**T, "model": "gpt-6-astra", "effort": "low"}, Ok({})),
    wait_for(
        "thread/settings/updated",
        thread="t",
        where={"threadSettings": subset({"model": "gpt-6-astra", "effort": "low"})},
    ),
    request("thread/read", T, Ok(subset({"thread": subset({"model": "gpt-6-astra", "reasoningEffort": "low"})}))),
    run_turn("t", "as you are now", says="other"),
    request(
        "turn/settings/update",
        {**T, "turnId": NOBODY, "effort": "high"},
        Refused(-32600, "turn settings updates require the step_model_switching feature"),
    ),
    kill_server(),
    reconnect(),
    request("thread/settings/update", {**T, "effort": "high"}, Refused(-32600, anything())),
    request("thread/resume", T, Ok(subset({"model": "gpt-6-astra", "reasoningEffort": "low"}))),
    resume_thread("t", turns=("completed", "completed")),
    run_turn("t", "as you were", says="the same"),
    origin="API-04",
    setup=Setup(experimental=True),
)
