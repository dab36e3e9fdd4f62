"""``python bench/run.py`` from anywhere; the same as ``python -m bench`` in the root of the repository."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent)
sys.path[0] = ROOT
# Rows run in processes of their own, which must find the package too.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH", "")]))

from bench.command_line import main  # noqa: E402 - the path comes first

if __name__ == "__main__":
    raise SystemExit(main())
