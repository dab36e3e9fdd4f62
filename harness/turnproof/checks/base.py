"""What a check is: an incremental fold over the events of a history.

A check's state is only what is open; whatever it needs is handed to it event by event, the same way while a play runs
and when a history file is read later.  Its methods say by decorator which events they want, so that an event costs only
the checks that look at it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, Final, Protocol, TypeVar, cast

import msgspec

from turnproof.crowd import Crowd
from turnproof.expect import Expected
from turnproof.history import Event, EventKind
from turnproof.message import Direction, Message, MessageKind, at, rows_of
from turnproof.verdict import Level, Violation

BEGINS_A_TURN: Final = ("review/start", "thread/compact/start", "thread/shellCommand")
"""Requests that begin a turn without being turn/start; the last two are answered before it begins, without its id."""
OF_AN_ITEM: Final = frozenset(("item/started", "item/completed"))
"""Notifications that carry a whole item: who wants only some types of them is not called for the others."""
MOST: Final = 100
"""Violations that one check keeps: a server that floods its client (100,000 lines a second) must not fill our memory."""
Handler = Callable[..., None]
F = TypeVar("F", bound=Handler)
K = TypeVar("K")
V = TypeVar("V")


def remember(table: dict[K, V], key: K, value: V, most: int) -> None:
    """Keep a value; of more than ``most`` the one that was new first is forgotten: a soak tells of more than memory holds."""
    table[key] = value
    if len(table) > most:
        del table[next(iter(table))]


class Call(msgspec.Struct):
    """A request that was sent and is not settled."""

    method: str
    message: Message
    event: Event


class Wants(msgspec.Struct, frozen=True):
    """Which events a method takes. Empty ``names`` (methods of lines, what our own facts tell of) means every one; a
    trailing ``*`` stands for any rest. ``items``: only what tells of an item of these types."""

    kind: EventKind
    direction: Direction | None
    messages: tuple[MessageKind, ...]
    names: tuple[str, ...]
    items: tuple[str, ...] = ()

    def match(
        self, kind: EventKind, direction: Direction | None, message: MessageKind | None, name: str, item: str = ""
    ) -> bool:
        if kind != self.kind or (self.direction and direction != self.direction):
            return False
        if (self.messages and message not in self.messages) or (self.items and item not in self.items):
            return False
        return not self.names or any(name.startswith(n[:-1]) if n.endswith("*") else name == n for n in self.names)


def _marked(wants: Wants) -> Callable[[F], F]:
    def mark(method: F) -> F:
        vars(method).setdefault("wants", []).append(wants)
        return method

    return mark


def _wants(kind: EventKind, direction: Direction | None, messages: tuple[MessageKind, ...], names: tuple[str, ...]):
    return _marked(Wants(kind, direction, messages, names))


def on_notification(*methods: str) -> Callable[[F], F]:
    """The method takes notifications of the server."""
    return _wants("line", "to_client", ("notification",), methods)


def on_item(*methods: str, of: tuple[str, ...]) -> Callable[[F], F]:
    """The method takes beginnings and ends of items, only of those that are of these types."""
    assert OF_AN_ITEM.issuperset(methods)
    return _marked(Wants("line", "to_client", ("notification",), methods, of))


def on_request(*methods: str) -> Callable[[F], F]:
    """The method takes requests of the client."""
    return _wants("line", "to_server", ("request",), methods)


def on_answer(*methods: str) -> Callable[[F], F]:
    """The method takes answers of the server to requests of these methods, errors too."""
    return _wants("line", "to_client", ("response", "error"), methods)


def on_result(*methods: str) -> Callable[[F], F]:
    """The method takes results only."""
    return _wants("line", "to_client", ("response",), methods)


def on_line(direction: Direction | None = None, *kinds: MessageKind) -> Callable[[F], F]:
    """The method takes lines of these kinds."""
    return _wants("line", direction, kinds, ())


def on_event(kind: EventKind, *names: str) -> Callable[[F], F]:
    """The method takes events of our own, of this kind: all, or those that tell of one of these ("begin" of a step)."""
    return _wants(kind, None, (), names)


def on_exit() -> Callable[[F], F]:
    """The method takes the end of a server process."""
    return on_event("process", "exit")


class Table(Protocol):
    """What several checks would each keep of the same events. Its methods say what they take, as those of a check do."""

    def __init__(self, context: Context) -> None: ...

    def end(self) -> None:
        """The history is over."""
        ...


T = TypeVar("T", bound=Table)


class Context(msgspec.Struct):
    """What checks judge by."""

    expected: Expected
    schema: Any = None
    profile: Any = None
    own_server: bool = False
    """The server is our own fake, which is held to what real servers only should keep."""
    silent: frozenset[str] = frozenset()
    """Notifications that the client opted out of; the judge keeps it, as initialize says it."""
    crowd: Crowd = msgspec.field(default_factory=Crowd)
    """What is in front of which request; the judge keeps it, and a request is no part of it once the answer was judged."""
    flagged: bool = False
    """Whether some check has reported that a MUST was not kept."""
    tables: dict[type[Table], Table] = msgspec.field(default_factory=dict["type[Table]", "Table"])
    """What several checks go by; the judge keeps it like a check, ahead of them."""

    def shared(self, table: type[T]) -> T:
        """The table of this kind: one for all checks that go by it."""
        found = self.tables.get(table)
        if found is None:
            found = self.tables[table] = table(self)
        return cast("T", found)


class Check:
    """One invariant. ``judged`` counts what it looked at: a check that looked at nothing proved nothing."""

    name: ClassVar[str]
    level: Level = "MUST"
    reason: ClassVar[str]
    source: ClassVar[str] = ""
    since: ClassVar[str] = "0.1"
    harness: ClassVar[bool] = False
    """Whether a violation is our own side's fault (a harness error) rather than the server's."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.expected = context.expected
        self.judged = 0
        self.found: list[Violation] = []

    def flag(self, event: Event, what: str, /, **facts: Any) -> None:
        """Report a violation shown by this event. Those beyond the first hundred of a check tell nothing new."""
        if len(self.found) >= MOST:
            return
        facts.setdefault("event", name_of(event))
        self.context.flagged = self.context.flagged or self.level == "MUST"
        self.found.append(
            Violation(self.name, self.level, event.seq, what, self.source, {k: str(v) for k, v in facts.items()})
        )

    def end(self, last: Event) -> None:
        """The history is over; ``last`` is its last event."""


