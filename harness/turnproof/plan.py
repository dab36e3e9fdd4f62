"""The plan: what a fake app-server is told about a play, as JSON.

The fake knows no harness: it reads a plan (scripts by the words of the user, faults, pace, seed) and does it.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from turnproof import steps as s
from turnproof.composing import for_the_fake
from turnproof.consent import APPROVAL_POLICY, SANDBOX
from turnproof.expect import PROBE_SAYS, walk
from turnproof.homes import config
from turnproof.script import Say, Script
from turnproof.transports import PlaySpec
from turnproof.wellformed import PROBE

VERSION: Final = 1
DEFAULTS: Final = {
    "model": config.MODEL,
    "modelProvider": config.PROVIDER,
    "approvalPolicy": APPROVAL_POLICY,
    "sandbox": SANDBOX,
}
"""What the real binary reads in the config of its home."""
MODEL_URL: Final = "http://127.0.0.1:9/v1/responses"
"""Where a fake says that its model is, when that fails. Nobody is asked."""


def plan_for(spec: PlaySpec, gen: int, control: str | None = None) -> dict[str, Any]:
    """The plan of one server process of a play."""
    setup = spec.scenario.setup
    return {
        "turnproof_plan": VERSION,
        "seed": spec.seed,
        "generation": gen,
        "pace": setup.pace,
        "defaults": DEFAULTS,
        "model_url": MODEL_URL,
        "retries": {"request": setup.request_retries, "stream": setup.stream_retries},
        "tools": list(setup.tools),
        "scripts": {p: for_the_fake(script, spec.seed) for p, script in scripts(spec.scenario.steps).items()},
        "faults": msgspec.to_builtins(spec.faults),
        "control": control,
    }


def scripts(steps: tuple[s.AnyStep, ...]) -> dict[str, Script]:
    """Every script of a scenario by its words, those of the second use included."""
    found: dict[str, Script] = {
        step.text: step.script for step in walk(steps) if isinstance(step, s.SPEAKS) and step.text is not None
    }
    return found | {f"{PROBE} {n}": (Say((PROBE_SAYS,)),) for n in (1, 2)}
