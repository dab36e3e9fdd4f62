"""What a turn tells of itself, and notes in the rollout as it does."""

from __future__ import annotations

from turnproof_fakes.app_server import shapes
from turnproof_fakes.app_server.diffs import added_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.threads import Thread

    Json = dict[str, Any]


class TurnEvents:
    """The notifications of one turn, for those who subscribed to its thread."""

    def __init__(self, engine: Engine, thread: Thread, turn_id: str) -> None:
        self._engine = engine
        self._thread = thread
        self.turn_id = turn_id
        self._patched: dict[str, str] = {}

    def tell(self, method: str, params: Json) -> None:
        """Any notification."""
        self._engine.tell(self._thread, method, params)

    def error(self, error: Json, *, will_retry: bool) -> None:
        """A failure, the last one or not."""
        where = {"threadId": self._thread.id, "turnId": self.turn_id}
        self.tell("error", {"error": error, "willRetry": will_retry} | where)

    def count_request(self) -> None:
        """A stream ended well: its usage counts from now on, and is told when its tool calls are done."""
        self._thread.requests += 1
        self._thread.usage_turn = self.turn_id

    def usage(self, given: Json | None = None) -> None:
        """What the real server says whenever a stream ends, well or not; usage only once there is any."""
        thread = self._thread
        if thread.requests:
            self.note("usage", {"requests": thread.requests})
            usage = shapes.token_usage(thread.requests) if given is None else given
            told = {"threadId": thread.id, "turnId": self.turn_id, "tokenUsage": usage}
            self.tell("thread/tokenUsage/updated", told)
        self.tell("account/rateLimits/updated", {"rateLimits": shapes.RATE_LIMITS})

    def patched(self, path: str, content: str) -> None:
        """The turn added a file."""
        self._patched[path] = content
        self.diff()

    def diff(self) -> None:
        """What the turn did to files, if anything: told at once, and behind the usage of each answer of the model."""
        if not self._patched:
            return
        diff = added_files(self._patched)
        self.of_turn("turn/diff/updated", {"diff": diff})

    def of_turn(self, method: str, rest: Json) -> None:
        """A notification that is about the turn itself."""
        self.tell(method, {"threadId": self._thread.id, "turnId": self.turn_id} | rest)

    def note(self, kind: str, rest: Json) -> None:
        """A record of this turn."""
        self._engine.library.record(self._thread, {"type": kind, "turn": self.turn_id} | rest)

    def item_started(self, item: Json) -> int:
        """Returns when, in Unix milliseconds."""
        at = self._engine.wall_ms
        self.tell("item/started", self._around(item) | {"startedAtMs": at})
        return at

    def of_item(self, item_id: str, method: str, rest: Json) -> None:
        """Progress of an item."""
        self.tell(method, {"threadId": self._thread.id, "turnId": self.turn_id, "itemId": item_id} | rest)

    def item_completed(self, item: Json, began: int, *, kept_under: str | None = None) -> None:
        """From now on it stands in the thread's history, under its turn if no other is named."""
        at = self._engine.wall_ms
        where = {} if kept_under is None else {"turn": kept_under}
        self.note("item", {"item": item, "startedMs": began, "completedMs": at, "ms": at} | where)
        self.item_dropped(item)

    def item_dropped(self, item: Json) -> None:
        """Completed, but not kept."""
        self.tell("item/completed", self._around(item) | {"completedAtMs": self._engine.wall_ms})

    def _around(self, item: Json) -> Json:
        return {"item": item, "threadId": self._thread.id, "turnId": self.turn_id}
