"""Surprising, and right: never flagged. Each was seen on 0.163.0."""

from __future__ import annotations

from typing import Final

from turnproof.profile.quirk import Legal

LEGAL: Final = (
    Legal("no-jsonrpc-key", "The server never sends the key jsonrpc, and ignores it when it gets one.", "every message"),
    Legal("errors-are-32600", "Nearly every refusal has the code -32600, unknown methods and bad params too.", "all errors but five kinds"),
    Legal("error-before-id", "An error answer prints error first, then id.", "every error"),
    Legal("unparsed-line-unanswered", "A line that does not parse gets no answer at all; stderr has the reason.", "malformed JSON, batches, bare values"),
    Legal("notification-before-answer", "What a request causes may be told before the request is answered.", "warning, thread/status/changed, thread/reverted, deprecationNotice"),
    Legal("answers-out-of-order", "Answers do not come in the order of the requests.", "five turn/start at once: 9, 8, 11, 10, 7"),
    Legal("server-ids-from-zero", "The server numbers its own requests from 0, in a space of its own.", "every first approval"),
    Legal("request-asked-again", "A resume in mid-turn asks what is pending again, under the same id.", "approval pending, then thread/resume"),
    Legal("item-left-open", "An item that started need not complete: an interrupt, a steer, a retry or a lost stream leaves it open, and the end of the turn closes it.", "each of the four"),
    Legal("system-error-status", "After a failed turn the thread is systemError, not idle; its next turn works.", "22 of 22 failed turns"),
    Legal("status-before-end", "The thread is idle again before its turn/completed comes.", "107 of 107 turns"),
    Legal("end-holds-last-message", "turn/completed holds the last agent message only, or no item at all.", "every turn"),
    Legal("command-deltas-lossy", "Output deltas of a command do not add up; aggregatedOutput is the truth.", "6 of 6 commands lost their first line"),
    Legal("thread-without-turn-unsaved", "A thread that never ran a turn is not on disk: after a restart it cannot be resumed.", "start, restart, resume"),
    Legal("no-started-on-resume", "A resume is not followed by thread/started.", "every resume"),
    Legal("silent-retries", "A request to the model may be tried again without any notice.", "500, 500, 200"),
    Legal("initialized-optional", "The server does not wait for initialized, and works without it.", "thread/start without it"),
    Legal("unscoped-notifications", "account/rateLimits/updated, configWarning and remoteControl/status/changed name no thread.", "every turn, every start"),
    Legal("steer-cuts-stream", "A steer, or a second turn/start, cancels the model's stream; what it said so far is dropped.", "steer in mid-stream"),
    Legal("second-start-steers", "turn/start on a thread with a running turn returns the id of that turn, and steers it.", "turn/start twice"),
    Legal("interrupt-drops-text", "An interrupted agent message is never completed, and its text is lost.", "interrupt in mid-stream"),
    Legal("early-interrupt-refused", "An interrupt right behind turn/start is refused, though the turn's id is known; the turn runs on.", "13 of 13 without a delay"),
    Legal("created-at-differs", "createdAt of a thread is told from memory at first and then from its file, which may be a second earlier.", "resume in mid-turn: 1795271273, then …72"),
    Legal("failed-after-complete-message", "A turn whose message was completed fails all the same when its stream ends before response.completed.", "no retries: item/completed, then turn/completed failed"),
    Legal("no-idle-timeout-before-headers", "stream_idle_timeout_ms does not run before the response headers of the model: such a turn waits on.", "timeout 700 ms, headers after 4 s: the turn waited and completed"),
    Legal("overload-refused", "A server that is asked too much at once refuses requests with -32001, which a client may try again.", "of 200 requests that it found when it started 126 were served, 74 refused at once (22 of 25 runs)"),
    Legal("review-runs-as-inner-turn", "A review runs under a turn of its own within the one that it was answered with; turn/interrupt has to name that one.", "expected active turn id (of the answer) but found (of turn/started)"),
    Legal("review-leaves-message-open", "In a review the model's own message starts and never completes; what it said comes again as a whole message.", "every review"),
    Legal("compaction-estimates-usage", "The last usage of a compaction is what the context is reckoned to hold now; the total stays.", "total 4, last 6086"),
    Legal("command-turn-takes-words", "Words for a thread on which a command of the user runs are taken into the command's turn, and no model is asked.", "turn/start and turn/steer while echo; sleep; echo ran"),
    Legal("unsubscribe-unknown", "thread/unsubscribe of an unknown thread is no error: notLoaded.", "unknown id"),
)  # fmt: skip
