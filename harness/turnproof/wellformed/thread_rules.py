"""What the steps of threads ask of what stands before them."""

from __future__ import annotations

from turnproof import steps as s
from turnproof.wellformed.expectations import only_refused
from turnproof.wellformed.memory import Memory


def start_thread(memory: Memory, step: s.StartThread) -> None:
    memory.new_name(step.name)
    if not only_refused(step):
        memory.threads[step.name] = True


def read_thread(memory: Memory, step: s.ReadThread) -> None:
    memory.known_thread(step.thread)
    memory.new_name(step.name)


def resume_thread(memory: Memory, step: s.ResumeThread) -> None:
    memory.known_thread(step.thread)
    memory.new_name(step.name)
    if not any(isinstance(o, s.Refused) for o in step.expect):
        memory.threads[step.thread] = True


def fork_thread(memory: Memory, step: s.ForkThread) -> None:
    memory.known_thread(step.source)
    memory.new_name(step.name)
    if not only_refused(step):
        memory.threads[step.name] = True


def list_threads(memory: Memory, step: s.ListThreads) -> None:
    for name in (*step.has, *step.lacks):
        memory.known_thread(name)
    memory.new_name(step.name)
