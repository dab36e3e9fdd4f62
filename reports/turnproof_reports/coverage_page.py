"""Method coverage in the terminal, and as the page ``docs/coverage.md``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final, Literal, get_args

import msgspec

Kind = Literal["client request", "client notification", "server request", "server notification"]
State = Literal["exercised", "refused only", "not exercised"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
NAMED: Final = 3
"""Scenarios that a row names; the number says how many there are."""
UNEXCUSED: Final = "no scenario yet"
WRITE: Final = "turnproof coverage --from turnproof-out/latest --write docs/coverage.md"
_HEAD: Final = """\
# Coverage of the protocol

Generated behind `make scenarios` by `{write}`;
`make coverage` compares it with what that run has shown.

Every method of the schema that {server} generates (`codex app-server generate-json-schema --experimental`), and the shipped
scenarios that exercise it on the real binary. A request is *exercised* where it was answered with a result: a refusal shows only
that the server knows the method. A notification and a request of the server are exercised where they came. Named are the
scenarios that show least else.

`turnproof coverage PATH …` plays scenarios on the real binary and prints the same table; `--from RUN_FOLDER` plays nothing and
reads the histories of a run that is over. It ends with 1 when a method is neither exercised nor excused with a reason in
`{reasons}`, and when a reason is about a method that is exercised or that the schema does
not have.

<!-- exit code 1 -->
```console
$ turnproof coverage test_threads.py
client requests, thread: 1 of 55 exercised
  thread/start … stable … exercised …
client requests, turn: 1 of 4 exercised
turn/interrupt: no scenario exercises this client request, and not_exercised.toml gives no reason
```
"""
_REASONS: Final = "harness/turnproof/campaigns/not_exercised.toml"
_SCENARIO: Final = re.compile(r"`(\w+::\w+)`")


class MethodRow(msgspec.Struct, frozen=True):
    """One method. ``scenarios`` exercise it, ``refused`` were answered with an error; ``reason``: why there are none."""

    kind: Kind
    method: str
    experimental: bool
    scenarios: tuple[str, ...]
    refused: tuple[str, ...]
    reason: str

    @property
    def prefix(self) -> str:
        """The group of the method: ``thread`` of ``thread/start``."""
        return self.method.partition("/")[0] if "/" in self.method else ""

    @property
    def state(self) -> State:
        if self.scenarios:
            return "exercised"
        return "refused only" if self.refused else "not exercised"

    @property
    def why(self) -> str:
        """Why it is not exercised."""
        return "" if self.scenarios else self.reason or UNEXCUSED

    @property
    def surface(self) -> str:
        return "experimental" if self.experimental else "stable"

    @property
    def shown_by(self) -> str:
        """How many scenarios, and a few of them."""
        names = self.scenarios or self.refused
        listed = ", ".join(f"`{name}`" for name in names[:NAMED])
        return f"{len(names)}: {listed}{', …' if len(names) > NAMED else ''}" if names else ""


def coverage_lines(rows: Iterable[MethodRow]) -> list[str]:
    """The table of the terminal."""
    rows = list(rows)
    width = max((len(row.method) for row in rows), default=0)
    lines: list[str] = []
    for (kind, prefix), group in _groups(rows):
        lines.append(f"{kind}s{f', {prefix}' if prefix else ''}: {_count(group)}")
        for row in group:
            told = row.shown_by.replace("`", "") or row.why
            lines.append(f"  {row.method:<{width}}  {row.surface:<12}  {row.state:<13}  {told}".rstrip())
    return [*lines, "", *_totals(rows)]


def coverage_page(rows: Iterable[MethodRow], server: str) -> str:
    """The page. ``server`` is name and version."""
    rows = list(rows)
    parts = [
        _HEAD.format(write=WRITE, server=server, reasons=_REASONS),
        "\n| | methods | exercised | refused only | not exercised |",
    ]
    parts.append("\n|---|---|---|---|---|\n")
    for kind in KINDS:
        states = Counter(row.state for row in rows if row.kind == kind)
        cells = (f"{kind}s", states.total(), *(states[state] for state in get_args(State)))
        parts.append(_line(map(str, cells)))
    for kind in KINDS:
        parts.append(f"\n## {kind.capitalize()}s\n")
        for (_, prefix), group in _groups([row for row in rows if row.kind == kind]):
            parts += [f"\n### {prefix or 'without a prefix'}\n", "\n| method | surface | state | why not | scenarios |"]
            parts.append("\n|---|---|---|---|---|\n")
            parts += [_line((f"`{r.method}`", r.surface, r.state, r.why, r.shown_by)) for r in group]
    return "".join(parts)


def differences(page: str, fresh: str, played: Iterable[str]) -> list[str]:
    """What a page says otherwise than a fresh one, in a line each.

    How many scenarios show a method is left out, and which ones are named: what races do differs from run to run (of 123
    scenarios on codex 0.163.0, turn/interrupt was answered with a result in 12 or in 13; all else was the same in three runs).
    """
    old, new = _judged(page), _judged(fresh)
    found = [f"not on the page: {line}" for line in new if line not in set(old)]
    found += [f"on the page, and not so: {line}" for line in old if line not in set(new)]
    gone = sorted(set(_SCENARIO.findall(page)) - set(played))
    return found + [f"the page names {name}, which was not played" for name in gone]


def _judged(page: str) -> list[str]:
    rows = (line for line in page.splitlines() if line.strip())
    return [line.rstrip("|").rpartition("|")[0].strip() if line.startswith("| `") else line for line in rows]


def _groups(rows: Iterable[MethodRow]) -> Iterator[tuple[tuple[str, str], list[MethodRow]]]:
    """Rows by kind and prefix, in the order of the kinds; methods without a prefix come first."""
    order = sorted(rows, key=lambda row: (KINDS.index(row.kind), row.prefix, row.method))
    for key, group in groupby(order, key=lambda row: (row.kind, row.prefix)):
        yield key, list(group)


def _count(rows: list[MethodRow]) -> str:
    return f"{sum(row.state == 'exercised' for row in rows)} of {len(rows)} exercised"


def _totals(rows: list[MethodRow]) -> list[str]:
    by_kind = ((kind, [row for row in rows if row.kind == kind]) for kind in KINDS)
    return [f"{kind}s: {_count(group)}" for kind, group in by_kind]


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"
