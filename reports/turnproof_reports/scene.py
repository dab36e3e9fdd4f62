"""What was going on when a violation was seen: the messages around it, and the state of the server.

A fold over the events of a history up to a little after the violation; it keeps six events and a few counts, so that it
can read a history of any length.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

import msgspec

from turnproof.message import id_key
from turnproof_reports.escaping import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turnproof.history import Event

SHOWN: Final = 6
AFTER: Final = 2
"""Events shown, and how many of them may be later ones."""
WIDTH: Final = 110
"""Characters shown of one message."""
_OPENING: Final = ("thread/start", "thread/resume", "thread/fork")
_ARROWS: Final = {"to_server": "-->", "to_client": "<--", None: "   "}


class Scene(msgspec.Struct):
    """Lines for the events around a violation, and the server in a few words."""

    around: list[str]
    server: str


def scene(events: Iterable[Event], seq: int) -> Scene:
    """The scene of the event number ``seq``."""
    return _Watcher(seq).watch(events)


class _Watcher:
    def __init__(self, seq: int) -> None:
        self.seq = seq
        self.before: deque[Event] = deque(maxlen=SHOWN)
        self.after: list[Event] = []
        self.opening: dict[Any, str] = {}
        self.loaded: set[str] = set()
        self.alive = False
        self.ended = ""
        self.start: int | None = None

    def watch(self, events: Iterable[Event]) -> Scene:
        for event in events:
            if self.start is None:
                self.start = event.t
            if event.seq > self.seq:
                if event.kind in ("line", "bytes"):
                    self.after.append(event)
                # The wire may be silent after a hang: what follows then is the end of the play, not its scene.
                if len(self.after) >= AFTER or event.kind == "process":
                    break
                continue
            self._take(event)
        shown = [*list(self.before)[len(self.after) - SHOWN :], *self.after]
        return Scene([self._line(event) for event in shown], self._server())

    def _take(self, event: Event) -> None:
        if event.seq == self.seq or event.kind in ("line", "bytes", "process", "fault"):
            self.before.append(event)
        if event.kind == "process":
            self._process(event.data)
        elif event.kind == "line":
            self._count_threads(event)

    def _process(self, data: dict[str, Any]) -> None:
        if data.get("event") == "spawn":
            self.alive, self.ended = True, ""
            self.loaded.clear()
        elif data.get("event") == "exit":
            code = data.get("rc")
            self.alive = False
            self.ended = f"signal {-code}" if isinstance(code, int) and code < 0 else f"return code {code}"

    def _count_threads(self, event: Event) -> None:
        message = event.message
        if message.kind == "request" and event.dir == "to_server" and message.method in _OPENING:
            self.opening[id_key(message.id)] = message.method
        elif message.kind == "response" and event.dir == "to_client" and self.opening.pop(id_key(message.id), None):
            thread: Any = message.result.get("thread")
            if thread.__class__ is dict:
                self.loaded.add(str(thread.get("id")))

    def _server(self) -> str:
        if not self.alive:
            return f"server gone ({self.ended})" if self.ended else "no server was started"
        return f"server alive, {len(self.loaded)} thread{'' if len(self.loaded) == 1 else 's'} loaded"

    def _line(self, event: Event) -> str:
        mark = ">" if event.seq == self.seq else " "
        seconds = (event.t - (self.start or 0)) / 1e9
        return f"{mark} {event.seq:>5} {seconds:9.3f} s {_ARROWS[event.dir]} {_shown(event)}"


def _shown(event: Event) -> str:
    text = event.raw[: 4 * WIDTH].decode("utf-8", "backslashreplace")
    return one_line(text if event.kind in ("line", "bytes") else f"{event.kind} {text}", WIDTH)
