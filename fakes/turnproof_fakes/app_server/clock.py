"""The time by the client's clock, of which the model is reminded: asked once when a turn begins, and twice before each request to
the model (seen on 0.163.0 in every one of 60 turns). Retries of a request do not ask again."""

from __future__ import annotations

from turnproof_fakes.app_server import failures, tools
from turnproof_fakes.app_server.json_values import at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.failures import Failure
    from turnproof_fakes.app_server.strands import Wait
    from turnproof_fakes.app_server.threads import Thread
    from turnproof_fakes.app_server.turns import Turn


def asked(engine: Engine, thread: Thread, turn: Turn, times: int) -> Generator[Wait, None, Failure | None]:
    """Ask for the time so often, one after the other; a client that does not tell it fails the turn."""
    for _ in range(times if tools.on(engine, "clock") else 0):
        ask = engine.asks.put(thread, turn.id, "currentTime/read", {"threadId": thread.id})
        yield ask.answered
        error = ask.reply.get("error")
        if error is not None:
            refusal = f"code={error.get('code')} message={error.get('message')}"
            return failures.timeless(f"current-time request failed: {refusal}")
        if not isinstance(at(ask.reply, "result.currentTimeAt"), int):
            return failures.timeless("invalid current-time response: missing field `currentTimeAt`")
    return None
