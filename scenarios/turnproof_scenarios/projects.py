"""Threads that a client sorts into projects."""

from __future__ import annotations

from typing import Any

from turnproof import (
    Ok,
    Refused,
    Scenario,
    Setup,
    anything,
    kill_server,
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

T = {"threadId": ref("t.thread.id")}
P = {"projectId": ref("p.project.id")}
NEW: dict[str, Any] = {"name": " work ", "roots": [], "idempotencyKey": "one"}

threads_in_projects = Scenario(
    "A project is made once by its key, renamed and listed; a thread that is put into it shows it until it is deleted.",
    start_thread("t"),
    run_turn("t", "what is this about", says="work"),
    request("project/create", NEW, Ok({"project": subset({"name": "work", "recencyAt": None})}), as_="p"),
    wait_for("project/changed", where={"changeType": "created"}),
    request("project/create", {**NEW, "name": "other"}, Ok({"project": same_as("p.project")})),
    request(
        "thread/metadata/update", {**T, **P}, Ok(subset({"thread": subset({"projectId": same_as("p.project.id")})}))
    ),
    wait_for("thread/project/updated", thread="t"),
    request("project/update", {**P, "name": "works"}, Ok({"project": subset({"name": "works"})})),
    kill_server(),
    reconnect(),
    request("project/list", {}, Ok({"data": [subset({"name": "works"})], "nextCursor": None})),
    request("project/read", P, Ok({"project": subset({"name": "works"})})),
    request("thread/list", P, Ok(subset({"data": [subset({"id": same_as("t.thread.id")})]}))),
    request("thread/read", T, Ok(subset({"thread": subset({"projectId": same_as("p.project.id")})}))),
    resume_thread("t", turns=("completed",)),
    request("project/delete", P, Ok({})),
    wait_for("thread/project/updated", thread="t", where={"projectId": None}),
    request("project/read", P, Refused(-32602, anything())),
    request("project/list", {}, Ok({"data": [], "nextCursor": None})),
    request("thread/read", T, Ok(subset({"thread": subset({"projectId": None})}))),
    run_turn("t", "what now", says="rest"),
    origin="API-04",
    setup=Setup(experimental=True),
)

projects_that_cannot_be = Scenario(
    "A project without a name or a key is refused, and so is everything that is asked of one that does not exist.",
    start_thread("t"),
    run_turn("t", "sort me", says="where"),
    request("project/create", {**NEW, "name": " "}, Refused(-32602, "project name must not be empty")),
    request("project/create", {**NEW, "idempotencyKey": ""}, Refused(-32602, "idempotencyKey must not be empty")),
    request("project/read", {"projectId": "no"}, Refused(-32602, "project not found: no")),
    request("project/update", {"projectId": "no", "name": "x"}, Refused(-32602, "project not found: no")),
    request("project/delete", {"projectId": "no"}, Refused(-32602, "project not found: no")),
    request("thread/list", {"projectId": "no"}, Refused(-32602, "project not found: no")),
    request("thread/metadata/update", {**T, "projectId": "no"}, Refused(-32600, "project not found: no")),
    request("thread/metadata/update", {**T, "projectId": ""}, Ok(subset({"thread": subset({"projectId": None})}))),
    origin="API-06",
    setup=Setup(experimental=True),
)
