"""The models that 0.163.0 lists, as data.

Names, efforts and tiers are real, so that clients find what they look for; what the vendor says about them is not ours to
repeat, so descriptions are our own words.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

_EFFORTS = ("low", "medium", "high", "xhigh", "max", "ultra")
# Name, display name, how many of the efforts it takes, the usual one, default tier, multi-agent version, what replaces it.
_MODELS: tuple[tuple[str, str, int, str, str | None, str | None, str | None], ...] = (
    ("gpt-6.1-sol", "GPT-6.1-Sol", 6, "low", None, "v2", None),
    ("gpt-6-astra", "GPT-6-Astra", 6, "low", None, "v2", None),
    ("gpt-6-sol", "GPT-6-Sol", 6, "medium", "priority", "v2", None),
    ("gpt-6-luna", "GPT-6-Luna", 5, "medium", "priority", "v2", None),
    ("gpt-5.6-sol", "GPT-5.6-Sol", 6, "low", None, "v2", "gpt-6-sol"),
    ("gpt-5.6-terra", "GPT-5.6-Terra", 6, "medium", None, "v2", "gpt-6-sol"),
    ("gpt-5.6-luna", "GPT-5.6-Luna", 5, "medium", None, "v1", "gpt-6-luna"),
    ("gpt-5.5", "GPT-5.5", 4, "medium", None, None, "gpt-6-sol"),
)
_NAMES = frozenset(row[0] for row in _MODELS)


def knows(model: str | None) -> bool:
    """Whether there is metadata for a model; turn/start warns about any other."""
    return model in _NAMES


def listed() -> list[Json]:
    """All of them as model/list shows them; the first is the default, and is advertised."""
    return [_model(row, first=position == 0) for position, row in enumerate(_MODELS)]


def _model(row: tuple[str, str, int, str, str | None, str | None, str | None], *, first: bool) -> Json:
    name, display, efforts, usual, tier, agents, successor = row
    return {
        "id": name,
        "model": name,
        "upgrade": successor,
        "upgradeInfo": None if successor is None else _upgrade(successor),
        "availabilityNux": {"message": f"{display} is there."} if first else None,
        "displayName": display,
        "description": f"{display}, as the fake lists it.",
        "modelSpecialty": None,
        "hidden": False,
        "supportedReasoningEfforts": [
            {"reasoningEffort": effort, "description": f"{effort} effort"} for effort in _EFFORTS[:efforts]
        ],
        "defaultReasoningEffort": usual,
        "inputModalities": ["text", "image"],
        "supportsPersonality": False,
        "multiAgentVersion": agents,
        "additionalSpeedTiers": ["fast"],
        "serviceTiers": [{"id": "priority", "name": "Fast", "description": "faster"}],
        "defaultServiceTier": tier,
        "availableAccessPrograms": None,
        "isDefault": first,
    }


def _upgrade(successor: str) -> Json:
    return {
        "model": successor,
        "upgradeCopy": None,
        "modelLink": None,
        "migrationMarkdown": f"{successor} comes after it.",
        "retirementAt": None,
    }
