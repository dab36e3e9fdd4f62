"""Model requests of which the client hears little: those of a compaction and of a review."""

from __future__ import annotations

from turnproof_fakes.app_server import shapes
from turnproof_fakes.app_server.model_requests import ModelRequests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from turnproof_fakes.app_server.model_requests import Waits
    from turnproof_fakes.app_server.strands import Wait

    Json = dict[str, Any]


class UnheardRequests(ModelRequests):
    """No words are told. Usage is: what was used before as the stream opens, and its own at its orderly end."""

    def answer(self, prompt: str, segment: int) -> Waits:
        """Unlike a turn's own answer, one that is broken off has no usage told."""
        return (yield from self._streams(prompt, segment))

    def _opened(self) -> None:
        super()._opened()
        self._events.usage()

    def _say(self, act: Json, number: int) -> Generator[Wait, None, bool]:
        for chunk in act["chunks"]:
            if not isinstance(chunk, str) and (yield from self._act(chunk, number)):
                return True
        yield self._engine.pace.step
        return False

    _think = _say
    _propose = _say


class ReviewRequests(UnheardRequests):
    """The message is announced, and neither its words nor its end nor any usage is told."""

    words = ""

    def _opened(self) -> None:
        """No usage of a review is told, so none counts as told when its stream breaks."""

    def _ended(self) -> None:
        """Nor at its end."""

    def _say(self, act: Json, number: int) -> Generator[Wait, None, bool]:
        self._events.item_started(shapes.agent_message(self._engine.ids.item("msg"), ""))
        broken = yield from super()._say(act, number)
        self.words = "".join(chunk for chunk in act["chunks"] if isinstance(chunk, str))
        return broken
