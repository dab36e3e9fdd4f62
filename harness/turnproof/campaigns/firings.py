"""Which faults would fire in a play, told by the history of the same play without them.

Up to the first firing a play with faults is the healthy one: same seed, same messages in each direction.  So a list of
faults of which none fires there would give that play again, and need not be played.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import msgspec

from turnproof.faults import Fault
from turnproof.history import Event
from turnproof_fakes.app_server.json_values import as_object
from turnproof_fakes.nemesis import RuleBook, Seen, Traffic


def fired(lists: Sequence[Sequence[Fault]], healthy: Iterable[Event]) -> list[bool]:
    """For each list of faults, whether one of it fires in the healthy history. Each server process counts anew."""
    owners = [index for index, faults in enumerate(lists) for _ in faults]
    rules = [msgspec.to_builtins(fault) for faults in lists for fault in faults]
    books: dict[int, tuple[Traffic, RuleBook]] = {}
    found = [False] * len(lists)
    for event in healthy:
        if event.kind == "line" and event.dir is not None:
            traffic, book = books.setdefault(event.gen, (Traffic(), RuleBook(rules)))
            message = as_object(event.message.value)
            seen = Seen(event.dir, "noise", None, None) if message is None else traffic.see(event.dir, message)
            seen.size = len(event.raw if event.dir == "to_server" else json.dumps(message))
            for index, _, _ in book.fired_by(seen):
                found[owners[index]] = True
    return found
