"""results.jsonl: many writers, torn ends, other versions."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

import pytest

from turnproof_reports import results
from turnproof_reports.junit import address, cases_of, render, rewrite
from turnproof_reports.overview import missing, overview, unreached

if TYPE_CHECKING:
    from pathlib import Path


def header() -> results.Header:
    return results.Header(results.FORMAT, "0.1.0", "2026-01-01T00:00:00+00:00", "/root", 7, ("fake",))


def planned(name: str, **more: object) -> results.Planned:
    return results.Planned(f"a.py::{name}[fake]", name, "fake", "a.py", 3, **more)  # type: ignore[arg-type]


def result(name: str, outcome: str = "pass", **more: object) -> results.CaseResult:
    return results.CaseResult(f"a.py::{name}[fake]", name, "fake", outcome, "a.py", 3, **more)  # type: ignore[arg-type]


def _write(folder: Path, worker: int) -> None:
    results.create(folder, header())
    results.plan(folder, [planned(f"w{w}n{n}") for w in range(4) for n in range(50)])
    for n in range(50):
        results.add(folder, result(f"w{worker}n{n}", text="x" * 5000))


def test_many_processes_write_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write, args=(folder, worker)) for worker in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    run = results.load(folder)
    assert len(run.results) == len(run.planned) == 200
    assert run.not_run == []
    lines = (folder / results.FILE).read_bytes().splitlines()
    assert sum(line.startswith(b'{"planned"') for line in lines) == 1
    assert [path.name for path in folder.iterdir() if path.name.startswith(".results")] == []


def test_the_last_attempt_counts_and_attempts_are_counted(tmp_path: Path) -> None:
    results.create(tmp_path, header())
    for outcome in ("fail", "fail", "pass"):
        results.add(tmp_path, result("a", outcome))
    run = results.load(tmp_path)
    assert run.results["a.py::a[fake]"].outcome == "pass"
    assert run.attempts["a.py::a[fake]"] == 3


def test_a_torn_last_line_is_left_out_and_a_torn_middle_is_an_error(tmp_path: Path) -> None:
    results.create(tmp_path, header())
    results.plan(tmp_path, [planned("a"), planned("b")])
    results.add(tmp_path, result("a"))
    file = tmp_path / results.FILE
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"result":{"case":"a.py::b')
    assert [plan.name for plan in results.load(tmp_path).not_run] == ["b"]
    file.write_bytes(whole + b'{"result":{"case":"a.py::b\n')
    with pytest.raises(results.ResultsError, match=r"results\.jsonl:4: not a line of a results file"):
        results.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the first line is no header"),
        ('{"turnproof_results":2}\n', "results format 2 is not known here; mend: this version reads 1"),
        ('{"x":2}\n', "results format none is not known here"),
    ],
)
def test_other_formats_are_refused_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / results.FILE).write_text(text)
    with pytest.raises(results.ResultsError, match=told):
        results.load(tmp_path)


def test_overview_counts_by_target_and_lists_what_was_not_reached(tmp_path: Path) -> None:
    results.create(tmp_path, header())
    results.plan(tmp_path, [planned("a", choices={"3": 2}), planned("b"), planned("c"), planned("d")])
    results.add(tmp_path, result("a", branches={"3": "2/2"}, quirks=("q1", "q1")))
    results.add(tmp_path, result("b", "skipped", message="no binary"))
    results.add(tmp_path, result("c", "fail", expected="known"))
    run = results.load(tmp_path)
    assert overview(run) == [
        "fake  1 passed, 1 skipped, 1 expected failure, 1 not run",
        "quirks seen on fake: q1 x 2",
        "branches never reached: 1",
        "  a.py::a, step 3: branch 1/2",
        "not run: 1 of 4 planned",
        "  a.py::d[fake]",
    ]
    assert missing(run) == ["1 case SKIPPED on fake: no binary"]
    assert unreached(run) == [("a.py::a", "3", "1/2")]


def test_a_scenario_that_did_not_pass_misses_no_branch(tmp_path: Path) -> None:
    results.create(tmp_path, header())
    results.plan(tmp_path, [planned("a", choices={"3": 2})])
    results.add(tmp_path, result("a", "fail"))
    assert unreached(results.load(tmp_path)) == []


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        ("a/b.py::x[fake]", ("a.b", "x[fake]")),
        ("a.scenario.json::x[codex:/usr/bin/a::b]", ("a.scenario.json", "x[codex:/usr/bin/a::b]")),
        ("a.py::C::x[mine]", ("a.C", "x[mine]")),
    ],
)
def test_addresses_are_those_of_pytest(case: str, wanted: tuple[str, str]) -> None:
    assert address(case) == wanted


def test_a_file_of_pytest_keeps_what_is_not_ours(tmp_path: Path) -> None:
    results.create(tmp_path, header())
    results.plan(tmp_path, [planned("a"), planned("b")])
    results.add(tmp_path, result("a", "hung", message="m", text="t"))
    file = tmp_path / "junit.xml"
    file.write_text(
        '<testsuites><testsuite name="pytest" errors="0" failures="3" skipped="0" tests="6">'
        '<testcase classname="u" name="sub"><failure message="1"/><failure message="2"/></testcase>'
        '<testcase classname="a" name="a[fake]"><failure message="long"/><system-out>o</system-out></testcase>'
        "</testsuite></testsuites>"
    )
    assert rewrite(file, results.load(tmp_path)) == 2
    text = file.read_text()
    assert 'errors="0" failures="3" skipped="1" tests="7"' in text
    assert '<testcase classname="u" name="sub"><failure message="1" /><failure message="2" /></testcase>' in text
    assert '<failure message="m" type="hung">t</failure><system-out>o</system-out></testcase>' in text


def test_render_counts_its_own_children(tmp_path: Path) -> None:
    results.create(tmp_path, header())
    results.plan(tmp_path, [planned("a"), planned("b")])
    results.add(tmp_path, result("a", "invalid", message="m"))
    run = results.load(tmp_path)
    assert len(cases_of(run)) == 2
    render(run, tmp_path / "junit.xml")
    assert 'failures="0" errors="1" skipped="1" tests="2"' in (tmp_path / "junit.xml").read_text()
