"""Times across the lines of one thread: what stands out of order, and what stands still.

A server's own clock never goes back.  So in the lines of a thread, as they came, what tells when it was told does not
fall, nothing is told before it was, nothing ends before it begins, and nothing lasts longer than from its begin to its
end (0 exceptions in 28,000 notifications of 0.163.0).  A history that breaks such an order where the other keeps it
differs from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

from turnproof.fidelity.lines import Line
from turnproof.fidelity.seconds import Seconds
from turnproof.message import at

SURE_MS: Final = 100.0
"""Milliseconds between two lines that a clock of milliseconds does not call one moment."""
_LASTED_MS: Final = 20
"""Milliseconds between the start and the end of a turn that are not none (0 of 1,900 turns of 0.163.0 lasted none)."""
_SERIES: Final = (("item/started", "startedAtMs"), ("item/completed", "completedAtMs"))
"""Members that do not fall from one line of their method to the next. The moments of a review of the model's do: it is told
beside the command (4 of 6 reviews)."""


class Timeline:
    """The times of one thread's lines."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.odd: dict[int, dict[str, str]] = {}
        """By number of a line: its times that are out of order, and how."""
        self._series: dict[str, list[tuple[int, float]]] = {}
        """By member: its times, each with that of the recording, in milliseconds."""
        self._started: dict[str, int] = {}
        """By id of an item: when it started."""
        self._begun: dict[str, int] = {}
        """By id of a turn: when its start was told."""
        seconds = Seconds()
        for line in lines:
            if line.event.kind == "line" and line.letter.startswith("← "):
                odd = dict(seconds.odd(line.event.message))
                if line.event.message.kind == "notification":
                    odd |= self._take(line)
                if odd:
                    self.odd[line.event.seq] = odd

    def _take(self, line: Line) -> dict[str, str]:
        message = line.event.message
        method, told = message.method or "", message.value.get("emittedAtMs")
        if not _is_time(told):
            return {}
        odd = dict(self._out_of_order(method, message.params, told))
        for path, value in self._members(method, message.params, told):
            series = self._series.setdefault(path, [])
            if series and value < series[-1][0]:
                odd.setdefault(path, "before that of an earlier line")
            series.append((value, line.event.t / 1e6))
        return odd

    def _members(self, method: str, params: Mapping[str, Any], told: int) -> Iterator[tuple[str, int]]:
        yield "emittedAtMs", told
        for owner, key in _SERIES:
            if method == owner and _is_time(value := params.get(key)):
                yield f"params.{key}", value

    def _out_of_order(self, method: str, params: Mapping[str, Any], told: int) -> Iterator[tuple[str, str]]:
        for key in ("startedAtMs", "completedAtMs"):
            if _is_time(value := params.get(key)) and value > told:
                yield f"params.{key}", "behind the moment at which it is told"
        if method in ("item/started", "item/completed"):
            yield from self._of_item(params)
        elif method in ("turn/started", "turn/completed"):
            yield from self._of_turn(params, told, over=method == "turn/completed")

    def _of_item(self, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        id = str(at(params, "item", "id"))
        if _is_time(started := params.get("startedAtMs")):
            self._started[id] = started
        if _is_time(completed := params.get("completedAtMs")) and id in self._started:
            lasted = completed - self._started[id]
            if lasted < 0:
                yield "params.completedAtMs", "before the item started"
            elif _is_time(said := at(params, "item", "durationMs")) and said > lasted:
                yield "params.item.durationMs", "longer than from the item's start to its end"

    def _of_turn(self, params: Mapping[str, Any], told: int, *, over: bool) -> Iterator[tuple[str, str]]:
        id = str(at(params, "turn", "id"))
        if not over:
            self._begun.setdefault(id, told)
        elif (
            id in self._begun and told - self._begun[id] >= _LASTED_MS and at(params, "turn", "durationMs") in (0, 0.0)
        ):
            yield "params.turn.durationMs", "none, although the turn took its time"

    def still(self) -> dict[str, bool]:
        """By member, in a thread that takes its time by the recording: whether its times are all one and the same, or span
        as much as nobody can miss. What is between the two is left out."""
        found: dict[str, bool] = {}
        for path, series in self._series.items():
            moments, came = [moment for moment, _ in series], [at for _, at in series]
            if max(came) - min(came) < SURE_MS:
                continue
            span = max(moments) - min(moments)
            if span == 0 or span >= SURE_MS:
                found[path] = span == 0
        return found


def _is_time(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
