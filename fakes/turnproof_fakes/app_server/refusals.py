"""Error replies as the real server words them. Nearly all are -32600, unknown methods and bad params included."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

INVALID_REQUEST = -32600
NOT_SUPPORTED = -32601
INVALID_INPUT = -32602
INTERNAL = -32603
OVERLOADED = -32001


class Refused(Exception):
    """Raised by a request handler: becomes the error reply."""

    def __init__(self, message: str, code: int = INVALID_REQUEST, data: Json | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.data = data

    def body(self) -> Json:
        """The `error` member; the real server writes `data` between `code` and `message`."""
        if self.data is None:
            return {"code": self.code, "message": self.message}
        return {"code": self.code, "data": self.data, "message": self.message}


def invalid(text: str) -> Refused:
    """A request that does not deserialise."""
    return Refused(f"Invalid request: {text}")


def overloaded() -> Refused:
    """Any request for which there is no place in the queue."""
    return Refused("Server overloaded; retry later.", OVERLOADED)


def thread_not_found(thread_id: str) -> Refused:
    """turn/*, compact: the thread is not loaded."""
    return Refused(f"thread not found: {thread_id}")


def thread_not_loaded(thread_id: str) -> Refused:
    """thread/read, thread/turns/list: no such thread anywhere."""
    return Refused(f"thread not loaded: {thread_id}")


def no_rollout(thread_id: str) -> Refused:
    """resume, fork, archive, delete, name/set: nothing on disk and nothing loaded."""
    return Refused(f"no rollout found for thread id {thread_id}")


def archived(thread_id: str) -> Refused:
    """resume, thread/queue/*: the thread is put away."""
    return Refused(f"session {thread_id} is archived. Run `codex unarchive {thread_id}` to unarchive it first.")


def no_archived_rollout(thread_id: str) -> Refused:
    """thread/unarchive."""
    return Refused(f"no archived rollout found for thread id {thread_id}")


def not_steerable(kind: str) -> Refused:
    """turn/steer of a turn that takes no input."""
    text = f"cannot steer a {kind} turn"
    info = {"activeTurnNotSteerable": {"turnKind": kind}}
    data = {"message": text, "codexErrorInfo": info, "additionalDetails": None, "misalignment": None}
    return Refused(text, data=data)


def input_too_large(limit: int, actual: int) -> Refused:
    """turn/start: one of the two errors with `data`; see `not_steerable`."""
    return Refused(
        f"Input exceeds the maximum length of {limit} characters.",
        INVALID_INPUT,
        {"input_error_code": "input_too_large", "max_chars": limit, "actual_chars": actual},
    )
