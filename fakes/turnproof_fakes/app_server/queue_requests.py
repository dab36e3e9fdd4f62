"""thread/queue/*: the client's list of turns to come. Seen on 0.163.0:

added ──(thread idle, not held)──────────────► its turn begins at once
  └─(a turn runs)─► waits ─(that turn ends)──► its turn begins, unless the turn was interrupted: that holds the queue
                      └─ thread/queue/start, the end of another turn, a resume by a new server: it goes on
"""

from __future__ import annotations

from turnproof_fakes.app_server import queues, shapes
from turnproof_fakes.app_server.params import content
from turnproof_fakes.app_server.refusals import INTERNAL, Refused, archived, no_rollout
from turnproof_fakes.app_server.turn_life import begin_next, begin_submission
from turnproof_fakes.app_server.turn_requests import check_input
from turnproof_fakes.app_server.uuids import thread_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.threads import Thread

    Json = dict[str, Any]

_PAGE = 25


def _thread(engine: Engine, params: Json) -> Thread:
    """One that has a queue; it need not be loaded."""
    wanted = thread_id(params)
    thread = engine.library.find(wanted)
    if thread is None:
        text = f"failed to read thread: invalid thread-store request: {no_rollout(wanted)}"
        raise Refused(text, INTERNAL)
    if thread.ephemeral:
        raise Refused(f"ephemeral thread does not support queued submissions: {thread.id}")
    if thread.archived:
        raise archived(thread.id)
    return thread


def _place(engine: Engine, thread: Thread, submission: str) -> int:
    place = queues.place(engine, thread, submission)
    if place is None:
        raise Refused(f"queued submission not found: {submission}")
    return place


def _input(params: Json) -> list[Json]:
    if not params["input"]:
        raise Refused("only user input can be added to the user-message queue")
    return content(params["input"])


def add(engine: Engine, request_id: int | str, params: Json) -> None:
    """Behind the others; told and begun before it is answered, where nothing keeps it waiting."""
    check_input(params["input"])
    thread = _thread(engine, params)
    made = {"id": engine.ids.uuid7(engine.wall_ms), "input": _input(params)}
    made["clientUserMessageId"] = params["clientUserMessageId"]
    queues.entries(engine, thread).append(made)
    queues.save(engine, thread)
    begin_next(engine, thread)
    engine.respond(request_id, {"queuedSubmission": made})


def listed(engine: Engine, request_id: int | str, params: Json) -> None:
    """The next one first. A cursor is the number of those before the page."""
    rows = queues.entries(engine, _thread(engine, params))
    first = 0
    if params.get("cursor") is not None:
        if not params["cursor"].isdecimal():
            raise Refused("invalid queue pagination cursor: invalid digit found in string")
        first = int(params["cursor"])
    size = _PAGE if params.get("limit") is None else max(1, params["limit"])
    following = str(first + size) if first + size < len(rows) else None
    engine.respond(request_id, {"data": rows[first : first + size], "nextCursor": following})


def update(engine: Engine, request_id: int | str, params: Json) -> None:
    """Other input for one that waits; its place and the client's id for it stay."""
    check_input(params["input"])
    thread = _thread(engine, params)
    given = _input(params)
    entry = queues.entries(engine, thread)[_place(engine, thread, params["queuedSubmissionId"])]
    entry["input"] = given
    engine.respond(request_id, {"queuedSubmission": dict(entry)})
    queues.save(engine, thread)


def delete(engine: Engine, request_id: int | str, params: Json) -> None:
    """Take one back; one that is not there is no error."""
    thread = _thread(engine, params)
    place = queues.place(engine, thread, params["queuedSubmissionId"])
    engine.respond(request_id, {"deleted": place is not None})
    if place is not None:
        del queues.entries(engine, thread)[place]
        queues.save(engine, thread)


def reorder(engine: Engine, request_id: int | str, params: Json) -> None:
    """All of them, in another order."""
    thread = _thread(engine, params)
    waiting = queues.entries(engine, thread)
    by_id = {entry["id"]: entry for entry in waiting}
    wanted: list[str] = params["queuedSubmissionIds"]
    if sorted(wanted) != sorted(by_id):
        raise Refused("queue reorder must include every queued submission exactly once")
    waiting[:] = [by_id[submission] for submission in wanted]
    engine.respond(request_id, {})
    queues.save(engine, thread)


def start(engine: Engine, request_id: int | str, params: Json) -> None:
    """Begin the next one, or the one that is named, whether or not the queue is held; it goes on behind it."""
    thread = _thread(engine, params)
    if not thread.loaded:
        raise Refused("resume the thread before starting a queued message")
    named = params.get("queuedSubmissionId")
    if named is None and not queues.entries(engine, thread):
        raise Refused("queue is empty")
    place = 0 if named is None else _place(engine, thread, named)
    if thread.turn is not None:
        raise Refused("thread already has an active or pending turn")
    turn = begin_submission(engine, thread, place)
    engine.respond(request_id, {"turn": shapes.turn(turn.id, "inProgress")})
    queues.save(engine, thread)


HANDLERS = {
    "thread/queue/add": add,
    "thread/queue/list": listed,
    "thread/queue/update": update,
    "thread/queue/delete": delete,
    "thread/queue/reorder": reorder,
    "thread/queue/start": start,
}
