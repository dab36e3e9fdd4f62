"""What the steps of turns ask of what stands before them."""

from __future__ import annotations

from turnproof import steps as s
from turnproof.matching import references
from turnproof.refusal import Refusal, shown
from turnproof.wellformed.expectations import only_refused, refusable
from turnproof.wellformed.memory import UNDER_WAY, Memory
from turnproof.wellformed.naming import written_as


def run_turn(memory: Memory, step: s.RunTurn) -> None:
    memory.usable_thread(step.thread)
    memory.prompt(step.text, step.script)
    memory.ends_otherwise(step.thread)
    if step.ends in (None, "completed"):
        memory.completes("the turn", step.script)
    if step.name is not None:
        memory.new_name(step.name)
        memory.turns[step.name] = (step.thread, "awaited")


def start_turn(memory: Memory, step: s.StartTurn) -> None:
    (memory.known_thread if refusable(step) else memory.usable_thread)(step.thread)
    memory.new_name(step.name)
    memory.prompt(step.text, step.script)
    refused = any(isinstance(o, s.Refused) for o in step.expect)
    if not refused:
        memory.ends_otherwise(step.thread)
    memory.scripts[step.name] = step.script
    memory.turns[step.name] = (step.thread, "refused" if refused else "open")


def begin_turn(memory: Memory, step: s.BeginTurn) -> None:
    (memory.known_thread if refusable(step) else memory.usable_thread)(step.thread)
    memory.new_name(step.name)
    asks = step.method != "thread/shellCommand"
    if asks == (step.text is None) and not refusable(step):
        what = "asks the model, and no text says with what words" if asks else "asks no model, and is given a text"
        raise Refusal(f"{step.method} {what}", 'text="…"' if asks else "leave text and script out")
    if "threadId" in step.params:
        raise Refusal("threadId is given twice", f"leave it to {shown(step.thread)}")
    if step.text is not None:
        memory.prompt(step.text, step.script)
    if not only_refused(step):
        memory.ends_otherwise(step.thread)
    memory.scripts[step.name] = step.script
    memory.turns[step.name] = (step.thread, "refused" if only_refused(step) else "open")


def queue_turn(memory: Memory, step: s.QueueTurn) -> None:
    memory.known_thread(step.thread)
    memory.new_name(step.name)
    memory.prompt(step.text, step.script)
    memory.scripts[step.name] = step.script
    memory.turns[step.name] = (step.thread, "queued")


def await_turn(memory: Memory, step: s.AwaitTurn) -> None:
    thread, state = memory.turn(step.name)
    if state not in UNDER_WAY:
        why = {"awaited": "was awaited already", "cut": "ended with its server", "refused": "is never started"}[state]
        raise Refusal(f"turn {shown(step.name)} {why}", "remove this step")
    if step.ends in (None, "completed"):
        memory.completes(f"turn {shown(step.name)}", memory.scripts[step.name])
    memory.turns[step.name] = (thread, "awaited")


def wait_for(memory: Memory, step: s.WaitFor) -> None:
    if step.thread is not None:
        memory.known_thread(step.thread)
    if step.turn is not None:
        memory.turn(step.turn)
    if step.k < 1:
        raise Refusal(f"k={step.k} counts from 1", "k=1 is the first")
    if any(references(step.where)):
        raise Refusal("where is counted from the start of the play, when no step has a result", "thread= or turn=")


def steer_or_interrupt(memory: Memory, step: s.Steer | s.Interrupt) -> None:
    _, state = memory.turn(step.turn)
    if state not in UNDER_WAY and not refusable(step):
        raise Refusal(
            f"turn {shown(step.turn)} is not running here", f"{written_as(step)} before its await_turn, or Refused"
        )
    if isinstance(step, s.Steer):
        memory.prompt(step.text, step.script)
    if state in UNDER_WAY and not only_refused(step):
        plain = isinstance(step, s.Steer) and not refusable(step)
        memory.scripts[step.turn] = step.script if isinstance(step, s.Steer) and plain else ()
