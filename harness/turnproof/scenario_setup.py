"""How the server and the connection are set up for a scenario."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

MOST_RETRIES: Final = 100
"""Far more than the budget of a play can show: what is beyond is a slip."""


class Setup(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the server and the connection are set up for a scenario.

    ``request_retries`` and ``stream_retries`` are how often the server itself asks the model again; ``delivery`` "torn"
    hands what the server writes to the client in small pieces that cut characters and lines (TRN-09); ``pace`` "burst"
    makes a fake write an answer and all notifications that follow in one write (CDX-09; a real server paces itself);
    ``handshake`` False leaves the handshake to the steps; ``tools`` are switched on in the server: "mcp" is an MCP server
    of ours whose tool asks the user (``call_mcp``), "permissions" the tool that asks for permissions, "clock" the reminder of the time, for which the client is asked,
    "patches" the events of a patch that the model streams (``apply_patch(…, streamed=True)``), "plan" the tool by which it
    updates its plan (``update_plan``), "hooks" are commands that the server runs with every turn.
    """

    request_retries: int = 0
    stream_retries: int = 0
    delivery: Literal["whole", "torn"] = "whole"
    pace: Literal["paced", "burst"] = "paced"
    handshake: bool = True
    experimental: bool = False
    opt_out: tuple[str, ...] = ()
    tools: tuple[Literal["mcp", "permissions", "clock", "patches", "plan", "hooks"], ...] = ()
