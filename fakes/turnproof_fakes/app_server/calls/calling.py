"""What every tool call has at hand: its turn, and a way to ask the client."""

from __future__ import annotations

from turnproof_fakes.app_server import threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.strands import Steps, Wait
    from turnproof_fakes.app_server.threads import Thread
    from turnproof_fakes.app_server.turn_events import TurnEvents
    from turnproof_fakes.app_server.turns import Turn

    Json = dict[str, Any]


class Calling:
    """The surroundings of the calls of one answer."""

    def __init__(self, engine: Engine, thread: Thread, turn: Turn, events: TurnEvents) -> None:
        self.engine = engine
        self.thread = thread
        self.turn = turn
        self.events = events

    def flag_up(self, flag: str) -> None:
        """The thread waits for its client; told if it did not yet."""
        if self.thread.waiting.up(flag):
            self._show_flags()

    def flag_down(self, flag: str) -> None:
        """This call waits no more; told if no other does."""
        if self.thread.waiting.down(flag):
            self._show_flags()

    def _show_flags(self) -> None:
        self.engine.set_status(self.thread, threads.active(self.thread.waiting.flags))

    def item_started(self, item: Json) -> int:
        """An item that a resume shows until it is completed; returns when it started."""
        self.turn.open_items[item["id"]] = item
        return self.events.item_started(item)

    def item_completed(self, item: Json, began: int) -> None:
        """That item is done."""
        del self.turn.open_items[item["id"]]
        self.events.item_completed(item, began)

    @property
    def where(self) -> Json:
        """What the params of most requests begin with."""
        return {"threadId": self.thread.id, "turnId": self.turn.id}

    def ask(self, method: str, params: Json) -> Generator[Wait, None, Json]:
        """Ask the client and wait; returns its whole answer, `{"result": …}` or `{"error": …}`."""
        ask = self.engine.asks.put(self.thread, self.turn.id, method, params)
        yield ask.answered
        return ask.reply

    def tell_model(self, call: Json, output: str) -> None:
        """What the model hears of its call, in the words of 0.163.0 as far as they tell something."""
        self.turn.outputs[call["call_id"]] = output

    def end(self) -> Steps:
        """Wait for the end of the turn, which the client cancelled."""
        yield None
