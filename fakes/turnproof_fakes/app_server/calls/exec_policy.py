"""Which commands need no approval: prefixes that a client allowed, kept in the home as the real server keeps them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from turnproof_fakes.app_server.library import Library
    from turnproof_fakes.app_server.threads import Thread


def words(command: str) -> list[str]:
    """A command as it is started. The real server proposes shorter prefixes for plain commands, but ours redirect."""
    return ["/bin/bash", "-lc", command]


def allows(prefixes: list[list[str]], command: str) -> bool:
    """Whether one of the prefixes fits."""
    started = words(command)
    return any(started[: len(prefix)] == prefix for prefix in prefixes if prefix)


def amend(library: Library, thread: Thread, prefix: list[str]) -> None:
    """Allow a prefix on this thread, and on those that are loaded from now on."""
    thread.allowed_prefixes.append(prefix)
    library.add_rule(prefix)
