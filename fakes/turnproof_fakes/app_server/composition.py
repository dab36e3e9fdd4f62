"""The whole app-server: an engine with every request that the fake serves. Nothing below knows all of them."""

from __future__ import annotations

from functools import partial

from turnproof_fakes.app_server import (
    catalogue,
    compactions,
    handshake,
    listings,
    reviews,
    shell_commands,
    thread_requests,
    turn_requests,
)
from turnproof_fakes.app_server.engine import Engine

new_engine = partial(
    Engine,
    thread_requests.HANDLERS
    | listings.HANDLERS
    | turn_requests.HANDLERS
    | compactions.HANDLERS
    | reviews.HANDLERS
    | shell_commands.HANDLERS
    | catalogue.HANDLERS
    | handshake.HANDLERS,
)
