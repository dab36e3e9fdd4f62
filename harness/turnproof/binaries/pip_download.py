"""Getting a wheel by pip, with progress while it runs and one clear line when it fails."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import sysconfig
import time
from typing import TYPE_CHECKING, Protocol

from turnproof.binaries.binary import BinaryError
from turnproof.binaries.versions import nearest
from turnproof.supervisor import guarded

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

PACKAGE = "openai-codex-cli-bin"
DOWNLOAD_SECONDS = 1800.0
"""The bound on the whole download, some 130 MB; pip has its own, shorter ones on silence."""

_POLL_SECONDS = 0.1
_LINE_EVERY_SECONDS = 10.0
_KNOWN_VERSIONS = re.compile(r"\(from versions: ([^)]*)\)")
_NO_NETWORK = re.compile(
    r"Failed to establish a new connection|Name or service not known|Temporary failure in name resolution|"
    r"nodename nor servname|Network is unreachable|ConnectionError|NewConnectionError|ProxyError|ConnectTimeout|"
    r"Connection refused|Read timed out|SSLError|Could not fetch URL"
)


class Progress(Protocol):
    """Told how a download goes."""

    def update(self, megabytes: float) -> None: ...


class LineProgress:
    """For logs: a line now and then on stderr."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._next = time.monotonic() + _LINE_EVERY_SECONDS

    def update(self, megabytes: float) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _LINE_EVERY_SECONDS
            print(f"turnproof: {self._title}: {megabytes:.0f} MB", file=sys.stderr, flush=True)


@contextlib.contextmanager
def progress(title: str) -> Generator[Progress]:
    """A ``Progress`` on stderr: a moving line on a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        print(f"turnproof: {title}", file=sys.stderr, flush=True)
        yield LineProgress(title)
        return
    from rich.console import Console

    with Console(stderr=True).status(title) as status:

        class Moving:
            def update(self, megabytes: float) -> None:
                status.update(f"{title}: {megabytes:.0f} MB")

        yield Moving()


def download_wheel(version: str, destination: Path, scratch: Path) -> Path:
    """Fetch the wheel of exactly this version into ``destination``; ``scratch`` is for pip's own temporary files.

    Follows pip's configuration (index, proxy, certificates). Both folders must exist. Raises BinaryError.
    """
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off"]
    command += ["--dest", str(destination), f"{PACKAGE}=={version}"]
    log = scratch / "pip.log"
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with (
        log.open("wb") as output,
        progress(f"downloading codex {version} (90 to 140 MB, once)") as shown,
        # In a folder of ours: ``-m`` looks there first, and a user's folder may have a pip.py.
        guarded(command, environment=environment, cwd=scratch, stdout=output, stderr=output) as process,
    ):
        deadline = time.monotonic() + DOWNLOAD_SECONDS
        while process.poll() is None:
            if time.monotonic() > deadline:
                raise BinaryError(f"downloading codex {version} took more than {DOWNLOAD_SECONDS:g} s: try again")
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_POLL_SECONDS)
            shown.update(_size(scratch) / 1e6)
    wheels = sorted(destination.glob("*.whl"))
    if process.returncode or len(wheels) != 1:
        raise BinaryError(explain(version, log.read_text(encoding="utf-8", errors="replace")))
    return wheels[0]


def explain(version: str, said: str) -> str:
    """One line out of what pip printed."""
    if "No module named pip" in said:
        return (
            f"codex {version} is not in the cache and this Python has no pip to fetch it ({sys.executable}): "
            "run python -m ensurepip, or name a binary with codex:PATH"
        )
    match = _KNOWN_VERSIONS.search(said)
    known = [word for word in match.group(1).split(", ") if word and word != "none"] if match else []
    if known:
        return (
            f"no codex {version} for this platform ({sysconfig.get_platform()}) in {PACKAGE}: "
            f"the nearest are {', '.join(nearest(version, known))}"
        )
    if _NO_NETWORK.search(said):
        return (
            f"codex {version} is not in the cache and the package index cannot be reached: connect, or fetch it "
            f"elsewhere (turnproof binaries install {version}) and share the cache folder"
        )
    if match:
        return (
            f"the package index has no {PACKAGE} for this platform ({sysconfig.get_platform()}): "
            "name a binary with codex:PATH"
        )
    errors = [line for line in said.splitlines() if line.startswith("ERROR")] or said.splitlines()[-1:]
    return f"pip could not download codex {version}: {' '.join(errors)[:300] or 'it said nothing'}"


def _size(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size
    return total
