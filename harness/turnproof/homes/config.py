"""The config of the binary in a private home."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Final

import turnproof_fakes.mcp_server
from turnproof.composing import SERVER
from turnproof.consent import APPROVAL_POLICY, SANDBOX

MODEL_KEY_VARIABLE: Final = "TURNPROOF_MODEL_KEY"
MODEL: Final = "mock-model"
PROVIDER: Final = "turnproof"


@dataclass(frozen=True)
class ModelSettings:
    """How the binary reaches the model provider. Retries as in its config; 0 turns them off."""

    base_url: str
    request_max_retries: int = 0
    stream_max_retries: int = 0
    stream_idle_timeout_ms: int = 300_000


def config_toml(model: ModelSettings, tools: tuple[str, ...] = ()) -> str:
    """The whole config of a play: the provider, the tools that are asked for, no approvals, no sandbox, and nothing that leaves loopback.

    Each switch was found by tracing connect, sendto, sendmsg and sendmmsg of 0.163.0 over start, threads, turns,
    resume, fork, list, read and up to 200 s of idling; without it, the binary looks up the names behind it:

    - ``features.plugins``: github.com (by git), then api.github.com and chatgpt.com, at every start;
    - ``analytics.enabled``: ab.chatgpt.com, if the client starts it with ``--analytics-default-enabled``;
    - ``feedback.enabled``: o33249.ingest.us.sentry.io, when a client sends ``feedback/upload``;
    - ``check_for_update_on_startup``: nothing was seen from the app-server; it keeps other subcommands quiet;
    - ``supports_websockets``: on loopback only, but the provider speaks server-sent events.

    ``project_root_markers = []``: with the default, a ``.git`` above the cache folder (a home folder under version
    control) brings the user's AGENTS.md and skills into the model's input and a warning onto the wire (seen on 0.163.0).
    """
    features = "\n".join(line for tool, line in _FEATURES.items() if tool in tools)
    return f"""\
model = "{MODEL}"
model_provider = "{PROVIDER}"
approval_policy = "{APPROVAL_POLICY}"
sandbox_mode = "{SANDBOX}"
check_for_update_on_startup = false
project_root_markers = []

[analytics]
enabled = false

[feedback]
enabled = false

[features]
plugins = false
{features}

[model_providers.{PROVIDER}]
name = "{PROVIDER}"
base_url = {json.dumps(model.base_url)}
env_key = "{MODEL_KEY_VARIABLE}"
wire_api = "responses"
supports_websockets = false
request_max_retries = {model.request_max_retries}
stream_max_retries = {model.stream_max_retries}
stream_idle_timeout_ms = {model.stream_idle_timeout_ms}
{_PLAN if "plan" in tools else ""}{_mcp_server() if "mcp" in tools else ""}"""


_FEATURES: Final = {
    "permissions": "request_permissions_tool = true",
    "clock": 'current_time_reminder = { enabled = true, clock_source = "external" }',
    "patches": "apply_patch_streaming_events = true",
}
"""Features under development, by the tool that they switch on."""


_PLAN: Final = """
[tools.update_plan]
enabled = true
"""
"""The tool by which the model updates its plan: models that the binary does not know have it only so (seen on 0.163.0)."""


def _mcp_server() -> str:
    """Our MCP server: the standard library alone, for every server that is started waits for it."""
    command = [sys.executable, "-I", "-S", turnproof_fakes.mcp_server.__file__]
    return f"""
[mcp_servers.{SERVER}]
command = {json.dumps(command[0])}
args = {json.dumps(command[1:])}
"""
