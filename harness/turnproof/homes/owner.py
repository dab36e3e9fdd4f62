"""The note beside a home that says who made it."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from turnproof.supervisor import process_table

_STRANGER_AGE: Final = 24 * 3600.0  # seconds after which a home of a process that cannot be judged is stale


@dataclass(frozen=True)
class Owner:
    """Who made a home: a pid alone is reused, so the start time goes with it, and where pids mean the same."""

    pid: int
    start: str
    where: str
    kept: bool = False

    @classmethod
    def here(cls, *, kept: bool = False) -> Owner:
        return cls(os.getpid(), _start_mark(os.getpid()) or "", _pid_space(), kept)

    def is_gone(self, age: float) -> bool:
        if self.where != _pid_space():
            # Another boot, container or machine on the same cache folder: its pids say nothing here.
            return age > _STRANGER_AGE
        return _start_mark(self.pid) != self.start


def write_note(note: Path, owner: Owner) -> None:
    unfinished = note.with_name(f"{note.stem}.{os.getpid()}.owner~")
    text = json.dumps({"pid": owner.pid, "start": owner.start, "where": owner.where, "kept": owner.kept})
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(note)


def read_note(note: Path, now: float) -> tuple[Owner | None, float]:
    """The owner (None: gone or no note of ours) and the note's age in seconds."""
    try:
        age = now - note.stat().st_mtime
        raw = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None, 0.0
    match cast("object", raw):
        case {"pid": int(pid), "start": str(start), "where": str(where), "kept": bool(kept)}:
            return Owner(pid, start, where, kept), age
        case _:
            return None, age


def _start_mark(pid: int) -> str | None:
    """When the process started, as text; None = no such process."""
    start_time = process_table().start_time(pid)
    return None if start_time is None else str(start_time)


def _pid_space() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return socket.gethostname()
