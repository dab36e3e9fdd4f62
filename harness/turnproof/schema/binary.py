"""The schema document of a binary: asked from the binary once, then kept under the digest of its file.

The cache folder is TURNPROOF_CACHE or the user's; in it `schemas/<sha256 of the binary>.json`, and `digests/` with what
was read of which file (path, size, time), for hashing 300 MB takes half a second. Both are written under a lock and
renamed into place: many sessions may come at once, and any of them may be killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import platformdirs

from turnproof.schema.derive import derive
from turnproof.schema.document import MAJOR, SchemaDocument, SchemaError, canonical

if TYPE_CHECKING:
    from collections.abc import Generator

CACHE_VARIABLE: Final = "TURNPROOF_CACHE"
BUNDLE: Final = "codex_app_server_protocol.schemas.json"
COMMAND: Final = ("app-server", "generate-json-schema")
PACKAGE: Final = "openai-codex-cli-bin"
TIMEOUT: Final = 60.0
"""Seconds for one run of the binary; it takes 0.1 (seen on 0.163.0)."""

# A layout of the document that changed must not be served from an old cache.
LAYOUT: Final = f"v{MAJOR}-1"


def schema_of(binary: Path, *, cache: Path | None = None) -> SchemaDocument:
    """The schema document of a binary, from the cache or from the binary; SchemaError in one line."""
    folder = cache or cache_folder()
    digest = binary_digest(binary, cache=folder)
    kept = folder / "schemas" / f"{digest}-{LAYOUT}.json"
    with contextlib.suppress(OSError, SchemaError, KeyError):
        return SchemaDocument.read(kept)
    with _locked(kept):
        with contextlib.suppress(OSError, SchemaError, KeyError):  # somebody else was faster, or it is there and broken
            return SchemaDocument.read(kept)
        data = canonical(generate(binary, digest))
        _write(kept, data)
    return SchemaDocument.from_json(data)


def generate(binary: Path, digest: str) -> dict[str, Any]:
    """Ask a binary for both surfaces and derive its document (`turnproof.schema.derive`)."""
    with tempfile.TemporaryDirectory(prefix="turnproof-schema-") as scratch:
        home = Path(scratch)
        stable, experimental = (_bundle(binary, home, flags) for flags in ((), ("--experimental",)))
        version = _run(binary, home, ("--version",)).strip().rsplit(" ", 1)[-1]
    origin = {
        "package": PACKAGE,
        "version": version,
        "binary_sha256": digest,
        "command": " ".join(("codex", *COMMAND, "--out", "DIR")) + ", and with --experimental",
    }
    return derive(stable, experimental, origin)


def binary_digest(binary: Path, *, cache: Path | None = None) -> str:
    """The sha256 of a binary, as hex; read once per file as long as its size and time stay."""
    try:
        path = binary.resolve(strict=True)
        stat = path.stat()
    except OSError as error:
        raise SchemaError(f"no binary at {binary}: {error.strerror}") from error
    seen = [str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino]
    note = (cache or cache_folder()) / "digests" / f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads(note.read_bytes())
        if known["file"] == seen and re.fullmatch("[0-9a-f]{64}", known["sha256"]):
            return known["sha256"]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _write(note, canonical({"file": seen, "sha256": digest}))
    return digest


def cache_folder() -> Path:
    """Where things are kept that can be made again."""
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("turnproof"))


def _bundle(binary: Path, home: Path, flags: tuple[str, ...]) -> dict[str, Any]:
    out = home / ("wide" if flags else "narrow")
    _run(binary, home, (*COMMAND, "--out", str(out), *flags))
    try:
        return json.loads((out / BUNDLE).read_bytes())
    except (OSError, ValueError) as error:
        raise SchemaError(f"{binary} made no {BUNDLE}: {error}") from error


def _run(binary: Path, home: Path, arguments: tuple[str, ...]) -> str:
    """Run the binary to its end in an empty home and a bare environment; its stdout."""
    private = home / "home"
    private.mkdir(exist_ok=True)
    environment = {"HOME": str(private), "CODEX_HOME": str(private), "PATH": os.defpath, "NO_COLOR": "1"}
    try:
        done = subprocess.run(
            [binary, *arguments], env=environment, cwd=home, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", timeout=TIMEOUT, check=False, start_new_session=True,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SchemaError(f"{binary} {arguments[0]} did not run: {error}") from error
    if done.returncode != 0:
        words = done.stderr.strip().splitlines() or ["nothing on stderr"]
        raise SchemaError(f"{binary} {' '.join(arguments[:2])} ended with {done.returncode}: {words[-1][:200]}")
    return done.stdout


@contextlib.contextmanager
def _locked(target: Path) -> Generator[None]:
    """One maker at a time. The wait is bounded by the holder's own bounds; the lock goes with it, however it ends."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=target.parent, prefix=f"{target.stem}.", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(made).replace(target)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
