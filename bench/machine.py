"""What a table was measured on, without names or paths of anybody's machine."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

PACKAGES: Final = ("turnproof", "msgspec", "jsonschema-rs", "pytest", "openai-codex-cli-bin")


def machine() -> dict[str, str]:
    """Labels and values, in the order in which they are shown."""
    return {
        "CPU": f"{_model()}, {os.cpu_count()} cores",
        "Memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB",
        "System": f"{platform.system()} {platform.release()}, {platform.libc_ver()[0]} {platform.libc_ver()[1]}".strip(),
        "Python": f"{platform.python_implementation()} {platform.python_version()} ({platform.python_compiler()})",
        "Packages": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
        "Load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }


def _model() -> str:
    try:
        found = re.search(
            r"^(?:model name|Hardware|cpu model)\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE
        )
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
