"""The plan: what the test wants from this server. A JSON file named by TURNPROOF_PLAN, else turnproof-plan.json in the home."""

from __future__ import annotations

import json
import os

from turnproof_fakes.app_server.json_values import as_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Json = dict[str, Any]

VERSION = 1


class PlanError(Exception):
    """The plan cannot be used; the message is one line."""


def find(environment: Mapping[str, str], home: str) -> Json:
    """The plan, or an empty one: a server without scripts still shakes hands and lists."""
    path = environment.get("TURNPROOF_PLAN")
    if not path:
        path = os.path.join(home, "turnproof-plan.json")
        if not os.path.exists(path):
            return {}
    try:
        with open(path, encoding="utf-8") as file:
            plan = as_object(json.load(file))
    except (OSError, ValueError) as error:
        raise PlanError(f"plan {path}: {error}") from None
    if plan is None or plan.get("turnproof_plan") != VERSION:
        raise PlanError(f"plan {path}: not a turnproof plan of version {VERSION}")
    return plan
