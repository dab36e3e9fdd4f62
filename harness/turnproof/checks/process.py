"""What leaves the process: stdout carries protocol only, and nothing outlives the play (REAP)."""

from __future__ import annotations

from turnproof.checks.base import Check, check, on_event, on_exit, on_line
from turnproof.history import Event
from turnproof.message import Message


@check
class StdoutIsProtocol(Check):
    name = "stdout-is-protocol"
    reason = "A banner or a torn line on stdout breaks every reader that trusts it."
    source = "TRN-08, C06"

    @on_exit()
    def exited(self, event: Event) -> None:
        """Lines that are messages cost nothing here: it is enough to know that a server spoke to its end."""
        self.judged += 1

    @on_line("to_client", "not_json", "not_rpc")
    def line(self, event: Event, message: Message) -> None:
        what = "a line that is not JSON" if message.kind == "not_json" else "JSON that is no JSON-RPC"
        self.flag(event, f"{what}: {event.raw[:80]!r}")

    @on_event("bytes")
    def rest(self, event: Event) -> None:
        """Only an unterminated end of stdout gets here: whole lines are line events."""
        if event.dir == "to_client":
            self.flag(event, f"stdout ends inside a line: {event.raw[-80:]!r}")


@check
class NoSurvivor(Check):
    name = "no-survivor"
    reason = "A process that outlives its play holds pipes, ports and locks of the next."
    source = "INV-ORPHAN, TRN-06"

    @on_exit()
    def exited(self, event: Event) -> None:
        self.judged += 1
        if event.data.get("pipe_held"):
            self.flag(event, "the server is gone, and something still holds its stdout")

    @on_event("process", "survivors")
    def outlived(self, event: Event) -> None:
        shown = "; ".join(str(s) for s in event.data.get("processes", []))
        self.flag(event, f"processes outlive the play: {shown}")
