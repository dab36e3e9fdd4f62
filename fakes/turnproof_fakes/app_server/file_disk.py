"""A `Disk` in a real home. Rollouts are appended to, never rewritten, so that a long thread costs O(1) a turn."""

from __future__ import annotations

import json
import os

from turnproof_fakes.app_server.disk import Disk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

_FOLDERS = ("sessions", "archived_sessions")


class FileDisk(Disk):
    """Appends wait in memory until `save()`. No fsync: what the kernel has survives SIGKILL, and that is the promise."""

    def __init__(self, home: str) -> None:
        super().__init__()
        self._home = home
        self._unsaved: dict[str, list[bytes]] = {}

    def append(self, path: str, record: Json) -> None:
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
        self._unsaved.setdefault(path, []).append(line.encode("utf-8", "surrogatepass"))

    def read(self, path: str) -> list[Json]:
        self.save()
        try:
            with open(os.path.join(self._home, path), "rb") as file:
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            return []
        # The last piece has no newline: a line torn by a kill, or nothing.
        return [json.loads(line) for line in lines[:-1] if line]

    def paths(self) -> list[str]:
        self.save()
        found: list[str] = []
        for folder in _FOLDERS:
            for where, _folders, names in os.walk(os.path.join(self._home, folder)):
                found += [
                    os.path.relpath(os.path.join(where, name), self._home) for name in names if name.endswith(".jsonl")
                ]
        return sorted(found)

    def move(self, old: str, new: str) -> None:
        self.save()
        os.makedirs(os.path.join(self._home, os.path.dirname(new)), exist_ok=True)
        os.replace(os.path.join(self._home, old), os.path.join(self._home, new))

    def remove(self, path: str) -> None:
        self._unsaved.pop(path, None)
        try:
            os.unlink(os.path.join(self._home, path))
        except FileNotFoundError:
            return

    def append_file(self, path: str, text: str) -> None:
        with open(path, "ab") as file:
            file.write(text.encode())

    def write_file(self, path: str, text: str) -> None:
        with open(path, "wb") as file:
            file.write(text.encode())

    def read_file(self, path: str) -> str | None:
        try:
            with open(path, "rb") as file:
                return file.read().decode()
        except FileNotFoundError:
            return None

    def note(self, name: str) -> str | None:
        try:
            with open(os.path.join(self._home, name), encoding="utf-8") as file:
                return file.read().strip()
        except FileNotFoundError:
            return None

    def put_note(self, name: str, text: str) -> None:
        full = os.path.join(self._home, name)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text + "\n")

    def save(self) -> None:
        if not self._unsaved:
            return
        unsaved, self._unsaved = self._unsaved, {}
        for path, lines in unsaved.items():
            full = os.path.join(self._home, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "ab") as file:
                file.write(b"".join(lines))
