"""Deadlines from outside the loop."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from turnproof.processes import Watchdog

if TYPE_CHECKING:
    import pytest


def test_it_expires_while_the_loop_is_stuck() -> None:
    barked = threading.Event()

    async def play() -> None:
        watchdog = Watchdog(0.01, barked.set)
        watchdog.arm()
        # The loop stands still in here, bounded: nothing inside it could notice.
        assert barked.wait(20)
        assert watchdog.expired
        assert not watchdog.disarm()

    asyncio.run(play())


def test_a_disarmed_one_is_silent() -> None:
    barked = threading.Event()
    calls: list[str] = []
    first = Watchdog(0.05, lambda: calls.append("first"))
    first.arm()
    assert first.disarm()
    assert not first.disarm()
    with Watchdog(0.1, barked.set):
        assert barked.wait(20)
    assert calls == []


def test_a_later_one_does_not_wait_for_an_earlier_longer_one() -> None:
    barked = threading.Event()
    with Watchdog(300, lambda: None), Watchdog(0.01, barked.set):
        assert barked.wait(20)


def test_one_thread_serves_all() -> None:
    watchdogs = [Watchdog(300, lambda: None) for _ in range(100)]
    for watchdog in watchdogs:
        watchdog.arm()
    assert len([thread for thread in threading.enumerate() if thread.name == "turnproof-watchdog"]) == 1
    assert all(watchdog.disarm() for watchdog in watchdogs)


def test_a_bad_callback_does_not_silence_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[type[BaseException]] = []

    def note(arguments: threading.ExceptHookArgs) -> None:
        reported.append(arguments.exc_type)

    def stumble() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(threading, "excepthook", note)
    barked = threading.Event()
    with Watchdog(0.01, stumble), Watchdog(0.05, barked.set):
        assert barked.wait(20)
    assert reported == [ZeroDivisionError]
