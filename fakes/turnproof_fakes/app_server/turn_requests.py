"""turn/start, turn/steer, turn/interrupt."""

from __future__ import annotations

from turnproof_fakes.app_server import settings, shapes
from turnproof_fakes.app_server.params import content, last_text
from turnproof_fakes.app_server.refusals import INTERNAL, Refused, input_too_large, not_steerable, thread_not_found
from turnproof_fakes.app_server.turn_life import TurnLife, new_turn, warn_of_model
from turnproof_fakes.app_server.uuids import thread_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.threads import Thread
    from turnproof_fakes.app_server.turns import Turn

    Json = dict[str, Any]

_INPUT_LIMIT = 1 << 20  # characters over all text elements


def loaded_thread(engine: Engine, params: Json) -> Thread:
    """The thread that a turn is to begin on."""
    wanted = thread_id(params)
    thread = engine.library.loaded(wanted)
    if thread is None:
        raise thread_not_found(wanted)
    return thread


def check_input(user_input: list[Json]) -> None:
    """Refuse what no turn takes."""
    if any(element["type"] == "image" and element.get("url", "").startswith("http") for element in user_input):
        raise Refused("remote image URLs are not supported; use an inline data URL instead")
    size = sum(len(element["text"]) for element in user_input if element["type"] == "text")
    if size > _INPUT_LIMIT:
        raise input_too_large(_INPUT_LIMIT, size)


def start(engine: Engine, request_id: int | str, params: Json) -> None:
    """Begin a turn; while one is active this steers it and answers with *its* id (seen from 0.149.0 on)."""
    thread = loaded_thread(engine, params)
    check_input(params["input"])
    settings.take(engine, thread, params)
    turn = thread.turn
    if turn is not None and turn.kind != "regular":
        text = f"ActiveTurnNotSteerable {{ turn_kind: {turn.kind.capitalize()} }}"
        raise Refused(f"failed to submit turn input: {text}", INTERNAL)
    fresh = turn is None
    if turn is None:
        warn_of_model(engine, thread)
        turn = new_turn(engine, thread)
        turn.schema = params.get("outputSchema")
    engine.respond(request_id, {"turn": shapes.turn(turn.id, "inProgress")})
    _add_input(turn, params)
    if fresh:
        turn.begin(TurnLife(engine, thread, turn).steps())


def _add_input(turn: Turn, params: Json) -> None:
    turn.add_input(content(params["input"]), params.get("clientUserMessageId"), last_text(params["input"]))


def steer(engine: Engine, request_id: int | str, params: Json) -> None:
    """Add input to the active turn, which must be the expected one."""
    thread = loaded_thread(engine, params)
    expected = params["expectedTurnId"]
    if not expected:
        raise Refused("expectedTurnId must not be empty")
    check_input(params["input"])
    turn = thread.turn
    if turn is None:
        raise Refused("no active turn to steer")
    if expected != turn.id:
        raise Refused(f"expected active turn id `{expected}` but found `{turn.id}`")
    if not params["input"]:
        raise Refused("input must not be empty")
    if turn.kind != "regular":
        raise not_steerable(turn.kind)
    engine.respond(request_id, {"turnId": turn.id})
    _add_input(turn, params)


def interrupt(engine: Engine, request_id: int | str, params: Json) -> None:
    """End the active turn. The answer to an interrupt by id comes with the end, the answer to `""` at once.

    What counts as the active turn lags: before turn/started it is still the thread's last turn if that was interrupted, else none.
    So an interrupt right behind turn/start is refused while the turn runs on, and a second interrupt of an interrupted
    turn waits for the end of the thread's *next* turn (seen on 0.133.0 to 0.163.0).
    """
    thread = loaded_thread(engine, params)
    wanted = params["turnId"]
    turn = thread.turn
    if not wanted:
        engine.respond(request_id, {})
        if turn is not None:
            turn.interrupt()
        return
    running = turn is not None and turn.running
    active = turn.runs_as if turn is not None and running else thread.last_interrupted
    if active is None:
        raise Refused("no active turn to interrupt")
    if wanted != active:
        raise Refused(f"expected active turn id {wanted} but found {active}")
    thread.pending_interrupts.append(request_id)
    if turn is not None and running:
        turn.interrupt()


HANDLERS = {"turn/start": start, "turn/steer": steer, "turn/interrupt": interrupt}
