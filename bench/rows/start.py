"""How long it takes until a server answers initialize."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from bench.baselines.bare_start import start_to_answer, whole_process
from bench.comparison import Comparison, cpu_ratio, sizes, wall_ratio
from bench.interval import interval
from bench.pairs import Side, pairs
from bench.row import Effort, Found, Row
from bench.sample import Sample
from turnproof.binaries import BinaryError, bundled
from turnproof.homes import ModelSettings
from turnproof.playing import target_of
from turnproof.stdio_server import homes

ROW = Row(
    "start",
    "`fake-codex`: start to answered initialize",
    "the real binary's, warm home",
    0.6,
    "Wall time, for it is what a play waits; the CPU of the child, all its threads, stands with both sides. `fake-codex` is "
    "the installed command; beside it, the way in which the target `fake` starts the same program.",
)


def measure(effort: Effort) -> Found:
    """The row, and beside it how the target starts the fake, and what Python itself takes."""
    try:
        binary = bundled()
    except BinaryError as missing:
        return Found(ROW, skipped=str(missing))
    installed = Path(sys.executable).with_name("fake-codex")
    if not installed.exists():
        return Found(ROW, skipped="fake-codex is not installed beside this Python; mend: pip install -e .")
    home = homes().create(ModelSettings("http://127.0.0.1:9/v1"), homes().template(binary.path, binary.digest))
    environment = home.environment({})

    def real() -> Sample:
        return start_to_answer([str(binary.path), "app-server"], environment, home.cwd)

    def fake() -> Sample:
        return start_to_answer([str(installed), "app-server"], environment, home.cwd)

    def by_target() -> Sample:
        return start_to_answer(target_of("fake").command, environment, home.cwd)  # type: ignore[attr-defined]

    def nothing() -> Sample:
        return whole_process([sys.executable, "-I", "-S", "-c", "pass"])

    try:
        share = effort.seconds * 2 / 3
        found = Comparison(real, real, fake, wall_ratio).run(
            ROW, Effort(share, profile=effort.profile), lambda: _imports(installed, environment)
        )
        for what, side in (("as the target starts it (python -I -S)", by_target), ("python -I -S -c pass", nothing)):
            found.beside.append(_beside(what, real, side, (effort.seconds - share) / 2))
    finally:
        home.finish()
    return found


def _beside(what: str, real: Side, side: Side, seconds: float) -> str:
    measured = pairs(real, side, ratio=wall_ratio, limit=ROW.limit, seconds=seconds)
    cpu, wall = (interval([ratio(*pair) for pair in measured]) for ratio in (cpu_ratio, wall_ratio))
    return f"{what}: {wall.middle:.3f} [{wall.low:.3f}, {wall.high:.3f}], CPU {cpu.middle:.3f}; {sizes(measured)}"


def _imports(program: Path, environment: dict[str, str]) -> str:
    """What starting costs is imports: the dearest by their own time."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(program), "app-server"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    rows = re.findall(r"import time:\s+(\d+) \|\s+(\d+) \| *(\S+)", done.stderr)
    dearest = sorted(rows, key=lambda row: -int(row[0]))[:15]
    total = sum(int(row[0]) for row in rows)
    lines = [f"{int(own):8d}  {os.path.basename(name)}" for own, _, name in dearest]
    return "\n".join(["us own   import", *lines, f"{total:8d}  all {len(rows)} imports"])
