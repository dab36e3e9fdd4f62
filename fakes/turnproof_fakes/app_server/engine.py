"""The fake app-server without any I/O: lines in, messages out, time told from outside.

    line ─► envelope ─► params ─► handshake ─► capability gate ─► handler ─► answer
                                                                     └─► thread, turn ─► (timers) ─► notifications

Every method takes `now` (seconds on any clock that never goes back) and returns what is to be done, in order. Between calls
nothing happens: the shell asks `next_deadline()` and calls `tick` then. Whatever is on the `Disk` when a call returns must be
saved before its messages are written, else a kill loses what was answered.
"""

from __future__ import annotations

import os

from turnproof_fakes.app_server.asks import Asks
from turnproof_fakes.app_server.envelope import Complaint, Reply, Request, decode
from turnproof_fakes.app_server.gates import Gates
from turnproof_fakes.app_server.ids import Ids
from turnproof_fakes.app_server.intake import PLACES
from turnproof_fakes.app_server.library import Library
from turnproof_fakes.app_server.methods import METHODS, unknown_variant
from turnproof_fakes.app_server.outputs import Exit, Report, Send, Stderr
from turnproof_fakes.app_server.pace import Pace
from turnproof_fakes.app_server.params import checked, gate
from turnproof_fakes.app_server.refusals import INTERNAL, Refused, invalid, overloaded
from turnproof_fakes.app_server.timers import Timers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from turnproof_fakes.app_server.clients import Client
    from turnproof_fakes.app_server.disk import Disk
    from turnproof_fakes.app_server.outputs import Out
    from turnproof_fakes.app_server.threads import Thread

    Json = dict[str, Any]
    Handler = Callable[["Engine", int | str, Json], None]

_TRANSPORT = "ERROR codex_app_server_transport::transport"


