"""Recorded messages, each broken in one place: nearly every break is seen at the closed level.

The corpus was recorded from 0.163.0 (`corpus/*.jsonl`, paths and host names made neutral). What is missed is listed
in `missed_mutants.txt`, with the reason in its head; the test compares that list exactly.

`python tests/schema/test_mutants.py` writes the list anew.
"""

from __future__ import annotations

import copy
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from turnproof import profile as profiles
from turnproof.schema import Schema, envelope_problems
from turnproof.schema.recording import Recorded, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import TypeIs

Where = tuple[str | int, ...]

HERE: Final = Path(__file__).parent
CORPUS: Final = sorted((HERE / "corpus").glob("*.jsonl"))
MISSED: Final = HERE / "missed_mutants.txt"
PROFILE: Final = profiles.load("0.163.0")
SCHEMA: Final = Schema.of(PROFILE)
ADDED: Final = "addedByMutant"
UUID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
RETYPED: Final[dict[type, Any]] = {
    str: 7,
    int: "7",
    float: "7.5",
    bool: "true",
    type(None): [7],
    list: {"x": 7},
    dict: [7],
}
HEAD: Final = """\
# Mutants of recorded messages that neither the closed schema nor the envelope catches; x: how many.
#
# to_client, delete: keys that were always there, but never empty and not often enough to say that they are always
#   sent (a command approval is one of several kinds, a retried status one of several errors); entries of maps.
# to_client, error.data: any value, by the schema.
# to_server, delete: a client may leave an optional key out."""


def kinds() -> list[Recorded]:
    """One message of every shape in the corpus: same method, same keys, same types, same tags."""
    seen: dict[object, Recorded] = {}
    for one in recorded(CORPUS):
        seen.setdefault((one.direction, one.answers, shape(one.message)), one)
    return list(seen.values())


def shape(value: Any, key: str = "") -> object:
    if is_object(value):
        return tuple((name, shape(inner, name)) for name, inner in sorted(value.items()))
    if is_list(value):
        return ("list", *sorted({str(shape(inner)) for inner in value}))
    return value if key in ("method", "type", "status") else type(value).__name__


def is_object(value: object) -> TypeIs[dict[str, Any]]:
    return isinstance(value, dict)


def is_list(value: object) -> TypeIs[list[Any]]:
    return isinstance(value, list)


def mutants(value: Any) -> Iterator[tuple[str, Where, Any]]:
    """(what was done, where, the whole mutant) for every single change of a JSON value."""
    for where, inner in places(value):
        if isinstance(where[-1], str):
            yield "delete", where, changed(value, where, delete=True)
        for other in retyped(inner):
            yield f"retype to {other!r}", where, changed(value, where, other)
        if is_object(inner):
            yield "add", where, changed(value, (*where, ADDED), "x")
    yield "add", (), changed(value, (ADDED,), "x")


def places(value: Any, where: Where = ()) -> Iterator[tuple[Where, Any]]:
    """Every field and element inside a value."""
    inside = value.items() if is_object(value) else enumerate(value) if is_list(value) else ()
    for key, inner in inside:
        yield (*where, key), inner
        yield from places(inner, (*where, key))


def retyped(value: Any) -> Iterator[Any]:
    """The value as one of another type, by a rule that does not know the schema; an integer also as an equal float."""
    if type(value) is int:
        yield float(value)
    yield RETYPED[type(value)]


def changed(value: Any, where: Where, new: Any = None, *, delete: bool = False) -> Any:
    whole = copy.deepcopy(value)
    parent = whole
    for step in where[:-1]:
        parent = parent[step]
    if delete:
        del parent[where[-1]]
    else:
        parent[where[-1]] = new
    return whole


def judged(one: Recorded, where: Where) -> bool:
    """Whether this place is for the schema and the envelope to judge.

    That an answer has the id of its request, type included, is judged where open requests are known; the envelope of
    what a client sends is not judged at all, its writer is ours.
    """
    if one.direction == "to_server":
        return where[:1] in (("params",), ("result",), ("error",)) and len(where) > 0
    return where != ("id",)


def caught(one: Recorded, mutant: dict[str, Any]) -> bool:
    if one.direction == "to_client" and envelope_problems(mutant, PROFILE):
        return True
    return SCHEMA.validate(mutant, one.direction, one.answers) is not None


def tally() -> tuple[Counter[str], Counter[str], list[str]]:
    """By direction, how many mutants there were and how many were missed; and a line for every kind of miss."""
    made: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for one in kinds():
        method = one.message.get("method") or f"answer to {one.answers}"
        for what, where, mutant in mutants(one.message):
            if not judged(one, where):
                continue
            made[one.direction] += 1
            if not caught(one, mutant):
                missed[one.direction] += 1
                place = ".".join("*" if isinstance(step, int) or UUID(step) else step for step in where)
                lines[f"{one.direction}  {method}  {what}  {place}"] += 1
    return made, missed, [f"{line}  x{times}" for line, times in sorted(lines.items())]


@pytest.fixture(scope="module")
def tallied() -> tuple[Counter[str], Counter[str], list[str]]:
    return tally()


def test_nearly_every_mutant_of_what_the_server_sends_is_caught(tallied: Any) -> None:
    made, missed, _ = tallied
    assert made["to_client"] > 3000, "the corpus shrank"
    assert missed["to_client"] <= 0.01 * made["to_client"]


def test_the_misses_are_the_listed_ones(tallied: Any) -> None:
    listed = [line for line in MISSED.read_text().splitlines() if line and not line.startswith("#")]
    assert tallied[2] == listed, "run this file to write the list anew, and read what changed"


def test_the_unbroken_messages_are_clean() -> None:
    """The other half of the claim: a schema that refuses everything catches every mutant."""
    for one in recorded(CORPUS):
        assert SCHEMA.validate(one.message, one.direction, one.answers) is None, one.source
        if one.direction == "to_client":
            assert envelope_problems(one.message, PROFILE) == [], one.source


if __name__ == "__main__":
    made, missed, lines = tally()
    rates = [f"# {way}: {missed[way]} of {made[way]} ({missed[way] / made[way]:.2%})" for way in sorted(made)]
    MISSED.write_text("\n".join([HEAD, *rates, "", *lines, ""]))
    sys.stdout.write("\n".join([*rates, f"{len(kinds())} kinds of messages", ""]))
