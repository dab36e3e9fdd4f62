"""Real codex binaries: finding, fetching, identifying."""

from __future__ import annotations

from turnproof.binaries.binary import Binary, BinaryError, executable, identify, probe_version
from turnproof.binaries.finding import at, bundled, cached, resolve
from turnproof.binaries.store import BinaryStore, Installed
from turnproof.binaries.versions import exact_version

__all__ = [
    "Binary",
    "BinaryError",
    "BinaryStore",
    "Installed",
    "at",
    "bundled",
    "cached",
    "exact_version",
    "executable",
    "identify",
    "probe_version",
    "resolve",
]
