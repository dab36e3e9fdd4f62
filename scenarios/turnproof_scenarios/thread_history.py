"""Reading, resuming, forking and listing threads."""

from __future__ import annotations

from typing import Any

from turnproof import (
    Ok,
    Refused,
    Scenario,
    Setup,
    await_delta,
    await_turn,
    fork_thread,
    hold,
    list_threads,
    read_thread,
    ref,
    release,
    request,
    resume_thread,
    run_turn,
    same_as,
    say,
    start_thread,
    start_turn,
    subset,
    text,
    wait,
)

NOBODY = "00000000-0000-7000-8000-000000000000"

SAID = ("userMessage", "agentMessage")


def a_turn(name: str) -> Any:
    return subset({"id": same_as(f"{name}.turn.id")})


def an_item(turn: str, kind: str) -> Any:
    return subset({"turnId": same_as(f"{turn}.turn.id"), "item": subset({"type": kind})})


def pages(method: str, direction: str, *rows: Any) -> list[Any]:
    """One row a page, by the cursor of the page before; the last page has no cursor. ``direction``: empty where there is one."""
    where = {"threadId": ref("t.thread.id"), "sortDirection": direction} if direction else {}
    steps: list[Any] = []
    for number, row in enumerate(rows, 1):
        last = {"nextCursor": None} if number == len(rows) else {}
        after = {"cursor": ref(f"{direction}{number - 1}.nextCursor")} if number > 1 else {}
        page = Ok(subset({"data": [row], **last}))
        steps.append(request(method, {**where, "limit": 1, **after}, page, as_=f"{direction}{number}"))
    return steps


read_gives_the_turns_in_order = Scenario(
    "thread/read gives every turn, and thread/items/list every item of them, oldest first.",
    start_thread("t"),
    run_turn("t", "first", says="one", as_="first"),
    run_turn("t", "second", says="two", as_="second"),
    read_thread("t", turns=("completed", "completed"), as_="read"),
    request(
        "thread/read",
        {"threadId": ref("t.thread.id"), "includeTurns": True},
        Ok(
            subset(
                {
                    "thread": subset(
                        {
                            "id": same_as("t.thread.id"),
                            "turns": [
                                subset({"id": same_as("first.turn.id")}),
                                subset({"id": same_as("second.turn.id")}),
                            ],
                        }
                    )
                }
            )
        ),
    ),
    request(
        "thread/items/list",
        {"threadId": ref("t.thread.id")},
        Ok(
            subset(
                {
                    "data": [
                        subset({"turnId": same_as("first.turn.id"), "item": subset({"type": "userMessage"})}),
                        subset({"turnId": same_as("first.turn.id"), "item": subset({"type": "agentMessage"})}),
                        subset({"turnId": same_as("second.turn.id"), "item": subset({"type": "userMessage"})}),
                        subset({"turnId": same_as("second.turn.id"), "item": subset({"type": "agentMessage"})}),
                    ]
                }
            )
        ),
    ),
    origin="TRU-01",
)

read_during_a_turn = Scenario(
    "A thread that is read while a turn runs shows the turn as in progress, and the turn goes on.",
    start_thread("t"),
    run_turn("t", "before", says="one"),
    start_turn("r", "t", "now", say("al", hold("go on"), "most")),
    await_delta("r"),
    read_thread("t", turns=("completed", "inProgress")),
    release("go on"),
    await_turn("r"),
    read_thread("t", turns=("completed", "completed")),
    origin="A09",
)

read_of_an_unknown_thread = Scenario(
    "Reading a thread that does not exist is refused as not loaded.",
    request("thread/read", {"threadId": NOBODY, "includeTurns": True}, Refused(-32600, f"thread not loaded: {NOBODY}")),
    start_thread("t"),
    run_turn("t", "fine", says="fine"),
    origin="TRU-03",
)

resume_of_an_unknown_thread = Scenario(
    "Resuming a thread that does not exist is refused: it is never replaced by a new one.",
    request("thread/resume", {"threadId": NOBODY}, Refused(-32600, f"no rollout found for thread id {NOBODY}")),
    start_thread("t"),
    run_turn("t", "own words", says="own answer"),
    origin="G03",
)

