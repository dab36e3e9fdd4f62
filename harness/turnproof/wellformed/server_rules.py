"""What the steps of the server, its wire and its time ask of what stands before them."""

from __future__ import annotations

from typing import Any, Final

from turnproof import steps as s
from turnproof.matching import mark
from turnproof.refusal import Refusal, shown
from turnproof.wellformed.expectations import refusable
from turnproof.wellformed.memory import Memory

LONGEST_WAIT: Final = 60
"""Seconds; the play's budget (a test holds that they are the same)."""

LONG: Final = 2**63
"""Ids are texts or signed numbers of 64 bits."""


def request(memory: Memory, step: s.Request) -> None:
    memory.new_name(step.name)
    if step.id and not refusable(step):
        _answerable(step.id[0], "id")
    if step.method in ("turn/interrupt", "turn/steer", "turn/start"):
        memory.ends_otherwise()


def _answerable(given: Any, argument: str) -> None:
    """Whether an answer with this id can come: odd ids are for those who expect that none does."""
    if mark(given) in ("$ref", "$same_as") and argument == "id":
        return
    if isinstance(given, str) or (type(given) is int and -LONG <= given < LONG):
        return
    raise Refusal(
        f"{argument} is {shown(given)}, and no answer has such an id", "a text, a whole number, or Unanswered()"
    )


def send_bytes(memory: Memory, step: s.SendBytes) -> None:
    if step.expect and not step.answer_to:
        raise Refusal("it expects an answer to no id", "answer_to=<the id in the bytes>")
    if step.answer_to and not refusable(step):
        _answerable(step.answer_to[0], "answer_to")
    if not step.data:
        raise Refusal("it sends nothing", 'b"…\\n"')
    if step.piece is not None and step.piece < 1:
        raise Refusal(f"piece={step.piece} is no size", "piece=1 writes byte by byte")
    tail = ((memory.loose or b"") + step.data).rpartition(b"\n")[2]
    memory.loose = tail or None


def release(memory: Memory, step: s.Release) -> None:
    if step.gate in memory.released:
        raise Refusal(f"gate {shown(step.gate)} is open already", "remove this step")
    memory.released.add(step.gate)


def end_server(memory: Memory, _step: s.AnyStep) -> None:
    memory.ended()


def reconnect(memory: Memory, _step: s.Reconnect) -> None:
    if memory.up:
        raise Refusal("the server is up", "kill_server() or close_stdin() before")
    memory.up = True
    memory.threads = dict.fromkeys(memory.threads, False)


def initialize(memory: Memory, _step: s.Initialize) -> None:
    if memory.ready:
        raise Refusal("the handshake is made already", "Setup(handshake=False), or remove this step")
    memory.ready = True


def wait(_memory: Memory, step: s.Wait) -> None:
    if step.seconds > LONGEST_WAIT:
        raise Refusal(f"{shown(step.seconds)} s is longer than the {LONGEST_WAIT} s of a whole play", "a shorter wait")
    if step.seconds < 1:
        raise Refusal(f"{step.seconds} s is no duration that a real server keeps", "wait_for(…) an event, or a gate")
    if not step.because.strip():
        raise Refusal("it does not say why time must pass", 'because="…"')
