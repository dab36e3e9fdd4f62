"""`Finding`: what is wrong with one message, in one line; and the words for values and places in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sized

Level = Literal["published", "closed"]

SHOWN: Final = 80
CAP: Final = 400
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch


@dataclass(frozen=True)
class Finding:
    """One breach of a schema. `level` is the outermost that the message fails: "published" before "closed".

    `method` is that of the message, or of the request that it answers; `path` where in the message (`params.turn.id`);
    `problem` and `expected` are short texts without control characters.
    """

    level: Level
    method: str
    path: str
    problem: str
    expected: str = ""

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        wanted = f", expected {self.expected}" if self.expected else ""
        return capped(f"{self.method}: {where}{self.problem}{wanted} ({self.level} schema)", CAP)


def capped(text: str, limit: int) -> str:
    """At most `limit` characters of a text; one line, printable on anything."""
    plain = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text[:limit])
    return plain if len(text) <= limit and len(plain) <= limit else plain[: limit - 1] + "…"


def shown(value: object) -> str:
    """A JSON value in a few characters, whatever is in it."""
    if isinstance(value, str):
        return capped(json.dumps(value[:SHOWN], ensure_ascii=False), SHOWN)
    if isinstance(value, (bool, type(None))):
        return json.dumps(value)
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, dict):
        return f"an object of {_count(cast('dict[object, object]', value), 'key')}"
    if isinstance(value, list):
        return f"an array of {_count(cast('list[object]', value), 'element')}"
    return capped(repr(value), SHOWN)


def _count(value: Sized, noun: str) -> str:
    return f"{len(value)} {noun}{'' if len(value) == 1 else 's'}"


def path_text(parts: Iterable[str | int]) -> str:
    """`params.items[3]["odd key"]` of a list of keys and places."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part[:SHOWN])}]"
    return capped(text, 200)