REGISTRY: Final[dict[str, type[Check]]] = {}


def check(cls: type[Check]) -> type[Check]:
    """Put a check in the registry; its order there breaks ties between checks that flag the same event."""
    if cls.name in REGISTRY:
        raise ValueError(f"two checks are named {cls.name!r}")
    REGISTRY[cls.name] = cls
    return cls


def name_of(event: Event) -> str:
    """A short name for an event: a method, or what kind of fact it is."""
    if event.kind == "line":
        message = event.message
        return message.method or message.kind
    if event.kind == "bytes":
        return "bytes"
    data = event.data
    return str(data.get("event") or data.get("step") or event.kind)


def told_by(event: Event) -> str:
    """What a fact of our own tells of: the phase of a step, or the event of anything else; empty for bytes."""
    if event.kind == "bytes":
        return ""
    name = event.data.get("phase" if event.kind == "step" else "event")
    return name if isinstance(name, str) else ""


def item_type(message: Message) -> str:
    """The type of the item that a message carries; empty where there is none."""
    found = at(message.params, "item", "type")
    return found if isinstance(found, str) else ""


def opted_out(initialize: Message) -> frozenset[str]:
    """The notifications that the client does not want, as its initialize says."""
    return frozenset(map(str, rows_of(at(initialize.params, "capabilities", "optOutNotificationMethods"))))


@cache
def wants_of(cls: type[Check | Table]) -> tuple[tuple[Wants, str], ...]:
    """What a check or a table wants, with the names of the methods that take it."""
    return tuple(
        (wants, name)
        for base in reversed(cls.__mro__)
        for name, member in vars(base).items()
        for wants in getattr(member, "wants", ())
    )
