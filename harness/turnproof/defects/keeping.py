"""What a client leaves with the server, and gets back otherwise or not at all."""

from __future__ import annotations

from typing import Final

from turnproof.defects.defect import NOBODY, NOW_MS, Defect, answer, server
from turnproof.faults import Drop, Duplicate, Reply, Rewrite, When

NAME: Final = "kept_things::name_is_kept"
GOAL: Final = "kept_things::goal_is_kept"
SECTIONS: Final = "kept_things::threads_in_sections"
ATTACHMENT: Final = "kept_things::attachments_are_kept"
METADATA: Final = "kept_things::metadata_is_kept"
ARCHIVE: Final = "kept_things::archived_and_back"
READ: Final = "kept_things::what_was_read_is_kept"
SETTINGS: Final = "kept_things::settings_are_kept"
PROJECTS: Final = "projects::threads_in_projects"
DELETE: Final = "kept_things::deleted_is_gone"

KEEPING: Final[tuple[Defect, ...]] = (
    server("forgets_a_name", "reads a named thread without its name", "kept-as-told", "response", NAME,
           (answer("thread/read"), Rewrite("result.thread.name", None))),
    server("archives_nothing", "lists an archived thread among the others", "kept-as-told", "response", ARCHIVE,
           (When("thread/list", "to_server"), Rewrite("params.archived", True))),
    server("never_says_archived", "loses thread/archived", "settles-in-time", "wait_for", ARCHIVE,
           (When("thread/archived"), Drop())),
    server("deletes_nothing", "lists a thread that was deleted", "kept-as-told", "response", DELETE,
           (When("thread/delete", "to_server"), Reply({"id": {"$copy": "id"}, "result": {}})),
           (When("thread/delete", "to_server"), Reply({"method": "thread/deleted", "params": {
               "threadId": {"$thread": 1}}, "emittedAtMs": NOW_MS})),
           (When("thread/delete", "to_server"), Drop())),
    server("never_says_deleted", "loses thread/deleted", "settles-in-time", "wait_for", DELETE,
           (When("thread/deleted"), Drop())),
    server("sets_another_goal", "answers a goal with another one", "kept-as-told", "response", GOAL,
           (answer("thread/goal/set"), Rewrite("result.goal.objective", "no test fails"))),
    server("forgets_a_goal", "gives no goal back", "kept-as-told", "response", GOAL,
           (answer("thread/goal/get", 2), Rewrite("result.goal", None))),
    server("tells_another_goal", "tells another goal than was set", "kept-as-told", "thread/goal/updated", GOAL,
           (When("thread/goal/updated"), Rewrite("params.goal.status", "complete"))),
    server("goal_unanswered", "loses the answer to thread/goal/get", "settles-in-time", "request",
           "kept_things::goals_that_cannot_be", (answer("thread/goal/get"), Drop())),
    server("renames_no_section", "lists a section under its old name", "kept-as-told", "response", SECTIONS,
           (answer("threadSection/list"), Rewrite("result.data.1.name", "work"))),
    server("reads_another_section", "reads a thread in another section", "kept-as-told", "response", SECTIONS,
           (answer("thread/read"), Rewrite("result.thread.section.id", NOBODY))),
    server("section_unanswered", "loses the answer to threadSection/update", "settles-in-time", "request",
           "kept_things::sections_that_cannot_be", (answer("threadSection/update"), Drop())),
    server("forgets_attachments", "lists no attachments", "kept-as-told", "response", ATTACHMENT,
           (answer("thread/attachment/list", None), Rewrite("result.data", []))),
    server("changes_an_attachment", "lists an attachment with another payload", "kept-as-told", "response", ATTACHMENT,
           (answer("thread/attachment/list", None), Rewrite("result.data.0.payload", "other"))),
    server("never_says_attached", "loses thread/attachment/updated", "settles-in-time", "wait_for", ATTACHMENT,
           (When("thread/attachment/updated"), Drop())),
    server("forgets_metadata", "reads a thread without the branch it was given", "kept-as-told", "response", METADATA,
           (answer("thread/read"), Rewrite("result.thread.gitInfo", None))),
    server("shows_injected_items", "lists an item twice", "as-scripted", "request", "kept_things::items_for_the_model",
           (answer("thread/items/list"), Rewrite("result.data.1", {"$copy": "result.data.0"}))),
    server("injection_unanswered", "loses the answer to thread/inject_items", "settles-in-time", "request",
           "kept_things::items_for_the_model", (answer("thread/inject_items"), Drop())),
    server("approval_unanswered", "loses the answer to thread/approveGuardianDeniedAction", "settles-in-time",
           "request", "kept_things::denied_action_is_approved_later",
           (answer("thread/approveGuardianDeniedAction", 2), Drop())),
    server("forgets_what_was_read", "reads a thread that was marked read as unread", "kept-as-told", "response", READ,
           (answer("thread/read", 2), Rewrite("result.readState.firstUnread", {"type": "threadStart"}))),
    server("marks_nothing_read", "answers a thread that is marked read as unread", "kept-as-told", "response", READ,
           (answer("thread/readState/update"), Rewrite("result.readState.firstUnread", {"type": "threadStart"}))),
    server("forgets_settings", "reads a thread under the model that it had", "kept-as-told", "response", SETTINGS,
           (answer("thread/read"), Rewrite("result.thread.model", "mock-model"))),
    server("never_says_settings", "loses thread/settings/updated", "settles-in-time", "wait_for", SETTINGS,
           (When("thread/settings/updated"), Drop())),
    server("project_unanswered", "loses the answer to project/read", "settles-in-time", "request",
           "projects::projects_that_cannot_be", (answer("project/read"), Drop())),
    server("renames_no_project", "lists a project under its old name", "kept-as-told", "response", PROJECTS,
           (answer("project/list"), Rewrite("result.data.0.name", "work"))),
    server("forgets_a_project", "reads a thread out of its project", "kept-as-told", "response", PROJECTS,
           (answer("thread/read"), Rewrite("result.thread.projectId", None))),
    server("never_says_in_project", "loses thread/project/updated", "settles-in-time", "wait_for", PROJECTS,
           (When("thread/project/updated"), Drop())),
    server("terminals_answered_twice", "answers thread/backgroundTerminals/list twice", "answered-once", "response",
           "kept_things::background_terminals", (answer("thread/backgroundTerminals/list"), Duplicate())),
)  # fmt: skip
