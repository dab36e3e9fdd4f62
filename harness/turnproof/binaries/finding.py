"""From what a target names to a binary: ``codex``, ``codex@VERSION``, ``codex:PATH``."""

from __future__ import annotations

import importlib
import importlib.metadata
from pathlib import Path

from turnproof.binaries.binary import Binary, BinaryError, identify
from turnproof.binaries.pip_download import PACKAGE
from turnproof.binaries.store import IMPORT_PACKAGE, BinaryStore
from turnproof.binaries.versions import normal_version
from turnproof.cache import cache_folder


def bundled(cache: Path | None = None) -> Binary:
    """The binary of this Python environment (extra ``codex``). Raises BinaryError."""
    return identify(_bundled_path(), cache or cache_folder())


def cached(version: str, cache: Path | None = None) -> Binary:
    """This version: the environment's own if it is the same, else from the cache, downloaded at first use.

    Raises BinaryError.
    """
    cache = cache or cache_folder()
    if _bundled_version() == normal_version(version):
        return bundled(cache)
    return identify(BinaryStore(cache).install(version), cache)


def at(path: str | Path, cache: Path | None = None) -> Binary:
    """The binary at this path. Raises BinaryError."""
    return identify(Path(path), cache or cache_folder())


def resolve(spec: str, cache: Path | None = None) -> Binary:
    """The binary of ``codex``, ``codex@VERSION`` or ``codex:PATH``. Raises BinaryError."""
    if spec == "codex":
        return bundled(cache)
    if spec.startswith("codex@"):
        return cached(spec.removeprefix("codex@"), cache)
    if spec.startswith("codex:"):
        return at(spec.removeprefix("codex:"), cache)
    raise BinaryError(f"{spec!r} names no binary: known are codex, codex@VERSION, codex:PATH")


def _bundled_path() -> Path:
    try:
        module = importlib.import_module(IMPORT_PACKAGE)
        return Path(module.bundled_codex_path())
    except ImportError:
        raise BinaryError(
            "no codex binary in this environment: pip install 'turnproof[codex]', or name one with codex@VERSION "
            "or codex:PATH"
        ) from None
    except FileNotFoundError as error:
        raise BinaryError(f"{error}: install {PACKAGE} again") from None


def _bundled_version() -> str:
    try:
        return importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return ""
