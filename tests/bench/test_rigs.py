"""The machinery of the benchmarks measures what it says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bench.cpu_samples import CpuSamples, sampled
from bench.hot_functions import as_text, short_name
from bench.machine import machine
from bench.rigs.bare_fake import BareFake
from bench.rigs.stepped_play import SteppedPlay
from bench.rows import item
from bench.sample import Sample

from turnproof import Scenario, run_turn, start_thread

SCENARIO = Scenario("A turn, again and again.", start_thread("t"), run_turn("t", "hello", says="hi"))
BASELINES = Path(item.__file__).parents[1] / "baselines"


def test_a_stepped_play_keeps_history_and_is_judged(tmp_path: Path) -> None:
    played = SteppedPlay("fake", SCENARIO, tmp_path / "play")
    for _ in range(3):
        assert played.do(*SCENARIO.steps) > 10
    history = (tmp_path / "play" / "history.jsonl").read_bytes()
    assert history.count(b'"method":"turn/completed"') == 3
    played.drop_journal()
    assert (tmp_path / "play" / "history.jsonl").stat().st_size == 0
    played.end()


def test_a_stepped_play_that_goes_wrong_gives_no_figure(tmp_path: Path) -> None:
    played = SteppedPlay("fake", SCENARIO, tmp_path / "play")
    played.do(start_thread("t"))
    transport = played.play.wire.transport
    assert transport is not None
    transport.signal("KILL")
    with pytest.raises(Exception):  # noqa: B017, PT011 - how it shows depends on when the loss is seen
        played.do(SCENARIO.steps[1])
    played.play.wire.asked = None  # nobody asked for it
    with pytest.raises(RuntimeError, match="did not pass"):
        played.end()


def test_the_bare_client_counts_the_messages_of_its_turns() -> None:
    with BareFake(SCENARIO, "hello") as bare:
        first, second = bare.sample(), bare.sample()
    assert first.units > 5
    assert second.cpu > 0


def test_baselines_stay_bare() -> None:
    for file in BASELINES.glob("*.py"):
        text = file.read_text()
        assert len(text.splitlines()) <= 40, file.name
        assert "asyncio" not in text


def test_items_and_tests_alternate() -> None:
    names = [line.split("_")[0].split()[-1] for line in item.module(4, 4).splitlines() if "0" in line]
    assert names == ["test", "case", "case", "test", "test", "case", "case", "test"]
    assert "test_" not in item.module(0, 2)


def test_neighbours_alternate_their_order() -> None:
    tests = [Sample(float(n), 1.0) for n in range(6)]
    assert [(a.cpu, b.cpu) for a, b in item.neighbours(tests)] == [(1.0, 2.0), (4.0, 3.0)]


def test_a_profile_names_functions_without_paths() -> None:
    samples = CpuSamples()
    feed, write = ("/a/turnproof/checks/judge.py", 40, "feed"), ("/a/harness/turnproof/wire.py", 1, "write")
    outermost = ("/a/bench/run.py", 1, "main")
    samples.own.update({feed: 3, write: 1})
    samples.within.update({outermost: 4, feed: 3, write: 3})
    samples.cpu = 0.004
    lines = as_text(samples, 1000, "message", {feed: 2.0}).splitlines()
    assert lines[1].split() == ["3.00", "75.0%", "2.00", "checks/judge.py:feed"]
    assert lines[2].split() == ["1.00", "25.0%", "-", "turnproof/wire.py:write"]
    assert lines[4].split() == ["3.00", "75.0%", "turnproof/wire.py:write"]
    assert lines[5].split()[:2] == ["4.00", "all:"]
    assert short_name(("~", 0, "<built-in>")) == "~:<built-in>"


def test_samples_fall_on_who_works() -> None:
    def work() -> int:
        return sum(n * n for n in range(20_000)) and 1

    samples, units = sampled(work, 0.4)
    assert units > 1
    assert samples.own.most_common(1)[0][0][2] == "<genexpr>"
    assert samples.within.most_common(1)[0][1] == samples.own.total()


def test_the_machine_is_described_without_names_and_paths() -> None:
    text = " ".join(machine().values())
    assert os.uname().nodename not in text.split()
    assert str(Path.home()) not in text
