"""Method coverage: what counts as exercised, what is wrong, and the page that says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from turnproof.campaigns.method_coverage import (
    ReasonsError,
    Sight,
    method_rows,
    problems_of,
    read_reasons,
    sights,
)
from turnproof.history import Event
from turnproof.message import encode
from turnproof.own_schema import own_profile
from turnproof.schema import SchemaDocument
from turnproof_reports.coverage_page import UNEXCUSED, MethodRow, coverage_lines, coverage_page, differences

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"


def event(n: int, direction: Any, message: Any, gen: int = 1) -> Event:
    return Event(n, "wire", n, n, gen, gen, direction, "line", encode(message))


HISTORY = [
    event(1, "to_server", {"id": 1, "method": "thread/start"}),
    event(2, "to_server", {"id": 2, "method": "thread/read"}),
    event(3, "to_client", {"id": 2, "error": {"code": -32600, "message": "no"}}),
    event(4, "to_client", {"id": 1, "method": "item/tool/call"}),  # the server numbers its own requests
    event(5, "to_server", {"id": 1, "result": {}}),
    event(6, "to_client", {"id": 1, "result": {}}),
    event(7, "to_client", {"method": "turn/started"}),
    event(8, "to_server", {"method": "initialized"}),
    event(9, "to_server", {"id": 1, "method": "thread/list"}, gen=2),
    event(10, "to_client", {"id": 9, "result": {}}),
    Event(11, "player", 1, 11, 1, 1, None, "process", b'{"event":"exit"}'),
]


def document(**tables: list[str]) -> SchemaDocument:
    """A schema document with these methods; ``experimental`` names those that are not stable."""
    shape = {"params": {}, "params_required": False, "result": {}}
    kinds = ("client_requests", "client_notifications", "server_requests", "server_notifications")
    data = {kind: dict.fromkeys(tables.get(kind, []), shape) for kind in kinds}
    extra = {"client_requests": tables.get("experimental", []), "properties": {}}
    whole = {"turnproof_schema": 1, "origin": {}, "definitions": {}, "error": {}, "experimental": extra, **data}
    return SchemaDocument.from_json(json.dumps(whole).encode())


def rows_of(
    *histories: list[Event], reasons: dict[str, str] | None = None, **tables: list[str]
) -> dict[str, MethodRow]:
    played = {f"m::s{n}": sights(history) for n, history in enumerate(histories)}
    return {row.method: row for row in method_rows(document(**tables), played, reasons or {})}


METHODS: dict[str, list[str]] = {
    "client_requests": ["thread/start", "thread/read", "thread/list", "thread/queue/add"],
    "client_notifications": ["initialized"],
    "server_requests": ["item/tool/call", "currentTime/read"],
    "server_notifications": ["turn/started", "turn/completed", "warning"],
    "experimental": ["thread/queue/add"],
}


def test_a_request_is_exercised_by_its_result_and_the_rest_by_coming() -> None:
    states = {method: row.state for method, row in rows_of(HISTORY, **METHODS).items()}
    assert states == {
        "thread/start": "exercised",
        "thread/read": "refused only",
        "thread/list": "not exercised",  # asked of another process than that which answered this id
        "thread/queue/add": "not exercised",
        "initialized": "exercised",
        "item/tool/call": "exercised",
        "currentTime/read": "not exercised",
        "turn/started": "exercised",
        "turn/completed": "not exercised",
        "warning": "not exercised",
    }


def test_the_scenarios_that_show_least_else_are_named_first() -> None:
    row = rows_of(HISTORY, HISTORY[:6], HISTORY, HISTORY[:6] + HISTORY[7:8], HISTORY, **METHODS)["thread/start"]
    assert row.scenarios == ("m::s1", "m::s3", "m::s0", "m::s2", "m::s4")
    assert row.shown_by == "5: `m::s1`, `m::s3`, `m::s0`, …"


def test_what_must_be_exercised_is_a_problem_without_a_reason() -> None:
    def problems(reasons: dict[str, str]) -> list[str]:
        return problems_of(rows_of(HISTORY, reasons=reasons, **METHODS).values(), reasons)

    told = "no scenario exercises this {}, and not_exercised.toml gives no reason"
    missing = [
        "thread/list: " + told.format("client request"),
        "thread/queue/add: " + told.format("client request"),
        "thread/read: " + told.format("client request"),
        "currentTime/read: " + told.format("server request"),
        "turn/completed: " + told.format("server notification"),
        "warning: " + told.format("server notification"),
    ]
    assert problems({}) == missing
    assert problems({"thread/*": "why", "turn/*": "why", "warning": "why"}) == [
        "currentTime/read: " + told.format("server request")
    ]
    excused = {"currentTime/read": "x", "turn/completed": "x", "thread/l*": "x", "thread/read": "x", "thread/q*": "x"}
    excused["warning"] = "x"
    assert problems(excused) == []
    assert problems({**excused, "item/*": "x"}) == [
        "not_exercised.toml: item/*: is exercised, by m::s0; mend: remove the reason"
    ]
    assert problems({**excused, "thread/gone": "x", "thread/start": "y"}) == [
        "not_exercised.toml: thread/gone: no method of the schema; mend: remove the reason",
        "not_exercised.toml: thread/start: is exercised, by m::s0; mend: remove the reason",
    ]


def test_the_longest_pattern_gives_the_reason() -> None:
    reasons = {"thread/*": "wide", "thread/list": "narrow"}
    rows = rows_of(HISTORY, reasons=reasons, **METHODS)
    assert rows["thread/queue/add"].why == "wide"
    assert rows["warning"].why == "no scenario yet"
    assert (rows["thread/list"].why, rows["thread/read"].why, rows["thread/start"].why) == ("narrow", "wide", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('"a/b" = " "', 'not_exercised.toml: a/b has no reason; mend: "a/b" = "why"'),
        ('"a/b" = 5', "a/b has no reason"),
        ("a/b = 5", "not_exercised.toml: not TOML: "),
    ],
)
def test_reasons_that_are_none_are_refused_in_one_line(text: str, told: str) -> None:
    with pytest.raises(ReasonsError) as refused:
        read_reasons(text)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_page_is_compared_by_what_no_race_changes() -> None:
    rows = list(rows_of(HISTORY, HISTORY, **METHODS).values())
    page = coverage_page(rows, "codex 1")
    fewer = coverage_page(rows_of(HISTORY, **METHODS).values(), "codex 1")
    assert page != fewer
    assert differences(page, fewer, ["m::s0", "m::s1"]) == []
    assert differences(page, fewer, ["m::s0"]) == ["the page names m::s1, which was not played"]
    other = coverage_page(rows_of(HISTORY[:5], HISTORY[:5], **METHODS).values(), "codex 1")
    told = differences(page, other, ["m::s0", "m::s1"])
    assert "not on the page: | `thread/start` | stable | not exercised | no scenario yet" in told
    assert "on the page, and not so: | `thread/start` | stable | exercised |" in told
    reasoned = coverage_page(rows_of(HISTORY, HISTORY, reasons={"warning": "why"}, **METHODS).values(), "codex 1")
    assert differences(page, reasoned, ["m::s0", "m::s1"]) == [
        "not on the page: | `warning` | stable | not exercised | why",
        "on the page, and not so: | `warning` | stable | not exercised | no scenario yet",
    ]


def test_the_terminal_groups_by_prefix_and_counts() -> None:
    lines = coverage_lines(rows_of(HISTORY, **METHODS).values())
    assert lines[:3] == [
        "client requests, thread: 1 of 4 exercised",
        "  thread/list       stable        not exercised  no scenario yet",
        "  thread/queue/add  experimental  not exercised  no scenario yet",
    ]
    assert lines[-4:] == [
        "client requests: 1 of 4 exercised",
        "client notifications: 1 of 1 exercised",
        "server requests: 1 of 2 exercised",
        "server notifications: 1 of 3 exercised",
    ]


def test_the_page_has_every_method_of_the_schema_and_the_reasons_of_today() -> None:
    """What the plays have shown is compared where they are made: ``make coverage``."""
    schema = SchemaDocument.from_json(own_profile().schema_data())
    none: dict[str, frozenset[Sight]] = {}
    rows = method_rows(schema, none, read_reasons())
    page = PAGE.read_text().splitlines()
    for row in rows:
        lines = [line.split(" | ") for line in page if line.startswith(f"| `{row.method}` | ")]
        assert [cells[1] for cells in lines] == [row.surface], f"{row.method}; mend: turnproof coverage … --write …"
        if lines[0][2] != "exercised":
            assert lines[0][3] == row.why, row.method


def test_every_method_of_the_page_is_exercised_or_excused() -> None:
    assert UNEXCUSED not in PAGE.read_text()


def test_every_reason_is_about_a_method_of_the_schema() -> None:
    reasons = read_reasons()
    rows = method_rows(SchemaDocument.from_json(own_profile().schema_data()), {}, reasons)
    assert [line for line in problems_of(rows, reasons) if "no method" in line] == []
