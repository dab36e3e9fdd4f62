"""Threads are what was asked for, and stay what they were told to be."""

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
    on_request,
    on_result,
)
from turnproof.consent import SANDBOXES
from turnproof.history import Event
from turnproof.message import Message, at, rows_of

CLOSED_BY: Final = {
    "thread/closed": ("thread/unsubscribe", "thread/archive", "thread/delete"),
    "thread/archived": ("thread/archive",),
    "thread/unarchived": ("thread/unarchive",),
    "thread/deleted": ("thread/delete",),
}
"""What takes a thread away, and the requests that ask for it."""
LASTING: Final = (
    "cwd",
    "ephemeral",
    "forkedFromId",
    "modelProvider",
    "parentThreadId",
    "path",
    "sessionId",
)
"""What a thread is told to be at its start, and for good."""
OWN: Final = ("path", "sessionId")
"""What no two threads share, unless one is the other's child."""
ECHOED: Final = ("approvalPolicy", "cwd", "model", "modelProvider")
"""Settings that are answered as they were asked for; the sandbox is answered in other words."""
SET: Final = {"approvalPolicy": "approvalPolicy", "sandbox": "sandboxPolicy"}
"""What a thread keeps when it is resumed, and its fork has from it; and the words in which a turn sets it."""
SLACK: Final = 2
"""Seconds by which the moments of a thread may disagree: they are told from memory at first, then from its file."""
SEEN: Final = 200
"""Characters of a thread's first words that its preview is held to."""
KEPT: Final = 1000
"""Threads that are remembered: a soak opens more."""


@check
class ThreadsAsAsked(Check):
    """A thread that is started or forked is announced once, by the time its first turn starts; a resumed one never is."""

    name = "threads-as-asked"
    reason = "A client lists the threads that are announced, and drops those that are closed."
    source = "CORR, INV-ISO"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._opening = 0
        self._early: set[str] = set()
        self._owed: set[str] = set()
        self._done: set[str] = set()
        self._asked: dict[str, set[str]] = {}

    @on_request("thread/start", "thread/fork")
    def opening(self, event: Event, message: Message) -> None:
        self._opening += 1

    @on_answer("thread/start", "thread/fork")
    def opened(self, event: Event, message: Message, call: Call) -> None:
        self._opening -= 1
        thread = at(message.result, "thread", "id")
        if isinstance(thread, str):
            self.judged += 1
            if thread in self._early:
                self._early.remove(thread)
            elif thread in self._done or thread in self._owed:
                self.flag(event, f"{call.method} is answered with thread {thread}, which was there already")
            else:
                self._owed.add(thread)
        source = call.message.params.get("threadId")
        if call.method == "thread/fork" and message.kind == "response":
            told = at(message.result, "thread", "forkedFromId")
            if told != source:
                self.flag(event, f"the fork of thread {source} says that it was forked from {told}")
        if not self._opening and self._early:
            self.flag(event, f"thread {min(self._early)} was announced, and no answer opens it", event="thread/started")
            self._early.clear()

    @on_result("thread/resume")
    def resumed(self, event: Event, message: Message, call: Call) -> None:
        asked, given = call.message.params.get("threadId"), at(message.result, "thread", "id")
        self._done.add(str(given))
        if given != asked:
            self.flag(event, f"thread/resume of {asked} is answered with thread {given}")

    @on_notification("thread/started")
    def announced(self, event: Event, message: Message) -> None:
        thread = at(message.params, "thread", "id")
        if not isinstance(thread, str):
            return
        if thread in self._done:
            self.flag(event, f"thread {thread} is announced, and it is known already", thread=thread)
        elif thread in self._owed:
            self._owed.remove(thread)
        elif self._opening:
            self._early.add(thread)
        else:
            self.flag(event, f"thread {thread} is announced, and nobody opened it", thread=thread)
        self._done.add(thread)

    @on_notification("turn/completed")
    def turn_over(self, event: Event, message: Message) -> None:
        """Not at its start: a busy server announces a thread behind the beginning of its turn (2 of 4,600 plays)."""
        thread = message.params.get("threadId")
        if isinstance(thread, str) and thread in self._owed and "thread/started" not in self.context.silent:
            self._owed.remove(thread)
            self.flag(event, f"a turn of thread {thread} is over, and the thread was never announced", thread=thread)

    @on_request("thread/unsubscribe", "thread/archive", "thread/unarchive", "thread/delete")
    def closing(self, event: Event, message: Message) -> None:
        self._asked.setdefault(str(message.params.get("threadId")), set()).add(message.method or "")

    @on_notification(*CLOSED_BY)
    def closed(self, event: Event, message: Message) -> None:
        thread = str(message.params.get("threadId"))
        if self._asked.get(thread, set()).isdisjoint(CLOSED_BY[message.method or ""]):
            self.flag(event, f"{message.method} of thread {thread}, and nobody asked for it", thread=thread)

    @on_exit()
    def exited(self, event: Event) -> None:
        self._opening = 0
        for threads in (self._early, self._owed, self._done):
            threads.clear()


