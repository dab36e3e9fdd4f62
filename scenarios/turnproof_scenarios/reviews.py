"""review/start: the model looks at changes, in a turn that is answered under one id and runs under another."""

from __future__ import annotations

from turnproof import (
    Ok,
    Refused,
    Scenario,
    Setup,
    anything,
    await_delta,
    await_turn,
    begin_turn,
    fail,
    hold,
    ref,
    request,
    run_turn,
    same_as,
    say,
    start_thread,
    start_turn,
    subset,
    text,
    wait_for,
)

NOBODY = "00000000-0000-7000-8000-000000000000"
T = {"threadId": ref("t.thread.id")}
ALWAYS = ("review-never-ends", "review-items-before-start")
COMPLETED = (*ALWAYS, "review-usage-untold")


def custom(instructions: str) -> dict[str, str]:
    return {"type": "custom", "instructions": instructions}


review_by_instructions = Scenario(
    "A review says what the model found, as its last item and as its last message, and the thread goes on.",
    start_thread("t"),
    run_turn("t", "write some code", says="written"),
    begin_turn("v", "t", "review/start", text="look for leaks", says="none found", target=custom("look for leaks")),
    wait_for("item/completed", turn="v", where={"item": subset({"type": "exitedReviewMode", "review": "none found"})}),
    await_turn("v"),
    request(
        "thread/items/list",
        {**T, "turnId": ref("v.turn.id")},
        Ok(
            subset(
                {
                    "data": [
                        subset({"item": {"type": "enteredReviewMode", "id": anything(), "review": "look for leaks"}}),
                        subset({"item": {"type": "exitedReviewMode", "id": anything(), "review": "none found"}}),
                        subset({"item": subset({"type": "agentMessage", "text": "none found"})}),
                    ]
                }
            )
        ),
    ),
    run_turn("t", "write some more", says="more"),
    origin="API-05",
    provokes=COMPLETED,
)

review_is_read_back = Scenario(
    "A review is read back with the words that it was asked with.",
    start_thread("t"),
    run_turn("t", "write bad code", says="written"),
    begin_turn("v", "t", "review/start", text="judge it", says="bad indeed", target=custom("judge it")),
    await_turn("v"),
    request("thread/read", {**T, "includeTurns": True}, Ok()),
    origin="API-05",
    provokes=(*COMPLETED, "review-words-kept-elsewhere"),
)

review_of_changes = Scenario(
    "A review of uncommitted changes, or of a commit, asks the model in the server's own words.",
    start_thread("t"),
    run_turn("t", "change something", says="changed"),
    begin_turn(
        "v",
        "t",
        "review/start",
        text="Review the current code changes (staged, unstaged, and untracked files) and provide prioritized findings.",
        says="nothing to find",
        target={"type": "uncommittedChanges"},
    ),
    await_turn("v"),
    begin_turn(
        "w",
        "t",
        "review/start",
        text='Review the code changes introduced by commit 0123456789 ("Mend"). Provide prioritized, actionable findings.',
        says="well mended",
        target={"type": "commit", "sha": "0123456789", "title": "Mend"},
    ),
    wait_for("item/started", turn="w", where={"item": subset({"review": "commit 0123456: Mend"})}),
    await_turn("w"),
    origin="API-05",
    provokes=COMPLETED,
)

interrupt_of_a_review = Scenario(
    "A review takes no words, and an interrupt of whatever runs ends it; it says so.",
    start_thread("t"),
    run_turn("t", "write endless code", says="written"),
    begin_turn(
        "v", "t", "review/start", say("it", hold("never opened"), " ends"), text="read on", target=custom("read on")
    ),
    wait_for("item/started", turn="v", where={"item": subset({"type": "agentMessage", "text": ""})}),
    request(
        "turn/steer",
        {**T, "expectedTurnId": ref("v.turn.id"), "input": [{"type": "text", "text": "faster"}]},
        Refused(-32600, "cannot steer a review turn"),
    ),
    request(
        "turn/start",
        {**T, "input": [{"type": "text", "text": "faster"}]},
        Refused(-32603, "failed to submit turn input: ActiveTurnNotSteerable { turn_kind: Review }"),
    ),
    request("turn/interrupt", {**T, "turnId": ""}, Ok({})),
    await_turn("v", ends="interrupted"),
    run_turn("t", "write less", says="less"),
    origin="F02",
    provokes=ALWAYS,
)

