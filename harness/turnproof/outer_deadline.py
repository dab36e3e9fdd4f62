"""The deadline outside of the event loop: for a play whose loop is stuck, or eats its own timeouts.

Every wait of a play has a bound inside the loop already. This one needs no loop: a thread raises ``PlayStuck`` in the
thread that plays, and, should even that not help, ends the process, whose supervisor then ends the children.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from turnproof.processes import Watchdog

GRACE: Final = 30.0
"""Seconds beyond the play's own budget: ending a server and looking for survivors have bounds of their own."""
LAST_RESORT: Final = 15.0
STUCK_EXIT: Final = 70
"""Exit code of the last resort (EX_SOFTWARE)."""


class PlayStuck(Exception):
    """A play went far beyond its budget without its event loop noticing."""


@contextmanager
def outer_deadline(seconds: float) -> Generator[None]:
    """Raise PlayStuck in this thread when the block takes longer than ``seconds`` and the grace."""
    thread = threading.get_ident()
    last = Watchdog(LAST_RESORT, _leave)

    def strike() -> None:
        faulthandler.dump_traceback(file=sys.__stderr__ or sys.stderr)
        last.arm()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(PlayStuck))

    first = Watchdog(seconds + GRACE, strike)
    try:
        with first:
            yield
    finally:
        last.disarm()


def _leave() -> None:
    faulthandler.dump_traceback(file=sys.__stderr__ or sys.stderr)
    os._exit(STUCK_EXIT)