fork_of_an_unknown_thread = Scenario(
    "Forking a thread that does not exist is refused.",
    request("thread/fork", {"threadId": NOBODY}, Refused(-32600, f"no rollout found for thread id {NOBODY}")),
    start_thread("t"),
    run_turn("t", "not forked", says="right"),
    origin="G03",
)

resume_of_a_loaded_thread = Scenario(
    "Resuming a thread that is loaded changes nothing.",
    start_thread("t"),
    run_turn("t", "before", says="one"),
    resume_thread("t", turns=("completed",)),
    resume_thread("t", turns=("completed",)),
    run_turn("t", "after", says="two"),
    origin="G02",
)

resume_mid_turn = Scenario(
    "Resuming a thread in mid-turn shows the turn in progress, and the turn goes on.",
    start_thread("t"),
    start_turn("r", "t", "being told", say("some", hold("the rest"), "thing")),
    await_delta("r"),
    resume_thread("t", turns=("inProgress",)),
    release("the rest"),
    await_turn("r"),
    read_thread("t", turns=("completed",)),
    origin="A09",
)

fork_goes_its_own_way = Scenario(
    "A fork has the history of its source; after that each goes its own way.",
    start_thread("source"),
    run_turn("source", "shared", says="common"),
    fork_thread("fork", "source", turns=("completed",)),
    run_turn("fork", "on the fork", says="fork's"),
    run_turn("source", "on the source", says="source's"),
    read_thread("fork", turns=("completed", "completed")),
    read_thread("source", turns=("completed", "completed")),
    origin="B06",
)

fork_of_a_running_thread = Scenario(
    "A fork of a thread in mid-turn holds the turn as interrupted; the original goes on.",
    start_thread("source"),
    start_turn("r", "source", "still running", say("run", hold("rest"), "ning")),
    await_delta("r"),
    fork_thread("fork", "source", turns=("interrupted",)),
    release("rest"),
    await_turn("r"),
    run_turn("fork", "fork goes on", says="forked"),
    origin="B06",
)

fork_of_a_fork = Scenario(
    "A fork can be forked.",
    start_thread("a"),
    run_turn("a", "in a", says="a"),
    fork_thread("b", "a", turns=("completed",)),
    run_turn("b", "in b", says="b"),
    fork_thread("c", "b", turns=("completed", "completed")),
    run_turn("c", "in c", says="c"),
    read_thread("a", turns=("completed",)),
    origin="B06",
)

lists_what_ran = Scenario(
    "thread/list has the threads that ran a turn, and not the one that did not.",
    start_thread("ran"),
    start_thread("idle"),
    run_turn("ran", "go", says="gone"),
    list_threads(has=("ran",), lacks=("idle",)),
    origin="TRU-01",
)

lists_by_page = Scenario(
    "thread/list gives one thread a page when asked to, and the cursor leads to the other.",
    start_thread("older"),
    run_turn("older", "first", says="one"),
    wait(2, because="the cursor of 0.163.0 has whole seconds, and threads of one second are lost between two pages"),
    start_thread("newer"),
    run_turn("newer", "second", says="two"),
    request(
        "thread/list", {"limit": 1}, Ok(subset({"data": [subset({"id": same_as("newer.thread.id")})]})), as_="page1"
    ),
    request(
        "thread/list",
        {"limit": 5, "cursor": ref("page1.nextCursor")},
        Ok(subset({"data": [subset({"id": same_as("older.thread.id")})]})),
    ),
    list_threads(has=("older", "newer")),
    origin="TRU-01",
)

list_with_a_bad_cursor = Scenario(
    "A cursor that the server did not give is refused.",
    start_thread("t"),
    run_turn("t", "any", says="thing"),
    request("thread/list", {"cursor": "zz"}, Refused(-32600, "invalid cursor: zz")),
    request("thread/list", {"limit": -1}, Refused(-32600, text("expected u32"))),
    origin="API-06",
)

turns_are_paged = Scenario(
    "thread/turns/list gives the newest turn first.",
    start_thread("t"),
    run_turn("t", "one", says="1", as_="one"),
    run_turn("t", "two", says="2", as_="two"),
    request(
        "thread/turns/list",
        {"threadId": ref("t.thread.id"), "limit": 1},
        Ok(subset({"data": [subset({"id": same_as("two.turn.id")})]})),
    ),
    request(
        "thread/turns/list",
        {"threadId": ref("t.thread.id")},
        Ok(subset({"data": [subset({"id": same_as("two.turn.id")}), subset({"id": same_as("one.turn.id")})]})),
    ),
    origin="TRU-01",
)

