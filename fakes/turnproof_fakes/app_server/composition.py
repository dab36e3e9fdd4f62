"""The whole app-server: an engine with every request that the fake serves. Nothing below knows all of them."""

from __future__ import annotations

from functools import partial

from turnproof_fakes.app_server import (
    attachments,
    catalogue,
    compactions,
    goals,
    handshake,
    listings,
    mcp_requests,
    project_requests,
    queue_requests,
    reverts,
    reviews,
    sections,
    shell_commands,
    side_requests,
    thread_requests,
    turn_requests,
)
from turnproof_fakes.app_server.engine import Engine

new_engine = partial(
    Engine,
    thread_requests.HANDLERS
    | listings.HANDLERS
    | mcp_requests.HANDLERS
    | turn_requests.HANDLERS
    | compactions.HANDLERS
    | reviews.HANDLERS
    | project_requests.HANDLERS
    | queue_requests.HANDLERS
    | reverts.HANDLERS
    | shell_commands.HANDLERS
    | goals.HANDLERS
    | sections.HANDLERS
    | attachments.HANDLERS
    | side_requests.HANDLERS
    | catalogue.HANDLERS
    | handshake.HANDLERS,
)
