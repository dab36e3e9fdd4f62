"""No rule is idle: whatever the rules name is in the corpus.

A rule is about what the real server does by chance, and two plays need not show that; but both of the kinds that it says
have no order must be there in one thread, and each path, member and form of an id must be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

import msgspec
from tests.fidelity.conftest import HISTORIES, RECORDED, Recorded

from turnproof.fidelity import rules
from turnproof.fidelity.lines import Lines
from turnproof.fidelity.naming import pieces
from turnproof.message import at

PAGE: Final = (Path(__file__).parents[2] / "docs" / "coverage.md").read_text(encoding="utf-8")
MESSAGES: Final = HISTORIES.with_name("messages.jsonl").read_text(encoding="utf-8").strip().split("\n")


class Member(msgspec.Struct, frozen=True):
    """A member of a line: whose, where (without indexes), under which key, and what stands there."""

    letter: str
    path: str
    key: str
    value: Any


@cache
def threads() -> list[list[str]]:
    """The letters of each thread of each history, each once."""
    found: list[list[str]] = []
    for name in RECORDED:
        for events in (Recorded(name).one, Recorded(name).other):
            lines = Lines(events)
            found += [
                sorted({line.letter for line in thread}) for thread in lines.by_thread(alone=lines.alone).values()
            ]
    return found


@cache
def members() -> list[Member]:
    """Every member of every line of the corpus, and of the messages beside it, which have no letter."""
    said = [
        (line.letter, line.event.message.value)
        for name in RECORDED
        for line in Lines(Recorded(name).one).all
        if line.event.kind == "line"
    ]
    said += [("", json.loads(message)) for message in MESSAGES]
    return list(chain.from_iterable(_members(letter, "", value) for letter, value in said))


def _members(letter: str, path: str, value: Any) -> Iterator[Member]:
    if isinstance(value, dict):
        for key, member in value.items():
            below = f"{path}.{key}" if path else key
            yield Member(letter, below, key, member)
            yield from _members(letter, below, member)
    elif isinstance(value, list):
        for member in value:
            if not isinstance(member, dict | list):
                yield Member(letter, path, "", member)
            yield from _members(letter, path, member)


def at_path(letter: str, path: str) -> Iterator[Any]:
    """What the corpus has at a path of the rules."""
    return (member.value for member in members() if member.path == path and fnmatchcase(member.letter, letter))


def matches(letter: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(letter, pattern) for pattern in patterns)


def idle(floats: Iterable[rules.Floats], threads: Iterable[Iterable[str]]) -> list[str]:
    """The rules under which no two kinds of a thread fall."""

    def meet(rule: rules.Floats, letters: Iterable[str]) -> bool:
        ones = [letter for letter in letters if fnmatchcase(letter, rule.one) and not matches(letter, rule.but_for)]
        return bool(ones) and any(
            fnmatchcase(letter, rule.other) and not matches(letter, rule.but) for letter in letters
        )

    return [f"{rule.one} and {rule.other}" for rule in floats if not any(meet(rule, letters) for letters in threads)]


def test_kinds_that_have_no_order_meet_in_a_thread() -> None:
    assert idle(rules.FLOATS, threads()) == []


def test_two_kinds_of_two_threads_are_an_idle_rule() -> None:
    rule = rules.Floats("← a *", "← b", but=("← b",), because="")
    assert idle([rule], [["← a x", "← b"]]) == ["← a * and ← b"]
    rule = msgspec.structs.replace(rule, but=())
    assert idle([rule], [["← a x"], ["← b"]]) == ["← a * and ← b"]
    assert idle([rule], [["← a x", "← b"]]) == []


def test_exceptions_name_what_there_is() -> None:
    """In the corpus, or in the table of all methods."""
    there = {*chain.from_iterable(threads()), *(f"← {method}" for method in re.findall(r"(?m)^\| `(\S+)`", PAGE))}
    named = {kind for rule in rules.FLOATS for kind in (*rule.but, *rule.but_for)}
    assert [kind for kind in sorted(named) if not any(fnmatchcase(letter, kind) for letter in there)] == []


def test_kinds_that_come_by_chance_are_there() -> None:
    there = set(chain.from_iterable(threads()))
    assert [rule.letter for rule in rules.CHANCE if rule.letter not in there] == []


def test_what_is_not_read_is_there() -> None:
    assert [f"{rule.letter} {rule.path}" for rule in rules.UNREAD if not any(at_path(rule.letter, rule.path))] == []


def test_what_comes_in_any_order_is_there() -> None:
    """Two of it: of one there is no order."""
    for rule in rules.UNORDERED:
        values = [value for value in at_path(rule.letter, rule.path) if isinstance(value, dict | list)]
        if rule.alike:
            values = [
                [row for row in rows if sum(row[rule.alike] == other[rule.alike] for other in rows) > 1]
                for rows in values
            ]
        assert any(len(value) > 1 for value in values), rule


def test_what_a_server_names_anew_is_there() -> None:
    assert [
        rule for rule in rules.NAMES if not any(type(value) is rule.type for value in at_path(rule.letter, rule.path))
    ] == []


def test_forms_of_ids_and_times_are_there() -> None:
    texts = {member.value for member in members() if isinstance(member.value, str)}
    kinds = {piece.kind.rstrip("47") for text in texts for piece in pieces(text)}
    assert {kind.name for kind in rules.IDS} - kinds == set()
    assert any(map(rules.CLOCK.search, texts))
    assert any(map(rules.DAY.search, texts))
    numbers = {member.key for member in members() if isinstance(member.value, int | float)}
    assert (rules.SECONDS | rules.MILLISECONDS | rules.DURATIONS) - numbers == set()


def test_kinds_of_kinds_are_there() -> None:
    said = [
        line.event.message for name in RECORDED for line in Lines(Recorded(name).one).all if line.event.kind == "line"
    ]
    told = [message for message in said if message.kind == "notification"]
    assert [path for path in rules.TYPE_AT if not any(isinstance(at(m.params, *path), str) for m in told)] == []
    assert rules.OF_THE_BUSY_THREAD - {message.method for message in told} == set()
    assert any(line.call for name in RECORDED for line in Lines(Recorded(name).one).all)
