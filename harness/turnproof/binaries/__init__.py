"""Real codex binaries: finding, fetching, identifying."""

from __future__ import annotations

from turnproof.binaries.binary import Binary, BinaryError, identify, probe_version
from turnproof.binaries.finding import at, bundled, cached, resolve
from turnproof.binaries.store import BinaryStore, Installed

__all__ = [
    "Binary",
    "BinaryError",
    "BinaryStore",
    "Installed",
    "at",
    "bundled",
    "cached",
    "identify",
    "probe_version",
    "resolve",
]
