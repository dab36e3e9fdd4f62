"""Times of a history: they keep their order and their null-ness, and lie where the other history's do.

Two plays take different times, so a time is compared by what it may not be: later than the line that tells it, earlier
than the play, or on the other side of a time that stands beside it.  ``emittedAtMs`` says which Unix time the clock of
the recording has; a virtual clock is as good as a real one.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from statistics import median
from typing import Any, Final

from turnproof.fidelity.rules import CLOCK, DAY, MILLISECONDS, SECONDS
from turnproof.history import Event

SLACK_MS: Final = 2000.0
"""Milliseconds that a time may be out of the play: whole seconds are cut down, and lines take their time to arrive."""

_DAY_MS: Final = 24 * 3600 * 1000.0

Span = tuple[float, float]
"""When a time was, in Unix milliseconds: one of whole seconds is anywhere within its second."""


class Clock:
    """The times of one history on one scale."""

    def __init__(self, events: Iterable[Event]) -> None:
        lags: list[float] = []
        seen: list[float] = []
        for event in events:
            at = event.t / 1e6
            seen.append(at)
            emitted = _emitted(event)
            if emitted is not None:
                lags.append(emitted - at)
        self._lag = median(lags) if lags else None
        self._begin = min(seen, default=0.0)
        self.length = max(seen, default=0.0) - self._begin

    def side(self, span: Span, event: Event) -> str:
        """Where a time lies: "before the play", "in the play", or "in the future" of the line that tells it."""
        if self._lag is None:
            return "in the play"
        if span[1] < self._begin + self._lag - SLACK_MS:
            return "before the play"
        return "in the future" if span[0] > event.t / 1e6 + self._lag + SLACK_MS else "in the play"

    def lasts(self, milliseconds: float) -> str:
        """What is wrong with a duration: "negative", "longer than the play", or nothing."""
        return (
            "negative" if milliseconds < 0 else "longer than the play" if milliseconds > self.length + SLACK_MS else ""
        )


def _emitted(event: Event) -> float | None:
    if event.kind != "line" or event.dir != "to_client" or event.message.kind != "notification":
        return None
    value: Any = event.message.value.get("emittedAtMs")
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else None


def span_of(key: str, value: float) -> Span:
    """The span of a member that holds a time."""
    return (float(value), float(value)) if key in MILLISECONDS else _second(value)


def _second(value: float) -> Span:
    return (value * 1000.0, value * 1000.0 + 999.0)


def is_moment(key: str) -> bool:
    return key in SECONDS or key in MILLISECONDS


def span_of_text(match: re.Match[str]) -> Span:
    """The span of a time within a text; one that no calendar has is none that anybody waits for."""
    date = tuple(int(match[name]) for name in ("date", "month", "day"))
    if match.re is DAY:
        begin = calendar.timegm((*date, 0, 0, 0, 0, 0, 0)) * 1000.0
        return (begin, begin + _DAY_MS)
    clock = tuple(int(match[name]) for name in ("hour", "minute", "second"))
    return _second(calendar.timegm((*date, *clock, 0, 0, 0)))


def texts_with_times(text: str) -> tuple[str, list[Span]]:
    """A text with its times taken out, and these."""
    if "-" not in text and "/" not in text:
        return text, []
    spans: list[Span] = []

    def take(match: re.Match[str]) -> str:
        spans.append(span_of_text(match))
        return "".join("0" if letter.isdigit() else letter for letter in match.group())

    return DAY.sub(take, CLOCK.sub(take, text)), spans


def order(one: Span, other: Span) -> int:
    """-1 when the one was before the other for sure, 1 when after, 0 when nobody can say."""
    return -1 if one[1] < other[0] else 1 if one[0] > other[1] else 0
