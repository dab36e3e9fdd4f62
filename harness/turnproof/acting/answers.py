"""What comes of a request: its answer held against what is licensed, and kept under its name.

A report holds ``mismatch`` when what came back is not licensed, ``thread`` and ``turn`` for what the client would tell
its user, and ``branch`` for the alternative that was taken.
"""

from __future__ import annotations

import asyncio
from typing import Any

from turnproof import steps as s
from turnproof.session import Answer
from turnproof.stage import Stage

Report = dict[str, Any]


async def answered(
    stage: Stage, n: str, what: str, future: asyncio.Future[Answer], expect: tuple[s.AnyOutcome, ...], name: str | None
) -> Report:
    if any(isinstance(outcome, s.Unanswered) for outcome in expect):
        stage.silent.append((n, what, future))
        return {}
    if any(isinstance(outcome, s.Later) for outcome in expect):
        return {}
    answer = await future
    keep(stage, name, answer)
    return stage.judge(n, answer, expect)[0]


def keep(stage: Stage, name: str | None, answer: Answer) -> None:
    if name is not None:
        stage.results[name] = answer.result if answer.ok else answer.error
