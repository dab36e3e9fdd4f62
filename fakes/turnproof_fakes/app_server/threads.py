"""A thread: what is kept in memory. Its turns are not; they are read back from the rollout, so a thread costs O(1)."""

from __future__ import annotations

import os

from turnproof_fakes.app_server.waiting import Waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.turns import Turn

    Json = dict[str, Any]

COMPACT_PROMPT = "(compaction)"  # the words that a compaction is scripted by, where the thread's config has none

# What a thread's status can be.
IDLE: Json = {"type": "idle"}
NOT_LOADED: Json = {"type": "notLoaded"}
SYSTEM_ERROR: Json = {"type": "systemError"}
ACTIVE: Json = {"type": "active", "activeFlags": []}


def active(flags: list[str]) -> Json:
    """The status of a running turn that waits for its client."""
    return {"type": "active", "activeFlags": flags}


class Thread:
    """One thread, loaded or only known from disk.

    Life:  (start) loaded -> first turn: on disk -> process gone: known, not loaded -> (resume) loaded -> (archive) moved.
    """

    def __init__(self, thread_id: str, home: str, path: str | None, created_ms: int) -> None:
        self.id = thread_id
        self.home = home
        self.path = path  # relative to the home; None for an ephemeral thread
        self.created_ms = self.updated_ms = self.recency_ms = created_ms
        self.cwd = home
        self.model: str | None = "mock-model"
        self.provider = "mock"
        self.originator = ""
        self.source: str | None = None
        self.effort: str | None = None
        self.summary: str | None = None
        self.personality: str | None = None
        self.mode = "default"  # the collaboration mode of its turns
        self.instructions: str | None = None  # what that mode tells the model
        self.compact_prompt = COMPACT_PROMPT
        self.service_tier: str | None = None
        self.approval_policy: object = "never"
        self.approvals_reviewer = "user"
        self.sandbox: Json = {}
        self.history_mode = "paginated"
        self.forked_from: str | None = None
        self.fork_ordinal = 0  # how many records of the parent the fork sees
        self.git: Json | None = None
        self.section: Json | None = None
        self.section_entered: int | None = None
        self.name: str | None = None
        self.project: str | None = None
        self.preview = ""
        self.own_preview = ""  # what was said first in its rollout of now, which differs once it was reverted
        self.old_rollouts: list[Json] = []  # those it was reverted from, as {path, preview}: they are listed too
        self.turns = 0  # turns that began
        self.quiet_turns: set[str] = set()  # turns in which no model spoke: nobody need read them
        self.first_unread: Json | None = None  # where reading is to begin: a turn that was not read, or the very start
        self.revision = f"initial:{thread_id}"
        self.requests = 0  # model requests that reported usage
        self.recorded_requests = 0  # those of them whose usage was told, and stands in the rollout
        self.dynamic_tools: list[str] = []  # names of the tools that the client runs
        self.injected: list[str] = []  # names of the items that the model is given with its next request
        self.usage_turn: str | None = None  # the turn whose usage was told last
        self.records = 0
        self.archived = False
        self.held = False  # its last turn was interrupted: what waits in its queue goes on waiting
        self.flushed = False  # somebody asked for its turns before there were any; the answers differ from then on
        # Only while loaded:
        self.loaded = False
        self.subscribed = False
        self.status: Json = NOT_LOADED
        self.turn: Turn | None = None
        self.last_interrupted: str | None = None
        self.pending_interrupts: list[int | str] = []
        # Of a review that never ended: the next turn to end is told to fail with it.
        self.left_error: Json | None = None
        self.attempts: dict[tuple[str, int], int] = {}
        self.waiting = Waiting()
        self.approved: set[tuple[str, ...]] = set()  # what the client accepted for the session
        self.allowed_prefixes: list[list[str]] = []  # commands that begin so need no approval

    @property
    def ephemeral(self) -> bool:
        """Kept in memory only, for ever."""
        return self.path is None

    @property
    def materialised(self) -> bool:
        """On disk (an ephemeral thread never is)."""
        return self.records > 0

    @property
    def absolute_path(self) -> str | None:
        """The announced rollout path; the file need not exist yet."""
        return None if self.path is None else os.path.join(self.home, self.path)

    @property
    def read_state(self) -> Json | None:
        """None before the first turn."""
        if not self.turns and self.loaded and not self.old_rollouts:
            return None
        return {"firstUnread": self.first_unread, "revision": self.revision}

    def forget_turns(self) -> None:
        """Nothing happened on it: its history is about to be read again, up to a turn."""
        self.turns = self.requests = 0
        self.quiet_turns = set()
        self.first_unread = self.usage_turn = None
        self.preview = self.own_preview = ""

    def rows(self) -> list[tuple[str | None, str]]:
        """Paths and previews by which it is listed: one for each rollout in which something was said (seen on 0.163.0)."""
        old: list[tuple[str | None, str]] = [
            (os.path.join(self.home, one["path"]), one["preview"]) for one in self.old_rollouts
        ]
        return [*old, (self.absolute_path, self.own_preview)] if self.own_preview else old

    def unload(self) -> None:
        """Forget what only a loaded thread has."""
        self.loaded = self.subscribed = False
        self.status = NOT_LOADED
        self.turn = None
        self.last_interrupted = None
        self.pending_interrupts = []
        self.waiting.clear()
        self.approved = set()

    def kept_settings(self) -> Json:
        """What a turn can change and a restart keeps (seen on 0.163.0: the sandbox is not among it)."""
        return {
            "model": self.model,
            "effort": self.effort,
            "cwd": self.cwd,
            "approvalPolicy": self.approval_policy,
            "mode": self.mode,
            "instructions": self.instructions,
        }

    def take_settings(self, kept: Json) -> None:
        """Take over what `kept_settings` gave."""
        self.model = kept["model"]
        self.effort = kept["effort"]
        self.cwd = kept["cwd"]
        self.approval_policy = kept["approvalPolicy"]
        self.mode = kept["mode"]
        self.instructions = kept["instructions"]

    def meta(self) -> Json:
        """The first record of its rollout."""
        return {
            "type": "thread",
            "id": self.id,
            "createdMs": self.created_ms,
            "cwd": self.cwd,
            "model": self.model,
            "provider": self.provider,
            "originator": self.originator,
            "source": self.source,
            "compactPrompt": self.compact_prompt,
            "serviceTier": self.service_tier,
            "approvalPolicy": self.approval_policy,
            "approvalsReviewer": self.approvals_reviewer,
            "sandbox": self.sandbox,
            "historyMode": self.history_mode,
            "forkedFrom": self.forked_from,
            "forkOrdinal": self.fork_ordinal,
            "requests": self.requests,
            "usageTurn": self.usage_turn,
            "revision": self.revision,
            "dynamicTools": self.dynamic_tools,
            "name": self.name,
            "project": self.project,
        }

    def take_meta(self, record: Json) -> None:
        """Restore what `meta` wrote."""
        self.created_ms = self.updated_ms = self.recency_ms = record["createdMs"]
        self.cwd = record["cwd"]
        self.model = record["model"]
        self.provider = record["provider"]
        self.originator = record["originator"]
        self.source = record["source"]
        self.compact_prompt = record["compactPrompt"]
        self.service_tier = record["serviceTier"]
        self.approval_policy = record["approvalPolicy"]
        self.approvals_reviewer = record["approvalsReviewer"]
        self.sandbox = record["sandbox"]
        self.history_mode = record["historyMode"]
        self.forked_from = record["forkedFrom"]
        self.fork_ordinal = record["forkOrdinal"]
        self.requests = self.recorded_requests = record["requests"]
        self.usage_turn = record["usageTurn"]
        self.revision = record["revision"]
        self.dynamic_tools = record["dynamicTools"]
        self.name = record["name"]
        self.project = record.get("project")
        self.preview = record.get("preview", "")
        self.old_rollouts = record.get("oldRollouts", [])
