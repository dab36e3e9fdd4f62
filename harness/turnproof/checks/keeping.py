"""What a client leaves with the server is given back as it was left: names, goals, places, attachments, sections, projects,
settings, what was read."""

from __future__ import annotations

from typing import Any, Final

from turnproof.checks.base import (
    Call,
    Check,
    Context,
    check,
    on_answer,
    on_exit,
    on_notification,
    on_result,
    remember,
)
from turnproof.history import Event
from turnproof.message import Message, at, rows_of

MOST_KEPT: Final = 1000
"""Things that are remembered: a soak leaves more."""
PLACES: Final = {"thread/archive": "archived", "thread/unarchive": "listed", "thread/delete": "deleted"}
SETTINGS: Final = {"model": "model", "effort": "reasoningEffort"}
"""Settings of a thread, and the members of the thread that show them."""
GOAL: Final = ("objective", "status", "tokenBudget")


@check
class KeptAsTold(Check):
    """Only what was asked for after a change was answered has to show the change."""

    name = "kept-as-told"
    reason = "Clients sort, name and find threads by what they left with the server: what it loses is lost to the user."
    source = "API-04, TRU-01"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._kept: dict[tuple[str, ...], tuple[int, Any]] = {}
        self._busy: set[str] = set()
        """Threads with a turn: its end changes what is to be read."""

    # -- what is left

    @on_result("thread/name/set")
    def named(self, event: Event, message: Message, call: Call) -> None:
        self._keep(event, ("name", _thread(call)), str(call.message.params.get("name")).strip())

    @on_result("thread/metadata/update")
    def described(self, event: Event, message: Message, call: Call) -> None:
        self._keep(event, ("gitInfo", _thread(call)), at(message.result, "thread", "gitInfo"))
        project = call.message.params.get("projectId")
        if project is not None:
            self._keep(event, ("projectId", _thread(call)), project or None)

    @on_notification("thread/project/updated")
    def in_project(self, event: Event, message: Message) -> None:
        """With its project a thread loses its place there, too."""
        self._keep(event, ("projectId", str(message.params.get("threadId"))), message.params.get("projectId"))

    @on_result("project/create", "project/update")
    def project(self, event: Event, message: Message, call: Call) -> None:
        project = at(message.result, "project")
        self._keep(event, ("project", str(at(project, "id"))), _project(project))

    @on_result("project/delete")
    def project_deleted(self, event: Event, message: Message, call: Call) -> None:
        self._keep(event, ("project", str(call.message.params.get("projectId"))), None)

    @on_result("thread/goal/set")
    def goal_set(self, event: Event, message: Message, call: Call) -> None:
        goal = at(message.result, "goal")
        for key in GOAL:
            asked = call.message.params.get(key)
            if asked is not None and at(goal, key) != (asked.strip() if isinstance(asked, str) else asked):
                self.flag(event, f"a goal is set with {key} {asked!r}, and answered with {at(goal, key)!r}")
        self._keep(event, ("goal", _thread(call)), _goal(goal))

    @on_result("thread/goal/clear")
    def goal_cleared(self, event: Event, message: Message, call: Call) -> None:
        self._keep(event, ("goal", _thread(call)), None)

    @on_result(*PLACES)
    def placed(self, event: Event, message: Message, call: Call) -> None:
        self._keep(event, ("place", _thread(call)), PLACES[call.method])

    @on_result("thread/attachment/add")
    def attached(self, event: Event, message: Message, call: Call) -> None:
        self._keep(event, ("attachment", _thread(call), *_key(call.message.params)), at(message.result, "attachment"))

    @on_result("thread/attachment/remove")
    def detached(self, event: Event, message: Message, call: Call) -> None:
        self._keep(event, ("attachment", _thread(call), *_key(call.message.params)), None)

    @on_result("threadSection/create", "threadSection/update")
    def section(self, event: Event, message: Message, call: Call) -> None:
        section = at(message.result, "section")
        self._keep(event, ("section", str(at(section, "id"))), section)

    @on_result("threadSection/delete")
    def section_deleted(self, event: Event, message: Message, call: Call) -> None:
        self._keep(event, ("section", str(call.message.params.get("sectionId"))), None)

    @on_result("thread/section/move")
    def moved(self, event: Event, message: Message, call: Call) -> None:
        self._keep(event, ("in section", _thread(call)), call.message.params.get("sectionId"))

    @on_result("thread/readState/update")
    def marked(self, event: Event, message: Message, call: Call) -> None:
        state = at(message.result, "readState")
        read = at(call.message.params, "operation", "type") == "read"
        if (at(state, "firstUnread") is None) is not read:
            self.flag(event, f"a thread is marked {'read' if read else 'unread'}, and answered as {str(state)[:80]}")
        self._keep(event, ("read state", _thread(call)), state)

    @on_notification("thread/readState/changed")
    def to_be_read(self, event: Event, message: Message) -> None:
        self._keep(event, ("read state", str(message.params.get("threadId"))), message.params.get("readState"))

    @on_notification("thread/settings/updated")
    def set_up(self, event: Event, message: Message) -> None:
        """Whoever asked for them: a turn/start changes them too."""
        for name, shown in SETTINGS.items():
            key = (shown, str(message.params.get("threadId")))
            self._keep(event, key, at(message.params, "threadSettings", name))

    @on_notification("turn/started", "turn/completed")
    def turn(self, event: Event, message: Message) -> None:
        began = message.method == "turn/started"
        (self._busy.add if began else self._busy.discard)(str(message.params.get("threadId")))

    @on_exit()
    def exited(self, event: Event) -> None:
        """A turn that ends with its server is not told, nor what there is to read in it."""
        for thread in self._busy:
            self._kept.pop(("read state", thread), None)
        self._busy.clear()

    # -- what is given back

    @on_result("thread/goal/get")
    def goal_read(self, event: Event, message: Message, call: Call) -> None:
        self._compare(event, call.event.seq, ("goal", _thread(call)), _goal(at(message.result, "goal")))

    @on_notification("thread/goal/updated", "thread/goal/cleared")
    def goal_told(self, event: Event, message: Message) -> None:
        """The server changes a goal too, in a turn that works on it; then that is what is kept."""
        key = ("goal", str(message.params.get("threadId")))
        if message.params.get("turnId") is not None:
            self._keep(event, key, _goal(message.params.get("goal")))
        elif key in self._kept:
            self._compare(event, event.seq, key, _goal(message.params.get("goal")))

    @on_result("thread/list")
    def listed(self, event: Event, message: Message, call: Call) -> None:
        want = "archived" if call.message.params.get("archived") else "listed"
        for row in rows_of(at(message.result, "data")):
            self._compare(event, call.event.seq, ("place", str(at(row, "id"))), want)
            self._shown(event, call, row)

    @on_answer("thread/read", "thread/resume", "thread/unarchive")
    def opened(self, event: Event, message: Message, call: Call) -> None:
        thread = at(message.result, "thread")
        kept = self._kept.get(("place", _thread(call)))
        if message.kind == "response" and kept is not None and kept[1] == "deleted" and kept[0] < call.event.seq:
            self.flag(event, f"{call.method} gives thread {_thread(call)}, which was deleted")
        self._shown(event, call, thread)
        if call.method == "thread/read" and message.kind == "response" and _thread(call) not in self._busy:
            self._compare(event, call.event.seq, ("read state", _thread(call)), at(message.result, "readState"))

    @on_result("thread/attachment/list")
    def attachments(self, event: Event, message: Message, call: Call) -> None:
        params, thread = call.message.params, _thread(call)
        rows = {_key(row): row for row in rows_of(at(message.result, "data"))}
        whole = params.get("cursor") is None and at(message.result, "nextCursor") is None
        for key in [key for key in self._kept if key[:2] == ("attachment", thread)]:
            if whole or (key[2], key[3]) in rows:
                self._compare(event, call.event.seq, key, rows.get((key[2], key[3])))

    @on_result("project/read")
    def project_read(self, event: Event, message: Message, call: Call) -> None:
        key = ("project", str(call.message.params.get("projectId")))
        self._compare(event, call.event.seq, key, _project(at(message.result, "project")))

    @on_result("project/list")
    def projects(self, event: Event, message: Message, call: Call) -> None:
        rows = {str(at(row, "id")): row for row in rows_of(at(message.result, "data"))}
        whole = call.message.params.get("cursor") is None and at(message.result, "nextCursor") is None
        for key in [key for key in self._kept if key[0] == "project"]:
            if whole or key[1] in rows:
                self._compare(event, call.event.seq, key, _project(rows.get(key[1])))

    @on_result("threadSection/list")
    def sections(self, event: Event, message: Message, call: Call) -> None:
        rows = {str(at(row, "id")): row for row in rows_of(at(message.result, "data"))}
        whole = call.message.params.get("cursor") is None and at(message.result, "nextCursor") is None
        for key in [key for key in self._kept if key[0] == "section"]:
            if whole or key[1] in rows:
                self._compare(event, call.event.seq, key, rows.get(key[1]))

    def _shown(self, event: Event, call: Call, thread: Any) -> None:
        thread_id = at(thread, "id")
        if isinstance(thread_id, str):
            for what in ("name", "gitInfo", "projectId", *SETTINGS.values()):
                self._compare(event, call.event.seq, (what, thread_id), at(thread, what))
            self._compare(event, call.event.seq, ("in section", thread_id), at(thread, "section", "id"))

    def _keep(self, event: Event, key: tuple[str, ...], value: Any) -> None:
        self._kept.pop(key, None)
        remember(self._kept, key, (event.seq, value), MOST_KEPT)

    def _compare(self, event: Event, asked: int, key: tuple[str, ...], given: Any) -> None:
        kept = self._kept.get(key)
        if kept is None or kept[0] > asked:
            return
        self.judged += 1
        if key[0] == "in section" and given is None and self._kept.get(("section", str(kept[1])), (0, 0))[1] is None:
            return  # the section is gone, and with it who was in it
        if given != kept[1]:
            what = " ".join(key)
            self.flag(event, f"{what} is given back as {str(given)[:80]}; it was left as {str(kept[1])[:80]}")


def _thread(call: Call) -> str:
    return str(call.message.params.get("threadId"))


def _key(holder: Any) -> tuple[str, str]:
    return str(at(holder, "attachmentType")), str(at(holder, "identityKey"))


def _project(project: Any) -> tuple[Any, ...] | None:
    return None if project is None else tuple(at(project, key) for key in ("name", "roots", "metadata"))


def _goal(goal: Any) -> tuple[Any, ...] | None:
    return None if goal is None else tuple(str(at(goal, key)) for key in GOAL)
