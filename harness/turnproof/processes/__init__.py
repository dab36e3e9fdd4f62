"""Child processes: spawning, talking, ending, and deadlines from outside the loop."""

from __future__ import annotations

from turnproof.processes.child import Child, ChildExit, SpawnError, StopError, Stopped
from turnproof.processes.exit_watch import ExitWatchMode
from turnproof.processes.pipe_writer import WriterState
from turnproof.processes.watchdog import Watchdog

__all__ = [
    "Child",
    "ChildExit",
    "ExitWatchMode",
    "SpawnError",
    "StopError",
    "Stopped",
    "Watchdog",
    "WriterState",
]
