"""Who is on the other side."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]


class Client:
    """A client by its `initialize`, and what it asked for there."""

    def __init__(self, params: Json) -> None:
        capabilities: Json = params.get("capabilities") or {}
        self.name: str = params["clientInfo"]["name"]
        self.version: str = params["clientInfo"]["version"]
        self.experimental: bool = capabilities.get("experimentalApi", False)
        self.opted_out: frozenset[str] = frozenset(capabilities.get("optOutNotificationMethods") or ())
