"""The supervisor process: ``python -I -S reaper.py OWNER_PID MODE NONCE LEASE_FOLDER PSUTIL_FOLDER``.

It reads lines from the harness on its standard input::

    + PID START_TIME     a child was started
    - PID                a child is gone
    bye                  the session ends in order

and when that pipe closes, or its owner is gone, it kills the process groups of the registered children, then whatever
carries the session's nonce, until nothing shows up for a while. Its standard output is a pipe on which it never
writes: its end there is how the harness sees that the supervisor itself was killed.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING or __package__:
    from turnproof.supervisor.leases import sweep
    from turnproof.supervisor.process_table import ProcessTable, process_table
    from turnproof.supervisor.strays import kill_strays, strays
else:  # started as a script without site-packages: this folder is the whole path (appended: it shadows nothing)
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    from leases import sweep
    from process_table import ProcessTable, process_table
    from strays import kill_strays, strays

QUIET_SECONDS = 0.5
"""How long nothing may show up before the work counts as done. There are two blind moments: a child of the harness
between fork and exec still shows the harness's environment, without a nonce (though up to its last steps it also holds a
copy of our pipe, which delays the end of file); and any process in the middle of exec shows no environment at all.
Both take microseconds, or longer on a loaded machine."""

LIMIT_SECONDS = 30.0
"""When to give up on a process that cannot be killed."""

_OWNER_POLL_SECONDS = 0.5


class Reaper:
    """The state of the supervisor process."""

    def __init__(self, owner: int, nonce: str, table: ProcessTable) -> None:
        self._owner = owner
        self._nonce = nonce
        self._table = table
        self._children: dict[int, int] = {}
        self._line = b""
        self._ended_in_order = False

    def wait_for_the_end(self, pipe: int) -> None:
        """Follow the owner until it says bye or is gone."""
        owner = _pidfd(self._owner)
        try:
            # The pid may be somebody else's by now; the parent of a supervisor is its owner.
            while os.getppid() == self._owner and not self._ended_in_order:
                # Without a pidfd (macOS) a look at the parent now and then covers a pipe that a fork holds open.
                ready, _, _ = select.select([pipe, *owner], [], [], None if owner else _OWNER_POLL_SECONDS)
                if pipe in ready and not self._read(pipe):
                    return
                if pipe not in ready and ready:
                    break
            while not self._ended_in_order and select.select([pipe], [], [], 0)[0]:
                if not self._read(pipe):
                    break
        finally:
            for descriptor in owner:
                os.close(descriptor)

    def _read(self, pipe: int) -> bool:
        chunk = os.read(pipe, 65536)
        *lines, self._line = (self._line + chunk).split(b"\n")
        for line in lines:
            self._take(line.split())
        return bool(chunk)

    def _take(self, words: list[bytes]) -> None:
        with suppress(ValueError):
            if len(words) == 3 and words[0] == b"+":
                self._children[int(words[1])] = int(words[2])
            elif len(words) == 2 and words[0] == b"-":
                self._children.pop(int(words[1]), None)
            elif words == [b"bye"]:
                self._ended_in_order = True

    def kill_all(self) -> None:
        """End every registered group and every stray. After an end in order with nothing left: one look, no waiting."""
        roots = frozenset(self._children.items())
        # Descendants are collected before the first kill: afterwards nothing says whose they were.
        family = strays(self._nonce, table=self._table, roots=roots)
        for pid, start_time in roots:
            # A zombie still keeps its pid and its group; a pid with another start time is somebody else.
            if self._table.start_time(pid) == start_time:
                _kill_group(pid)
        for process in family:
            self._table.kill(process.pid, process.start_time)
        if family or not self._ended_in_order:
            kill_strays(self._nonce, table=self._table, roots=roots, quiet=QUIET_SECONDS, limit=LIMIT_SECONDS)


def _kill_group(pid: int) -> None:
    with suppress(OSError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)


def _pidfd(pid: int) -> list[int]:
    try:
        return [os.pidfd_open(pid)]
    except (AttributeError, OSError):
        return []


def main(argv: list[str]) -> None:
    owner, mode, nonce, lease_folder, psutil_folder = argv
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if psutil_folder:
        sys.path.append(psutil_folder)
    table = process_table(mode)
    if lease_folder:
        sweep(lease_folder, table, QUIET_SECONDS, LIMIT_SECONDS)
    reaper = Reaper(int(owner), nonce, table)
    reaper.wait_for_the_end(sys.stdin.fileno())
    reaper.kill_all()
    if lease_folder:
        with suppress(OSError):
            os.unlink(os.path.join(lease_folder, nonce + ".lease"))


if __name__ == "__main__":
    main(sys.argv[1:])