@check
class ThreadsAsDescribed(Check):
    """Compares every description of a thread with the first one, and with what was asked for."""

    name = "threads-as-described"
    reason = "Clients show, sort and sandbox threads by what the server says that they are."
    source = "INV-HISTORY, seen on 0.163.0"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._known: dict[str, dict[str, Any]] = {}
        self._set: dict[str, dict[str, Any]] = {}
        self._loaded: set[str] = set()
        """Threads that the server has opened and not put away: what resumes another reads it from disk."""
        self._owners: dict[tuple[str, str], str] = {}
        self._words: dict[str, list[str]] = {}
        self._reverted: set[str] = set()

    @on_request("turn/start")
    def said(self, event: Event, message: Message) -> None:
        """The first words of a thread are its preview; a turn may move it to another folder."""
        thread = str(message.params.get("threadId"))
        if len(self._words) < KEPT:
            words = self._words.setdefault(thread, [])
            if len(words) < 8:  # the first may be refused, or several be asked for at once
                words.append(message.words[:SEEN])
        if message.params.get("cwd") is not None:
            self._known.get(thread, {}).pop("cwd", None)
        for key, by_turn in SET.items():
            if message.params.get(by_turn) is not None:
                self._set.get(thread, {}).pop(key, None)

    @on_request("thread/settings/update")
    def setting(self, event: Event, message: Message) -> None:
        self._set.pop(str(message.params.get("threadId")), None)

    @on_request("thread/archive", "thread/unarchive", "thread/delete", "thread/metadata/update", "thread/revert")
    def moved(self, event: Event, message: Message) -> None:
        thread = str(message.params.get("threadId"))
        self._known.pop(thread, None)
        if message.method == "thread/revert":
            self._reverted.add(thread)
        elif message.method == "thread/archive":
            self._loaded.discard(thread)

    @on_exit()
    def exited(self, event: Event) -> None:
        self._loaded.clear()

    @on_result("thread/start", "thread/resume", "thread/fork")
    def opened(self, event: Event, message: Message, call: Call) -> None:
        result, params = message.result, call.message.params
        thread = at(result, "thread")
        for key in ECHOED:
            if params.get(key) is not None and result.get(key) != params[key]:
                self.flag(event, f"{call.method} asks for {key} {params[key]!r} and gets {result.get(key)!r}")
            if key in result and at(thread, key) not in (None, result[key]):
                self.flag(event, f"{call.method} gives {key} {result.get(key)!r}, and its thread {at(thread, key)!r}")
        asked, given = SANDBOXES.get(str(params.get("sandbox"))), at(result, "sandbox", "type")
        if asked is not None and given != asked:
            self.flag(event, f"{call.method} asks for the sandbox {params['sandbox']!r} and gets {given!r}")
        self._kept(event, call, result)
        if call.method == "thread/fork":
            source = self._words.get(str(params.get("threadId")), [])
            self._words.setdefault(str(at(thread, "id")), list(source))
        self._described(event, thread)

    def _kept(self, event: Event, call: Call, result: dict[str, Any]) -> None:
        """Leave is asked for, and files are written, as they were before, unless the request says otherwise."""
        params, thread = call.message.params, str(at(result, "thread", "id"))
        source = str(params.get("threadId"))  # thread/start has none
        before = self._set.get(source, {})
        for key, value in before.items():
            if params.get(key) is None and result.get(key) != value:
                told = f"{call.method} gives {key} {result.get(key)!r}; the thread had {value!r}"
                cause, had = "" if source in self._loaded else "from disk", at(value, "type") or value
                self.flag(event, told, method=call.method, cause=cause, setting=key, had=had)
        if thread in self._set or len(self._set) < KEPT:
            self._loaded.add(thread)
            self._set[thread] = {key: result[key] for key in SET if result.get(key) is not None}

    @on_result("thread/read")
    def read(self, event: Event, message: Message, call: Call) -> None:
        self._described(event, at(message.result, "thread"))

    @on_result("thread/list")
    def listed(self, event: Event, message: Message, call: Call) -> None:
        seen: set[str] = set()
        for row in rows_of(at(message.result, "data")):
            thread = str(at(row, "id"))
            if thread in seen:
                cause = "thread/revert" if thread in self._reverted else ""
                self.flag(event, f"thread {thread} is listed twice on one page", cause=cause)
            elif thread not in self._reverted:  # one of its rollouts may be listed, and another be read
                self._described(event, row)
            seen.add(thread)

    @on_notification("thread/started")
    def announced(self, event: Event, message: Message) -> None:
        self._described(event, at(message.params, "thread"))

    def _described(self, event: Event, thread: Any) -> None:
        thread_id = at(thread, "id")
        if not isinstance(thread_id, str):
            return
        self.judged += 1
        told = {key: thread[key] for key in LASTING if thread.get(key) is not None}
        known = self._known.get(thread_id)
        if known is None:
            if len(self._known) < KEPT:
                self._distinct(event, thread_id, told)
                self._known[thread_id] = told
        else:
            for key in known.keys() & told.keys():
                if told[key] != known[key]:
                    self.flag(event, f"thread {thread_id} has {key} {told[key]!r}; it was told as {known[key]!r}")
        self._preview(event, thread_id, thread.get("preview"))
        created, updated = thread.get("createdAt"), thread.get("updatedAt")
        if isinstance(created, int) and isinstance(updated, int) and updated < created - SLACK:
            self.flag(event, f"thread {thread_id} was updated {created - updated} s before it was created")

    def _distinct(self, event: Event, thread_id: str, told: dict[str, Any]) -> None:
        if told.get("parentThreadId") == thread_id:
            self.flag(event, f"thread {thread_id} is its own parent")
        if "parentThreadId" in told:
            return
        for key in OWN:
            owner = self._owners.setdefault((key, str(told[key])), thread_id) if key in told else thread_id
            if owner != thread_id:
                self.flag(event, f"threads {owner} and {thread_id} share their {key}")
                return

    def _preview(self, event: Event, thread_id: str, preview: Any) -> None:
        words = self._words.get(thread_id)
        if (
            isinstance(preview, str)
            and words
            and preview
            and not any(text.startswith(preview[:SEEN]) for text in words)
        ):
            self.flag(event, f"the preview of thread {thread_id} is {preview[:40]!r}; it began with {words[0][:40]!r}")
