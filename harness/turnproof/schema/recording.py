"""Recorded messages, with the request that each answers: from histories, or from transcripts of other recorders.

Three kinds of lines are read, anything else is passed over:

    {"dir": "to_client" | "to_server", "kind": "line", "conn", "gen", "msg": …}     our histories
    {"dir": "in" | "out", "raw": "<json text>"}                                     a recorder beside the client
    {"dir": "s2c" | "c2s", "client": …, "msg": …}                                   a transcript
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from turnproof.schema.document import Direction

DIRECTIONS: Final[dict[object, Direction]] = {
    "to_client": "to_client",
    "in": "to_client",
    "s2c": "to_client",
    "to_server": "to_server",
    "out": "to_server",
    "c2s": "to_server",
}


@dataclass(frozen=True)
class Recorded:
    """One message. `answers`: the method of the request that a response settles, where it is known and certain."""

    message: dict[str, Any]
    direction: Direction
    answers: str | None
    source: str


def recorded(files: Iterable[Path]) -> Iterator[Recorded]:
    """All messages of some files, in order; ValueError with file and line where a line is not JSON."""
    for path in files:
        asked: dict[tuple[object, ...], str | None] = {}
        # Only "\n" ends a line: a bare CR in a recorded message is evidence, not a line end.
        with path.open(encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, 1):
                source = f"{path.name}:{number}"
                try:
                    event = json.loads(line)
                except ValueError as error:
                    raise ValueError(f"{source} is not JSON: {error}") from error
                message = _message(event)
                if message is not None:
                    direction = DIRECTIONS[event["dir"]]
                    yield Recorded(message, direction, _answers(asked, event, message, direction), source)


def _message(event: object) -> dict[str, Any] | None:
    if not isinstance(event, dict):
        return None
    fields = cast("dict[str, Any]", event)
    if not isinstance(fields.get("dir"), str) or fields["dir"] not in DIRECTIONS:
        return None
    message = fields.get("msg")
    if message is None and isinstance(fields.get("raw"), str):
        try:
            message = json.loads(fields["raw"])
        except ValueError:
            return None
    return cast("dict[str, Any]", message) if isinstance(message, dict) else None


def _answers(
    asked: dict[tuple[object, ...], str | None], event: dict[str, Any], message: dict[str, Any], direction: Direction
) -> str | None:
    """Ids are told apart by connection, side and type. Two open requests with one id: no answer to them is certain."""
    place = (event.get("client"), event.get("conn"), event.get("gen"), repr(message.get("id")))
    if "method" not in message:
        return asked.get((*place, "to_server" if direction == "to_client" else "to_client"))
    if "id" in message:
        key = (*place, direction)
        asked[key] = message["method"] if asked.get(key, message["method"]) == message["method"] else None
    return None
