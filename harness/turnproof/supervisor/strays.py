"""Finding and ending the processes that carry a nonce, and everything below them.

The supervisor process imports this file without site-packages: standard library only.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING or __package__:
    from turnproof.supervisor.process_table import ProcessInfo, ProcessTable, process_table
else:  # inside the supervisor process, whose path has this folder only
    from process_table import ProcessInfo, ProcessTable, process_table

_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.05


def strays(
    *nonces: str, table: ProcessTable | None = None, roots: frozenset[tuple[int, int]] = frozenset()
) -> list[ProcessInfo]:
    """Living processes that carry one of the nonces (of a session, a play or a child) and their descendants, by pid.

    Descendants count even if they cleared their environment. ``roots`` are (pid, start time) of processes known
    otherwise. The caller itself is never listed. One scan, a few milliseconds; a process that is just between fork and
    exec still shows its parent's environment, and in the middle of exec none: scan again to be sure.
    """
    table = table or process_table()
    found = table.carriers(frozenset(nonce.encode() for nonce in nonces if nonce))
    if not found and not roots:
        return []
    everyone = table.everyone()
    found.update(pid for pid, start in roots if pid in everyone and everyone[pid][1] == start)
    below: dict[int, list[int]] = {}
    for pid, (ppid, _) in everyone.items():
        below.setdefault(ppid, []).append(pid)
    todo = list(found)
    while todo:
        for pid in below.get(todo.pop(), ()):
            if pid not in found:
                found.add(pid)
                todo.append(pid)
    found.discard(os.getpid())
    return [ProcessInfo(pid, *everyone[pid], table.cmdline(pid)) for pid in sorted(found) if pid in everyone]


def kill_strays(
    *nonces: str,
    table: ProcessTable | None = None,
    roots: frozenset[tuple[int, int]] = frozenset(),
    quiet: float = 0.0,
    limit: float = 5.0,
) -> list[ProcessInfo]:
    """SIGKILL what ``strays`` finds, again and again, until nothing was found for ``quiet`` seconds.

    Blocks: at most ``limit`` seconds. Returns each process it met, once; one that cannot be killed (not ours, or in
    the kernel) is in the list too: call ``strays`` afterwards to know.
    """
    table = table or process_table()
    met: dict[tuple[int, int], ProcessInfo] = {}
    started = time.monotonic()
    last_seen = started
    pause = _FIRST_PAUSE
    while True:
        found = strays(*nonces, table=table, roots=roots)
        now = time.monotonic()
        for process in found:
            met.setdefault((process.pid, process.start_time), process)
            table.kill(process.pid, process.start_time)
        if found:
            last_seen, pause = now, _FIRST_PAUSE
        elif now - last_seen >= quiet:
            return list(met.values())
        if now - started >= limit:
            return list(met.values())
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
