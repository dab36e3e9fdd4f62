"""The rows of the speed table, in its order. A module has ROW and ``measure(effort)``, run in a process of its own."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from bench.row import Effort, Found

NAMES: Final = ("real-turn", "burst", "sim", "start", "item", "memory")
_MODULES: Final = {"real-turn": "real_turn", "sim": "sim_play"}


def measure(name: str, effort: Effort) -> Found:
    """Measure one row, here."""
    return import_module(f"bench.rows.{_MODULES.get(name, name)}").measure(effort)