turns_join_up_across_pages = Scenario(
    "The cursors of thread/turns/list lead from page to page through every turn, newest first and oldest first, and no further.",
    start_thread("t"),
    run_turn("t", "one", says="1", as_="one"),
    run_turn("t", "two", says="2", as_="two"),
    run_turn("t", "three", says="3", as_="three"),
    *pages("thread/turns/list", "desc", *(a_turn(name) for name in ("three", "two", "one"))),
    *pages("thread/turns/list", "asc", *(a_turn(name) for name in ("one", "two", "three"))),
    origin="TRU-01",
)

items_join_up_across_pages = Scenario(
    "The cursors of thread/items/list lead from page to page through every item, oldest first and newest first, and no further.",
    start_thread("t"),
    run_turn("t", "one", says="1", as_="one"),
    run_turn("t", "two", says="2", as_="two"),
    *pages("thread/items/list", "asc", *(an_item(turn, kind) for turn in ("one", "two") for kind in SAID)),
    *pages("thread/items/list", "desc", *(an_item(turn, kind) for turn in ("two", "one") for kind in reversed(SAID))),
    origin="TRU-01",
)

READ = {"threadId": ref("t.thread.id"), "turnId": ref("one.turn.id")}

items_are_read_by_their_ids = Scenario(
    "thread/items/read gives the named items of one turn as they were listed, in their order, and none of another turn.",
    start_thread("t"),
    run_turn("t", "one", says="1", as_="one"),
    run_turn("t", "two", says="2"),
    request("thread/items/list", {"threadId": ref("t.thread.id")}, as_="listed"),
    request(
        "thread/items/read",
        READ | {"itemIds": [ref("listed.data.1.item.id"), ref("listed.data.0.item.id")]},
        Ok({"data": [same_as("listed.data.0"), same_as("listed.data.1")]}),
    ),
    request(
        "thread/items/read",
        READ | {"itemIds": [ref("listed.data.2.item.id"), "nobody's", ref("listed.data.0.item.id")]},
        Ok({"data": [same_as("listed.data.0")]}),
    ),
    request("thread/items/read", READ | {"itemIds": []}, Refused(-32600, "itemIds must contain 1 to 100 IDs")),
    setup=Setup(experimental=True),
    origin="TRU-01",
)

loaded_threads_join_up_across_pages = Scenario(
    "The cursors of thread/loaded/list lead from page to page through every loaded thread, and no further.",
    start_thread("first"),
    start_thread("second"),
    start_thread("third"),
    *pages("thread/loaded/list", "", *(same_as(f"{name}.thread.id") for name in ("first", "second", "third"))),
    run_turn("third", "all there?", says="all there"),
    origin="TRU-01",
)

sandboxes_kept_on_disk = Scenario(
    "Threads that come back from the archive may write where they might before, and so may a fork.",
    start_thread("reader", sandbox="read-only"),
    run_turn("reader", "only read", says="read"),
    start_thread("worker", sandbox="workspace-write"),
    run_turn("worker", "write here alone", says="written"),
    *(
        request(f"thread/{move}", {"threadId": ref(f"{name}.thread.id")})
        for name in ("reader", "worker")
        for move in ("archive", "unarchive")
    ),
    resume_thread("reader", turns=("completed",)),
    resume_thread("worker", turns=("completed",)),
    run_turn("reader", "read on", says="read again"),
    run_turn("worker", "write on", says="written again"),
    fork_thread("copy", "reader", turns=("completed", "completed")),
    run_turn("copy", "read for yourself", says="read elsewhere"),
    origin="CORR",
    provokes=("resume-forgets-workspace-write", "fork-forgets-sandbox"),
)

started_as_asked = Scenario(
    "A thread is started with the settings that it was asked for.",
    start_thread("t", sandbox="read-only", approvalPolicy="never", model="another-model"),
    run_turn("t", "with these settings", says="as you wish"),
    resume_thread("t", turns=("completed",)),
    run_turn("t", "and with these", says="as before"),
    origin="CORR",
)
