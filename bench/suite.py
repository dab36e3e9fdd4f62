"""How long the shipped suite takes as a user runs it: wall time, for it is what a person or a CI waits. Not gated."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from typing import Final

JOBS: Final = 2
BOUND: Final = 900.0
"""Seconds after which a run is given up."""


def suite(target: str) -> str:
    """One line: the target, its cases, and the seconds that they took. Raises RuntimeError if a case does not pass."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "--pyargs", "turnproof_scenarios", "--target", target]
        command += ["--require-real", "-n", str(JOBS), "-q", "-p", "no:cacheprovider", "--turnproof-out", folder]
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=BOUND, cwd=folder)
        took = time.perf_counter() - began
    counted = re.search(r"^(\d+) passed in ", done.stdout, re.MULTILINE)
    if done.returncode or counted is None:
        raise RuntimeError(f"the suite on {target}: {done.stdout.splitlines()[-1:] or done.stderr[-300:]}")
    return f"`{target}`: {counted[1]} scenarios in {took:.0f} s, {took / int(counted[1]):.2f} s each, `-n {JOBS}`"
