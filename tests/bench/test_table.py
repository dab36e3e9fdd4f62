"""What is shown of the figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bench.interval import Interval
from bench.row import Effort, Found, Row
from bench.rows import NAMES
from bench.table import page, terminal

from bench import command_line

ROW = Row("burst", "a message", "a bare reader", 8.0, "One burst.")
MET = Found(ROW, ratio=Interval(6.5, 6.4, 6.6, 400), wall=Interval(1.9, 1.8, 2, 400), same=Interval(1, 0.99, 1.01, 400))
MISSED = Found(ROW, ratio=Interval(9, 8.5, 9.5, 400), same=Interval(1, 0.9, 1.1, 40), profile="us  function\n 3  feed")


def test_a_row_shows_ratio_interval_limit_verdict_and_its_a_a() -> None:
    head, row = terminal([MET]).splitlines()[:2]
    assert head.split()[:3] == ["row", "n", "ratio"]
    for cell in ("burst", "400", "6.500", "6.400 to 6.600", "8", "met", "1.90", "1.000 [0.990 to 1.010]"):
        assert cell in row


def test_the_page_is_markdown_with_the_machine_and_what_bounds_a_missed_row() -> None:
    text = page([MISSED], {"CPU": "some model, 2 cores"})
    assert "- CPU: some model, 2 cores" in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in table}) == 1
    assert "missed" in table[2]
    assert "What bounds it" in text
    assert " 3  feed" in text


def test_a_row_that_could_not_be_measured_says_why() -> None:
    skipped = Found(ROW, skipped="no codex here")
    assert skipped.judgement is None
    assert "skipped" in terminal([skipped])
    assert "no codex here" in page([skipped], {})


KNOWN = Found(replace(ROW, held=10.0), ratio=MISSED.ratio)
WORSE = Found(replace(ROW, held=8.2), ratio=MISSED.ratio)


@pytest.mark.parametrize(
    ("found", "status"), [(MET, 0), (MISSED, 1), (Found(ROW, skipped="none"), 0), (KNOWN, 0), (WORSE, 1)]
)
def test_only_a_missed_limit_fails_the_run(found: Found, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line, "in_own_process", lambda *_: found)
    assert command_line.main(["burst"]) == status


def test_rows_are_measured_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Effort]] = []

    def measured(_do: object, name: str, effort: Effort) -> Found:
        asked.append((name, effort))
        return MET

    monkeypatch.setattr(command_line, "in_own_process", measured)
    assert command_line.main(["--seconds", "3", "--full"]) == 0
    assert asked == [(name, Effort(3.0, full=True)) for name in NAMES]


@pytest.mark.parametrize("line", [["nothing"], ["--write", "burst"]])
def test_a_command_line_without_sense_is_refused(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command_line.main(line)
    assert end.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_the_page_is_written_on_demand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    efforts: list[Effort] = []

    def measured(_do: object, _name: str, effort: Effort) -> Found:
        efforts.append(effort)
        return MET

    monkeypatch.setattr(command_line, "in_own_process", measured)
    monkeypatch.setattr(command_line, "PAGE", tmp_path / "performance.md")
    monkeypatch.setattr(command_line, "suite", lambda target: f"`{target}`: 3 scenarios in 1 s")
    command_line.main([])
    assert not (tmp_path / "performance.md").exists()
    assert not any(effort.full for effort in efforts)
    efforts.clear()
    command_line.main(["--write"])
    assert all(effort.full for effort in efforts), "the page says 50,000 turns"
    page = (tmp_path / "performance.md").read_text()
    assert "burst" in page
    assert "- `codex`: 3 scenarios in 1 s" in page
