"""The judging of known failures: the states, and which entries match nothing."""

from __future__ import annotations

from typing import Any

import pytest

from turnproof.known_failures import Collected, Entry, judge, unmatched
from turnproof.verdict import Verdict, Violation


def entry(kind: Any = "failing", check: str = "turn-ends-once", scenario: str = "a.py::x", target: str = "*") -> Entry:
    return Entry(kind, 1, scenario, target, check, "because", "https://example.org/1", "known.toml")


def verdict(outcome: Any, *checks: str, warnings: tuple[str, ...] = ()) -> Verdict:
    answer = "fail" if checks else "pass"
    found = tuple(Violation(check, "MUST", n, "what") for n, check in enumerate(checks))
    warned = tuple(Violation(check, "SHOULD", 0, "what") for check in warnings)
    return Verdict(outcome, answer, "as scripted", found, warned)


@pytest.mark.parametrize(
    ("kind", "seen", "state"),
    [
        ("failing", verdict("fail", "turn-ends-once"), "known failure"),
        ("failing", verdict("hung", "turn-ends-once", "one-generation"), "known failure"),
        ("flaky", verdict("fail", "turn-ends-once"), "known flaky"),
        ("flaky", verdict("pass"), "known flaky not seen"),
        ("failing", verdict("pass"), "stale known failure"),
        ("failing", verdict("fail", "one-generation", "turn-ends-once"), None),
        ("flaky", verdict("fail", "one-generation"), None),
        ("failing", verdict("harness error", "turn-ends-once"), None),
        ("failing", verdict("invalid"), None),
        ("failing", verdict("unjudged"), None),
        ("failing", verdict("fail"), None),
        ("failing", verdict("pass", warnings=("turn-ends-once",)), None),
        ("failing", verdict("pass", warnings=("closed-schema",)), "stale known failure"),
    ],
)
def test_what_becomes_of_an_entry(kind: str, seen: Verdict, state: str | None) -> None:
    known = judge([entry(kind)], seen)
    assert (known and known.state) == state


def test_the_check_chooses_among_entries_and_a_stale_one_is_never_hidden() -> None:
    both = [entry("flaky", "one-generation"), entry("failing", "turn-ends-once")]
    states = [judge(both, verdict("fail", check)) for check in ("one-generation", "turn-ends-once")]
    assert [known and known.state for known in states] == ["known flaky", "known failure"]
    stale = judge(both, verdict("pass"))
    assert stale is not None
    assert (stale.state, stale.check) == ("stale known failure", "turn-ends-once")


@pytest.mark.parametrize(
    ("pattern", "scenario", "matches"),
    [
        ("a.py::x", "a.py::x", True),
        ("a.py::x", "b/a.py::x", False),
        ("a.py::x*", "a.py::x_and_y", True),
        ("*::x", "b/a.py::x", True),
        ("a.py::?", "a.py::xy", False),
        ("a[1].py::x", "a[1].py::x", True),
        ("a[1].py::x", "a1.py::x", False),
        ("a.py::x", "a_py::x", False),
    ],
)
def test_wildcards(pattern: str, scenario: str, matches: bool) -> None:
    assert entry(scenario=pattern).about([scenario], "sim") is matches


COLLECTED = Collected(
    targets=frozenset({"sim"}),
    cases={"a.py::x": {"sim"}, "a.py::by_hand": {None}},
    files={"a.py", "empty.py"},
)


@pytest.mark.parametrize(
    ("scenario", "target", "told"),
    [
        ("a.py::x", "sim", None),
        ("a.py::x", "codex", None),  # another run has that target
        ("a.py::by_hand", "codex", None),
        ("a.py::y", "sim", "no scenario y in a.py"),
        ("a.py::y", "codex", "no scenario y in a.py"),  # whatever the target
        ("empty.py::x", "*", "no scenario x in empty.py"),
        ("elsewhere.py::x", "*", None),  # exists, and was not collected
        ("gone.py::x", "*", "no file gone.py"),
        ("whole/*::x", "*", "no scenario whole/*::x"),
        ("whole/deep/t?.py::x", "*", "no scenario whole/deep/t?.py::x"),
        ("part/*::x", "*", None),
        ("*::y", "*", None),
    ],
)
def test_only_what_was_looked_at_is_missing(scenario: str, target: str, told: str | None) -> None:
    one = entry(scenario=scenario, target=target)
    found = unmatched([one], COLLECTED, lambda path: path != "gone.py", lambda folder: folder.startswith("whole"))
    assert found == ([(one, told)] if told else [])


def test_a_scenario_that_does_not_play_on_a_target_of_the_run_is_missing_there() -> None:
    collected = Collected(frozenset({"sim", "fake"}), {"a.py::x": {"sim"}}, {"a.py"})
    (found,) = unmatched([entry(target="fake")], collected, lambda _: True, lambda _: False)
    assert found[1] == "no case of a.py::x on fake"
