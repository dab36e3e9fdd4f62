"""Deadlines from outside the event loop: for a loop that is stuck, or eats its alarms."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Watchdog:
    """Calls ``on_expire`` from a daemon thread unless it is disarmed within ``seconds``.

    One thread serves all watchdogs of the process; arming and disarming is a dictionary entry, microseconds. Usable as
    a context manager. ``on_expire`` runs on that thread: it must be short (dump, kill) and finds the loop still stuck.
    """

    def __init__(self, seconds: float, on_expire: Callable[[], None]) -> None:
        self.seconds = seconds
        self.on_expire = on_expire
        self.expired = False

    def arm(self) -> None:
        """Start the time, or start it again."""
        _keeper.put(self)

    def disarm(self) -> bool:
        """Stop the time. True: it was running, and ``on_expire`` will not be called. False: it has expired or never ran."""
        return _keeper.take(self)

    def __enter__(self) -> Watchdog:
        self.arm()
        return self

    def __exit__(self, *_: object) -> None:
        self.disarm()


class _Keeper:
    """The armed watchdogs, and the thread that looks after them."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._changed = threading.Condition()
        self._armed: dict[Watchdog, float] = {}
        self._wakes_at = float("inf")
        self._process = 0

    def put(self, watchdog: Watchdog) -> None:
        deadline = time.monotonic() + watchdog.seconds
        with self._starting:
            if self._process != os.getpid():  # the first use, or the first after a fork: threads do not come along
                self._start()
        with self._changed:
            watchdog.expired = False
            self._armed[watchdog] = deadline
            if deadline < self._wakes_at:
                self._changed.notify()

    def take(self, watchdog: Watchdog) -> bool:
        with self._changed:
            return self._armed.pop(watchdog, None) is not None

    def _start(self) -> None:
        self._changed = threading.Condition()
        self._armed = {}
        self._wakes_at = float("inf")
        self._process = os.getpid()
        threading.Thread(target=self._run, name="turnproof-watchdog", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._changed:
                # Disarmed entries are gone from the dictionary; the thread may wake once for nothing, no more.
                self._wakes_at = min(self._armed.values(), default=float("inf"))
                pause = self._wakes_at - time.monotonic()
                if pause > 0:
                    self._changed.wait(None if pause == float("inf") else min(pause, threading.TIMEOUT_MAX))
                now = time.monotonic()
                due = [watchdog for watchdog, deadline in self._armed.items() if deadline <= now]
                for watchdog in due:
                    del self._armed[watchdog]
                    watchdog.expired = True
            for watchdog in due:
                try:
                    watchdog.on_expire()
                except Exception as error:
                    # The thread must outlive a bad callback: other plays rely on it.
                    threading.excepthook(
                        threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
                    )


_keeper = _Keeper()
