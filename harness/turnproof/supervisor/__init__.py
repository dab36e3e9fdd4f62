"""No process outlives us: the supervisor process, children under it, and the search for strays."""

from __future__ import annotations

from turnproof.supervisor.errand import Errand, ErrandError, run
from turnproof.supervisor.guarded import guarded
from turnproof.supervisor.own import own_supervisor
from turnproof.supervisor.process_table import ProcessInfo, ProcessTable, process_table
from turnproof.supervisor.strays import kill_strays, strays
from turnproof.supervisor.supervisor import Supervisor, SupervisorError, chained, new_nonce

__all__ = [
    "Errand",
    "ErrandError",
    "ProcessInfo",
    "ProcessTable",
    "Supervisor",
    "SupervisorError",
    "chained",
    "guarded",
    "kill_strays",
    "new_nonce",
    "own_supervisor",
    "process_table",
    "run",
    "strays",
]
