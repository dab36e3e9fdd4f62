"""No process outlives us: the supervisor process, and the search for strays."""

from __future__ import annotations

from turnproof.supervisor.process_table import ProcessInfo, ProcessTable, process_table
from turnproof.supervisor.strays import kill_strays, strays
from turnproof.supervisor.supervisor import Supervisor, SupervisorError, chained, new_nonce

__all__ = [
    "ProcessInfo",
    "ProcessTable",
    "Supervisor",
    "SupervisorError",
    "chained",
    "kill_strays",
    "new_nonce",
    "process_table",
    "strays",
]
