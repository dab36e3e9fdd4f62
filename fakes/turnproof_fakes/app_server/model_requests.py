"""The model's side of a turn: the script is performed as if a provider streamed it, with the retries of the real client."""

from __future__ import annotations

from turnproof_fakes.app_server import failures, model_catalogue, shapes, tools
from turnproof_fakes.app_server.turns import Interrupted, Steered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.failures import Failure
    from turnproof_fakes.app_server.strands import Wait
    from turnproof_fakes.app_server.threads import Thread
    from turnproof_fakes.app_server.turn_events import TurnEvents
    from turnproof_fakes.app_server.turns import Turn

    Json = dict[str, Any]
    Waits = Generator[Wait, None, Failure | None]
    Delta = tuple[str, str, Json]  # how a piece is told: the method, the item, and what else is said with it


NAMED = 40  # characters of a message that a note names it by, as the scripted provider does
_PLAN_BEGINS = "<proposed_plan>\n"
_PLAN_ENDS = "</proposed_plan>\n"


class ModelRequests:
    """The model requests of one turn. Waits as the steps of a turn do."""

    def __init__(self, engine: Engine, thread: Thread, events: TurnEvents, turn: Turn) -> None:
        plan = engine.plan
        retries: Json = plan.get("retries") or {}
        self._request_retries: int = retries.get("request", 0)
        self._stream_retries: int = retries.get("stream", 0)
        self._url: str = plan.get("model_url", "http://127.0.0.1/v1/responses")
        self._scripts: dict[str, list[Json]] = plan.get("scripts") or {}
        self._engine = engine
        self._thread = thread
        self._events = events
        self._turn = turn
        self._stream_open = False
        self.last_message: Json | None = None
        self.planned = False
        self.calls: list[Json] = []  # what the last answer asks to be done; its usage is told after that

    def answer(self, prompt: str, segment: int) -> Waits:
        """One answer of the model: that part of the script. A steer or an interrupt breaks it off; what was streamed by then has its usage told."""
        try:
            return (yield from self._streams(prompt, segment))
        except (Steered, Interrupted):
            if self._stream_open:
                self._stream_open = False
                self._events.usage()
            raise

    def _streams(self, prompt: str, segment: int) -> Waits:
        """Stream retries around request retries: (request+1) x (stream+1) attempts at most."""
        limit = self._stream_retries
        retry = 0
        while True:
            failure = yield from self._requests(prompt, segment)
            if failure is not None and (self._stream_open or failure.limits):
                self._events.usage()
            self._stream_open = False
            if failure is None or not failure.stream_retry or retry >= limit:
                return failure
            retry += 1
            self._events.error(failure.reconnecting(retry, limit), will_retry=True)
            yield self._engine.pace.backoff(retry) if failure.retry_after is None else failure.retry_after

    def _requests(self, prompt: str, segment: int) -> Waits:
        """One request with its silent retries."""
        retry = 0
        while True:
            failure = yield from self._attempt(prompt, segment)
            if failure is None or not failure.request_retry or retry >= self._request_retries:
                return failure
            retry += 1
            yield self._engine.pace.backoff(retry)

    def _attempt(self, prompt: str, segment: int) -> Waits:
        """One request sent to the scripted model."""
        self.calls = []
        script = self._scripts.get(prompt)
        if script is None:
            self._engine.report({"event": "unscripted", "prompt": prompt})
            return failures.unscripted(prompt)
        acts = segments(script)[segment]
        number = self._thread.attempts.get((prompt, segment), 0) + 1
        self._thread.attempts[prompt, segment] = number
        self._tell(prompt, segment, number)
        yield self._engine.pace.first_byte
        refusal = next((act for act in acts if act["type"] == "fail" and _acts_on(act, number)), None)
        if refusal is not None or any(act["type"] == "never_answer" for act in acts):
            return (yield from self._no_stream(acts, refusal))
        self._opened()
        for act in acts:
            if (yield from self._act(act, number)):
                return failures.reset()
        yield self._engine.pace.step  # the end of a stream is an event of its own: an interrupt may still come before it
        self._ended()
        return None

    def _tell(self, prompt: str, segment: int, number: int) -> None:
        """Tell the test what the model is given, as a provider would see it."""
        where = {"thread": self._thread.id, "turn": self._turn.id, "prompt": prompt}
        said = [*self._thread.injected, f"user: {prompt[:NAMED]}"]
        given: Json = {"outputs": dict(self._turn.outputs), "messages": said}
        if self._turn.schema is not None:
            given["schema"] = self._turn.schema
        self._engine.report({"event": "request", **where, "attempt": number, "segment": segment, "given": given})

    def _opened(self) -> None:
        """A stream begins."""
        self._stream_open = True

    def _ended(self) -> None:
        """A stream is at its orderly end, and said what it used."""
        self._turn.outputs.clear()
        if self._thread.injected:
            self._engine.library.record(self._thread, {"type": "heard"})
        self._events.count_request()
        if not self.calls:
            self._events.usage()
            self._events.diff()

    def _no_stream(self, acts: list[Json], refusal: Json | None) -> Waits:
        """No response headers, or a status instead of a stream; holds written before it delay it."""
        for act in acts:
            if act["type"] == "hold":
                yield act["gate"]
            elif act is refusal:
                return failures.answered(act["status"], act.get("body"), act.get("retry_after"), self._url)
            elif act["type"] == "never_answer":
                yield None
        return None

    # --- acts: each generator returns True if the connection broke -----------------------------------------------------

    def _act(self, act: Json, number: int) -> Generator[Wait, None, bool]:
        """One act of the script."""
        kind = act["type"]
        if kind == "hold":
            yield act["gate"]
        elif kind == "stall":
            yield None
        elif kind == "calls":
            self.calls = act["calls"]
            for call in self.calls:
                if call.get("streamed"):
                    self._stream_patch(call)
        elif kind == "drop_connection":
            return _acts_on(act, number)
        elif kind == "say":
            return (yield from self._say(act, number))
        elif kind == "think":
            return (yield from self._think(act, number))
        elif kind == "propose_plan":
            return (yield from self._propose(act, number))
        elif kind != "fail":
            raise ValueError(f"plan: unknown act {kind!r}")
        return False

    def _stream_patch(self, call: Json) -> None:
        """How a patch grows: told at its first piece and at its last, and between them at most every 500 ms (seen on 0.163.0).
        Its file is named as the model names it."""
        if tools.on(self._engine, "patches") and model_catalogue.knows(self._thread.model):
            for diff in ("", call["content"]):
                change = {"path": call["file"], "kind": {"type": "add"}, "diff": diff}
                self._events.of_item(call["call_id"], "item/fileChange/patchUpdated", {"changes": [change]})

    def _stream(self, act: Json, number: int, delta: Delta | None) -> Generator[Wait, None, bool]:
        """The pieces of an open item, and what happens between them; True when the stream ends there. Without `delta` no piece
        is told."""
        for chunk in act["chunks"]:
            if not isinstance(chunk, str):
                if (yield from self._act(chunk, number)):
                    return True
            elif delta is not None:
                method, item_id, rest = delta
                self._events.of_item(item_id, method, {"delta": chunk, **rest})
        return False

    def _say(self, act: Json, number: int) -> Generator[Wait, None, bool]:
        """An agentMessage; with `whole` it starts complete and has no deltas."""
        whole = bool(act.get("whole"))
        item_id = self._engine.ids.item("msg")
        began = 0 if whole else self._events.item_started(shapes.agent_message(item_id, ""))
        delta: Delta | None = None if whole else ("item/agentMessage/delta", item_id, {})
        if (yield from self._stream(act, number, delta)):
            return True
        done = shapes.agent_message(item_id, _text(act))
        if whole:
            began = self._events.item_started(done)
        yield self._engine.pace.step
        self._events.item_completed(done, began)
        self.last_message = done
        return False

    def _think(self, act: Json, number: int) -> Generator[Wait, None, bool]:
        """A reasoning item of one summary part; with `raw` it has none, and tells the reasoning itself."""
        raw = bool(act.get("raw"))
        method = "item/reasoning/textDelta" if raw else "item/reasoning/summaryTextDelta"
        index = {"contentIndex": 0} if raw else {"summaryIndex": 0}
        item_id = self._engine.ids.item("rs")
        began = self._events.item_started(shapes.reasoning(item_id, [], []))
        if not raw:
            self._events.of_item(item_id, "item/reasoning/summaryPartAdded", index)
        if (yield from self._stream(act, number, (method, item_id, index))):
            return True
        yield self._engine.pace.step
        told = [_text(act)]
        self._events.item_completed(shapes.reasoning(item_id, *([], told) if raw else (told, [])), began)
        return False

    def _propose(self, act: Json, number: int) -> Generator[Wait, None, bool]:
        """A message that is a plan. In plan mode its lines are a plan item and no message; else it is words as any other."""
        if self._thread.mode != "plan":
            return (yield from self._say({"chunks": [_PLAN_BEGINS, *act["chunks"], _PLAN_ENDS]}, number))
        opened = shapes.plan(self._events.turn_id, "")
        began = self._events.item_started(opened)
        if (yield from self._stream(act, number, ("item/plan/delta", opened["id"], {}))):
            return True
        yield self._engine.pace.step
        self._events.item_completed(opened | {"text": _text(act)}, began)
        self.planned = True
        return False


def segments(script: list[Json]) -> list[list[Json]]:
    """A script as answers of the model: tool calls end one, and what follows is said when their results are there."""
    answers: list[list[Json]] = [[]]
    for act in script:
        answers[-1].append(act)
        if act["type"] == "calls":
            answers.append([])
    return answers


def _text(act: Json) -> str:
    return "".join(chunk for chunk in act["chunks"] if isinstance(chunk, str))


def _acts_on(act: Json, number: int) -> bool:
    """Whether an act with `times` still acts on attempt `number` (from 1)."""
    times = act.get("times")
    return times is None or number <= times
