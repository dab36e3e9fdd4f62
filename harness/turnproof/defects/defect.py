"""`Defect`, and what the tables of defects are written with."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from turnproof.faults import AnyAction, Fault, Inject, When

END: Final = "turn/completed"
DELTA: Final = "item/agentMessage/delta"
TWO: Final = "sequential_threads::second_thread_completes_after_the_first"
BACK: Final = "sequential_threads::back_to_the_first_thread"
OVERLAP: Final = "overlapping_turns::deltas_interleave"
WHOLE: Final = "model_failures::a_message_without_deltas"
TWICE: Final = "model_failures::two_messages_in_one_turn"
THINK: Final = "model_failures::reasoning_then_words"
ACCEPTED: Final = "command_approvals::an_accepted_command_runs_once"

NOBODY: Final = "019b76da-0000-7000-8000-000000000000"
"""An id of no thread and no turn."""
NOW_MS: Final = 1767225600000
_COUNTS: Final = dict.fromkeys(("totalTokens", "inputTokens", "cachedInputTokens", "cacheWriteInputTokens",
                                "outputTokens", "reasoningOutputTokens"), 0)  # fmt: skip
USAGE: Final = {"total": _COUNTS, "last": _COUNTS, "modelContextWindow": None}
BOOM: Final = {"message": "boom", "codexErrorInfo": None, "additionalDetails": None, "misalignment": None}


class Defect(msgspec.Struct, frozen=True):
    """One defect. ``on`` is the scenario (module::name) on which ``check`` must be violated first, by ``event``."""

    name: str
    what: str
    check: str
    event: str
    on: str
    faults: tuple[Fault, ...] = ()
    session: str = ""


def server(name: str, what: str, check: str, event: str, on: str, *rules: tuple[When, AnyAction]) -> Defect:
    """A broken server: the healthy fake with these rules."""
    return Defect(name, what, check, event, on, tuple(Fault(when, do) for when, do in rules))


def client(session: str, check: str, event: str, on: str) -> Defect:
    """A broken session, by the name of its class; what it does is said there."""
    return Defect(session, "", check, event, on, session=session)


def answer(method: str, k: int | None = 1) -> When:
    """When the k-th request of this method is answered."""
    return When(method, kind="response", k=k)


def tell(method: str, **params: Any) -> Inject:
    """One more notification, of the first thread unless it says otherwise."""
    return Inject({"method": method, "params": {"threadId": {"$thread": 1}} | params, "emittedAtMs": NOW_MS})


def a_turn(turn_id: Any, status: str) -> dict[str, Any]:
    """A turn as turn/started and turn/completed tell it."""
    over = NOW_MS // 1000 if status != "inProgress" else None
    return {"id": turn_id, "rootTurnId": turn_id, "items": [], "itemsView": "notLoaded", "status": status, "error": None,
            "startedAt": NOW_MS // 1000, "completedAt": over, "durationMs": over and 1}  # fmt: skip
