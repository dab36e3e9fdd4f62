"""The schema document of a binary: asked from the binary once, then kept under the digest of its file.

In the cache folder `schemas/<sha256 of the binary>.json`, written under a lock and renamed into place.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from turnproof.cache import cache_folder, locked, write_whole
from turnproof.schema.derive import derive
from turnproof.schema.document import MAJOR, SchemaDocument, SchemaError, canonical
from turnproof.supervisor import ErrandError, run

BUNDLE: Final = "codex_app_server_protocol.schemas.json"
COMMAND: Final = ("app-server", "generate-json-schema")
PACKAGE: Final = "openai-codex-cli-bin"
TIMEOUT: Final = 60.0
"""Seconds for one run of the binary; it takes 0.1 (seen on 0.163.0)."""

# A layout of the document that changed must not be served from an old cache.
LAYOUT: Final = f"v{MAJOR}-1"


def schema_of(binary: Path, digest: str | None = None, *, cache: Path | None = None) -> SchemaDocument:
    """The schema document of a binary, from the cache or from the binary; SchemaError in one line."""
    folder = cache or cache_folder()
    digest = digest or binary_digest(binary)
    kept = folder / "schemas" / f"{digest}-{LAYOUT}.json"
    with contextlib.suppress(OSError, SchemaError, KeyError):
        return SchemaDocument.read(kept)
    with locked(kept.with_suffix(".lock")):
        with contextlib.suppress(OSError, SchemaError, KeyError):  # somebody else was faster, or it is there and broken
            return SchemaDocument.read(kept)
        data = canonical(generate(binary, digest))
        write_whole(kept, data)
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


def binary_digest(binary: Path) -> str:
    """The sha256 of a binary, as hex: half a second for 300 MB, so hand in the one that is known (``Binary.digest``)."""
    try:
        with binary.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SchemaError(f"no binary at {binary}: {error.strerror}") from error


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
    command = [str(binary), *arguments]
    try:
        done = run(command, environment=environment, cwd=home, seconds=TIMEOUT)
    except OSError as error:
        raise SchemaError(f"{binary} {arguments[0]} did not run: {error}") from error
    except ErrandError as error:
        raise SchemaError(f"{binary} {arguments[0]} {error}") from None
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing on stderr"]
        raise SchemaError(f"{binary} {' '.join(arguments[:2])} ended with {done.returncode}: {words[-1][:200]}")
    return done.stdout.decode(errors="replace")
