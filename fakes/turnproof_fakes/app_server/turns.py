"""One running turn, as a generator that waits by yielding.

    accepted ──(gap)──► running ─┬─► completed        status idle,        turn/completed
        │                 ▲  │   ├─► failed           status systemError, error, turn/completed
        │ steer: queued   │  │   └─► interrupted      [answers to interrupts], status idle, turn/completed
        │                 └──┘ steer: the stream is cancelled, a new model request follows
        └ interrupt by id is refused; by "" it takes effect right after the user message

It yields seconds to wait, a gate's name to wait for, or None to wait for ever. Steer and interrupt are thrown in as exceptions
while it waits inside a model request, and noted otherwise.
"""

from __future__ import annotations

from turnproof_fakes.app_server import failures, shapes
from turnproof_fakes.app_server.params import last_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.failures import Failure
    from turnproof_fakes.app_server.threads import Thread
    from turnproof_fakes.app_server.timers import Timer

    Json = dict[str, Any]
    Wait = float | str | None


class Steered(Exception):
    """New user input arrived: drop the stream, ask the model again."""


class Interrupted(Exception):
    """The turn is to end now."""


class Turn:
    """A turn from its acceptance to its end; its events go out through the engine."""

    def __init__(self, engine: Engine, thread: Thread, turn_id: str) -> None:
        self.id = turn_id
        self.running = False
        self._engine = engine
        self._thread = thread
        self._inputs: list[tuple[list[Json], str | None, str]] = []
        self._prompt = ""
        self._sampling = False
        self._stream_open = False
        self._interrupt_asked = False
        self._interrupt_due = False
        self._started_ms = 0
        self._last_message: Json | None = None
        self._steps = self._run()
        self._timer: Timer | None = None
        self._gate: str | None = None

    # --- from outside ------------------------------------------------------------------------------------------------

    def add_input(self, user_input: list[Json], content: list[Json], client_id: str | None) -> None:
        """Queue user input; a model stream that is under way is dropped for it."""
        self._inputs.append((content, client_id, last_text(user_input)))
        if self._sampling:
            self.advance(Steered())

    def interrupt(self) -> None:
        """Ask the turn to end; asking twice is the same as once."""
        if self._interrupt_asked:
            return
        self._interrupt_asked = True
        self._engine.timers.set(self._engine.now + self._engine.pace.until_interrupted(), self._interrupt_now)

    def _interrupt_now(self) -> None:
        self._interrupt_due = True
        if self._sampling:
            self.advance(Interrupted())

    def cut(self) -> None:
        """End now, as interrupted: the thread is about to be unloaded."""
        self._stop_waiting()
        self._steps.close()
        if self.running:
            if self._stream_open:
                self._tell_usage()
            self._end("interrupted", None)
        self._thread.turn = None

    def advance(self, thrown: BaseException | None = None) -> None:
        """Run on to the next wait."""
        self._stop_waiting()
        try:
            wait = next(self._steps) if thrown is None else self._steps.throw(thrown)
        except StopIteration:
            return
        if isinstance(wait, str):
            self._gate = wait
            self._engine.gates.wait(wait, self)
        elif wait is not None:
            self._timer = self._engine.timers.set(self._engine.now + wait, self.advance)

    def wake(self) -> None:
        """The gate it waits at is open."""
        self._gate = None
        self._timer = self._engine.timers.set(self._engine.now, self.advance)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._gate is not None:
            self._engine.gates.give_up(self._gate, self)
            self._gate = None

    # --- the life of a turn --------------------------------------------------------------------------------------------

    def _run(self) -> Generator[Wait, None, None]:
        yield self._engine.pace.until_started()
        self._begin()
        try:
            failure = yield from self._work()
        except Interrupted:
            if self._stream_open:
                self._tell_usage()
            self._end("interrupted", None)
        else:
            self._end("completed" if failure is None else "failed", failure)

    def _work(self) -> Generator[Wait, None, Failure | None]:
        """Take input and ask the model until nothing is left to take."""
        while True:
            yield self._engine.pace.step
            yield from self._take_inputs()
            if self._interrupt_due:
                raise Interrupted
            self._sampling = True
            try:
                failure = yield from self._sample()
            except Steered:
                if self._stream_open:
                    self._tell_usage()
                self._stream_open = False
                continue
            finally:
                self._sampling = False
            if failure is not None:
                return failure
            yield self._engine.pace.step
            if self._interrupt_due:
                raise Interrupted
            if not self._inputs:
                return None

    def _begin(self) -> None:
        thread = self._thread
        self.running = True
        self._started_ms = self._engine.wall_ms
        thread.last_interrupted = None
        library = self._engine.library
        library.materialise(thread)
        library.record(thread, {"type": "turn", "id": self.id, "ms": self._started_ms})
        self._engine.set_status(thread, shapes.ACTIVE)
        shown = shapes.turn(self.id, "inProgress", started=self._started_ms // 1000)
        self._tell("turn/started", {"threadId": thread.id, "turn": shown})

    def _take_inputs(self) -> Generator[Wait, None, None]:
        while self._inputs:
            content, client_id, self._prompt = self._inputs.pop(0)
            if not content:
                continue  # an empty input runs a turn but leaves no item (seen on 0.163.0)
            item = shapes.user_message(self._engine.ids.uuid7(self._engine.wall_ms), client_id, content)
            began = self._item_started(item)
            yield self._engine.pace.step
            self._item_completed(item, began)
            yield self._engine.pace.step

    def _end(self, status: str, failure: Failure | None) -> None:
        engine, thread = self._engine, self._thread
        wall = engine.wall_ms
        error = None if failure is None else failure.error()
        self.running = self._stream_open = False
        done = {"completed": wall // 1000, "duration": wall - self._started_ms}
        outcome = {"status": status, "error": error, "revision": engine.ids.uuid4()}
        engine.library.record(thread, {"type": "end", "turn": self.id, "ms": wall} | outcome | done)
        thread.turn = None
        thread.last_interrupted = self.id if status == "interrupted" else None
        waiting, thread.pending_interrupts = thread.pending_interrupts, []
        for request_id in waiting:
            engine.respond(request_id, {})
        if status != "interrupted":
            engine.tell_read_state(thread)
        engine.set_status(thread, shapes.IDLE if failure is None else shapes.SYSTEM_ERROR)
        if error is not None:
            self._tell("error", {"error": error, "willRetry": False, "threadId": thread.id, "turnId": self.id})
        message = self._last_message if status == "completed" else None
        shown = shapes.turn(
            self.id,
            status,
            items=[] if message is None else [message],
            view="notLoaded" if message is None else "summary",
            error=error,
            started=self._started_ms // 1000,
            completed=done["completed"],
            duration=done["duration"],
        )
        self._tell("turn/completed", {"threadId": thread.id, "turn": shown})

    # --- model requests ------------------------------------------------------------------------------------------------

    def _sample(self) -> Generator[Wait, None, Failure | None]:
        """One model answer, with stream retries around request retries: (request+1) x (stream+1) attempts at most."""
        limit = self._engine.stream_retries
        retry = 0
        while True:
            failure = yield from self._request()
            if failure is not None and (self._stream_open or failure.limits):
                self._tell_usage()
            self._stream_open = False
            if failure is None or not failure.stream_retry or retry >= limit:
                return failure
            retry += 1
            notice = failure.reconnecting(retry, limit)
            self._tell("error", {"error": notice, "willRetry": True, "threadId": self._thread.id, "turnId": self.id})
            yield self._engine.pace.backoff(retry) if failure.retry_after is None else failure.retry_after

    def _request(self) -> Generator[Wait, None, Failure | None]:
        """One request with its silent retries."""
        retry = 0
        while True:
            failure = yield from self._attempt()
            if failure is None or not failure.request_retry or retry >= self._engine.request_retries:
                return failure
            retry += 1
            yield self._engine.pace.backoff(retry)

    def _attempt(self) -> Generator[Wait, None, Failure | None]:
        """One request sent to the scripted model."""
        acts = self._engine.scripts.get(self._prompt)
        if acts is None:
            self._engine.report({"event": "unscripted", "prompt": self._prompt})
            return failures.unscripted(self._prompt)
        number = self._thread.attempts.get(self._prompt, 0) + 1
        self._thread.attempts[self._prompt] = number
        yield self._engine.pace.first_byte
        refusal = next((act for act in acts if act["type"] == "fail" and _acts_on(act, number)), None)
        if refusal is not None or any(act["type"] == "never_answer" for act in acts):
            return (yield from self._no_stream(acts, refusal))
        self._stream_open = True
        for act in acts:
            if (yield from self._act(act, number)):
                return failures.reset()
        self._engine.library.record(
            self._thread, {"type": "usage", "turn": self.id, "requests": self._thread.requests + 1}
        )
        self._tell_usage()
        return None

    def _no_stream(self, acts: list[Json], refusal: Json | None) -> Generator[Wait, None, Failure | None]:
        """No response headers, or a status instead of a stream; holds written before it delay it."""
        for act in acts:
            if act["type"] == "hold":
                yield act["gate"]
            elif act is refusal:
                return failures.answered(act["status"], act.get("body"), act.get("retry_after"), self._engine.model_url)
            elif act["type"] == "never_answer":
                yield None
        return None

    def _act(self, act: Json, number: int) -> Generator[Wait, None, bool]:
        """One act of the script; True if the connection broke."""
        kind = act["type"]
        if kind == "hold":
            yield act["gate"]
        elif kind == "stall":
            yield None
        elif kind == "drop_connection":
            return _acts_on(act, number)
        elif kind in ("say", "think"):
            return (yield from (self._say(act, number) if kind == "say" else self._think(act, number)))
        elif kind != "fail":
            raise ValueError(f"plan: unknown act {kind!r}")
        return False

    def _say(self, act: Json, number: int) -> Generator[Wait, None, bool]:
        """An agentMessage; with `whole` it starts complete and has no deltas."""
        whole = bool(act.get("whole"))
        item_id = self._engine.ids.item("msg")
        text = "".join(chunk for chunk in act["chunks"] if isinstance(chunk, str))
        began = 0 if whole else self._item_started(shapes.agent_message(item_id, ""))
        for chunk in act["chunks"]:
            if not isinstance(chunk, str):
                if (yield from self._act(chunk, number)):
                    return True
            elif not whole:
                self._tell("item/agentMessage/delta", self._of_item(item_id, {"delta": chunk}))
        done = shapes.agent_message(item_id, text)
        if whole:
            began = self._item_started(done)
        yield self._engine.pace.step
        self._item_completed(done, began)
        self._last_message = done
        return False

    def _think(self, act: Json, number: int) -> Generator[Wait, None, bool]:
        """A reasoning item of one summary part."""
        item_id = self._engine.ids.item("rs")
        began = self._item_started(shapes.reasoning(item_id, []))
        self._tell("item/reasoning/summaryPartAdded", self._of_item(item_id, {"summaryIndex": 0}))
        for chunk in act["chunks"]:
            if not isinstance(chunk, str):
                if (yield from self._act(chunk, number)):
                    return True
            else:
                delta = {"delta": chunk, "summaryIndex": 0}
                self._tell("item/reasoning/summaryTextDelta", self._of_item(item_id, delta))
        text = "".join(chunk for chunk in act["chunks"] if isinstance(chunk, str))
        yield self._engine.pace.step
        self._item_completed(shapes.reasoning(item_id, [text]), began)
        return False

    # --- events --------------------------------------------------------------------------------------------------------

    def _tell(self, method: str, params: Json) -> None:
        self._engine.tell(self._thread, method, params)

    def _tell_usage(self) -> None:
        """What the real server says whenever a stream ends, well or not; usage only once there is any."""
        engine, thread = self._engine, self._thread
        if thread.requests:
            engine.library.record(thread, {"type": "usage", "turn": self.id, "requests": thread.requests})
            usage = {"threadId": thread.id, "turnId": self.id, "tokenUsage": shapes.token_usage(thread.requests)}
            self._tell("thread/tokenUsage/updated", usage)
        self._tell("account/rateLimits/updated", {"rateLimits": shapes.RATE_LIMITS})

    def _of_item(self, item_id: str, rest: Json) -> Json:
        return {"threadId": self._thread.id, "turnId": self.id, "itemId": item_id} | rest

    def _item_started(self, item: Json) -> int:
        at = self._engine.wall_ms
        where = {"item": item, "threadId": self._thread.id, "turnId": self.id}
        self._tell("item/started", where | {"startedAtMs": at})
        return at

    def _item_completed(self, item: Json, began: int) -> None:
        at = self._engine.wall_ms
        times = {"startedMs": began, "completedMs": at, "ms": at}
        self._engine.library.record(self._thread, {"type": "item", "turn": self.id, "item": item} | times)
        where = {"item": item, "threadId": self._thread.id, "turnId": self.id}
        self._tell("item/completed", where | {"completedAtMs": at})


def _acts_on(act: Json, number: int) -> bool:
    """Whether an act with `times` still acts on attempt `number` (from 1)."""
    times = act.get("times")
    return times is None or number <= times
