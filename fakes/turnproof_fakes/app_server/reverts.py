"""thread/revert: a thread goes back to where it was before one of its turns, in a new rollout."""

from __future__ import annotations

from turnproof_fakes.app_server import cursors, shapes, threads
from turnproof_fakes.app_server.refusals import Refused, no_rollout
from turnproof_fakes.app_server.turn_requests import loaded_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine

    Json = dict[str, Any]


def revert(engine: Engine, request_id: int | str, params: Json) -> None:
    """Unload, go back, load; a turn that runs is interrupted first. A turn that is not there is found out in between."""
    thread = loaded_thread(engine, params)
    if thread.ephemeral:
        raise Refused("ephemeral threads do not support thread/revert")
    if thread.history_mode == "legacy":
        raise Refused("thread/revert only supports paginated threads")
    if thread.turn is not None:
        thread.turn.cut()
    thread.unload()
    engine.announce("thread/status/changed", {"threadId": thread.id, "status": threads.NOT_LOADED})
    if not thread.materialised:
        raise no_rollout(thread.id)
    thread.loaded = thread.subscribed = True
    engine.set_status(thread, threads.IDLE)
    before: str = params["beforeTurnId"]
    if not engine.library.revert(thread, before, engine.wall_ms, engine.ids):
        raise Refused(f"turn not found: {before}")
    history = engine.library.history(thread)
    engine.respond(
        request_id,
        {
            "thread": shapes.thread(thread, engine.version),
            "turnsBackwardsCursor": cursors.newest_turn(thread.id, history),
            "itemsBackwardsCursor": cursors.newest_item(thread.id, history),
        },
    )
    engine.announce("thread/reverted", {"threadId": thread.id})


HANDLERS = {"thread/revert": revert}
