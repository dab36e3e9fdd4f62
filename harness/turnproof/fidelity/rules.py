"""The rules of the comparison: what two histories of one scenario may differ in. Everything else is literal.

A *letter* names what a line is: ``← turn/started``, ``← answer to thread/read``, ``→ turn/start``, with the type of its
item or status where there is one: ``← item/started agentMessage``.  Arrows are the client's: ``→`` it writes, ``←`` it
reads.  Patterns are those of ``fnmatch``.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec


class Floats(msgspec.Struct, frozen=True):
    """Two kinds of lines of one thread that have no order between them.

    ``but`` are kinds of ``other`` that do, ``but_for`` kinds of ``one`` that have rules of their own.  ``tied`` says that
    lines about one call have an order all the same, ``taken_back`` that the rule is for turns that were interrupted alone.
    """

    one: str
    other: str
    because: str
    but: tuple[str, ...] = ()
    but_for: tuple[str, ...] = ()
    tied: bool = False
    taken_back: bool = False


class Unread(msgspec.Struct, frozen=True):
    """A path whose value is not compared, with all that is in it; only its type is. Indexes of lists are left out of it."""

    letter: str
    path: str
    because: str


class Unordered(msgspec.Struct, frozen=True):
    """A path whose members come in any order; ``alike``: only those among them for which this member is the same."""

    letter: str
    path: str
    because: str
    alike: str = ""


class Chance(msgspec.Struct, frozen=True):
    """A kind of line that may come or not, where ``when`` says."""

    letter: str
    because: str
    when: Literal["its turn was interrupted", "it was said just so", "the play was over", "the input was over"] = (
        "its turn was interrupted"
    )
    """In a turn that ends interrupted (of several under way at once, where the line names none: in one of them); next to
    another line of its kind in its thread; in the last thread of the play, where nothing waits for it; the answer to
    the last that was asked before the input ended."""


class Name(msgspec.Struct, frozen=True):
    """A path whose value, when it has this type, names something that each server process names anew."""

    letter: str
    path: str
    kind: str
    type: type


class IdKind(msgspec.Struct, frozen=True):
    """Texts that name something: each server has its own, and they are renamed one to one."""

    name: str
    pattern: str


_END_OF_STREAM: Final = ("← thread/tokenUsage/updated", "← account/rateLimits/updated")
_END_OF_TURN: Final = ("← thread/readState/changed", "← thread/status/changed idle", "← turn/completed *")
_STARTED: Final = ("← warning", "← thread/status/changed active", "← turn/started inProgress", "← item/* userMessage")
_BEGIN_OF_TURN: Final = ("← thread/settings/updated", *_STARTED)
_WAITED_FOR: Final = ("← answer to *", "← error to *", "← turn/completed *")
FLOATS: Final = (
    Floats(
        "→ *",
        "← *",
        but=(*_WAITED_FOR, "← ask *", "← thread/status/changed idle", "← deprecationNotice"),
        but_for=("→ answer to *", "→ error to *", "→ turn/start"),
        because="The client waits for answers, for what it is asked, and for the ends of turns; what it writes is not ordered "
        "with what it hears in between. A notice is about the request right before it.",
    ),
    Floats(
        "→ turn/start",
        "← *",
        but=(
            *_WAITED_FOR,
            "← ask *",
            "← thread/status/changed *",
            "← turn/*",
            "← item/*",
            "← model/*",
            "← deprecationNotice",
        ),
        because="The client waits for the end of the turn before, and for the answer that names the thread, but for nothing that is "
        "told beside the two.",
    ),
    *(
        Floats(
            f"→ {word} to *",
            "← *",
            but=(
                *_WAITED_FOR,
                "← ask *",
                "← serverRequest/resolved",
                "← thread/status/changed *",
                "← item/completed *",
            ),
            tied=True,
            because="A client that is asked goes on with others meanwhile. What is told of the call, that the request is over "
            "and that the thread waits no more follow the answer.",
        )
        for word in ("answer", "error")
    ),
    *(
        Floats(
            f"→ {word} to *",
            "← serverRequest/resolved",
            taken_back=True,
            because="An interrupt takes a request back, and the answer to it may be on its way (7 of 30 pairs of plays).",
        )
        for word in ("answer", "error")
    ),
    Floats(
        "→ answer to currentTime/read",
        "← thread/status/changed active",
        because="As the request does, the first of which overtakes the turn's start.",
    ),
    Floats("→ turn/interrupt", "← thread/status/changed idle", because="As with the end that it misses."),
    Floats(
        "→ turn/interrupt",
        "← turn/completed completed",
        because="An interrupt that comes too late has the same answer whether its client had read the end by then or not (on a busy "
        "machine 12 plays of the fake and 12 of codex never took the same order).",
    ),
    Floats(
        "← answer to *",
        "← answer to *",
        because="Answers overtake each other (seen on every version). Which answer is whose is compared all the same, and "
        "a client that waits for one before it asks the next orders them.",
    ),
    Floats(
        "→ thread/loaded/list",
        "← answer to thread/loaded/list",
        because="Of what is asked at once one answer is waited for, and the others come before or behind what is asked next (once "
        "in 600 plays of a burst of two hundred).",
    ),
    Floats("← answer to *", "← error to *", because="As answers do."),
    Floats("← error to *", "← error to *", because="As answers do."),
    Floats(
        "← warning",
        "← answer to turn/start",
        because="The warning of an unknown model is told before the answer, and sometimes after it (two runs differed in 16 of 463 turns).",
    ),
    Floats(
        "← thread/status/changed active",
        "← answer to turn/start",
        because="The turn is another task than the answer to its start, and sometimes the first (two runs differed in 4 of 463 turns).",
    ),
    Floats(
        "← warning",
        "← answer to thread/start",
        because="The warning of features under development is told beside the answer (seen first once in 687 pairs of plays).",
    ),
    Floats(
        "← thread/status/changed active",
        "← item/completed commandExecution",
        because="A consent wakes the thread and the command, which are two tasks (seen in either order).",
    ),
    *(
        Floats(
            "← ask currentTime/read",
            told,
            because="It overtakes what is told right before it (in 14 of 60 turns the first came before turn/started; once in 20 "
            "pairs of plays the second came before the end of the user's message; twice under load it came before the answer "
            "to the turn's start).",
        )
        for told in (*_STARTED, "← answer to turn/start")
    ),
    *(
        Floats(
            "← thread/queue/changed",
            other,
            because="Told by a task of its own beside the turn that leaves the queue, and beside the answer to what changed it "
            "(each was seen first).",
        )
        for other in (*_STARTED, "← answer to thread/queue/*", "← error to thread/queue/*")
    ),
    *(
        Floats(
            "← thread/queue/changed",
            told,
            because="What waits leaves the queue when its turn may begin, which the server knows before it has told the end of the "
            "turn before (once in 544 pairs of plays).",
        )
        for told in (*_END_OF_STREAM, *_END_OF_TURN)
    ),
    *(
        Floats(told, "← answer to thread/queue/*", because="As with turn/start: the turn is another task.")
        for told in _STARTED
    ),
    Floats("← thread/settings/updated", "← answer to turn/start", because="As the warning is, which it comes before."),
    Floats("← turn/started inProgress", "← answer to turn/start", because="As the status does, with which it is told."),
    *(
        Floats(
            told,
            answer,
            because="A steer or an interrupt ends the model's stream; what that end tells and the answer are two tasks "
            "(each was seen first).",
        )
        for told in _END_OF_STREAM
        for answer in ("← answer to turn/*", "← error to turn/*")
    ),
    *(
        Floats(
            "← thread/started",
            other,
            but=("← answer to thread/start", "← answer to thread/fork"),
            because="Told by a task of its own after the thread's own answer, now and then as late as behind the start of the thread's "
            "first turn (once in 740 pairs of plays behind its answer, once in 536 behind turn/started).",
        )
        for other in ("← answer to *", "← error to *", *_BEGIN_OF_TURN)
    ),
    *(
        Floats(
            f"← item/{word} userMessage",
            f"← answer to turn/{asked}",
            because="A steer, and a start into a turn that runs, is taken up by the turn, which is another task than its answer "
            "(2 of 20 rounds differed, 1 of 5).",
        )
        for word in ("started", "completed")
        for asked in ("steer", "start")
    ),
    Floats(
        "← mcpServer/startupStatus/updated *",
        "← *",
        but=(
            "← mcpServer/startupStatus/updated *",
            "← item/* mcpToolCall",
            "← ask mcpServer/elicitation/request",
            "← answer to mcpServer/*",
        ),
        because="An MCP server is a process, and starts when it starts. What is called on it waits for that.",
    ),
    *(
        Floats(
            "← thread/goal/cleared",
            told,
            but=("← answer to thread/resume",),
            because="Told by a task of its own after a resume; seen behind the answer to the turn/start that came next.",
        )
        for told in (*_BEGIN_OF_TURN, "← answer to *", "← error to *")
    ),
)

CHANCE: Final = (
    *(
        Chance(letter, because="Whether the stream had ended when the interrupt came (1 of 8 cancelled commands).")
        for letter in _END_OF_STREAM
    ),
    Chance(
        "← item/completed commandExecution",
        because="An interrupt kills a command of the user; the item completes if the turn sees that in time.",
    ),
    Chance(
        "← thread/status/changed notLoaded",
        when="it was said just so",
        because="An archived thread is unloaded, and a busy server says so twice now and then (3 of 72 plays under load).",
    ),
    Chance(
        "← mcpServer/startupStatus/updated ready",
        when="the play was over",
        because="A turn does not wait for an MCP server that it has no call for (2 of 4,600 plays).",
    ),
    Chance(
        "← answer to thread/loaded/list",
        when="the input was over",
        because="What is asked right before the end of input is read, and the server may end before it answers (16 of 22 plays).",
    ),
)

_MAP: Final = "The real server prints a hash map."
UNORDERED: Final = (
    Unordered("← answer to thread/list", "result.readStates", because=_MAP),
    Unordered(
        "← answer to thread/list",
        "result.data",
        alike="id",
        because="A thread that was reverted is listed twice, and which of its two rows comes first is chance (4 of 5 rounds differ).",
    ),
)

_ADVERTISING: Final = "The vendor's words about its models, which the fake does not repeat."
_MACHINE: Final = "What the real server finds on its machine; the fake finds nothing there."
_SETTINGS: Final = "Some hundred settings with their origins; the fake shows those that it acts on."
_PROMPT: Final = "The vendor's prompt for a mode of collaboration, which the fake does not repeat."
UNREAD: Final = (
    Unread("← answer to model/list", "result.data.availabilityNux.message", because=_ADVERTISING),
    Unread("← answer to model/list", "result.data.description", because=_ADVERTISING),
    Unread("← answer to model/list", "result.data.serviceTiers.description", because=_ADVERTISING),
    Unread("← answer to model/list", "result.data.supportedReasoningEfforts.description", because=_ADVERTISING),
    Unread("← answer to model/list", "result.data.upgradeInfo.migrationMarkdown", because=_ADVERTISING),
    Unread("← answer to config/read", "result.config", because=_SETTINGS),
    Unread("← answer to config/read", "result.origins", because=_SETTINGS),
    Unread("← answer to skills/list", "result.data.skills", because=_MACHINE),
    Unread(
        "← thread/settings/updated",
        "params.threadSettings.collaborationMode.settings.developer_instructions",
        because=_PROMPT,
    ),
    Unread("← answer to thread/resume", "result.collaborationMode.settings.developer_instructions", because=_PROMPT),
    Unread(
        "← thread/tokenUsage/updated reckoned",
        "params.tokenUsage.last.totalTokens",
        because="Behind a compaction it is reckoned from the vendor's base prompt; its parts are none.",
    ),
)

IDS: Final = (
    IdKind("uuid", r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    IdKind("item", r"\b(?:msg|rs)_(?![0-9a-f]{8}-)[0-9a-z]+\b"),
    IdKind("seed", r"(?<=-of-)\d+\b"),
    IdKind("digest", r"\bsha256:[0-9a-f]{64}\b"),
    IdKind("blob", r"\b[0-9a-f]{40}\b"),
    IdKind("port", r"(?<=http://127\.0\.0\.1:)\d+"),
    IdKind("ordinal", r'(?<="rolloutOrdinal":)\d+'),
)
"""A uuid keeps its version: one of version 7 never stands for one of version 4. Ids of calls are the script's, and literal;
what calls write down carries the seed of the play, and so does the name that git has for it."""
_ITEM_WITH_PROCESS: Final = (
    ("← item/started commandExecution", "params.item.processId"),
    ("← item/completed commandExecution", "params.item.processId"),
    ("← item/commandExecution/terminalInteraction", "params.processId"),
    ("← answer to thread/*", "result.thread.turns.items.processId"),
)
NAMES: Final = (
    *(Name(letter, path, "process", str) for letter, path in _ITEM_WITH_PROCESS),
    Name("← serverRequest/resolved", "params.requestId", "request of the server", int),
)
"""Where a whole value is such a name, within one server process. What a client names so is literal."""

SECONDS: Final = frozenset(
    ("createdAt", "updatedAt", "recencyAt", "startedAt", "completedAt", "sectionEnteredAt", "currentTimeAt")
)
MILLISECONDS: Final = frozenset(("emittedAtMs", "startedAtMs", "completedAtMs"))
"""Members that hold a moment, in Unix seconds or milliseconds: null in both or in none, within the play in both or in
none, and in the same order."""
DURATIONS: Final = frozenset(("durationMs",))
"""Members that hold a length of time: null in both or in none, and no longer than the play."""

CLOCK: Final = re.compile(
    r"(?P<date>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)T(?P<hour>\d\d)[-:](?P<minute>\d\d)[-:](?P<second>\d\d)"
    r"(?:\.\d+)?"
)
"""A moment within a text, UTC. How it is written is literal: what divides it, how many digits it has, what follows."""
DAY: Final = re.compile(r"(?<=/)(?P<date>\d{4})/(?P<month>\d\d)/(?P<day>\d\d)(?=/|$)")
"""A day within a path, UTC: rollouts lie in folders of the day."""

CALL: Final = "call_"
"""How the ids of a model's calls begin. Each call is a task of the server: what is told, asked and answered about one is
ordered, and has no order with what is told about another (three at once came in every order)."""

TYPE_AT: Final = (("item", "type"), ("status", "type"), ("turn", "status"), ("status",))
"""Where a notification says what kind of its kind it is."""

OF_THE_BUSY_THREAD: Final = frozenset(("account/rateLimits/updated", "deprecationNotice"))
"""Notifications that name no thread but are part of what one does. Where never two threads of a play are busy at once, they
are ordered with the lines of the one that is."""
