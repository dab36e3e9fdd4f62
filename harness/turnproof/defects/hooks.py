"""The commands of the user's own that the server runs with a turn: untold, told twice, and left to run."""

from __future__ import annotations

from typing import Final

from turnproof.defects.defect import END, NOW_MS, Defect, server
from turnproof.faults import Drop, Duplicate, Inject, Rewrite, When

TURNS: Final = "hooks_of_the_user::hooks_run_with_each_turn"
BROKEN: Final = "hooks_of_the_user::no_hook_at_the_end_of_a_turn_that_breaks"
LASTING: Final = ("handlerType", "executionMode", "scope", "sourcePath", "source", "displayOrder", "startedAt")
BEGINS, ENDS = "hook/started", "hook/completed"


def run_again(method: str, status: str) -> Inject:
    """One notification more behind that of a hook: of that of the end, in the same turn."""
    run = {
        key: {"$copy": f"params.run.{key}"}
        for key in (*LASTING, "entries", "completedAt", "durationMs", "statusMessage")
    }
    run |= {"id": "stop:1:/c/config.toml", "eventName": "stop", "status": status}
    where = {key: {"$copy": f"params.{key}"} for key in ("threadId", "turnId")}
    return Inject({"method": method, "params": where | {"run": run}, "emittedAtMs": NOW_MS})


HOOKS: Final[tuple[Defect, ...]] = (
    server("hook_begins_untold", "does not tell that a hook runs", "hooks-pair-up", ENDS, TURNS, (When(BEGINS), Drop())),
    server("hook_begins_twice", "tells twice that a hook runs", "hooks-pair-up", BEGINS, TURNS,
           (When(BEGINS), Duplicate())),
    server("hook_never_ends", "does not tell that the hook of the words ended", "hooks-pair-up", "item/started", TURNS,
           (When(ENDS), Drop())),
    server("last_hook_never_ends", "ends a turn while its hook runs", "hooks-pair-up", END, TURNS,
           (When(ENDS, k=2), Drop())),
    server("hook_ends_as_another", "ends a hook as that of another event", "hooks-pair-up", ENDS, TURNS,
           (When(ENDS), Rewrite("params.run.eventName", "stop"))),
    server("hook_fails", "tells a hook as failed that did its work", "hooks-pair-up", ENDS, BROKEN,
           (When(ENDS), Rewrite("params.run.status", "failed"))),
    server("hook_of_the_end_untold", "does not run the hook of a turn's end", "hooks-pair-up", END, TURNS,
           (When(BEGINS, k=2), Drop()), (When(ENDS, k=2), Drop())),
    server("hook_of_a_steer_untold", "does not run the hook of words that steer", "hooks-pair-up", "item/started", TURNS,
           (When(BEGINS, k=4), Drop()), (When(ENDS, k=4), Drop())),
    server("hook_of_the_end_of_a_failure", "runs the hook of a turn's end when the turn fails", "hooks-pair-up", END, BROKEN,
           (When(ENDS), run_again(BEGINS, "running")), (When(ENDS), run_again(ENDS, "completed"))),
    server("hook_of_another_turn", "tells of a hook under the turn before", "turn-ends-once", BEGINS, TURNS,
           (When(BEGINS, k=5), Rewrite("params.turnId", {"$turn": 1}))),
)  # fmt: skip
