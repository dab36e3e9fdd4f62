"""The tools that the model calls within a turn, as data: a call may make the server ask the client first.

An author gives each call a *mark*, and refers by it to the ask that the call raises (``await_ask``, ``answer``).  On the
wire the mark is in the id of the call, ``call_<mark>``.  What a call does is made by the harness out of the mark, never free
text: a scenario of a stranger cannot run commands of its own, and what ran can be counted afterwards (``effects``).
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypeVar

import msgspec

from turnproof.act import Act
from turnproof.message import Message, at

CALL_ID: Final = "call_"
"""What the id of a call begins with; the mark follows."""
ELICITS: Final = "turnproof asks "
"""What an elicitation of our MCP server begins with: it carries no id of a call."""


class Call(Act, frozen=True):
    """One call of a tool; each call, or group of them, ends one answer of the model."""

    mark: str


class Writing(Call, frozen=True, kw_only=True):
    """A call that leaves a trace on the disk. ``again_of``: the mark of the call that it does once more, word for word."""

    again_of: str = ""

    @property
    def deed(self) -> str:
        """The mark that is in what it does: its own, or that of the call which it repeats."""
        return self.again_of or self.mark


class RunCommand(Writing, frozen=True, tag="run_command"):
    """A shell command that leaves one line on disk each time it runs, ``prints`` a line, and ``exits`` with a code.

    ``asks``: it asks for more than the sandbox allows, so that a thread with ``approvalPolicy="on-request"`` asks the user.
    ``reads``: it has a terminal, and waits for so many lines (``TypeInto``) before it prints.
    ``review``: what the model says of it ("allow" or "deny") where it is asked in place of the user.
    """

    asks: bool = True
    prints: str = ""
    exits: int = 0
    reads: int = 0
    review: str = ""


class ApplyPatch(Writing, frozen=True, tag="apply_patch"):
    """A patch that adds a file; asked for where the sandbox is ``read-only`` and the policy ``on-request``.

    ``streamed``: the model writes it piece by piece, and the client is told how it grows: ``Setup(tools=("patches",))``, and a
    thread with a model of the catalogue.
    """

    streamed: bool = False


class AskUser(Call, frozen=True, tag="ask_user"):
    """A question with options to the user; the server takes it in plan mode only."""

    question: str = "Which one?"
    options: tuple[str, ...] = ("red", "blue")


class CallTool(Call, frozen=True, tag="call_tool"):
    """A tool of the client's own, which thread/start declared in ``dynamicTools``."""

    tool: str
    arguments: dict[str, Any] = {}


class CallMcp(Call, frozen=True, tag="call_mcp"):
    """The tool of our MCP server (``Setup(tools=("mcp",))``), which asks the user before it answers."""


class AskPermissions(Call, frozen=True, tag="ask_permissions"):
    """The model asks for the network (``Setup(tools=("permissions",))``)."""


class TypeInto(Act, frozen=True, tag="type_into"):
    """The model types a line into the terminal of a command that runs: the one with this ``mark``. The server asks nobody."""

    mark: str
    text: str


PlanStatus = Literal["pending", "in_progress", "completed"]
"""A step of a plan, as the model writes it."""


class UpdatePlan(Act, frozen=True, tag="update_plan"):
    """The model writes its plan anew: every step with its status, and why (``Setup(tools=("plan",))``). The server asks nobody."""

    steps: tuple[tuple[str, PlanStatus], ...]
    explanation: str | None = None


AnyCall = RunCommand | ApplyPatch | AskUser | CallTool | CallMcp | AskPermissions


class AtOnce(Act, frozen=True, tag="at_once"):
    """Several calls in one answer of the model."""

    calls: tuple[AnyCall, ...]


def run_command(
    mark: str, *, asks: bool = True, prints: str = "", exits: int = 0, reads: int = 0, review: str = ""
) -> RunCommand:
    """The model runs a command. It leaves a line on disk each time it runs; ``asks=False`` stays within the sandbox.

    ``reads``: it goes on when so many lines were typed into it (``type_into``). ``review``: on a thread with
    ``approvalsReviewer="auto_review"`` the model is asked in place of the user, and says "allow" or "deny".
    """
    return RunCommand(mark, asks, prints, exits, reads, review)


def type_into(mark: str, text: str) -> TypeInto:
    """The model types a line into the command that it runs under this mark. Behind the last line stands a ``hold``."""
    return TypeInto(mark, text)


Repeated = TypeVar("Repeated", bound=Writing)


def again(call: Repeated, mark: str) -> Repeated:
    """The model does the same once more, in a later turn: the same command, or the same patch, under a mark of its own."""
    return msgspec.structs.replace(call, mark=mark, again_of=call.deed)


def update_plan(*steps: tuple[str, PlanStatus], explanation: str | None = None) -> UpdatePlan:
    """The model writes its plan: steps as ("look", "completed"). A turn in plan mode has no such tool; only the model hears of that."""
    return UpdatePlan(steps, explanation)


def apply_patch(mark: str, *, streamed: bool = False) -> ApplyPatch:
    """The model adds a file by a patch; the client is told of one that is ``streamed`` before it is whole."""
    return ApplyPatch(mark, streamed)


def ask_user(mark: str, question: str = "Which one?", options: tuple[str, ...] = ("red", "blue")) -> AskUser:
    """The model asks the user a question. The turn must be in plan mode, and the client experimental."""
    return AskUser(mark, question, options)


def call_tool(mark: str, tool: str, **arguments: Any) -> CallTool:
    """The model calls a tool of the client, one that thread/start declared in ``dynamicTools``."""
    return CallTool(mark, tool, arguments)


def call_mcp(mark: str) -> CallMcp:
    """The model calls the tool of our MCP server, which elicits an answer of the user."""
    return CallMcp(mark)


def ask_permissions(mark: str) -> AskPermissions:
    """The model asks for permissions."""
    return AskPermissions(mark)


def at_once(*calls: AnyCall) -> AtOnce:
    """Several calls in one answer of the model: their asks are pending at the same time."""
    return AtOnce(calls)


CallKind = Literal["command", "patch", "user_input", "tool", "mcp", "permissions"]
KINDS: Final[dict[type, CallKind]] = {
    RunCommand: "command",
    ApplyPatch: "patch",
    AskUser: "user_input",
    CallTool: "tool",
    CallMcp: "mcp",
    AskPermissions: "permissions",
}
METHODS: Final[dict[type, str]] = {
    RunCommand: "item/commandExecution/requestApproval",
    ApplyPatch: "item/fileChange/requestApproval",
    AskUser: "item/tool/requestUserInput",
    CallTool: "item/tool/call",
    CallMcp: "mcpServer/elicitation/request",
    AskPermissions: "item/permissions/requestApproval",
}
"""The server request that a call raises."""
CLOCK: Final = "currentTime/read"
"""What a server asks that goes by its client's clock (``Setup(tools=("clock",))``): no call raises it, and nobody decides it."""


def mark_of(ask: Message) -> str | None:
    """The mark of the call that raised a server request; None for one that no scenario's call raised."""
    params = ask.params
    for name in ("itemId", "callId"):
        value = params.get(name)
        if isinstance(value, str) and value.startswith(CALL_ID):
            return value.removeprefix(CALL_ID)
    words = at(params, "message")
    return words.removeprefix(ELICITS) if isinstance(words, str) and words.startswith(ELICITS) else None
