"""What an item costs that is not the play."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from bench.comparison import cpu_ratio, sizes, wall_ratio
from bench.interval import interval
from bench.row import Effort, Found, Row
from bench.sample import Sample
from bench.scratch import scratch

ROW = Row(
    "item",
    "A pytest item with the play stubbed out",
    "an empty pytest test",
    1.2,
    "CPU of the item's collection and of its run (set-up, call, tear-down, reports, terminal), clocked inside pytest; "
    "scenarios and empty tests alternate A B B A in one module. No other plug-in is loaded, not even on the baseline's side.",
)
HEAD = """from turnproof import Scenario, run_turn, start_thread

"""
TEST = """def test_{n:04}():
    pass

"""
SCENARIO = """case_{n:04} = Scenario("An item.", start_thread("t"), run_turn("t", "hello", says="hi"))

"""
ITEMS = 400
COLD = 20
"""Items at the begin that pay for lazy imports."""
ROOT = Path(__file__).resolve().parents[2]


def measure(effort: Effort) -> Found:
    """The row, and beside it whole runs: the difference between many items and none."""
    end = time.monotonic() + effort.seconds * 2 / 3
    two: list[tuple[Sample, Sample]] = []
    same: list[tuple[Sample, Sample]] = []
    with scratch() as folder:
        while not two or time.monotonic() < end:
            seen = _clocked(folder)
            tests, cases = ([seen[f"{kind}_{n:04}"] for n in range(COLD, ITEMS)] for kind in ("test", "case"))
            two += zip(tests, cases, strict=True)
            same += neighbours(tests)
        found = Found(
            ROW,
            ratio=interval([cpu_ratio(*pair) for pair in two], resamples=300),
            wall=interval([wall_ratio(*pair) for pair in two], resamples=300),
            same=interval([cpu_ratio(*pair) for pair in same], resamples=300),
            sizes=sizes(two),
        )
        found.beside.append(_whole_runs(folder, effort.seconds / 3))
        if effort.profile or found.judgement == "missed":
            found.profile = _profile(folder)
    return found


def neighbours(tests: list[Sample]) -> list[tuple[Sample, Sample]]:
    """Pairs of tests that follow each other in A B B A, in turn the earlier and the later first.

    The later one is dearer or cheaper for its place alone: it follows one of its own kind.
    """
    found = list(zip(tests[1::2], tests[2::2], strict=False))
    return [pair if n % 2 == 0 else pair[::-1] for n, pair in enumerate(found)]


def module(tests: int, cases: int) -> str:
    """A test module; where there are both, they alternate A B B A."""
    parts = [HEAD]
    for n in range(max(tests, cases)):
        pair = [TEST.format(n=n)] * (n < tests) + [SCENARIO.format(n=n)] * (n < cases)
        parts += pair if n % 2 == 0 else pair[::-1]
    return "".join(parts)


def _clocked(folder: Path) -> dict[str, Sample]:
    out = folder / "items.json"
    _pytest(folder, module(ITEMS, ITEMS), TURNPROOF_BENCH_ITEMS=str(out))
    return {name: Sample(cpu, wall) for name, (cpu, wall) in json.loads(out.read_text()).items()}


def _whole_runs(folder: Path, seconds: float) -> str:
    """Processes instead of hooks: what the hooks do not see is in here too."""
    end = time.monotonic() + seconds
    ratios: list[float] = []
    while not ratios or time.monotonic() < end:
        none, tests, cases = (_pytest(folder, module(*n)).cpu for n in ((0, 0), (ITEMS, 0), (0, ITEMS)))
        ratios.append((cases - none) / (tests - none))
    return f"whole runs, (items - none) / (tests - none): {median(ratios):.2f} over {len(ratios)} runs of {ITEMS} each"


def _pytest(folder: Path, text: str, **environment: str) -> Sample:
    """One pytest run in a process of its own; its CPU."""
    file = folder / "test_generated.py"
    file.write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\n")
    plugins = ["-p", "turnproof.pytest_plugin", "-p", "bench.rigs.item_clock"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "--target", "sim", str(file)]
    inherited = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    begin = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env={**inherited, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 5):  # 5: nothing was collected
        raise RuntimeError(f"pytest ended with {process.returncode}: {said[-2000:].decode(errors='replace')}")
    return Sample(usage.ru_utime + usage.ru_stime, time.perf_counter() - begin)


def _profile(folder: Path) -> str:
    """The functions that run within scenario items, sampled."""
    raw = folder / "hot.txt"
    _pytest(folder, module(0, 5 * ITEMS), TURNPROOF_BENCH_HOT=str(raw))
    return raw.read_text()
