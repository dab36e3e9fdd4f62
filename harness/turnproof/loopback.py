"""127.0.0.1, which the real binary reaches its model by; in a fresh network namespace it is down."""

from __future__ import annotations

import socket
from functools import cache
from typing import Final

from turnproof.transports import HarnessError

SECONDS: Final = 1.0


@cache
def require_loopback() -> None:
    """Raises HarnessError when nothing can connect there: each play would wait for its model until its time is up.

    Asked once a process; a failure is not remembered, and costs next to nothing where the interface is down.
    """
    # A listener of our own: the model provider is not bothered with a connection that asks for nothing.
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            socket.create_connection(listener.getsockname(), SECONDS).close()
    except OSError as trouble:
        raise HarnessError(
            f"127.0.0.1 cannot be reached: {trouble.strerror or trouble}; mend: ip link set lo up"
        ) from trouble
