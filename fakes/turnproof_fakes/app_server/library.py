"""All threads of a home: the loaded ones, those on disk, and their histories.

A rollout is a list of records, replayed to turns when somebody asks:
`thread` (first), `turn` (a turn began), `item` (an item completed), `usage`, `end` (a turn ended), `name`, `settings`.
A turn without `end` is running if its thread runs it, else it was cut by a crash and reads as `interrupted`.
A fork holds no history of its own past: it names its parent and how many of the parent's records it sees.
"""

from __future__ import annotations

import json
import time

from turnproof_fakes.app_server import shapes
from turnproof_fakes.app_server.shelf import Shelf
from turnproof_fakes.app_server.threads import Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.disk import Disk
    from turnproof_fakes.app_server.ids import Ids

    Json = dict[str, Any]


_OF_CALLS = ("commandExecution", "fileChange", "mcpToolCall", "dynamicToolCall")
_RULES = "rules/default.rules"
_RULE = ("prefix_rule(pattern=", ', decision="allow")')


_OF_THREADS = (
    "name",
    "git",
    "project",
    "settings",
)  # records that stand for the thread, wherever among its turns they are


def rollout_path(thread_id: str, wall_ms: int) -> str:
    """Where a thread's rollout goes, as the real server announces it (UTC, whole seconds)."""
    at = time.gmtime(wall_ms // 1000)
    return time.strftime(f"sessions/%Y/%m/%d/rollout-%Y-%m-%dT%H-%M-%S-{thread_id}.jsonl", at)


class Library:
    """Threads by id. The disk is looked through on the first request that needs it, not at start-up."""

    def __init__(self, disk: Disk, home: str) -> None:
        self._disk = disk
        self._home = home
        self.shelf = Shelf(disk)
        self._threads: dict[str, Thread] = {}
        self._known_paths: set[str] = set()
        self._last_created_ms = 0

    # --- finding -----------------------------------------------------------------------------------------------------

    def loaded(self, thread_id: str) -> Thread | None:
        """A thread that is loaded now."""
        thread = self._threads.get(thread_id)
        return thread if thread is not None and thread.loaded else None

    def find(self, thread_id: str) -> Thread | None:
        """A thread that is loaded or on disk."""
        thread = self._threads.get(thread_id)
        if thread is None:
            self._look_through()
            thread = self._threads.get(thread_id)
        return thread

    def all_loaded(self) -> list[Thread]:
        """Loaded threads, oldest first."""
        return [thread for thread in self._threads.values() if thread.loaded]

    def all_on_disk(self) -> list[Thread]:
        """Threads with a rollout, loaded or not."""
        self._look_through()
        return [thread for thread in self._threads.values() if thread.materialised]

    def has_forks(self, thread_id: str) -> bool:
        """Whether another rollout refers to this thread's history."""
        return any(thread.forked_from == thread_id for thread in self.all_on_disk())

    def _look_through(self) -> None:
        found: dict[str, tuple[str, list[Json]]] = {}
        for path in self._disk.paths():
            if path in self._known_paths:
                continue
            self._known_paths.add(path)
            records = self._disk.read(path)
            if records and records[0].get("type") == "thread" and records[0]["id"] not in self._threads:
                found[records[0]["id"]] = (path, records)  # of a reverted thread the last one
        for thread_id, (path, records) in found.items():
            self._threads[thread_id] = self._restored(path, records)

    def _restored(self, path: str, records: list[Json]) -> Thread:
        thread = Thread(records[0]["id"], self._home, path, records[0]["createdMs"])
        thread.archived = path.startswith("archived_sessions/")
        thread.take_meta(records[0])
        thread.records = len(records)
        for record in records[1:]:
            self._apply(thread, record)
        self._sort_into_section(thread)
        return thread

    def sort_into_sections(self) -> None:
        """Sections changed, or what is in them."""
        for thread in self._threads.values():
            self._sort_into_section(thread)

    def _sort_into_section(self, thread: Thread) -> None:
        thread.section = thread.section_entered = None
        kept = self.shelf.value("sections")
        for section in kept.get("sections") or ():
            for member in kept["members"].get(section["id"]) or ():
                if member["thread"] == thread.id:
                    thread.section, thread.section_entered = section, member["entered"]

    def _apply(self, thread: Thread, record: Json) -> None:
        """One record's effect on what is kept in memory."""
        kind = record["type"]
        thread.updated_ms = record.get("ms", thread.updated_ms)
        if kind == "turn":
            thread.held = False
            thread.recency_ms = record["ms"]
            thread.turns += 1
            if record.get("quiet"):
                thread.quiet_turns.add(record["id"])
        elif kind == "item" and record["item"]["type"] == "userMessage":
            words = _preview(record["item"]["content"])
            thread.preview, thread.own_preview = thread.preview or words, thread.own_preview or words
        elif kind == "usage":
            thread.requests = thread.recorded_requests = record["requests"]
            thread.usage_turn = record["turn"]
        elif kind == "end":
            thread.held = record["status"] == "interrupted"
            if record["unread"] and record["turn"] not in thread.quiet_turns:
                thread.first_unread = thread.first_unread or {"type": "turn", "turnId": record["turn"]}
                thread.revision = record["revision"]
        elif kind == "read":
            thread.first_unread, thread.revision = record["firstUnread"], record["revision"]
        elif kind == "injected":
            thread.injected += record["messages"]
        elif kind == "heard":
            thread.injected = []
        elif kind == "git":
            thread.git = record["git"]
        elif kind == "project":
            thread.project = record["project"]
        elif kind == "name":
            thread.name = record["name"]
        elif kind == "settings":
            thread.take_settings(record)

    # --- changing ----------------------------------------------------------------------------------------------------

    def add(self, thread: Thread) -> None:
        """A new thread, not on disk yet."""
        self._threads[thread.id] = thread

    def created_ms(self, wall_ms: int) -> int:
        """A creation time no other thread has: thread/list pages by it."""
        self._last_created_ms = max(wall_ms, self._last_created_ms + 1)
        return self._last_created_ms

    def materialise(self, thread: Thread) -> None:
        """Write the first record if there is none."""
        if not thread.ephemeral and not thread.materialised:
            self._write(thread, thread.meta())

    def record(self, thread: Thread, record: Json) -> None:
        """Remember something that happened on a thread; on disk too once the thread is there."""
        self._apply(thread, record)
        if thread.materialised:
            self._write(thread, record)

    def _write(self, thread: Thread, record: Json) -> None:
        if thread.path is not None:
            self._known_paths.add(thread.path)
            self._disk.append(thread.path, record)
            thread.records += 1

    def move(self, thread: Thread, *, archived: bool, wall_ms: int) -> None:
        """Into archived_sessions or back."""
        if thread.path is None:
            return
        self.materialise(thread)
        name = thread.path.rsplit("/", 1)[1]
        target = f"archived_sessions/{name}" if archived else rollout_path(thread.id, thread.created_ms)
        self._disk.move(thread.path, target)
        self._known_paths.add(target)
        thread.path = target
        thread.archived = archived
        thread.updated_ms = wall_ms

    def revert(self, thread: Thread, before: str, wall_ms: int, ids: Ids) -> bool:
        """Go on in a new rollout that has the records in front of a turn; whether there is such a turn of its own.

        What is no part of a turn (a name, settings) stays, and so do the old rollouts.
        """
        if thread.path is None:
            return False
        records = self._disk.read(thread.path)
        places = [place for place, record in enumerate(records) if record["type"] == "turn" and record["id"] == before]
        if not places:
            return False
        kept = records[1 : places[0]] + [record for record in records[places[0] :] if record["type"] in _OF_THREADS]
        if thread.own_preview:
            thread.old_rollouts.append({"path": thread.path, "preview": thread.own_preview})
        preview, thread.path = thread.preview, rollout_path(f"{thread.id}_{ids.uuid7(wall_ms)}", wall_ms)
        thread.forget_turns()
        thread.revision = ids.uuid4()
        meta = thread.meta() | {"preview": preview, "oldRollouts": thread.old_rollouts}
        thread.records = 0
        self._write(thread, meta)
        for record in kept:
            self._apply(thread, record)
            self._write(thread, record)
        thread.preview, thread.own_preview = preview, ""
        return True

    def forget(self, thread: Thread) -> None:
        """Delete a thread and its rollout."""
        for path in (thread.path, *(old["path"] for old in thread.old_rollouts)):
            if path is not None:
                self._disk.remove(path)
        self._threads.pop(thread.id, None)
        for name in ("goals", "attachments", "queues"):
            if self.shelf.value(name).pop(thread.id, None) is not None:
                self.shelf.save(name)

    def rules(self) -> list[list[str]]:
        """Command prefixes that need no approval, on every thread of this home."""
        lines = (self._disk.note(_RULES) or "").split("\n")
        return [json.loads(line[len(_RULE[0]) : -len(_RULE[1])]) for line in lines if line.startswith(_RULE[0])]

    def add_rule(self, prefix: list[str]) -> None:
        """Allow one more."""
        known = self._disk.note(_RULES)
        line = f"{_RULE[0]}{json.dumps(prefix, ensure_ascii=False)}{_RULE[1]}"
        self._disk.put_note(_RULES, line if known is None else f"{known}\n{line}")

    # --- reading back ------------------------------------------------------------------------------------------------

    def history(self, thread: Thread) -> list[Json]:
        """The thread's turns as `{id, ordinal, status, error, started, completed, duration, entries}`, oldest first."""
        running = thread.turn.id if thread.turn is not None else None
        return self._replayed(thread, None, running)

    def _replayed(self, thread: Thread, limit: int | None, running: str | None) -> list[Json]:
        turns: list[Json] = []
        if thread.forked_from is not None:
            parent = self.find(thread.forked_from)
            if parent is not None:
                turns = self._replayed(parent, thread.fork_ordinal, None)
        by_id: dict[str, Json] = {}
        records = self._disk.read(thread.path)[:limit] if thread.path is not None else []
        for ordinal, record in enumerate(records):
            if record["type"] == "turn":
                by_id[record["id"]] = _begun(record, ordinal, running)
                turns.append(by_id[record["id"]])
            elif record["type"] == "item":
                by_id[record["turn"]]["entries"].append(record | {"ordinal": ordinal})
            elif record["type"] == "end":
                names = ("status", "error", "completed", "duration")
                by_id[record["turn"]].update({name: record[name] for name in names})
        return turns


def _begun(record: Json, ordinal: int, running: str | None) -> Json:
    status = "inProgress" if record["id"] == running else "interrupted"
    return {
        "id": record["id"],
        "root": record.get("root"),
        "ordinal": ordinal,
        "status": status,
        "error": None,
        "started": record["ms"] // 1000,
        "completed": None,
        "duration": None,
        "entries": [],
    }


def _preview(content: list[Json]) -> str:
    texts = [element["text"] for element in content if element["type"] == "text" and element["text"]]
    return " ".join(texts) if texts else "[Image]"


def _numbered(items: list[Json], number: int) -> list[Json]:
    """`item-1`, `item-2`, … for ids; what came of a tool call keeps the id of the call."""
    shown: list[Json] = []
    for item in items:
        if item["type"] in _OF_CALLS:
            shown.append(item)
        else:
            shown.append(item | {"id": f"item-{number}"})
            number += 1
    return shown


def shown_turn(turn: Json, view: str, *, numbered_from: int | None = None) -> Json:
    """A turn of `history` as the wire shows it in one of the three item views."""
    items = [entry["item"] for entry in turn["entries"]]
    if view == "notLoaded":
        items = []
    elif view == "summary":
        agent = [item for item in items if item["type"] == "agentMessage"][-1:]
        items = [item for item in items if item["type"] == "userMessage"] + agent
    if numbered_from is not None:
        items = _numbered(items, numbered_from)
    return shapes.turn(
        turn["id"],
        turn["status"],
        items=items,
        view=view,
        root=turn["root"],
        error=turn["error"],
        started=turn["started"],
        completed=turn["completed"],
        duration=turn["duration"],
    )
