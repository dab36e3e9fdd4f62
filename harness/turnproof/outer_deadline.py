"""The deadline outside of the event loop: for a play whose loop is stuck, or eats its own timeouts.

Every wait of a play has a bound inside the loop already. This one is kept by a thread of its own, in three degrees: it
cancels the play through its loop; if the loop does not answer, it raises ``PlayStuck`` in the thread that plays; should
even that not help, it ends the process, whose supervisor then ends the children.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Final

from turnproof.processes import Watchdog

GRACE: Final = 30.0
"""Seconds beyond what the play and its ending may take: the search for survivors, and a machine that is busy."""
LAST_RESORT: Final = 15.0
"""Seconds that each degree has to take effect; a play that is cancelled hurries."""
STUCK_EXIT: Final = 70
"""Exit code of the last resort (EX_SOFTWARE)."""


class PlayStuck(BaseException):
    """A play went far beyond its budget without its event loop noticing. No ``except Exception`` may swallow it."""

    def __str__(self) -> str:
        return "the play was stuck beyond its budget in our own code; the traceback is on stderr"


class OuterDeadline:
    """The deadline of one block. ``wake`` cancels the play through its loop, from another thread, once there is one."""

    def __init__(self, seconds: float) -> None:
        self.wake: Callable[[], object] | None = None
        self.struck = False
        self._thread = threading.get_ident()
        self._guard = threading.Lock()
        self._over = False
        self._degrees = [
            Watchdog(seconds, self._cancel),
            Watchdog(LAST_RESORT, self._raise),
            Watchdog(LAST_RESORT, _leave),
        ]

    def start(self) -> None:
        self._degrees[0].arm()

    def end(self) -> None:
        """The block is over: from here on nothing is raised in its thread any more."""
        with self._guard:
            self._over = True
            for degree in self._degrees:
                degree.disarm()
            self._degrees.clear()  # they know us: what is in no circle costs the garbage collector nothing

    def _cancel(self) -> None:
        with self._guard:
            if self._over:
                return
            self.struck = True
            self._degrees[1].arm()
        faulthandler.dump_traceback(file=sys.__stderr__ or sys.stderr)
        if self.wake is not None:
            with suppress(RuntimeError):  # the loop is closed already
                self.wake()

    def _raise(self) -> None:
        with self._guard:
            if self._over:
                return
            self._degrees[2].arm()
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), ctypes.py_object(PlayStuck))


@contextmanager
def outer_deadline(seconds: float) -> Generator[OuterDeadline]:
    """Cancel what the block plays when it takes longer than ``seconds``; PlayStuck in this thread if that is no help."""
    deadline = OuterDeadline(seconds)
    deadline.start()
    try:
        yield deadline
    finally:
        deadline.end()


def _leave() -> None:
    faulthandler.dump_traceback(file=sys.__stderr__ or sys.stderr)
    os._exit(STUCK_EXIT)
