"""Commands that the model is asked about in place of the user: what it denies does not run, what it allows runs once."""

from __future__ import annotations

from turnproof import Scenario, await_turn, read_thread, run_command, run_turn, say, start_thread, start_turn, wait_for

REVIEWED = {"approvalPolicy": "on-request", "sandbox": "read-only", "approvalsReviewer": "auto_review"}

an_allowed_command_runs_once = Scenario(
    "What the reviewer allows is done, once, and the user is not asked.",
    start_thread("t", **REVIEWED),
    start_turn("r", "t", "build it", run_command("build", prints="built", review="allow"), say("done")),
    wait_for("item/autoApprovalReview/started", turn="r"),
    wait_for("item/autoApprovalReview/completed", turn="r"),
    await_turn("r"),
    read_thread("t", turns=("completed",)),
    origin="CDX-09",
)

a_denied_command_does_not_run = Scenario(
    "What the reviewer denies is not done; the model is told, and the turn goes on.",
    start_thread("t", **REVIEWED),
    run_turn("t", "build it", run_command("build", review="deny"), say("as you like")),
    run_turn("t", "test it", run_command("test", review="allow"), say("done")),
    read_thread("t", turns=("completed", "completed")),
    origin="CDX-09",
)
