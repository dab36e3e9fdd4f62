"""thread/shellCommand: a command of the user's, in a turn of its own, or within the turn that runs."""

from __future__ import annotations

from turnproof_fakes.app_server import shapes
from turnproof_fakes.app_server.refusals import INTERNAL, Refused
from turnproof_fakes.app_server.shell import UnknownCommand, run
from turnproof_fakes.app_server.shell_words import login_shell
from turnproof_fakes.app_server.turn_events import TurnEvents
from turnproof_fakes.app_server.turn_life import TurnLife, new_turn
from turnproof_fakes.app_server.turn_requests import loaded_thread
from turnproof_fakes.app_server.turns import Interrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.failures import Failure
    from turnproof_fakes.app_server.shell import Step
    from turnproof_fakes.app_server.strands import Wait
    from turnproof_fakes.app_server.threads import Thread
    from turnproof_fakes.app_server.turns import Turn

    Json = dict[str, Any]


def _performed(
    engine: Engine, thread: Thread, events: TurnEvents, command: str, does: list[Step]
) -> Generator[Wait, None, None]:
    """The item of the command; each line that it prints is one delta."""
    actions = [{"type": "unknown", "command": command}]
    item = shapes.command(engine.ids.uuid4(), login_shell(command), thread.cwd, "userShell", actions)
    began = events.item_started(item)
    printed, code = "", does[-1][2]
    try:
        for seconds, text, _code in does:
            yield seconds or engine.pace.step
            printed += text
            for line in text.splitlines(keepends=True):
                events.of_item(item["id"], "item/commandExecution/outputDelta", {"delta": line})
        yield engine.pace.step
    except Interrupted:
        aborted = {"aggregatedOutput": "command aborted by user", "exitCode": -1, "durationMs": 0}
        events.item_completed(item | {"status": "failed"} | aborted, began)
        raise
    status = "failed" if code else "completed"
    came = {"aggregatedOutput": printed or None, "exitCode": code, "durationMs": engine.wall_ms - began}
    events.item_completed(item | {"status": status} | came, began)


class CommandLife(TurnLife):
    """A turn that is one command. Input that comes meanwhile is taken down, and no model is asked (seen on 0.163.0)."""

    def __init__(self, engine: Engine, thread: Thread, turn: Turn, command: str, does: list[Step]) -> None:
        super().__init__(engine, thread, turn)
        self._command = command
        self._does = does

    def _note_begin(self) -> None:
        self.note_quiet_begin()

    def _work(self) -> Generator[Wait, None, Failure | None]:
        self._turn.at_work = True
        try:
            yield from _performed(self._engine, self._thread, self._events, self._command, self._does)
        finally:
            self._turn.at_work = False
        yield from self._take_inputs()
        yield self._engine.pace.step
        return None


def _within(turn: Turn, steps: Generator[Wait, None, None], command: str) -> Generator[Wait, None, None]:
    """Within a running turn the model is told of the command, and asked once more, when it has had its say."""
    yield from steps
    turn.inputs.append(([], None, command))


def _beside(engine: Engine, steps: Generator[Wait, None, None]) -> None:
    """Run steps on their own, beside the turn."""
    wait = next(steps, None)
    if isinstance(wait, float):
        engine.timers.after(wait, lambda: _beside(engine, steps))


def start(engine: Engine, request_id: int | str, params: Json) -> None:
    """Answer at once; the command's end is told by its item."""
    thread = loaded_thread(engine, params)
    command: str = params["command"].strip()
    if not command:
        raise Refused("command must not be empty")
    try:
        does = run(command)
    except UnknownCommand as unknown:
        engine.report({"event": "unsupported", "method": "thread/shellCommand", "command": str(unknown)})
        raise Refused(f"fake-codex knows no command {str(unknown)!r}", INTERNAL) from None
    engine.respond(request_id, {})
    if thread.turn is not None:
        events = TurnEvents(engine, thread, thread.turn.id)
        _beside(engine, _within(thread.turn, _performed(engine, thread, events, command, does), command))
        return
    turn = new_turn(engine, thread)
    turn.begin(CommandLife(engine, thread, turn, command, does).steps())


HANDLERS = {"thread/shellCommand": start}
