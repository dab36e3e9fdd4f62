"""The hooks of a play's home: each is trusted where it stands."""

from __future__ import annotations

import tomllib
from pathlib import Path

from turnproof.homes.hooks import hooks_toml


def test_each_hook_is_trusted_under_its_place() -> None:
    hooks = tomllib.loads(hooks_toml(Path('/a "b"/config.toml')))["hooks"]
    state = hooks.pop("state")
    assert list(hooks) == ["UserPromptSubmit", "Stop"]
    assert [hook["hooks"][0]["command"] for (hook,) in hooks.values()] == ["true", "true"]
    assert list(state) == [f'/a "b"/config.toml:{place}:0:0' for place in ("user_prompt_submit", "stop")]
    assert all(entry["trusted_hash"].startswith("sha256:") for entry in state.values())
