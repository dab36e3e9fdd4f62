"""A codex binary: where it is, what version it says it is, and what it is in bytes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from turnproof.supervisor import ErrandError, run

VERSION_SECONDS = 30.0
"""The bound on ``codex --version``; it takes a few hundredths of a second once the file is in memory."""

_VERSION = re.compile(r"\bcodex[\w-]*\s+v?(\d+\.\d+\.\d+[0-9A-Za-z.+-]*)")
"""``codex-cli 0.163.0``. Any other program has a version too: its name must stand before it."""


class BinaryError(Exception):
    """A binary is missing or unusable: one line with what, where, and what mends it."""


@dataclass(frozen=True, slots=True)
class Binary:
    """An executable, identified. ``digest`` is the sha256 of the file, 64 hex digits."""

    path: Path
    version: str
    digest: str


def identify(path: Path, cache: Path) -> Binary:
    """The binary at ``path``. Digest and version are remembered in ``cache`` by path, size and mtime.

    Runs ``codex --version`` with a private HOME when nothing is remembered. Raises BinaryError.
    """
    path = executable(path)
    status = path.stat()
    key: dict[str, Any] = {"path": str(path), "size": status.st_size, "mtime_ns": status.st_mtime_ns}
    record = cache / "digests" / (hashlib.sha256(str(path).encode()).hexdigest()[:32] + ".json")
    known = _recall(record, key)
    digest = known.get("digest") or _digest(path)
    # A wrapper script stays the same file while the program behind it is updated: it is asked every time.
    version = (known.get("version") if not _is_script(path) else None) or probe_version(path)
    if known.get("digest") != digest or known.get("version") != version:
        _remember(record, {**key, "digest": digest, "version": version})
    return Binary(path, version, digest)


def executable(path: Path) -> Path:
    """The path from the root of a file that can be run. Raises BinaryError."""
    path = Path(os.path.abspath(path.expanduser()))
    if not path.is_file():
        raise BinaryError(f"no codex binary at {path}: name the executable itself, codex:PATH")
    if not os.access(path, os.X_OK):
        raise BinaryError(f"{path} is not executable: chmod +x it, or name the executable itself")
    return path


def probe_version(path: Path) -> str:
    """What ``codex --version`` says, ``0.163.0``; bounded, and without the user's home. Raises BinaryError."""
    with tempfile.TemporaryDirectory(prefix="turnproof-") as home:
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": home, "CODEX_HOME": home}
        try:
            said = run([str(path), "--version"], environment=environment, cwd=Path(home), seconds=VERSION_SECONDS)
        except OSError as error:
            raise BinaryError(
                f"{path} cannot be run here ({error.strerror}): is it a codex binary for this platform?"
            ) from error
        except ErrandError as error:
            raise BinaryError(f"{path} --version {error}: is it a codex binary?") from None
    text = (said.stdout + said.stderr).decode(errors="replace")
    found = _VERSION.search(text)
    if said.returncode or not found:
        summary = " ".join(text.split())[:200] or "nothing"
        raise BinaryError(
            f"{path} --version ended with {said.returncode} and said {summary!r} where a version was expected: "
            "is it a codex binary?"
        )
    return found.group(1)


def _is_script(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _recall(record: Path, key: dict[str, Any]) -> dict[str, str]:
    try:
        data: Any = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict):
        return {}
    known = cast("dict[str, Any]", data)
    if any(known.get(name) != value for name, value in key.items()):
        return {}
    return {name: value for name, value in known.items() if isinstance(value, str)}


def _remember(record: Path, data: dict[str, Any]) -> None:
    # A cache that cannot be written costs time, never the run.
    with contextlib.suppress(OSError):
        record.parent.mkdir(parents=True, exist_ok=True)
        draft = record.with_name(f"{record.name}.{secrets.token_hex(4)}")
        draft.write_text(json.dumps(data) + "\n", encoding="utf-8")
        draft.replace(record)
