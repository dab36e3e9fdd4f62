"""The file of known failures.

[[failing]]                      fails, always: a play that passes is an error, for the entry has gone stale
scenario = "tests/test_bridge.py::second_thread_completes"
target = "mine"
check = "turn-ends-once"         the check that fails first, as the failure's first line names it
reason = "the bridge forgets the second thread"
link = "https://example.org/issues/12"

[[flaky]]                        fails now and then: a play that passes is no error
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any, Final, cast, get_args

from turnproof.checks import REGISTRY, Check
from turnproof.checks.shape import Likeness
from turnproof.known_failures.entry import Entry, Kind
from turnproof.refusal import Refusal, meant, one_line, shown
from turnproof.targets import is_label

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
KEYS: Final = ("scenario", "target", "check", "reason", "link")
_BEGIN: Final = re.compile(r"^[ \t]*\[\[[ \t]*(\w+)[ \t]*\]\]", re.MULTILINE)


class KnownFailuresError(ValueError):
    """A file of known failures that cannot be used; one line with file, entry and mend."""


def read(file: Path) -> tuple[Entry, ...]:
    """The entries of a file, in its order within each kind; raises KnownFailuresError."""
    try:
        text = file.read_text(encoding="utf-8")
        table: dict[str, Any] = tomllib.loads(text)
    except OSError as problem:
        raise KnownFailuresError(f"{file}: no file of known failures: {problem.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise KnownFailuresError(one_line(f"{file}: not TOML: {problem}")) from None
    for key in table:
        if key not in KINDS:
            raise KnownFailuresError(f"{file}: unknown key {shown(key)}; mend: {_one_of(key, KINDS, '[[{}]]')}")
    entries = [entry for kind in KINDS for entry in _entries(file, kind, table.get(kind, []), _lines(text, kind))]
    _demand_no_twins(file, entries)
    return tuple(entries)


def _lines(text: str, kind: Kind) -> list[int]:
    """Where the tables of a kind begin: tomllib does not say."""
    return [text.count("\n", 0, found.start()) + 1 for found in _BEGIN.finditer(text) if found[1] == kind]


def _entries(file: Path, kind: Kind, value: object, lines: list[int]) -> list[Entry]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in cast("list[object]", value)):
        raise KnownFailuresError(f"{file}: {kind} is no array of tables; mend: [[{kind}]]")
    tables = cast("list[dict[str, object]]", value)
    # A text that spans lines may hold what looks like the begin of a table.
    places = lines if len(lines) == len(tables) else [0] * len(tables)
    return [_entry(file, kind, n, *one) for n, one in enumerate(zip(tables, places, strict=True), 1)]


def _entry(file: Path, kind: Kind, number: int, table: dict[str, object], line: int) -> Entry:
    try:
        found = _texts(table)
        _demand_sense(**found)
    except Refusal as refused:
        raise KnownFailuresError(f"{file}, {kind} entry {number}: {refused}") from None
    return Entry(kind=kind, number=number, file=str(file), line=line, **found)


_EXAMPLES: Final = {
    "scenario": 'scenario = "path::name", as turnproof list shows it',
    "target": 'target = "*", or the label that case ids show in brackets',
    "check": 'check = "turn-ends-once", the check that the failure\'s first line names',
    "reason": 'reason = "what is broken"',
    "link": 'link = "https://…", where it is tracked',
}


def _texts(table: dict[str, object]) -> dict[str, str]:
    """The values of an entry; raises Refusal when a key is missing, unknown, or no text."""
    for key in table:
        if key not in KEYS:
            raise Refusal(f"unknown key {shown(key)}", _one_of(key, KEYS))
    for key in KEYS:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            wrong = f"{key} is no text: {shown(value)}" if key in table else f"it has no {key}"
            raise Refusal(wrong, _EXAMPLES[key])
    return {key: one_line(str(table[key])) for key in KEYS}


def _demand_sense(*, scenario: str, check: str, link: str, **_: str) -> None:
    """Raises Refusal for values that no case could have, or that lead nowhere."""
    path, colons, name = scenario.partition("::")
    if not (path and colons and name):
        raise Refusal(f"{shown(scenario)} names no scenario", _EXAMPLES["scenario"])
    if (plain := PurePath(path).as_posix()) != path:
        raise Refusal(f"no id begins with {shown(path)}", f'scenario = "{plain}::{name}", as turnproof list shows it')
    case, found, held = scenario.removesuffix("]").rpartition("[")
    if found and scenario.endswith("]") and is_label(held):
        raise Refusal(f"{shown(scenario)} holds a target", f'scenario = "{case}", target = "{held}"')
    checks = _checks()
    if check not in checks:
        raise Refusal(f"there is no check {shown(check)}", _one_of(check, checks))
    if checks[check].harness:
        raise Refusal(f"{check} is about our own side, which nothing excuses", "remove the entry")
    if "://" not in link:
        raise Refusal(f"the link {shown(link)} leads nowhere", _EXAMPLES["link"])


def _checks() -> dict[str, type[Check]]:
    """By name all checks, those too that others find on their way."""
    return REGISTRY | {likeness.name: likeness for likeness in Likeness.__subclasses__()}


def _demand_no_twins(file: Path, entries: list[Entry]) -> None:
    first: dict[tuple[str, str, str], Entry] = {}
    for entry in entries:
        other = first.setdefault((entry.scenario, entry.target, entry.check), entry)
        if other is not entry:
            raise KnownFailuresError(
                f"{file}: {entry.name} is about the same as {other.name}; mend: remove one of them"
            )


def _one_of(given: str, known: Iterable[str], form: str = "{}") -> str:
    near = meant(given, known)
    return f"did you mean {form.format(near)}?" if near else f"one of {', '.join(form.format(one) for one in known)}"
