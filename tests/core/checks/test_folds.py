"""The checks as folds: the same over a file, never raising whatever comes, and holding only what is open."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from tests.core.checks import asked
from tests.core.checks.handwritten import On, healthy, interrupted, judged, opened, retried, steered
from tests.core.checks.log import Log

from turnproof.checks import Context, Judge
from turnproof.expect import expected
from turnproof.history import Event
from turnproof.message import encode
from turnproof.own_schema import own_profile, own_schema
from turnproof.scenario import Scenario

# -- the same folds over a file


@pytest.mark.parametrize(
    "name",
    [
        "sequential_threads::second_thread_completes_after_the_first",
        "server_loss::killed_mid_turn_then_resumed",
        "malformed_lines::ids_that_are_none",
        "refusals::unknown_method",
        "model_failures::retried_after_a_dropped_stream",
    ],
)
def test_a_history_file_is_judged_as_its_play_was(name: str, shipped: dict[str, Scenario], played: Any) -> None:
    play = played(shipped[name])
    assert rejudged(play, shipped[name]) == (violations(play), play.verdict.judged)


def test_a_broken_play_is_judged_the_same_from_its_file(shipped: dict[str, Scenario], played: Any) -> None:
    from turnproof.defects import SERVERS

    for defect in SERVERS[::3]:
        play = played(shipped[defect.on], faults=defect.faults)
        assert violations(play)
        assert rejudged(play, shipped[defect.on]) == (violations(play), play.verdict.judged), defect.name


def violations(play: Any) -> list[tuple[str, int, str]]:
    verdict = play.verdict
    return sorted((v.check, v.seq, v.what) for v in (*verdict.violations, *verdict.warnings, *verdict.quirks))


def rejudged(play: Any, scenario: Scenario) -> tuple[list[tuple[str, int, str]], dict[str, int]]:
    judge = Judge(Context(expected(scenario, own_profile()), own_schema(), own_profile()))
    for event in play.events:
        judge.feed(event)
    judge.end()
    return sorted((v.check, v.seq, v.what) for v in judge.violations()), judge.judged()


# -- whatever a server sends, no fold raises


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    if at:
        yield at
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from places(member, (*at, key))


def with_other(value: Any, at: tuple[Any, ...], other: Any) -> Any:
    value = json.loads(json.dumps(value))
    inner = value
    for key in at[:-1]:
        inner = inner[key]
    if other is None:
        del inner[at[-1]]
    else:
        inner[at[-1]] = other
    return value


@pytest.mark.parametrize(
    "build",
    [healthy, interrupted, retried, steered, asked.resumed, asked.interrupted, asked.tool, asked.elicited],
    ids=lambda build: f"{build.__module__}.{build.__name__}".removeprefix("tests.core.checks."),
)
def test_no_fold_raises_whatever_comes(build: Callable[[], Log]) -> None:
    entries = build().entries
    for index, (label, kind, direction, raw, gen) in enumerate(entries):
        if kind != "line" or direction != "to_client":
            continue
        value = json.loads(raw)
        for at in places(value):
            for other in (None, [], {}, [{}], 7, "x", True):
                log = Log()
                log.entries = list(entries)
                log.entries[index] = (label, kind, direction, encode(with_other(value, at, other)), gen)
                judged(log, asked.BUILD)


# -- memory


def size_of(value: Any, seen: set[int]) -> int:
    """How many things a value holds, all the way down; what was there before the play is not the fold's."""
    if id(value) in seen or isinstance(value, str | bytes | int | float | type(None)):
        return 0
    seen.add(id(value))
    if isinstance(value, dict):
        return len(value) + sum(size_of(member, seen) for member in value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return len(value) + sum(size_of(member, seen) for member in value)
    fields = [name for cls in type(value).__mro__ for name in getattr(cls, "__slots__", ())]
    members = [getattr(value, name, None) for name in fields] + list(getattr(value, "__dict__", {}).values())
    return sum(size_of(member, seen) for member in members)


def state(judge: Judge) -> dict[str, int]:
    folds = {
        check.name: size_of({k: v for k, v in vars(check).items() if k.startswith("_")}, set())
        for check in judge.checks
    }
    return folds | {"calls": size_of(judge.open, set()), "crowd": size_of(judge.context.crowd, set())}


@pytest.mark.parametrize("late", [False, True], ids=["answer first", "answer last"])
def test_a_fold_over_five_thousand_turns_keeps_what_is_open(late: bool) -> None:
    judge = Judge(Context(expected(On.PLAIN), None, own_profile()))
    for event in opened().events():
        judge.feed(event)
    log = Log().turn("U@", "hi", number=999_999)
    log.changed("usage", tokenUsage={"total": {"totalTokens": 0}, "last": {"totalTokens": 0}})
    if late:
        log.moved_behind("accepted", "completed")
    seq, early = 1000, {}
    for turn in range(5_000):
        name, number = b"U%d" % turn, b"%d" % (1000 + turn)
        for _, kind, direction, raw, gen in log.entries:
            seq += 1
            raw = raw.replace(b"U@", name).replace(b"999999", number)
            judge.feed(Event(seq, "wire", seq, seq, gen, gen, direction, kind, raw))  # type: ignore[arg-type]
        if turn == 200:
            early = state(judge)
    last = state(judge)
    judge.end()
    assert judge.violations() == []
    assert last == early
