"""Lines that come faster than they are served: what is refused, what is lost, and what waits."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.fakes.conftest import Driver
from tests.fakes.test_pipes import INITIALIZE, bare

from turnproof_fakes.app_server.intake import PLACES, in_turn

BUSY = {"code": -32001, "message": "Server overloaded; retry later."}


def asks(count: int) -> list[bytes]:
    return [json.dumps({"id": n, "method": "thread/loaded/list", "params": {}}).encode() for n in range(count)]


def fed(driver: Driver, lines: list[bytes]) -> list[Any]:
    """What comes of lines that are read at once: the ids of the refused and of the answered ones."""
    since = len(driver.sent)
    for line, crowded in in_turn(lines, driver.server.places):
        driver.take(driver.server.receive_line(line, driver.now, crowded=crowded))
    came = driver.messages[since:]
    return [[m["id"] for m in came if m.get("error") == BUSY], [m["id"] for m in came if "result" in m]]


def test_what_has_no_place_is_refused_in_front_of_the_answers() -> None:
    driver = Driver({})
    driver.line(INITIALIZE)
    assert fed(driver, asks(PLACES)) == [[], list(range(PLACES))]
    assert fed(driver, asks(PLACES + 3)) == [[128, 129, 130], list(range(PLACES))]
    assert [message["id"] for message in driver.messages[-PLACES - 3 :]][:4] == [128, 129, 130, 0]
    assert fed(driver, asks(1)) == [[], [0]]


def test_the_connection_takes_one_place_until_a_line_is_served() -> None:
    assert fed(Driver({}), [INITIALIZE.strip(), *asks(PLACES - 1)]) == [[126], ["i", *range(126)]]


def test_a_refusal_without_a_place_is_lost() -> None:
    driver = Driver({})
    driver.line(INITIALIZE)
    refused, answered = fed(driver, asks(1000))
    assert (refused, answered) == (list(range(PLACES, 2 * PLACES)), list(range(PLACES)))
    assert fed(driver, asks(2 * PLACES))[0] == list(range(PLACES, 2 * PLACES))


def test_only_requests_are_refused() -> None:
    driver = Driver({})
    driver.line(INITIALIZE)
    assert fed(driver, [*asks(PLACES), b'{"method":"initialized"}', b"no JSON"])[0] == []


def test_a_fault_sees_what_is_refused() -> None:
    rule = {"when": {"method": "thread/loaded/list", "k": 1}, "do": {"type": "drop"}}
    driver = Driver({"faults": [rule]})
    driver.line(INITIALIZE)
    assert fed(driver, asks(PLACES + 2))[0] == [129]


def test_over_pipes(tmp_path: Path) -> None:
    """What waits in the pipe when the server starts."""
    server = bare(tmp_path)
    assert server.stdin is not None
    assert server.stdout is not None
    os.write(server.stdin.fileno(), INITIALIZE + b"\n".join([*asks(200), b""]))
    answers = [json.loads(server.stdout.readline()) for _ in range(202)]
    assert [m["id"] for m in answers if m.get("error") == BUSY] == list(range(126, 200))
    assert [m["id"] for m in answers if "result" in m] == ["i", *range(126)]
    server.stdin.close()
    assert server.wait(20) == 0
