"""``make nightly``: what takes too long for every push, and a table of what came of it.

The whole suite with ten seeds on ``sim`` and on ``fake``, three times on the real binary, the tests that need a package
index, the whole kill matrix, the fake against the real binary and that against itself, and the benchmarks.  Every run of
the suite keeps its JUnit file in ``turnproof-out/nightly``, and every comparison its histories (1 GB); the exit code is 1
when anything failed or a planned case did not come back.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from junitparser import JUnitXml

OUT: Final = Path("turnproof-out/nightly")
SEEDS: Final[dict[str, range]] = {"sim": range(1, 11), "fake": range(1, 11), "codex": range(1, 4)}
RUN_SECONDS: Final = 1200
"""Bound of one run of the suite; it takes one to two minutes on two cores."""
TESTS_SECONDS: Final = 2400
"""Bound of the tests that are left to the night; one after the other beside other work they took 562 s."""
BENCH_SECONDS: Final = 3600
SAME: Final = (("fake", "codex", 3), ("codex", "codex", 19))
"""Targets that must say the same, and how many rounds: those of one target are one run of the suite more."""
SAME_SECONDS: Final = 7200


@dataclass
class Row:
    """What came of all runs on one target."""

    target: str
    runs: int = 0
    cases: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    broken: int = 0
    """Runs that ended with another exit code than their cases explain, or not at all."""

    @property
    def bad(self) -> bool:
        return bool(self.failed or self.broken or not self.cases)

    def text(self) -> str:
        counts = f"{self.runs:>4}  {self.cases:>6}  {self.failed:>6}  {self.skipped:>7}  {self.seconds:>7.0f} s"
        return f"{self.target:<8}{counts}  {'FAILED' if self.bad else 'ok'}"


def main() -> int:
    """Play, measure, print the table."""
    parser = argparse.ArgumentParser(description="Everything long, and a table of it.")
    parser.add_argument("--jobs", type=int, default=2, help="plays at once (default: 2)")
    parser.add_argument("--no-bench", action="store_true", help="leave the benchmarks out")
    asked = parser.parse_args()
    rows = [play(target, seeds, asked.jobs) for target, seeds in SEEDS.items()]
    tests = run(tests_command(asked.jobs), TESTS_SECONDS)
    same = {f"{a} against {b}": same_as(a, b, rounds, asked.jobs) for a, b, rounds in SAME}
    matrix = run(
        [sys.executable, "-m", "turnproof", "matrix", "scenarios", "--check", "docs/scenarios.md"], RUN_SECONDS
    )
    bench = 0 if asked.no_bench else run([sys.executable, "-m", "bench"], BENCH_SECONDS)
    print("\ntarget  runs   cases  failed  skipped     time")
    for row in rows:
        print(row.text())
    print(f"tests   {'ok' if tests == 0 else f'FAILED ({tests})'}")
    print(f"matrix  {'ok' if matrix == 0 else f'FAILED ({matrix})'}")
    for pair, code in same.items():
        print(f"{pair} {'ok' if code == 0 else f'FAILED ({code})'}")
    if not asked.no_bench:
        print(f"bench   {'ok' if bench == 0 else f'FAILED ({bench})'}")
    return 1 if bench or tests or matrix or any(same.values()) or any(row.bad for row in rows) else 0


def tests_command(jobs: int) -> list[str]:
    """The tests that a push does not wait for."""
    return [sys.executable, "-m", "pytest", "tests", "-q", "-m", "network or nightly", "-n", str(jobs)]


def same_as(one: str, other: str, rounds: int, jobs: int) -> int:
    """Compare two targets; the exit code. The histories are kept, for a difference of the night is read in the morning."""
    kept = OUT / f"{one}-{other}"
    shutil.rmtree(kept, ignore_errors=True)
    command = [sys.executable, "-m", "turnproof", "compare", one, other, "--out", str(kept)]
    return run([*command, "--rounds", str(rounds), "--jobs", str(jobs)], SAME_SECONDS)


def play(target: str, seeds: range, jobs: int) -> Row:
    """The suite on one target, once for each seed."""
    row = Row(target)
    for seed in seeds:
        file = OUT / f"{target}-{seed}.xml"
        file.unlink(missing_ok=True)
        begin = time.monotonic()
        command = [
            sys.executable,
            "-m",
            "pytest",
            "scenarios",
            "-q",
            "--require-real",
            "--target",
            target,
            "-n",
            str(jobs),
        ]
        code = run([*command, "--seed", str(seed), "--junitxml", str(file)], RUN_SECONDS)
        row.seconds += time.monotonic() - begin
        row.runs += 1
        failed = count(row, file)
        row.broken += code != (1 if failed else 0)
    return row


def count(row: Row, file: Path) -> int:
    """Add the cases of one JUnit file to the row; gives how many failed."""
    if not file.exists():
        return 0
    suites = JUnitXml.fromfile(str(file))
    failed = suites.failures + suites.errors
    row.cases += suites.tests
    row.skipped += suites.skipped
    row.failed += failed
    return failed


def run(command: list[str], seconds: float) -> int:
    """Run a command within a bound; 124 when that ran out."""
    print(f"\n── {' '.join(command[1:])}", flush=True)
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, timeout=seconds, check=False).returncode
    except subprocess.TimeoutExpired:
        return 124


if __name__ == "__main__":
    sys.exit(main())
