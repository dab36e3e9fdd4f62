"""What a turn does from its acceptance to its end. Its work is a conversation; a subclass may have other work to do.

    accepted ──(gap)──► running ─┬─► completed        status idle,        turn/completed
        │                 ▲  │   ├─► failed           status systemError, error, turn/completed
        │ steer: queued   │  │   └─► interrupted      [answers to interrupts], status idle, turn/completed
        │                 └──┘ steer: the stream is cancelled, a new model request follows
        └ interrupt by id is refused; by "" it takes effect right after the user message

Whatever ends it, its thread is free before the client hears of it.
"""

from __future__ import annotations

from turnproof_fakes.app_server import clock, hooks, model_catalogue, queues, shapes, threads
from turnproof_fakes.app_server.model_requests import ModelRequests
from turnproof_fakes.app_server.params import last_text
from turnproof_fakes.app_server.turn_events import TurnEvents
from turnproof_fakes.app_server.turns import Interrupted, Steered, Turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.failures import Failure
    from turnproof_fakes.app_server.strands import Steps, Wait
    from turnproof_fakes.app_server.threads import Thread

    Json = dict[str, Any]


class TurnLife:
    """The life of one turn; `steps` is run by the turn, which waits where they yield."""

    def __init__(self, engine: Engine, thread: Thread, turn: Turn) -> None:
        self._engine = engine
        self._thread = thread
        self._turn = turn
        self._events = TurnEvents(engine, thread, turn.id)
        self._model = ModelRequests(engine, thread, self._events, turn)
        self._prompt = ""
        self._segment = 0  # which answer of the prompt's script comes next
        self._started_ms = 0

    def steps(self) -> Steps:
        """All of it."""
        yield self._engine.pace.until_started()
        self._begin()
        try:
            failure = yield from self._work()
        except Interrupted:
            self._end("interrupted", None)
        else:
            self._end("completed" if failure is None else "failed", failure)

    def _begin(self) -> None:
        engine, thread, turn = self._engine, self._thread, self._turn
        turn.running = True
        self._started_ms = engine.wall_ms
        thread.last_interrupted = None
        engine.library.materialise(thread)
        self._note_begin()
        engine.set_status(thread, threads.ACTIVE)
        shown = shapes.turn(turn.id, "inProgress", started=self._started_ms // 1000)
        self._events.tell("turn/started", {"threadId": thread.id, "turn": shown})

    def _note_begin(self) -> None:
        self._engine.library.record(self._thread, {"type": "turn", "id": self._turn.id, "ms": self._started_ms})

    def note_quiet_begin(self) -> None:
        """The beginning of a turn in which no model speaks."""
        begin = {"type": "turn", "id": self._turn.id, "ms": self._started_ms, "quiet": True}
        self._engine.library.record(self._thread, begin)

    def _work(self) -> Generator[Wait, None, Failure | None]:
        """Take input and ask the model until nothing is left to take."""
        turn = self._turn
        failure = yield from clock.asked(self._engine, self._thread, turn, 1)
        while failure is None:
            yield self._engine.pace.step
            yield from self._take_inputs()
            if turn.interrupt_due:
                raise Interrupted
            failure = yield from clock.asked(self._engine, self._thread, turn, 2)
            if failure is not None:
                break
            turn.sampling = True
            try:
                failure = yield from self._model.answer(self._prompt, self._segment)
            except Steered:
                continue
            finally:
                turn.sampling = False
            if failure is not None:
                return failure
            if self._model.calls:
                yield from self._perform(self._model.calls)
                continue
            yield self._engine.pace.step
            if turn.interrupt_due:
                raise Interrupted
            if not turn.inputs:
                yield from hooks.run(self._engine, self._events, "stop")
                return None
        return failure

    def _perform(self, calls: list[Json]) -> Steps:
        """Do what the model asks for; the usage of its answer is told when all of that is done."""
        from turnproof_fakes.app_server.calls import perform  # here: a start need not pay for it

        self._segment += 1
        self._turn.at_work = True
        try:
            yield from perform(self._engine, self._thread, self._turn, self._events, calls)
        except Interrupted:
            self._events.usage()
            raise
        finally:
            self._turn.at_work = False
        self._events.usage()
        self._events.diff()

    def _take_inputs(self) -> Generator[Wait, None, None]:
        while self._turn.inputs:
            content, client_id, self._prompt = self._turn.inputs.pop(0)
            self._segment = 0
            yield from hooks.run(self._engine, self._events, "userPromptSubmit")
            if not content:
                continue  # an empty input runs a turn but leaves no item (seen on 0.163.0)
            item = shapes.user_message(self._engine.ids.uuid7(self._engine.wall_ms), client_id, content)
            began = self._events.item_started(item)
            yield self._engine.pace.step
            self._events.item_completed(item, began)
            yield self._engine.pace.step

    def _after_error(self) -> None:
        """What is told between the error and the end of a turn that fails."""

    def _end(self, status: str, failure: Failure | None) -> None:
        engine, thread, turn = self._engine, self._thread, self._turn
        wall = engine.wall_ms
        error = None if failure is None else failure.error()
        left, thread.left_error = thread.left_error, None
        turn.running = False
        done = {"completed": wall // 1000, "duration": wall - self._started_ms}
        # There is something to read in a turn that said something, and in one that ran to its end; if all that it has
        # is a plan, only in its failure. A failure is told before what there is to read (seen on 0.163.0).
        spoke = self._model.last_message is not None
        plan_alone = self._model.planned and not spoke
        unread = spoke or failure is not None or (status != "interrupted" and not plan_alone)
        outcome = {"status": status, "error": error, "unread": unread, "revision": engine.ids.uuid4()}
        self._events.note("end", {"ms": wall} | outcome | done)
        thread.turn = None
        thread.last_interrupted = turn.runs_as if status == "interrupted" else None
        waiting, thread.pending_interrupts = thread.pending_interrupts, []
        for request_id in waiting:
            engine.respond(request_id, {})
        thread.waiting.clear()
        if unread and failure is None:
            engine.tell_read_state(thread)
        engine.set_status(thread, threads.IDLE if failure is None else threads.SYSTEM_ERROR)
        if error is not None:
            self._events.error(error, will_retry=False)
            engine.tell_read_state(thread)
            self._after_error()
        message = self._model.last_message if status == "completed" and left is None else None
        shown = shapes.turn(
            turn.id,
            status if left is None else "failed",
            items=[] if message is None else [message],
            view="notLoaded" if message is None else "summary",
            error=error or left,
            started=self._started_ms // 1000,
            completed=done["completed"],
            duration=done["duration"],
        )
        self._events.tell("turn/completed", {"threadId": thread.id, "turn": shown})
        engine.asks.drop(turn.id)
        begin_next(engine, thread)


def new_turn(engine: Engine, thread: Thread, kind: str = "regular") -> Turn:
    """A turn that is to run on a thread; it has yet to begin."""
    turn = thread.turn = Turn(engine.ids.uuid7(engine.wall_ms), engine.timers, engine.gates, engine.pace)
    turn.kind = kind
    return turn


def warn_of_model(engine: Engine, thread: Thread) -> None:
    """Whenever a model is looked up that the catalogue does not know: before the answer of a turn/start, for one."""
    if not model_catalogue.knows(thread.model):
        fallback = "Defaulting to fallback metadata; this can degrade performance and cause issues."
        message = f"Model metadata for `{thread.model}` not found. {fallback}"
        engine.tell(thread, "warning", {"threadId": thread.id, "message": message})


def begin_next(engine: Engine, thread: Thread) -> None:
    """The turn of what waits first in the thread's queue, if nothing keeps it waiting."""
    if thread.loaded and thread.turn is None and not thread.held and queues.entries(engine, thread):
        begin_submission(engine, thread, 0)
        queues.save(engine, thread)


def begin_submission(engine: Engine, thread: Thread, place: int) -> Turn:
    """The turn of what waits at this place of the queue; that it waits no more is left to save."""
    submission = queues.entries(engine, thread).pop(place)
    warn_of_model(engine, thread)
    turn = new_turn(engine, thread)
    turn.add_input(submission["input"], submission["clientUserMessageId"], last_text(submission["input"]))
    turn.begin(TurnLife(engine, thread, turn).steps())
    return turn
