"""The shape of messages: the envelope, and the schema of the method that they belong to."""

from __future__ import annotations

from turnproof.checks.asking import call_of
from turnproof.checks.base import Call, Check, Context, check, on_line
from turnproof.history import Event
from turnproof.message import Message
from turnproof.schema.envelope import envelope_problems, order_problem


class Likeness(Check):
    """A SHOULD for servers; a MUST for our fake, which says that it is like the real one."""

    level = "SHOULD"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        if context.own_server:
            self.level = "MUST"


@check
class Envelope(Check):
    name = "envelope"
    reason = "What stands around the payload decides who gets it; the schema does not look at it."
    source = "INV-RPC"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.order = KeyOrder(context)
        self.profile = context.profile

    @on_line("to_client", "request", "response", "error", "notification")
    def line(self, event: Event, message: Message, call: Call | None = None) -> None:
        self.judged += 1
        for problem in envelope_problems(message.value, self.profile):
            self.flag(event, problem)

    @on_line("to_client", "error")
    def error(self, event: Event, message: Message, call: Call | None) -> None:
        problem = order_problem(message.value, self.context.profile)
        if problem is not None:
            self.order.flag(event, problem)

    def end(self, last: Event) -> None:
        self.found += self.order.found


class KeyOrder(Likeness):
    """Found beside the envelope: JSON has no order."""

    name = "key-order"
    reason = "A reader that looks for the id first is surprised by a server that prints it first only sometimes."
    source = "seen on 0.163.0"


@check
class PublishedSchema(Check):
    name = "schema"
    reason = "A client generated from the published schema refuses what does not fit it."
    source = "SCHEMA"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.schema = context.schema
        self.closed = ClosedSchema(context)

    @on_line("to_client", "request", "response", "error", "notification")
    def line(self, event: Event, message: Message, call: Call | None = None) -> None:
        if self.schema is None or (message.kind in ("response", "error") and call is None):
            return
        self.judged += 1
        finding = self.schema.validate(message.value, "to_client", call.method if call else None)
        if finding is None:
            return
        if finding.level == "published":
            self.flag(event, str(finding))
        else:
            self.closed.flag(event, str(finding))

    def end(self, last: Event) -> None:
        self.found += self.closed.found


class ClosedSchema(Likeness):
    """Found by the same validation as the published schema."""

    name = "closed-schema"
    reason = "Keys that the schema does not know, or that this version always sent and now does not."
    source = "SCHEMA"


@check
class OwnMessages(Check):
    name = "own-messages"
    reason = "A harness that sends what the schema forbids would judge the wrong thing."
    source = "HAR-10"
    harness = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.schema = context.schema
        if self.schema is not None:
            self.schema = self.schema.for_client(experimental=self.expected.experimental)

    @on_line("to_server", "request", "notification")
    def line(self, event: Event, message: Message) -> None:
        if self.schema is None or message.method in self.expected.wrong_methods or self.expected.wrong_bytes:
            return
        self.judged += 1
        finding = self.schema.validate(message.value, "to_server", None)
        if finding is not None and finding.level == "published":
            self.flag(event, f"we sent {finding}")

    @on_line("to_server", "response", "error")
    def answer(self, event: Event, message: Message, call: Call | None) -> None:
        """An answer to what the server asked; one to what it did not ask is another check's business."""
        if self.schema is None or call is None or self.expected.odd(call_of(call.message)):
            return
        self.judged += 1
        finding = self.schema.validate(message.value, "to_server", call.method)
        if finding is not None and finding.level == "published":
            self.flag(event, f"we answered {call.method} with {finding}")
