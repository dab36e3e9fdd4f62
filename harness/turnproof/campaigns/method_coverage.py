"""Method coverage: which methods of a binary's own schema the suite exercises on that binary, and why not the rest.

A request of the client is exercised where it was answered with a result; a refusal shows that the server knows the method, and
no more.  A notification and a request of the server are exercised where they came.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from turnproof.campaigns.methods import with_methods
from turnproof.history import Event, read
from turnproof.playing import play_case
from turnproof.scenario import Scenario
from turnproof.schema import SchemaDocument
from turnproof_reports.coverage_page import Kind, MethodRow

Sight = tuple[str, str, str]
"""Direction, kind and method of a message that passed."""

REASONS: Final = "not_exercised.toml"
_SHOWN_BY: Final[dict[Kind, tuple[str, str]]] = {
    "client request": ("to_client", "response"),
    "client notification": ("to_server", "notification"),
    "server request": ("to_client", "request"),
    "server notification": ("to_client", "notification"),
}


class ReasonsError(ValueError):
    """The reasons cannot be read; one line."""


def sights(events: Iterable[Event]) -> frozenset[Sight]:
    """What passed in a history."""
    lines = ((event, method) for event, method in with_methods(events) if event.kind == "line")
    return frozenset((event.dir or "", event.message.kind, method) for event, method in lines)


def sights_of(history: Path) -> frozenset[Sight]:
    """What passed in the play that wrote a history file."""
    with history.open("rb") as lines:
        return sights(read(lines, str(history))[1])


def play_all(scenarios: Mapping[str, Scenario], target: str, processes: int) -> dict[str, frozenset[Sight] | str]:
    """Each scenario played once on the target: what passed, or the outcome of a play that did not pass."""
    jobs = [(scenario, target) for scenario in scenarios.values()]
    with get_context("forkserver").Pool(processes) as pool:
        return dict(zip(scenarios, pool.starmap(_play, jobs, chunksize=1), strict=True))


def _play(scenario: Scenario, target: str) -> frozenset[Sight] | str:
    with tempfile.TemporaryDirectory() as folder:
        verdict = play_case(target, scenario, Path(folder))
        return sights_of(Path(folder) / "history.jsonl") if verdict.passed else f"{verdict.outcome}: {verdict.reason}"


def method_rows(
    document: SchemaDocument, played: Mapping[str, frozenset[Sight]], reasons: Mapping[str, str]
) -> list[MethodRow]:
    """Every method of the schema, with the scenarios that exercise it: those that show least else first."""
    tables: dict[Kind, Iterable[str]] = {
        "client request": document.client_requests,
        "client notification": document.client_notifications,
        "server request": document.server_requests,
        "server notification": document.server_notifications,
    }
    order = sorted(played, key=lambda name: (len(played[name]), name))
    return [
        MethodRow(
            kind=kind,
            method=method,
            experimental=method in document.experimental_methods,
            scenarios=tuple(name for name in order if (*_SHOWN_BY[kind], method) in played[name]),
            refused=tuple(
                name for name in order if kind == "client request" and ("to_client", "error", method) in played[name]
            ),
            reason=_reason(method, reasons),
        )
        for kind, methods in tables.items()
        for method in sorted(methods)
    ]


# -- reasons


def read_reasons(text: str | None = None) -> dict[str, str]:
    """By method, or by prefix with a ``*``, why no scenario exercises it; raises ReasonsError."""
    data = files("turnproof.campaigns").joinpath(REASONS).read_text("utf-8") if text is None else text
    try:
        table = tomllib.loads(data)
    except tomllib.TOMLDecodeError as problem:
        raise ReasonsError(f"{REASONS}: not TOML: {problem}") from None
    for method, reason in table.items():
        if not isinstance(reason, str) or not reason.strip():
            raise ReasonsError(f'{REASONS}: {method} has no reason; mend: "{method}" = "why"')
    return table


def _reason(method: str, reasons: Mapping[str, str]) -> str:
    """The reason of the longest pattern that names the method."""
    found = [pattern for pattern in reasons if _names(pattern, method)]
    return reasons[max(found, key=len)] if found else ""


def _names(pattern: str, method: str) -> bool:
    return method.startswith(pattern[:-1]) if pattern.endswith("*") else method == pattern


# -- what is wrong


def problems_of(rows: Iterable[MethodRow], reasons: Mapping[str, str]) -> list[str]:
    """Methods that are neither exercised nor excused with a reason; reasons for what is exercised, or is no method."""
    rows = list(rows)
    found = [
        f"{row.method}: no scenario exercises this {row.kind}, and {REASONS} gives no reason"
        for row in rows
        if not row.scenarios and not row.reason
    ]
    for pattern in reasons:
        named = [row for row in rows if _names(pattern, row.method)]
        if not named:
            found.append(f"{REASONS}: {pattern}: no method of the schema; mend: remove the reason")
        elif all(row.scenarios for row in named):
            found.append(f"{REASONS}: {pattern}: is exercised, by {named[0].scenarios[0]}; mend: remove the reason")
    return found
