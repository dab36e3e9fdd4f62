"""The hooks of a home: commands that the server runs with every turn, and that do nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_HOOKS: Final = {
    "UserPromptSubmit": ("user_prompt_submit", "0c5faf9b4c95d27d454f681f22931c6d071e6b0ab11bcbf2e461c464355de34d"),
    "Stop": ("stop", "2ba34c7a02841fada06b868a093d041fd3d9de81883c789a321916b0aa118851"),
}
"""By event: how it stands in the key of a hook, and the hash of one that runs `true`, as hooks/list of 0.163.0 gives them."""


def hooks_toml(config: Path) -> str:
    """What stands in the config file at this path. A hook runs only where its user trusts it: by its hash, under its place."""
    lines: list[str] = []
    for event, (place, known) in _HOOKS.items():
        lines += [f"[[hooks.{event}]]", f"[[hooks.{event}.hooks]]", 'type = "command"', 'command = "true"']
        lines += [f"[hooks.state.{json.dumps(f'{config}:{place}:0:0')}]", f'trusted_hash = "sha256:{known}"']
    return "\n" + "\n".join(lines) + "\n"
