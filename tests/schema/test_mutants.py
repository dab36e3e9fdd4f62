"""Recorded messages, each broken in one place: nearly every break is seen at the closed level.

The corpus was recorded from 0.163.0 (`corpus/*.jsonl`, paths and host names made neutral). What is missed is listed
in `missed_mutants.txt`, with the reason in its head; the test compares that list exactly.

`python tests/schema/test_mutants.py` writes the list anew.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from turnproof import profile as profiles
from turnproof.schema import Schema, envelope_problems
from turnproof.schema.recording import Recorded, recorded

HERE = Path(__file__).parent
MISSED = HERE / "missed_mutants.txt"
PROFILE = profiles.load("0.163.0")
SCHEMA = Schema.of(PROFILE)

Path_ = tuple[str | int, ...]


def kinds() -> list[Recorded]:
    """One message of every shape in the corpus: same method, same keys, same types, same tags."""
    seen: dict[object, Recorded] = {}
    for one in recorded(sorted((HERE / "corpus").glob("*.jsonl"))):
        seen.setdefault((one.direction, one.answers, shape(one.message)), one)
    return list(seen.values())


def shape(value: Any, key: str = "") -> object:
    if isinstance(value, dict):
        return tuple((name, shape(inner, name)) for name, inner in sorted(value.items()))
    if isinstance(value, list):
        return ("list", *sorted({str(shape(inner)) for inner in value}))
    return value if key in ("method", "type", "status") else type(value).__name__


def mutants(value: Any, path: Path_ = ()) -> Iterator[tuple[str, Path_, Any]]:
    """(what was done, where, the whole mutant) for every single change of a JSON value."""
    for where, parent, key in places(value):
        yield "delete", where, changed(value, where, None, delete=True)
        for name, other in retyped(parent[key]):
            yield name, where, changed(value, where, other)
    for where, one in objects(value):
        yield "add", (*where, "addedByMutant"), changed(value, (*where, "addedByMutant"), "x")
        del one


def places(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key), value, key
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def objects(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    if isinstance(value, dict):
        yield path, value
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from objects(inner, (*path, key))


def retyped(value: Any) -> Iterator[tuple[str, Any]]:
    """The value as one of every other type."""
    others = {"string": "x", "integer": 7, "fraction": 7.5, "boolean": True, "null": None, "list": [7], "object": {"x": 7}}
    own = {str: "string", bool: "boolean", type(None): "null", list: "list", dict: "object", int: "integer", float: "fraction"}
    for name, other in others.items():
        if name != own[type(value)]:
            yield f"to {name}", other
    if type(value) is int:
        yield "to float", float(value)


def changed(value: Any, where: Path_, new: Any, *, delete: bool = False) -> Any:
    whole = copy.deepcopy(value)
    parent = whole
    for step in where[:-1]:
        parent = parent[step]
    if delete:
        del parent[where[-1]]
    else:
        parent[where[-1]] = new
    return whole


def caught(one: Recorded, mutant: dict[str, Any]) -> bool:
    if one.direction == "to_client" and envelope_problems(mutant, PROFILE):
        return True
    return SCHEMA.validate(mutant, one.direction, one.answers) is not None

if __name__ == "__main__":
    from collections import Counter
    c=Counter(); m=Counter(); ex=Counter()
    for one in kinds():
        for what, where, mutant in mutants(one.message):
            k=(one.direction,what); c[k]+=1
            if not caught(one,mutant):
                m[k]+=1; ex[(one.direction,what,one.message.get('method') or one.answers or 'error', '.'.join('[]' if isinstance(w,int) else w for w in where))]+=1
    for k in sorted(c): print(k,c[k],m[k],'%.2f%%'%(100-100*m[k]/c[k]))
    print(sum(c.values()),sum(m.values()), len(kinds()))
    for k,v in sorted(ex.items()):
        if k[1]!='to null': print(v,k)
    print(Counter((k[3]) for k in ex if k[1]=='to null').most_common(60))