class Engine:
    """One server process. `handlers` answer the requests, by method: the engine knows none of them. `plan` is the plan file's
    content; `disk` outlives the engine."""

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        plan: Json,
        disk: Disk,
        *,
        home: str,
        cwd: str,
        version: str = "0.163.0",
        epoch_ms: int = 1_767_225_600_000,
        terminal: str = "xterm",
        system: str = "Debian 12.0.0; x86_64",
        host: str = "vm",
    ) -> None:
        self._handlers = handlers
        self.plan = plan
        self.disk = disk
        self.home = home
        self.cwd = cwd
        self.version = version
        self.terminal = terminal
        self.system = system
        self.host = host
        starts = int(disk.note("turnproof_starts") or 0) + 1
        disk.put_note("turnproof_starts", str(starts))
        self.ids = Ids(f"{plan.get('seed', 0)}:{plan.get('generation', 1)}:{starts}")
        self.installation_id = self._installation_id(disk)
        self.pace = Pace(plan.get("pace", "paced"), self.ids)
        self.library = Library(disk, home)
        self.timers = Timers()
        self.gates = Gates(self._held)
        self.asks = Asks(self._send, self._resolved)
        self.client: Client | None = None
        self._epoch_ms = epoch_ms
        self._out: list[Out] = []
        self._begun = False
        self._refused = 0
        self._ended = False

    def _installation_id(self, disk: Disk) -> str:
        known = disk.note("installation_id")
        if known is None:
            known = Ids(f"installation:{self.plan.get('seed', 0)}").uuid4()
            disk.put_note("installation_id", known)
        return known

    # --- the shell's side ----------------------------------------------------------------------------------------------

    @property
    def places(self) -> int:
        """How many lines can wait to be served."""
        return PLACES if self._begun else PLACES - 1

    def receive_line(self, line: bytes, now: float, *, crowded: bool = False) -> list[Out]:
        """One line of input, with or without its line feed; `crowded`: there was no place for it where lines wait."""
        if self._ended:
            return []
        self.timers.fire(now)
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            self._out.append(Stderr(f"{_TRANSPORT}::stdio: Failed reading stdin: stream did not contain valid UTF-8"))
            self._end()
            return self._taken()
        message = decode(text.rstrip("\n"))
        self._begun = True
        self._refused = self._refused + 1 if crowded else 0
        if isinstance(message, Complaint):
            self._out.append(Stderr(f"{_TRANSPORT}: Failed to deserialize JSONRPCMessage: {message.text}"))
        elif isinstance(message, Request):
            if not crowded:
                self._serve(message)
            elif self._refused <= PLACES:
                self.refuse(message.id, overloaded())
        elif isinstance(message, Reply):
            self.asks.answer(message.message)
        self.timers.fire(now)
        return self._taken()

    def tick(self, now: float) -> list[Out]:
        """Time passed: whatever is due by now."""
        if self._ended:
            return []
        self.timers.fire(now)
        return self._taken()

    def next_deadline(self) -> float | None:
        """When `tick` has something to do next; None if only input or a release can make something happen."""
        return None if self._ended else self.timers.next_due()

    def release(self, gate: str, now: float) -> list[Out]:
        """Open a gate of the scripts."""
        if self._ended:
            return []
        self.timers.fire(now)
        self.gates.release(gate)
        self.timers.fire(now)
        return self._taken()

    def end_of_input(self, now: float) -> list[Out]:
        """Standard input closed: the real server leaves at once and drops what is in flight. Running turns end as interrupted,
        which is told to nobody and stands in their history."""
        if self._ended:
            return []
        self.timers.now = now
        for thread in self.library.all_loaded():
            if thread.turn is not None:
                thread.turn.cut()
        self._out = []
        self._end()
        return self._taken()

    def _taken(self) -> list[Out]:
        out, self._out = self._out, []
        return out

    def _end(self) -> None:
        self._ended = True
        self._out.append(Exit(0))

    # --- one request ---------------------------------------------------------------------------------------------------

    def _serve(self, request: Request) -> None:
        try:
            self._handle(request)
        except Refused as refused:
            self.refuse(request.id, refused)

    def _handle(self, request: Request) -> None:
        method = request.method
        if method not in METHODS:
            raise invalid(unknown_variant(method))
        params = checked(method, request.params, present=request.has_params)
        if self.client is None and method != "initialize":
            raise Refused("Not initialized")
        if self.client is not None and not self.client.experimental:
            gate(method, params)
        handler = self._handlers.get(method)
        if handler is None:
            self.report({"event": "unsupported", "method": method})
            raise Refused(f"fake-codex does not serve {method}", INTERNAL)
        handler(self, request.id, params)

    # --- the handlers' side --------------------------------------------------------------------------------------------

    @property
    def wall_ms(self) -> int:
        """Unix milliseconds."""
        return self._epoch_ms + int(self.timers.now * 1000)

    def _send(self, message: Json) -> None:
        self._out.append(Send(message))

    def _resolved(self, thread: Thread, request_id: int) -> None:
        self.tell(thread, "serverRequest/resolved", {"threadId": thread.id, "requestId": request_id})

    def respond(self, request_id: int | str, result: object) -> None:
        """Answer a request."""
        self._send({"id": request_id, "result": result})

    def refuse(self, request_id: int | str, refused: Refused) -> None:
        """Answer a request that cannot be served; a handler that answers at once raises instead."""
        self._send({"error": refused.body(), "id": request_id})

    def announce(self, method: str, params: Json) -> None:
        """A notification for the client, unless it opted out of exactly this method."""
        if self.client is not None and method not in self.client.opted_out:
            self._send({"method": method, "params": params, "emittedAtMs": self.wall_ms})

    def tell(self, thread: Thread, method: str, params: Json) -> None:
        """A notification for those who subscribed to the thread (its starter and resumers)."""
        if thread.subscribed:
            self.announce(method, params)

    def set_status(self, thread: Thread, status: Json) -> None:
        """Status changes go to everyone, subscribed or not."""
        thread.status = status
        self.announce("thread/status/changed", {"threadId": thread.id, "status": status})

    def tell_read_state(self, thread: Thread) -> None:
        """Experimental clients hear of what there is to read; an ephemeral thread has nothing of the kind."""
        if self.client is not None and self.client.experimental and not thread.ephemeral:
            self.announce("thread/readState/changed", {"threadId": thread.id, "readState": thread.read_state})

    def report(self, event: Json) -> None:
        """Tell the test, over the control channel."""
        self._out.append(Report(event))

    def absolute(self, cwd: str | None) -> str:
        """A thread's working directory: relative ones are joined to the server's, and none need exist."""
        return os.path.normpath(os.path.join(self.cwd, cwd or ""))

    def _held(self, gate: str) -> None:
        self.report({"event": "held", "gate": gate})
