"""What the server asks its client, and what became of it: the table, and the fold that the checks of asks share.

    asked ──► answered ──► resolved ──► the turn goes on
      └─────► the turn is interrupted ──► resolved

A dynamic tool's call is never told to be resolved: its item says how it went (seen on 0.163.0).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from typing import Any, Final, NamedTuple, cast

from turnproof.calls import CALL_ID, CallKind, mark_of
from turnproof.checks.base import (
    Call,
    Check,
    Context,
    Handler,
    on_answer,
    on_exit,
    on_line,
    on_notification,
    on_request,
)
from turnproof.history import Event
from turnproof.message import IdKey, Message, at, id_key, rows_of

RESOLVED: Final = "serverRequest/resolved"
CUTS_A_TURN: Final = ("turn/interrupt", "thread/archive", "thread/delete", "thread/revert")
"""Requests of the client that end a turn: what it was asked in it may stay unanswered."""


class Kind(NamedTuple):
    """A way of asking: the kind of call that makes the server ask so, the type of the item that the ask is about, the
    flag under which the thread waits, and whether the server tells that the ask is settled."""

    call: CallKind
    item: str | None
    flag: str | None
    resolved: bool = True


KINDS: Final[dict[str, Kind]] = {
    "item/commandExecution/requestApproval": Kind("command", "commandExecution", "waitingOnApproval"),
    "item/fileChange/requestApproval": Kind("patch", "fileChange", "waitingOnApproval"),
    "item/permissions/requestApproval": Kind("permissions", None, "waitingOnApproval"),
    "item/tool/requestUserInput": Kind("user_input", None, "waitingOnUserInput"),
    "item/tool/call": Kind("tool", "dynamicToolCall", None, resolved=False),
    "mcpServer/elicitation/request": Kind("mcp", "mcpToolCall", "waitingOnApproval"),
}
"""How 0.163.0 asks, by method."""
_DECISIONS: Final = {"accept": "accept", "acceptForSession": "accept", "decline": "decline", "cancel": "cancel"}


def call_of(ask: Message) -> str:
    """The id of the call that an ask is about; empty where it does not say.

    An elicitation carries none: that of our own MCP server has the mark of its call in its words.
    """
    for name in ("itemId", "callId"):
        if isinstance(call := ask.params.get(name), str):
            return call
    mark = mark_of(ask)
    return "" if mark is None else CALL_ID + mark


def outcome_of(kind: Kind, answer: Message) -> str:
    """What an answer of the client comes to: "accept", "decline", "cancel", or "fail" when it is an error or makes no
    sense."""
    result = answer.result
    if answer.kind == "error" or not result:
        return "fail"
    if kind.call in ("command", "patch"):
        decision = result.get("decision")
        amended = at(decision, "acceptWithExecpolicyAmendment", "execpolicy_amendment")
        if kind.call == "command" and isinstance(amended, list):
            return "accept"
        return _DECISIONS.get(decision, "fail") if isinstance(decision, str) else "fail"
    if kind.call == "mcp":
        action = result.get("action")
        return action if action in ("accept", "decline", "cancel") else "fail"
    if kind.call == "tool":
        well = isinstance(result.get("contentItems"), list) and isinstance(result.get("success"), bool)
        return ("accept" if result["success"] else "decline") if well else "fail"
    well = _is_choice(result) if kind.call == "user_input" else _is_grant(result)
    return "accept" if well else "fail"


def _is_choice(result: dict[str, Any]) -> bool:
    """Whether this is an answer to questions: some words for each."""
    answers = result.get("answers")
    if not isinstance(answers, dict):
        return False
    given = [at(answer, "answers") for answer in cast("dict[str, Any]", answers).values()]
    return all(isinstance(words, list) and all(isinstance(word, str) for word in rows_of(words)) for words in given)


def _is_grant(result: dict[str, Any]) -> bool:
    """Whether this grants permissions, or none of them, for a scope that there is."""
    granted = result.get("permissions")
    network = at(granted, "network")
    known = network is None or (isinstance(network, dict) and isinstance(at(network, "enabled"), bool | None))
    known = known and _is_file_system(at(granted, "fileSystem"))
    return isinstance(granted, dict) and known and result.get("scope") in (None, "turn", "session")


def _is_file_system(files: Any) -> bool:
    """Whether these are permissions for files; what it does not know it passes over (seen on 0.163.0)."""
    if not isinstance(files, dict | None):
        return False
    return all(
        listed is None or (isinstance(listed, list) and all(isinstance(row, kind) for row in rows_of(listed)))
        for name, kind in (("read", str), ("write", str), ("entries", dict))
        for listed in [at(files, name)]
    )


class Ask:
    """One request of the server. ``outcome`` is empty until it is answered; ``ended`` is the status of its turn, once
    that is over."""

    __slots__ = ("call", "ended", "id", "kind", "method", "outcome", "params", "reply", "resolved", "thread", "turn")

    def __init__(self, kind: Kind, message: Message) -> None:
        self.id = message.id
        self.kind = kind
        self.method = message.method or ""
        self.params = message.params
        self.thread = str(message.params.get("threadId"))
        turn = message.params.get("turnId")
        self.turn = turn if isinstance(turn, str) else ""
        self.call = call_of(message)
        self.reply: dict[str, Any] = {}
        self.outcome = ""
        self.resolved = False
        self.ended = ""

    @property
    def waits(self) -> bool:
        """Whether the client has still to answer."""
        return not (self.outcome or self.resolved or self.ended)

    def __str__(self) -> str:
        return f"{self.method} (id {self.id!r})"


HOOKS: Final = ("asked", "answered", "resolved", "turn_over", "forgotten")
"""What `Asking` is told of; each is a method that a check may have."""


class OpenAsks:
    """What the server has asked and is not settled: one table for all checks that follow it, kept before they judge an event.

    An ask is kept until its turn is over and it is resolved, at the latest until the next turn of its thread begins.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.asks: dict[tuple[int, IdKey], Ask] = {}
        self.cut: set[str] = set()
        """Threads whose client asked for the end of the turn that runs."""
        self._left: set[str] = set()
        self._told: dict[str, list[Handler]] = {hook: [] for hook in HOOKS}

    def follow(self, check: Asking) -> None:
        """Tell a check of what it has a method for."""
        for hook in _hooks_of(type(check)):
            self._told[hook].append(getattr(check, hook))

    def end(self) -> None:
        """The history is over: whom it told knows it, and both would wait for the garbage collector."""
        self._told.clear()

    def owed(self, ask: Ask) -> bool:
        """Whether the server has still to say that the ask is settled: what was cut off with its turn is told so too."""
        told = RESOLVED not in self.context.silent and ask.thread not in self._left
        return told and ask.kind.resolved and not ask.resolved

    @on_request(*CUTS_A_TURN)
    def cutting(self, event: Event, message: Message) -> None:
        self.cut.add(str(message.params.get("threadId")))

    @on_answer(*CUTS_A_TURN)
    def refused(self, event: Event, message: Message, call: Call) -> None:
        if message.kind == "error":
            self.cut.discard(str(call.message.params.get("threadId")))

    @on_request("thread/unsubscribe", "thread/resume")
    def subscribed(self, event: Event, message: Message) -> None:
        """Of a thread that the client left it is told neither what is resolved nor the end of a turn."""
        left = message.method == "thread/unsubscribe"
        (self._left.add if left else self._left.discard)(str(message.params.get("threadId")))

    @on_line("to_client", "request")
    def asked(self, event: Event, message: Message) -> None:
        kind = KINDS.get(message.method or "")
        if kind is None:
            return
        key = (event.conn, id_key(message.id))
        known = self.asks.get(key)
        again = known is not None and known.method == message.method and known.params == message.params
        ask = known if known is not None and again else Ask(kind, message)
        self.asks[key] = ask
        for tell in self._told["asked"]:
            tell(event, ask, again=again)

    @on_line("to_server", "response", "error")
    def answered(self, event: Event, message: Message, call: Call | None) -> None:
        ask = self.asks.get((event.conn, id_key(message.id)))
        if ask is not None and ask.waits:
            ask.outcome, ask.reply = outcome_of(ask.kind, message), message.result
            for tell in self._told["answered"]:
                tell(event, ask)

    @on_notification(RESOLVED)
    def resolved(self, event: Event, message: Message) -> None:
        key = (event.conn, id_key(message.params.get("requestId")))
        ask = self.asks.get(key)
        for tell in self._told["resolved"]:
            tell(event, message, ask)
        if ask is not None:
            ask.resolved = True
            if ask.ended:
                del self.asks[key]

    @on_notification("turn/completed")
    def turn_over(self, event: Event, message: Message) -> None:
        thread, turn = str(message.params.get("threadId")), at(message.params, "turn", "id")
        asks = [ask for ask in self.asks.values() if ask.thread == thread and ask.turn in ("", turn)]
        for tell in self._told["turn_over"]:
            tell(event, message, asks)
        self.cut.discard(thread)
        if asks:
            for ask in asks:
                ask.ended = str(at(message.params, "turn", "status"))
            self.asks = {key: ask for key, ask in self.asks.items() if not ask.ended or self.owed(ask)}

    @on_notification("turn/started", "thread/reverted", "thread/archived", "thread/deleted")
    def goes_on(self, event: Event, message: Message) -> None:
        """What was asked in the thread's last turn is settled by now (seen on 0.163.0)."""
        thread = str(message.params.get("threadId"))
        over = [key for key, ask in self.asks.items() if ask.ended and ask.thread == thread]
        for key in over:
            ask = self.asks.pop(key)
            for tell in self._told["forgotten"]:
                tell(event, ask)

    @on_exit()
    def exited(self, event: Event) -> None:
        self.asks.clear()
        self.cut.clear()
        self._left.clear()


