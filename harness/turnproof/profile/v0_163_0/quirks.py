"""Defects of 0.163.0. Each fires its check; the violation is reported under the quirk's id and fails no case.

The facts that `where` speaks of are those that the checks give with a violation:

    event    the method or fact that shows it (what is *missing*, when that is the violation)
    cause    what brought it about: a method, what was written ("invalid utf-8"), "retry" of the model's stream, or "overload"
    status   how the turn in question, or the thread, is told to be
    error    the message that a turn failed with
    method   the request that was answered otherwise than scripted, and its turn_id where it has one
    turn_status   how the turn in question had ended
    id_type  int, str, float, null, bool, list, dict, big (an integer beyond 64 bits)
    setting  of a thread, which is not what it was, and what the thread had
    part     of a review's turns: "outer" (the one that was answered; "outer, begun" when something was told of it), or "inner"
    missing  types of the items of a turn that was read back: those that were told and are not there; other: those that are
             there and were not told
    asked    how the server was told to end (eof, TERM, …), of a request behind all that it had settled by then
"""

from __future__ import annotations

from typing import Final

from turnproof.profile.quirk import Quirk

QUIRKS: Final = (
    Quirk(
        "double-interrupt-unanswered",
        check="answered-once",
        where={"event": "turn/interrupt", "turn_status": "interrupted"},
        text="An interrupt of a turn that is interrupted already is answered only when the thread's next turn ends.",
        evidence="three runs, the longest wait 15 s; the answer then comes as {} beside the next idle",
        until="0.163.0",
        scenario="interrupts::interrupted_twice",
    ),
    Quirk(
        "unsubscribe-hides-turn-end",
        check="turn-ends-once",
        where={"event": "turn/completed", "cause": "thread/unsubscribe"},
        text="After thread/unsubscribe a turn on the thread is accepted and runs, and its caller is never told its end.",
        evidence="unsubscribe, turn/start: the answer and status changes come, no event of the turn",
        scenario="answers_and_events::the_end_of_a_turn_on_a_thread_that_was_left",
    ),
    Quirk(
        "resolved-after-turn-end",
        check="asks-settle",
        where={"event": "serverRequest/resolved", "turn_status": "interrupted"},
        text="What an interrupt cuts off while it waits for an answer is told to be resolved only after the turn's end.",
        evidence="{}, idle, turn/completed interrupted, serverRequest/resolved",
        scenario="command_approvals::an_interrupt_ends_the_wait_for_an_answer",
    ),
    Quirk(
        "eof-loses-answers",
        check="answered-once",
        where={"asked": "eof"},
        text="Requests that are read just before the end of input are not answered.",
        evidence="ten runs of two requests and EOF: 3 of 20 answers, always the first's",
        scenario="server_loss::requests_before_the_end_of_input",
        chance="on the real server in 7 of 8 plays, on the fake in 6 of 8; never on sim, which has no pipes",
    ),
    Quirk(
        "overload-loses-answers",
        check="answered-once",
        where={"cause": "overload"},
        text="Of the requests that are too many some are refused with -32001, and others are never answered at all.",
        evidence="25 times 3000 requests in one write: 1137 to 2206 answered, 1 to 826 refused, 567 to 1843 neither; a refusal for which its own queue has no place is dropped",
        scenario="client_starts::burst_beyond_the_limit",
        chance="on the fake and sim in every play; on the real server in all of 35 but one, in which it kept up and answered all",
    ),
    Quirk(
        "odd-id-unanswered",
        check="answered-once",
        where={"id_type": "[fnbld]*"},
        text="A request whose id is a float, null, a boolean, a list, an object or beyond 64 bits is dropped in silence.",
        evidence="1.0, 1.5, null, true, [..], {..}, 2^63: no answer, no line on stderr",
        scenario="malformed_lines::ids_that_are_none",
    ),
    Quirk(
        "invalid-utf8-ends-server",
        check="one-generation",
        where={"event": "exit", "rc": "0", "cause": "invalid utf-8"},
        text="One byte that is not UTF-8 ends the whole server, with exit code 0.",
        evidence="Failed reading stdin: stream did not contain valid UTF-8",
        scenario="malformed_lines::bytes_that_are_no_utf8",
    ),
    Quirk(
        "retry-repeats-item-id",
        check="lifecycle-order",
        where={"event": "item/started", "cause": "retry"},
        text="When a broken stream is asked for again and the model reuses its ids, one item starts several times.",
        evidence="stream reset for ever, two retries: the same id started three times",
        scenario="proposed_plans::a_plan_behind_a_retry",
    ),
    Quirk(
        "retry-repeats-text",
        check="text-as-scripted",
        where={"cause": "retry"},
        text="A message that was complete before its stream broke stays, and the retry says it again.",
        evidence="stream closed before response.completed, then answered: two completed messages",
        scenario="model_failures::said_again_by_the_retry",
    ),
    Quirk(
        "empty-turn-id-interrupts",
        check="as-scripted",
        where={"method": "turn/interrupt", "turn_id": ""},
        text="turn/interrupt with an empty turnId is accepted always, and interrupts whatever runs.",
        evidence="idle: {} and nothing happens; right after turn/start: the turn ends interrupted",
        scenario="interrupts::interrupt_of_no_turn",
    ),
    Quirk(
        "reverted-thread-listed-twice",
        check="threads-as-described",
        where={"event": "response", "cause": "thread/revert"},
        text="A thread that was reverted, and then used, is in thread/list once for each of its rollouts.",
        evidence="two rows of one id, with the paths and previews of the old and the new rollout",
        scenario="reverts::reverted_and_listed",
    ),
    Quirk(
        "review-never-ends",
        check="turn-ends-once",
        where={"event": "turn/completed", "cause": "review/start", "part": "inner"},
        text="The turn that a review says to start is another than its answer names, and is never ended.",
        evidence="turn/started with the review's turn as its rootTurnId, in every review",
        scenario="reviews::review_by_instructions",
    ),
    Quirk(
        "unbegun-review-never-ends",
        check="turn-ends-once",
        where={"event": "turn/completed", "cause": "review/start", "part": "outer"},
        text="Of a review that cannot begin nothing is told but an error: its turn is answered, and never ended.",
        evidence="a branch where there is no repository",
        scenario="reviews::review_without_a_repository",
    ),
    Quirk(
        "review-items-before-start",
        check="lifecycle-order",
        where={"cause": "review/start"},
        text="The turn that review/start is answered with has items, and is never said to start.",
        evidence="enteredReviewMode comes before any turn/started, in every review",
        scenario="reviews::review_by_instructions",
    ),
    Quirk(
        "review-usage-untold",
        check="usage-is-told",
        where={"cause": "review/start"},
        text="What a review uses is never told, nor counted into the thread's total.",
        evidence="no thread/tokenUsage/updated in any review; the next turn's total leaves it out",
        scenario="reviews::review_by_instructions",
    ),
    Quirk(
        "review-words-kept-elsewhere",
        check="contents-as-told",
        where={"cause": "review/start", "missing": "userMessage", "other": ""},
        text="What a review is asked is told under its own turn, and read back under the inner turn.",
        evidence="thread/read and thread/turns/list after every review",
        scenario="reviews::review_is_read_back",
    ),
    Quirk(
        "review-items-after-error",
        check="states-agree",
        where={"event": "item/*", "cause": "review/start"},
        text="A review that fails goes on with items after its thread is told to be systemError.",
        evidence="exitedReviewMode and an agentMessage behind the error",
        scenario="reviews::review_that_fails",
    ),
    Quirk(
        "review-error-fails-next-turn",
        check="no-unlicensed-failure",
        where={"event": "turn/completed", "cause": "review/start"},
        text="The error of a review that could not begin is told again, as the failure of the thread's next turn.",
        evidence="a branch where there is no repository, then a turn that is answered well: failed, and read back completed",
        scenario="reviews::review_without_a_repository",
    ),
    Quirk(
        "review-error-is-heard",
        check="as-scripted",
        where={"status": "failed", "error": "* is not a git repository"},
        text="So the client of that next turn is told a failure that is none of its turn's.",
        evidence="as above: only a review asks for a repository",
        scenario="reviews::review_without_a_repository",
    ),
    Quirk(
        "review-error-contradicts-status",
        check="states-agree",
        where={"event": "turn/completed", "cause": "review/start"},
        text="That next turn is told to fail while its thread is idle, with an error that was not announced.",
        evidence="status idle, then turn/completed failed",
        scenario="reviews::review_without_a_repository",
    ),
    Quirk(
        "fork-forgets-sandbox",
        check="threads-as-described",
        where={"method": "thread/fork", "setting": "sandbox"},
        text="A fork has the sandbox of the home's config, whatever its source may do.",
        evidence="of read-only and workspace-write in a home of danger-full-access: dangerFullAccess; in a read-only home of all: readOnly",
        scenario="thread_history::sandboxes_kept_on_disk",
    ),
    Quirk(
        "resume-forgets-workspace-write",
        check="threads-as-described",
        where={"method": "thread/resume", "cause": "from disk", "setting": "sandbox", "had": "workspaceWrite"},
        text="A thread that may write in its workspace alone is resumed from disk with the sandbox of the home's config.",
        evidence="workspace-write in a home of danger-full-access: dangerFullAccess after a new server; read-only stays",
        scenario="thread_history::sandboxes_kept_on_disk",
    ),
)
