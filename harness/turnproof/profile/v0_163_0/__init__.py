"""codex app-server 0.163.0.

schema.json        its protocol: `python -m turnproof.schema derive`
always_sent.json   the keys that it never leaves out: `python -m turnproof.schema learn`
quirks             what is wrong
"""

from __future__ import annotations

from typing import Any, Final

from turnproof.profile.v0_163_0.quirks import QUIRKS

__all__ = ["EMITTED_AT_MS", "ERROR_FIRST", "FAILURES", "QUIRKS", "SCHEMA_DIGEST", "SERVER_REQUESTS"]

SCHEMA_DIGEST: Final = "10d95330d1a3017a3ab9071b546b5bffa8a634e5d3301de830d5c146eb61a32b"

EMITTED_AT_MS: Final = True
"""Notifications say when they were made (since 0.149.0); requests of the server do not."""

ERROR_FIRST: Final = True
"""`{"error": …, "id": …}`, in this order."""

FAILURES: Final[dict[int | None, Any]] = {
    None: "other",
    400: "other",
    429: {"responseTooManyFailedAttempts": {"httpStatusCode": 429}},
    500: "internalServerError",
}
"""How a turn fails, by the HTTP status of the model (None: its stream was dropped); any other is `httpConnectionFailed`."""

SERVER_REQUESTS: Final = frozenset(
    {
        "account/chatgptAuthTokens/refresh",
        "applyPatchApproval",
        "attestation/generate",
        "currentTime/read",
        "execCommandApproval",
        "item/commandExecution/requestApproval",
        "item/fileChange/requestApproval",
        "item/permissions/requestApproval",
        "item/tool/call",
        "item/tool/requestUserInput",
        "mcpServer/elicitation/request",
    }
)
