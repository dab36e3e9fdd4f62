"""What real clients ask before their first thread, and the limits of how much they can ask at once."""

from __future__ import annotations

import json
from typing import Any

from turnproof import (
    Ok,
    Scenario,
    Setup,
    anything,
    request,
    run_turn,
    send_bytes,
    start_thread,
    subset,
    together,
    wait,
)

first_questions_of_a_client = Scenario(
    "The questions that clients begin with are answered: models, settings, account, profiles, skills, servers.",
    request("model/list", {"limit": 1}, Ok(subset({"data": [subset({"isDefault": True})]}))),
    request("config/read", {}, Ok(subset({"config": subset({"model": anything(), "approval_policy": anything()})}))),
    request("account/read", {}, Ok(subset({"account": None, "requiresOpenaiAuth": False}))),
    request("permissionProfile/list", {}, Ok(subset({"data": [anything(), anything(), anything()]}))),
    request("skills/list", {}, Ok(subset({"data": [subset({"errors": []})]}))),
    request("mcpServerStatus/list", {}, Ok(subset({"data": []}))),
    request("configRequirements/read", None, Ok(subset({"requirements": None}))),
    request("modelProvider/capabilities/read", {}, Ok()),
    start_thread("t"),
    run_turn("t", "now to the point", says="at last"),
    origin="API-02",
)

questions_all_at_once = Scenario(
    "A client that asks everything at once, beside its first thread, gets every answer.",
    together(
        request("model/list", {}, Ok()),
        request("config/read", {}, Ok()),
        request("account/read", {}, Ok()),
        request("permissionProfile/list", {}, Ok()),
        [start_thread("t"), run_turn("t", "beside all that", says="undisturbed")],
    ),
    origin="API-02",
)

MANY = 3000
HELLO = {"clientInfo": {"name": "turnproof", "version": "0"}}


def lines(*messages: dict[str, Any]) -> str:
    return "".join(json.dumps(message) + "\n" for message in messages)


def questions(name: str, count: int) -> list[dict[str, Any]]:
    return [{"id": f"{name}-{number}", "method": "thread/loaded/list", "params": {}} for number in range(1, count + 1)]


burst_before_the_server_is_up = Scenario(
    "Of two hundred requests that wait when the server starts each is answered or refused as too many; then it serves.",
    together(
        request("initialize", HELLO, Ok()),
        # However late the server looks, there is a place for initialize and 126 more.
        send_bytes(lines(*questions("early", 200)), Ok(), answer_to="early-126"),
    ),
    request("thread/loaded/list", {}, Ok()),
    origin="TRN-09",
    setup=Setup(handshake=False),
)

burst_beyond_the_limit = Scenario(
    "Of three thousand requests in one write each is answered, refused as too many, or lost; the server goes on.",
    start_thread("t"),
    run_turn("t", "before the burst", says="calm"),
    send_bytes(lines(*questions("many", MANY))),
    wait(3, because="nothing tells when the server has worked off what it took, and until then it may refuse anything"),
    request("thread/loaded/list", {}, Ok()),
    run_turn("t", "after the burst", says="calm again"),
    origin="TRN-09",
)
