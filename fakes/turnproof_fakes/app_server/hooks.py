"""The hooks of the home, which do nothing: that they run is told, of each turn that they run in."""

from __future__ import annotations

from turnproof_fakes.app_server import tools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.strands import Wait
    from turnproof_fakes.app_server.turn_events import TurnEvents

    Json = dict[str, Any]

_EVENTS = {"userPromptSubmit": "user-prompt-submit:0", "stop": "stop:1"}
"""The hooks in their order, by their event: how the id of a run begins."""


def run(engine: Engine, events: TurnEvents, event: str) -> Generator[Wait, None, None]:
    """Run the hook of an event, if the plan has hooks."""
    if not tools.on(engine, "hooks"):
        return
    config, began = f"{engine.home}/config.toml", engine.wall_ms
    hook: Json = {
        "id": f"{_EVENTS[event]}:{config}",
        "eventName": event,
        "handlerType": "command",
        "executionMode": "sync",
        "scope": "turn",
        "sourcePath": config,
        "source": "user",
        "displayOrder": list(_EVENTS).index(event),
        "status": "running",
        "statusMessage": None,
        "startedAt": began // 1000,
        "completedAt": None,
        "durationMs": None,
        "entries": [],
    }
    events.of_turn("hook/started", {"run": hook})
    yield engine.pace.step
    over = {"status": "completed", "completedAt": engine.wall_ms // 1000, "durationMs": engine.wall_ms - began}
    events.of_turn("hook/completed", {"run": hook | over})