review_ends_the_running_turn = Scenario(
    "A review that is asked for in mid-turn interrupts the turn, and then runs.",
    start_thread("t"),
    start_turn("r", "t", "never stop writing", say("and ", hold("never opened"), "on")),
    await_delta("r"),
    begin_turn("v", "t", "review/start", text="enough", says="it is", target=custom("enough")),
    await_turn("r", ends="interrupted"),
    await_turn("v"),
    run_turn("t", "start again", says="again"),
    origin="API-05",
    provokes=COMPLETED,
)

review_that_fails = Scenario(
    "A model that fails in a review fails the review's turn, and the thread goes on.",
    start_thread("t"),
    run_turn("t", "write odd code", says="written"),
    begin_turn("v", "t", "review/start", fail(500), text="explain it", target=custom("explain it")),
    await_turn("v"),
    run_turn("t", "write plain code", says="plain"),
    origin="A06",
    provokes=(*ALWAYS, "review-items-after-error"),
)

review_without_a_repository = Scenario(
    "A review against a branch where there is no repository gets its error, and the next turn is none of its business.",
    start_thread("t"),
    run_turn("t", "before the review", says="ready"),
    request(
        "review/start",
        {**T, "target": {"type": "baseBranch", "branch": "main"}},
        Ok(subset({"reviewThreadId": same_as("t.thread.id")})),
    ),
    wait_for("error", thread="t", where={"willRetry": False}),
    start_turn("n", "t", "after the review", says="still ready"),
    await_turn("n"),
    origin="BUG-008",
    provokes=(
        "unbegun-review-never-ends",
        "review-error-fails-next-turn",
        "review-error-is-heard",
        "review-error-contradicts-status",
    ),
)

review_of_nothing = Scenario(
    "A review without a target, of an empty one, or of a thread that does not exist is refused.",
    start_thread("t"),
    request("review/start", T, Refused(-32600, text("missing field `target`"))),
    request(
        "review/start", {**T, "target": {"type": "x"}}, Refused(-32600, text("unknown variant `x`, expected one of"))
    ),
    request("review/start", {**T, "target": custom(" ")}, Refused(-32600, "instructions must not be empty")),
    request("review/start", {**T, "target": {"type": "commit", "sha": ""}}, Refused(-32600, "sha must not be empty")),
    request(
        "review/start", {"threadId": NOBODY, "target": custom("x")}, Refused(-32600, f"thread not found: {NOBODY}")
    ),
    run_turn("t", "no review", says="none"),
    origin="API-06",
)

detached_review_is_refused = Scenario(
    "A review in a thread of its own is announced as deprecated, and refused where history is paged.",
    start_thread("t"),
    run_turn("t", "write it here", says="written"),
    request(
        "review/start",
        {**T, "delivery": "detached", "target": custom("look from afar")},
        Refused(-32600, "paginated threads do not support detached review"),
    ),
    wait_for("deprecationNotice", where={"summary": text("detached.* is deprecated")}),
    run_turn("t", "stay here", says="here"),
    origin="API-07",
)

review_all_at_once = Scenario(
    "A review whose answer and events come in one write is taken for the turn that its answer names.",
    start_thread("t"),
    run_turn("t", "write quickly", says="written"),
    begin_turn("v", "t", "review/start", text="read quickly", says="fine", target=custom("read quickly")),
    await_turn("v"),
    origin="CDX-09",
    setup=Setup(pace="burst"),
    provokes=COMPLETED,
)
