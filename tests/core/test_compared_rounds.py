"""Rounds of a comparison that several processes play at once."""

from __future__ import annotations

from pathlib import Path

from turnproof.campaigns.compare import pairs, play_pair
from turnproof.scenario import Scenario
from turnproof.writing import run_turn, start_thread


def test_a_round_leaves_the_folder_of_the_one_before_alone(tmp_path: Path) -> None:
    """Two targets have each round played where there is room: the round before may be under way in another process."""
    plain = Scenario("One turn.", start_thread("t"), run_turn("t", "hi", says="hello"))
    _, second = pairs({"file::plain": plain}, ("sim", "again=sim"), ("sim", "again"), tmp_path, rounds=2)
    before = tmp_path / "file" / "plain" / "round-1" / "sim-1"
    before.mkdir(parents=True)
    assert [result.trouble for result in play_pair(second)] == [""]
    assert before.is_dir()
    assert not (tmp_path / "file" / "plain" / "round-2").exists()
