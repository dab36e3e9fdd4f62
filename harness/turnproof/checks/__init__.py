"""The checks: invariants as folds over a history. Importing this package fills the registry.

The order of the imports is the order in which two checks that flag the same event are named: the more telling first.
"""

from __future__ import annotations

# isort: off
from turnproof.checks import (
    shape,
    process,
    licence,
    routing,
    turns,
    lifecycle,
    calls,
    overload,
    asks,
    tools,
    told,
    given,
    commands,
    terminals,
    auto_reviews,
    clock,
    hooks,
    patches,
    text,
    states,
    waiting,
    threads,
    contents,
    keeping,
    queues,
    tally,
    played,
)
from turnproof.checks.base import REGISTRY, Check, Context, check
from turnproof.checks.judge import Judge
# isort: on

__all__ = ["REGISTRY", "Check", "Context", "Judge", "check"]

MODULES = (
    shape,
    process,
    licence,
    routing,
    turns,
    lifecycle,
    calls,
    overload,
    asks,
    tools,
    told,
    given,
    commands,
    terminals,
    auto_reviews,
    clock,
    hooks,
    patches,
    text,
    states,
    waiting,
    threads,
    contents,
    keeping,
    queues,
    tally,
    played,
)
