"""Faults as data: *when this passes, do that to it*.

The one mechanism behind every broken server: the healthy fake with a list of rules.  ``fake`` and ``sim`` realise them;
each firing is written to the history, and a play in which a rule did not fire is *invalid* (requirement HAR-02: a fault
that did not happen proves nothing).

In a rewritten value or an injected message any object of exactly one key is a placeholder:
``{"$copy": "params.turnId"}`` is taken from the matched message, ``{"$thread": n}`` and ``{"$turn": n}`` are the ids of
the n-th thread and turn of this server (from 1), ``{"$delete": true}`` as a value deletes the key.
"""

from __future__ import annotations

import math
from typing import Any, Final, Literal

import msgspec

from turnproof.message import Direction


class When(msgspec.Struct, frozen=True):
    """The ``k``-th message that matches the rest (None: any; ``k=None``: every one).

    The method of a response is the method of the request that it answers; ``thread`` counts the threads of the server
    from 1, in the order in which it announced them; ``longer_than`` counts the bytes of the line; "noise" is a line that
    is no JSON object.
    """

    method: str | None = None
    direction: Direction = "to_client"
    kind: Literal["request", "response", "notification", "noise"] | None = None
    thread: int | None = None
    k: int | None = 1
    longer_than: int | None = None

    def __post_init__(self) -> None:
        for name, first in (("k", 1), ("thread", 1), ("longer_than", 0)):
            count = getattr(self, name)
            if count is not None and not count >= first:
                raise ValueError(
                    f"When({name}={count!r}) matches nothing, as it counts from {first}; mend: {name}={first}"
                )


class Action(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag=True):
    """What is done to the message."""


class Drop(Action, frozen=True, tag="drop"):
    """It is lost."""


class Delay(Action, frozen=True, tag="delay"):
    """It comes later by ``seconds``; what follows overtakes it."""

    seconds: float

    def __post_init__(self) -> None:
        if not 0 <= self.seconds < math.inf:
            raise ValueError(f"Delay({self.seconds!r}): no time that can pass; mend: a number of seconds from 0")


class Duplicate(Action, frozen=True, tag="duplicate"):
    """It comes twice."""


class Swap(Action, frozen=True, tag="swap"):
    """It changes places with the next message in its direction."""


class Rewrite(Action, frozen=True, omit_defaults=False, tag="rewrite"):
    """The field at a dotted path gets another value, null for one (which is why no default is left out)."""

    path: str
    value: Any = None


class Inject(Action, frozen=True, tag="inject"):
    """Another message is sent after it, or before it."""

    message: Any
    before: bool = False


class Reply(Action, frozen=True, tag="reply"):
    """A message back to where the matched one came from: to the client, or to the server in the client's place."""

    message: Any


class Raw(Action, frozen=True, tag="raw"):
    """A line that is no message is sent after it."""

    data: str


DEADLY: Final = (1, 2, 3, 4, 6, 8, 9, 11, 13, 14, 15)
"""Signals that end a process and have one number everywhere: HUP INT QUIT ILL ABRT FPE KILL SEGV PIPE ALRM TERM."""


class Kill(Action, frozen=True, tag="kill"):
    """The server dies in place of the message, as by this signal; of SIGTERM with return code 0, as the real one does."""

    code: int = 9

    def __post_init__(self) -> None:
        if self.code not in DEADLY:
            named = ", ".join(map(str, DEADLY))
            raise ValueError(f"Kill({self.code!r}): no signal that ends a process; mend: one of {named}")


AnyAction = Drop | Delay | Duplicate | Swap | Rewrite | Inject | Reply | Raw | Kill


class Fault(msgspec.Struct, frozen=True):
    """One rule."""

    when: When
    do: AnyAction
