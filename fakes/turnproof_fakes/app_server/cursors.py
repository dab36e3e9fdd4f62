"""Where a page of turns or items begins: opaque to clients, a JSON string within the JSON, as the real one is."""

from __future__ import annotations

import json

from turnproof_fakes.app_server.refusals import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

TURNS, ITEMS = "turns", "itemsByCreatedAtOrdinal"


def cursor(thread_id: str, ordinal: int, kind: str, *, anchor: bool) -> str:
    """A page begins at a record, with it (`anchor`) or behind it."""
    included = "true" if anchor else "false"
    scope = f'"scope":{{"kind":"{kind}"}}'
    return f'{{"requestedThreadId":"{thread_id}","rolloutOrdinal":{ordinal},"includeAnchor":{included},{scope}}}'


def position(text: str) -> tuple[int, bool]:
    """The record that a cursor names, and whether it belongs to the page."""
    try:
        value: Json = json.loads(text)
        return int(value["rolloutOrdinal"]), bool(value["includeAnchor"])
    except (ValueError, TypeError, KeyError):
        raise Refused(f"invalid cursor: {text}") from None


def newest_turn(thread_id: str, history: list[Json]) -> str | None:
    """Where paging back from the newest turn begins."""
    return cursor(thread_id, history[-1]["ordinal"], TURNS, anchor=True) if history else None


def newest_item(thread_id: str, history: list[Json]) -> str | None:
    """Where paging back from the newest item begins."""
    ordinals = [entry["ordinal"] for turn in history for entry in turn["entries"]]
    return cursor(thread_id, ordinals[-1], ITEMS, anchor=True) if ordinals else None
