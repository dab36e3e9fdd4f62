"""review/start: the model looks at changes, in a turn whose two halves go by two ids (seen on 0.163.0).

the answer names one turn; its items come before any turn/started
turn/started names another, within the first by its rootTurnId; it never ends, and is the one to interrupt
turn/completed names the first
"""

from __future__ import annotations

from turnproof_fakes.app_server import hooks, shapes, threads
from turnproof_fakes.app_server.failures import Failure
from turnproof_fakes.app_server.quiet_requests import ReviewRequests
from turnproof_fakes.app_server.refusals import Refused
from turnproof_fakes.app_server.turn_events import TurnEvents
from turnproof_fakes.app_server.turn_life import TurnLife, new_turn, warn_of_model
from turnproof_fakes.app_server.turn_requests import loaded_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.strands import Wait
    from turnproof_fakes.app_server.threads import Thread
    from turnproof_fakes.app_server.turns import Turn

    Json = dict[str, Any]

_DETACHED = 'review/start with delivery "detached" is deprecated and will be removed in a future release.'
_INSTEAD = (
    'Use thread/start followed by review/start with delivery "inline" for a separate review thread, '
    "or thread/fork followed by turn/start with your own review instructions."
)
_NO_WORDS = "Reviewer failed to output a response."
_NO_REVIEW = "Review was interrupted. Please re-run /review and wait for it to complete."


class ReviewLife(TurnLife):
    """A review from enteredReviewMode to exitedReviewMode."""

    def __init__(self, engine: Engine, thread: Thread, turn: Turn, title: str, prompt: str) -> None:
        super().__init__(engine, thread, turn)
        self._title = title
        self._prompt = prompt
        self._model = self._reviewer = ReviewRequests(engine, thread, self._events, turn)

    def _begin(self) -> None:
        """All of it but the item that comes before; the inner turn is the one that is told to start."""
        engine, turn = self._engine, self._turn
        turn.inner = engine.ids.uuid7(engine.wall_ms)
        self._started_ms = engine.wall_ms
        engine.library.materialise(self._thread)
        self._note_begin()
        self._item({"type": "enteredReviewMode", "id": engine.ids.uuid7(engine.wall_ms), "review": self._title})
        warn_of_model(engine, self._thread)
        turn.running = True
        self._thread.last_interrupted = None
        engine.set_status(self._thread, threads.ACTIVE)
        shown = shapes.turn(turn.inner, "inProgress", root=turn.id, started=self._started_ms // 1000)
        self._events.tell("turn/started", {"threadId": self._thread.id, "turn": shown})

    def _note_begin(self) -> None:
        begin = {"type": "turn", "ms": self._started_ms}
        self._engine.library.record(self._thread, begin | {"id": self._turn.inner, "root": self._turn.id})
        self._engine.library.record(self._thread, begin | {"id": self._turn.id})

    def _item(self, item: Json) -> None:
        self._events.item_completed(item, self._events.item_started(item))

    def _work(self) -> Generator[Wait, None, Failure | None]:
        engine, turn = self._engine, self._turn
        yield engine.pace.step
        # Its hook is told under the inner turn, its items are not.
        yield from hooks.run(engine, TurnEvents(engine, self._thread, turn.inner or turn.id), "userPromptSubmit")
        item = shapes.user_message(engine.ids.uuid7(engine.wall_ms), None, _words(self._prompt))
        began = self._events.item_started(item)
        # Told under the review's turn, and kept under the inner one.
        self._events.item_completed(item, began, kept_under=turn.inner)
        turn.sampling = True
        try:
            return (yield from self._model.answer(self._prompt, 0))
        finally:
            turn.sampling = False

    def _end(self, status: str, failure: Failure | None) -> None:
        if failure is None:
            self._leave(self._reviewer.words if status == "completed" else "")
        super()._end(status, failure)

    def _after_error(self) -> None:
        self._leave("")

    def _leave(self, words: str) -> None:
        engine = self._engine
        exited = {"type": "exitedReviewMode", "id": engine.ids.uuid7(engine.wall_ms), "review": words or _NO_WORDS}
        self._item(exited)
        self._model.last_message = shapes.agent_message(f"msg_{engine.ids.uuid7(engine.wall_ms)}", words or _NO_REVIEW)
        self._item(self._model.last_message)


def _words(text: str) -> list[Json]:
    return [{"type": "text", "text": text, "text_elements": []}]


def _target(target: Json) -> tuple[str, str | None]:
    """What a target is shown as, and what the model is asked (None: git must be asked first, and there is none)."""
    kind = target["type"]
    if kind == "uncommittedChanges":
        asked = (
            "Review the current code changes (staged, unstaged, and untracked files) and provide prioritized findings."
        )
        return "current changes", asked
    if kind == "custom":
        instructions = _given(target, "instructions")
        return instructions, instructions
    if kind == "baseBranch":
        return f"changes against '{_given(target, 'branch')}'", None
    commit, title = _given(target, "sha"), target.get("title")
    quoted = f' ("{title}")' if title else ""
    asked = f"Review the code changes introduced by commit {commit}{quoted}. Provide prioritized, actionable findings."
    return f"commit {commit[:7]}" + (f": {title}" if title else ""), asked


def _given(target: Json, name: str) -> str:
    text: str = target[name].strip()
    if not text:
        raise Refused(f"{name} must not be empty")
    return text


def start(engine: Engine, request_id: int | str, params: Json) -> None:
    """Answer with the turn, and begin it; one that runs is interrupted for it."""
    thread = loaded_thread(engine, params)
    title, prompt = _target(params["target"])
    if params.get("delivery") == "detached":
        engine.announce("deprecationNotice", {"summary": _DETACHED, "details": _INSTEAD})
        raise Refused(f"{thread.history_mode} threads do not support detached review")
    running = thread.turn
    turn = new_turn(engine, thread, "review")
    said = shapes.user_message(turn.id, None, _words(title))
    shown = shapes.turn(turn.id, "inProgress", items=[said]) | {"rootTurnId": None}
    engine.respond(request_id, {"turn": shown, "reviewThreadId": thread.id})
    warn_of_model(engine, thread)
    if running is not None:
        thread.turn = running
        running.cut()
        thread.turn = turn
    if prompt is None:
        _without_git(engine, thread, turn)
        return
    turn.begin(ReviewLife(engine, thread, turn, title, prompt).steps())


def _without_git(engine: Engine, thread: Thread, turn: Turn) -> None:
    """No play's folder is a repository: the review ends in an error, its turn never, and the next turn gets the error too."""
    failure = Failure(f'"{thread.cwd}" is not a git repository', "other")
    thread.turn, thread.left_error = None, failure.error()
    engine.set_status(thread, threads.SYSTEM_ERROR)
    TurnEvents(engine, thread, turn.id).error(failure.error(), will_retry=False)


HANDLERS = {"review/start": start}
