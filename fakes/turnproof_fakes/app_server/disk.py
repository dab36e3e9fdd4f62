"""What outlives the process: rollout files, each a list of JSON records, a few one-line notes, and what commands write.

`Disk` is the whole interface and its in-memory form; hand the same `Disk` to a second engine and that is a restart on the
same home. `FileDisk` keeps the same in a real home.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]


class Disk:
    """Rollouts by path relative to the home, append-only; records must not be changed after `append`."""

    def __init__(self) -> None:
        self.rollouts: dict[str, list[Json]] = {}
        self.notes: dict[str, str] = {}
        self.files: dict[str, bytes] = {}

    def append(self, path: str, record: Json) -> None:
        """Add one record to a rollout; the first one creates it."""
        self.rollouts.setdefault(path, []).append(record)

    def read(self, path: str) -> list[Json]:
        """All records of a rollout, oldest first; none if there is no such file."""
        return self.rollouts.get(path, [])

    def paths(self) -> list[str]:
        """Paths of all rollouts."""
        return sorted(self.rollouts)

    def move(self, old: str, new: str) -> None:
        """Rename a rollout (archive, unarchive)."""
        self.rollouts[new] = self.rollouts.pop(old)

    def remove(self, path: str) -> None:
        """Delete a rollout."""
        self.rollouts.pop(path, None)

    def append_file(self, path: str, text: str) -> None:
        """Add text to a file of a working folder, by its absolute path; the first text creates it. Raises OSError."""
        self.files[path] = self.files.get(path, b"") + text.encode()

    def write_file(self, path: str, text: str) -> None:
        """Make or replace such a file. Raises OSError."""
        self.files[path] = text.encode()

    def read_file(self, path: str) -> str | None:
        """The text of such a file; None if there is none."""
        data = self.files.get(path)
        return None if data is None else data.decode()

    def note(self, name: str) -> str | None:
        """The text of a note."""
        return self.notes.get(name)

    def put_note(self, name: str, text: str) -> None:
        """Write a note."""
        self.notes[name] = text

    def save(self) -> None:
        """Make everything so far survive a SIGKILL; shells call it before each write to the client."""