class Asking(Check):
    """A check that follows what the server asks. It overrides what it wants of the empty methods."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._open_asks = context.shared(OpenAsks)
        self._open_asks.follow(self)

    def asked(self, event: Event, ask: Ask, *, again: bool) -> None:
        """The server asks; ``again``: what it asked before, under the same id and in the same words."""

    def answered(self, event: Event, ask: Ask) -> None:
        """The client answers, for the first time."""

    def resolved(self, event: Event, message: Message, ask: Ask | None) -> None:
        """The server tells that an ask (None: that is not open) is settled; ``ask`` is as it was before."""

    def turn_over(self, event: Event, message: Message, asks: list[Ask]) -> None:
        """A turn ends, with what was asked in it."""

    def forgotten(self, event: Event, ask: Ask) -> None:
        """The next turn begins, or the thread is gone, and an ask of an earlier turn was never resolved."""

    def asks(self) -> Collection[Ask]:
        """What was asked and is not settled, in the order in which it came."""
        return self._open_asks.asks.values()

    def waiting(self, thread: str) -> Iterator[Ask]:
        """What the client of this thread has still to answer."""
        return (ask for ask in self._open_asks.asks.values() if ask.thread == thread and ask.waits)

    def cut(self, thread: str) -> bool:
        """Whether the client asked for the end of the turn that runs on this thread."""
        return thread in self._open_asks.cut

    def owed(self, ask: Ask) -> bool:
        """Whether the server has still to say that the ask is settled."""
        return self._open_asks.owed(ask)


@cache
def _hooks_of(cls: type[Asking]) -> tuple[str, ...]:
    return tuple(hook for hook in HOOKS if getattr(cls, hook) is not getattr(Asking, hook))
