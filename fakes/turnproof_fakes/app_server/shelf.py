"""What the server keeps beside its rollouts: small JSON values by name, each in a note of the home."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.disk import Disk

    Json = dict[str, Any]


class Shelf:
    """Values that are read once, changed in place, and written back by `save`."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._values: dict[str, Json] = {}

    def value(self, name: str) -> Json:
        """The value of this name, empty at first."""
        if name not in self._values:
            self._values[name] = json.loads(self._disk.note(f"turnproof_{name}") or "{}")
        return self._values[name]

    def save(self, name: str) -> None:
        """Write a value that was changed."""
        self._disk.put_note(f"turnproof_{name}", json.dumps(self._values[name]))
