"""Rounds of a comparison that several processes play at once, and the plays of a race."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from turnproof.calls import run_command
from turnproof.campaigns import compare
from turnproof.campaigns.compare import pairs, play_pair
from turnproof.campaigns.kill_matrix import any_branch
from turnproof.fidelity import Compared, Difference
from turnproof.scenario import Scenario
from turnproof.script import say
from turnproof.steps import Ok, Refused, TurnStatus
from turnproof.writing import answer, await_ask, await_turn, request, run_turn, start_thread, start_turn


def test_a_round_leaves_the_folder_of_the_one_before_alone(tmp_path: Path) -> None:
    """Two targets have each round played where there is room: the round before may be under way in another process."""
    plain = Scenario("One turn.", start_thread("t"), run_turn("t", "hi", says="hello"))
    _, second = pairs({"file::plain": plain}, ("sim", "again=sim"), ("sim", "again"), tmp_path, rounds=2)
    before = tmp_path / "file" / "plain" / "round-1" / "sim-1"
    before.mkdir(parents=True)
    assert [result.trouble for result in play_pair(second)] == [""]
    assert before.is_dir()
    assert not (tmp_path / "file" / "plain" / "round-2").exists()


def test_a_race_is_a_step_with_several_right_answers_or_ends() -> None:
    def race(*ends: TurnStatus) -> Scenario:
        build = start_turn("r", "t", "hi", run_command("c"), say("yes"))
        asks = start_thread("t", sandbox="read-only", approvalPolicy="on-request")
        return Scenario("Ends.", asks, build, await_ask("c"), answer("c", "accept", ends=ends), await_turn("r"))

    assert any_branch(race("interrupted", "completed"))
    assert not any_branch(race("completed"))
    assert not any_branch(race())
    assert any_branch(Scenario("Two answers.", request("m", {}, Ok(), Refused(1))))


@pytest.mark.parametrize(
    ("ways", "wrong", "plays", "differences"),
    [
        ("AA", "", 2, 0),
        ("ABBA", "", 4, 0),
        ("AABB", "", 2, 0),
        ("ABBA" + "A" * 20, "A", 24, 1),
        ("ABBA" + "A" * 20, "B", 24, 1),
        ("ABBA" + "A" * 20, "AB", 24, 2),
        ("AB" + "A" * 22, "A", 24, 1),
        ("ABAA", "", 4, 0),
    ],
)
def test_every_way_that_both_went_is_compared(
    ways: str, wrong: str, plays: int, differences: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``ways``: what the plays of a race come to, one side and the other in turn; ``wrong``: where the sides differ always."""
    came = iter(ways)
    went: dict[Path, str] = {}

    def play(pair: Any, side: str, place: Path, seed: int) -> Any:
        went[place / "history.jsonl"] = way = next(came)
        return SimpleNamespace(passed=True, branches={"1": way})

    def compared(one: Path, other: Path) -> Compared:
        assert went[one] == went[other]
        return Compared(
            1, 0, [Difference("T", "m", "", went[one], ("", ""), (None, None))] if went[one] in wrong else []
        )

    monkeypatch.setattr(compare, "_play", play)
    monkeypatch.setattr(compare, "compared", compared)
    race = Scenario("Two answers.", request("m", {}, Ok(), Refused(1)))
    (pair,) = pairs({"file::race": race}, ("sim", "again=sim"), ("sim", "again"), tmp_path)
    (result,) = play_pair(pair)
    assert (result.trouble, result.plays, sum(f.count for f in result.findings)) == ("", plays, differences)


@pytest.mark.parametrize(
    ("sides", "differ", "again", "stays", "once", "plays"),
    [
        ("TWO", "-", 3, 0, 0, 2),
        ("TWO", "D", 0, 1, 0, 2),
        ("TWO", "D---", 3, 0, 1, 8),
        ("TWO", "D--D", 3, 1, 0, 8),
        ("TWO", "DD", 3, 1, 0, 4),
        ("TWO", "D!", 3, 1, 0, 4),
        ("ONE", "D---", 3, 0, 1, 8),
        ("ONE", "D--D", 3, 0, 1, 8),
        ("ONE", "DD-D", 3, 1, 0, 8),
        ("ONE", "DDD", 3, 1, 0, 6),
        ("ONE", "DD", 1, 1, 0, 4),
        ("ONE", "D--!", 3, 0, 1, 8),
    ],
)
def test_what_differs_is_played_again(
    sides: str,
    differ: str,
    again: int,
    stays: int,
    once: int,
    plays: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``sides``: whether two targets are compared or one with itself; ``differ``: which pairs of plays differ, and (!) of
    which one side fails."""
    pairs_of_plays = iter(differ)
    played: list[str] = []

    def play(pair: Any, side: str, place: Path, seed: int) -> Any:
        played.append(played[-1] if len(played) % 2 else next(pairs_of_plays))
        return SimpleNamespace(passed=played[-1] != "!", branches={}, reason="broken", first=None, outcome="fail")

    def compared(one: Path, other: Path) -> Compared:
        found = [Difference("T", "m", "", "differs", ("", ""), (None, None))] if played[-1] == "D" else []
        return Compared(1, 0, found)

    monkeypatch.setattr(compare, "_play", play)
    monkeypatch.setattr(compare, "compared", compared)
    plain = Scenario("One turn.", start_thread("t"), run_turn("t", "hi", says="hello"))
    other = "sim" if sides == "ONE" else "again=sim"
    (pair,) = pairs({"file::plain": plain}, ("sim", other), ("sim", "again"), tmp_path, again=again)
    (result,) = play_pair(pair)
    assert (len(result.findings), len(result.once), bool(result.trouble)) == (stays, once, "!" in differ)
    if "!" not in differ:
        assert result.plays == plays
    assert not (tmp_path / "file" / "plain" / "round-1001").exists()
