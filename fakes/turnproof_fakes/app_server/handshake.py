"""initialize: the one request before all others. `initialized` is a notification nobody waits for."""

from __future__ import annotations

from turnproof_fakes.app_server.clients import Client
from turnproof_fakes.app_server.refusals import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine

    Json = dict[str, Any]


def initialize(engine: Engine, request_id: int | str, params: Json) -> None:
    """Answer, then say what every client hears first."""
    if engine.client is not None:
        raise Refused("Already initialized")
    name: str = params["clientInfo"]["name"]
    if any((letter < " " and letter != "\t") or letter == "\x7f" for letter in name):
        raise Refused(f"Invalid clientInfo.name: '{name}'. Must be a valid HTTP header value.")
    client = engine.client = Client(params)
    engine.respond(
        request_id,
        {
            "userAgent": _user_agent(engine, client),
            "codexHome": engine.home,
            "platformFamily": "unix",
            "platformOs": "linux",
        },
    )
    warning = engine.plan.get("config_warning")
    if warning is not None:
        engine.announce("configWarning", {"summary": warning, "details": None})
    engine.announce(
        "remoteControl/status/changed",
        {
            "status": "disabled",
            "serverName": engine.host,
            "installationId": engine.installation_id,
            "environmentId": None,
        },
    )


def _user_agent(engine: Engine, client: Client) -> str:
    """`name/version (system) terminal (name; client version)`; an empty pair prints as `(;)`."""
    suffix = f"{client.name}; {client.version}".strip()
    return f"{client.name}/{engine.version} ({engine.system}) {engine.terminal} ({suffix})"


HANDLERS = {"initialize": initialize}
