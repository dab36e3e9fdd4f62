"""What an engine hands to its shell: the six things a server can do to the world.

Plain slotted classes, not dataclasses: `import dataclasses` alone is a third of the start-up budget.
`TYPE_CHECKING` is assigned rather than imported everywhere in this package for the same reason (`typing` is 10 ms).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

_SIGTERM = 15  # the same everywhere; `signal` is not imported for it


class _Value:
    """Equality and repr for the classes below, so that tests can compare and print them."""

    __slots__ = ()

    def _fields(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Value) and type(other) is type(self) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(repr(value) for value in self._fields())})"


class Send(_Value):
    """One JSON-RPC message for the client; the key order of `message` is the order on the wire."""

    __slots__ = ("message",)

    def __init__(self, message: Json) -> None:
        self.message = message


class SendRaw(_Value):
    """One line for the client that need not be JSON (only a nemesis makes these)."""

    __slots__ = ("data",)

    def __init__(self, data: str) -> None:
        self.data = data


class Stderr(_Value):
    """One line of log text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Exit(_Value):
    """The process ends with this return code once earlier output is written."""

    __slots__ = ("code",)

    def __init__(self, code: int) -> None:
        self.code = code


class Kill(_Value):
    """The process dies as by this signal, at once, without any farewell (only a nemesis makes these)."""

    __slots__ = ("signal",)

    def __init__(self, signal: int) -> None:
        self.signal = signal

    @property
    def returncode(self) -> int:
        """What its parent reads, as in subprocess: SIGTERM is the one signal the real server answers with an exit (0.163.0)."""
        return 0 if self.signal == _SIGTERM else -self.signal


class Report(_Value):
    """One event for the control channel, for example `{"event": "held", "gate": "g"}`."""

    __slots__ = ("event",)

    def __init__(self, event: Json) -> None:
        self.event = event


Out = Send | SendRaw | Stderr | Exit | Kill | Report
