"""Defects on purpose: what proves that a check can fail, and that a scenario is worth having.

A *broken server* is the healthy fake with fault rules; a *broken session* is the healthy client with one rule broken
(``broken_sessions``).  For each the check that must catch it, the event that must show it, and a scenario on which it
does, are declared here, beforehand: another first violation is a miss.
"""

from __future__ import annotations

from typing import Final

from turnproof.defects.answers import ANSWERS
from turnproof.defects.asks import ASKS
from turnproof.defects.clients import CLIENTS
from turnproof.defects.defect import Defect
from turnproof.defects.hooks import HOOKS
from turnproof.defects.inputs import INPUTS
from turnproof.defects.keeping import KEEPING
from turnproof.defects.lines import LINES
from turnproof.defects.queues import QUEUES
from turnproof.defects.states import STATES
from turnproof.defects.texts import TEXTS
from turnproof.defects.threads import THREADS
from turnproof.defects.told import TOLD
from turnproof.defects.turn_kinds import TURN_KINDS
from turnproof.defects.turns import TURNS

SERVERS: Final = (
    ANSWERS + TURNS + TEXTS + THREADS + STATES + LINES + TURN_KINDS + HOOKS + KEEPING + QUEUES + ASKS + INPUTS + TOLD
)  # fmt: skip
DEFECTS: Final = SERVERS + CLIENTS

__all__ = ["CLIENTS", "DEFECTS", "SERVERS", "Defect"]
