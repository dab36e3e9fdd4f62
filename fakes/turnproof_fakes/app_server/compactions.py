"""thread/compact/start: a turn in which the model sums up the thread. What it says is not told."""

from __future__ import annotations

from turnproof_fakes.app_server import shapes
from turnproof_fakes.app_server.quiet_requests import UnheardRequests
from turnproof_fakes.app_server.turn_life import TurnLife, new_turn
from turnproof_fakes.app_server.turn_requests import loaded_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.failures import Failure
    from turnproof_fakes.app_server.strands import Wait
    from turnproof_fakes.app_server.threads import Thread
    from turnproof_fakes.app_server.turns import Turn

    Json = dict[str, Any]

_ESTIMATE = 6000  # tokens of the base prompt and the summary; 0.163.0 reckons 6 thousand for an empty thread
_ADVICE = (
    "Heads up: Long threads and multiple compactions can cause the model to be less accurate. "
    "Start a new thread when possible to keep threads small and targeted."
)


class CompactionLife(TurnLife):
    """item contextCompaction ─ usage before, of the request, of the new context ─ a warning."""

    def __init__(self, engine: Engine, thread: Thread, turn: Turn) -> None:
        super().__init__(engine, thread, turn)
        self._summary = UnheardRequests(engine, thread, self._events, turn)

    def _note_begin(self) -> None:
        self.note_quiet_begin()

    def _work(self) -> Generator[Wait, None, Failure | None]:
        engine, thread, turn = self._engine, self._thread, self._turn
        item = shapes.compaction(engine.ids.uuid7(engine.wall_ms))
        began = self._events.item_started(item)
        turn.sampling = True
        try:
            failure = yield from self._summary.answer(thread.compact_prompt, 0)
        finally:
            turn.sampling = False
        if failure is not None:
            return failure
        usage = shapes.estimated_usage(thread.requests, _ESTIMATE)
        self._events.usage(usage)
        self._events.item_completed(item, began)
        self._events.tell("warning", {"threadId": thread.id, "message": _ADVICE})
        yield engine.pace.step
        return None


def start(engine: Engine, request_id: int | str, params: Json) -> None:
    """Begin the turn; one that runs is interrupted for it."""
    thread = loaded_thread(engine, params)
    engine.respond(request_id, {})
    if thread.turn is not None:
        thread.turn.cut()
    turn = new_turn(engine, thread, "compact")
    turn.begin(CompactionLife(engine, thread, turn).steps())


HANDLERS = {"thread/compact/start": start}
