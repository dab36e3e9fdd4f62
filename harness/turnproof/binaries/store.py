"""The cache of real binaries: one folder for each version and platform.

::

    <cache>/binaries/0.160.0-linux-x86_64/        complete, or not there (made elsewhere and renamed)
                        codex_cli_bin/bin/codex   with everything that came with it: it needs its neighbours
                        origin.json               wheel, its sha256
                        used                      touched at each use, for gc
    <cache>/binaries/0.160.0-linux-x86_64.lock    held while somebody downloads; gone if nothing came of it
    <cache>/binaries/.new-0.160.0-…               a download in progress, or what a killed one left
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sysconfig
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from turnproof.binaries.binary import BinaryError
from turnproof.binaries.pip_download import DOWNLOAD_SECONDS, download_wheel
from turnproof.binaries.versions import exact_version, sort_key
from turnproof.cache import LockHeldError, lock_if_free, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator

IMPORT_PACKAGE = "codex_cli_bin"
_EXECUTABLE = PurePosixPath(IMPORT_PACKAGE, "bin", "codex")


@dataclass(frozen=True, slots=True)
class Installed:
    """A version in the cache. ``size`` in bytes; ``used_at`` in seconds since the epoch."""

    version: str
    platform: str
    path: Path
    size: int
    used_at: float


class BinaryStore:
    """The versions below one cache folder."""

    def __init__(self, cache: Path, download: Callable[[str, Path, Path], Path] = download_wheel) -> None:
        """``download(version, destination, scratch)`` brings the wheel; see ``download_wheel``."""
        self.folder = cache / "binaries"
        self.platform = sysconfig.get_platform()
        self._download = download

    def find(self, version: str) -> Path | None:
        """The executable of this version if it is in the cache; never goes to the network. Raises BinaryError."""
        path = self._entry(exact_version(version)) / _EXECUTABLE
        if not path.is_file():
            return None
        with contextlib.suppress(OSError):
            (self._entry(exact_version(version)) / "used").touch()
        return path

    def install(self, version: str) -> Path:
        """The executable of this version, downloaded if need be. Raises BinaryError.

        One process downloads, the others wait and say so. Nothing half-made is ever visible.
        """
        version = exact_version(version)
        if found := self.find(version):
            return found
        entry = self._entry(version)
        waiting = f"turnproof: another process downloads codex {version}: waiting"
        lock = entry.with_name(entry.name + ".lock")
        try:
            with locked(lock, waiting, DOWNLOAD_SECONDS):
                try:
                    # Somebody else may have done it while we waited.
                    return self.find(version) or self._fetch(version, entry)
                except BaseException:
                    lock.unlink(missing_ok=True)
                    raise
        except LockHeldError as error:
            raise BinaryError(f"codex {version} is not in the cache, and {error}") from error
        except OSError as error:
            raise BinaryError(
                f"cannot put codex {version} into {self.folder}: {error.strerror or error}; "
                "make room or set TURNPROOF_CACHE to another folder"
            ) from error

    def installed(self) -> list[Installed]:
        """What the cache holds, oldest version first, other platforms' included."""
        found: list[Installed] = []
        for entry in self.folder.glob("*-*") if self.folder.is_dir() else ():
            path = entry / _EXECUTABLE
            version, _, platform = entry.name.partition("-")
            if path.is_file() and not version.startswith("."):
                size = sum(file.lstat().st_size for file in entry.rglob("*") if file.is_file())
                found.append(Installed(version, platform, path, size, _used_at(entry)))
        return sorted(found, key=lambda one: (sort_key(one.version), one.platform))

    def gc(self, keep: Collection[str] = (), unused_days: float = 30.0) -> list[Installed]:
        """Remove the versions that nobody used for ``unused_days`` and that are not in ``keep``; return them.

        What killed downloads left is removed too, and remembered digests of files that are gone. A version that is
        being downloaded right now is left alone.
        """
        kept = {exact_version(version) for version in keep}
        removed: list[Installed] = []
        for one in self.installed():
            if one.version in kept or time.time() - one.used_at < unused_days * 86400:
                continue
            entry = self.folder / f"{one.version}-{one.platform}"
            with lock_if_free(entry.with_name(entry.name + ".lock")) as ours:
                if ours:
                    # Renamed first: a half-removed version must not look like an installed one.
                    doomed = Path(tempfile.mkdtemp(prefix=".new-", dir=self.folder))
                    entry.rename(doomed / entry.name)
                    shutil.rmtree(doomed, ignore_errors=True)
                    removed.append(one)
        self._collect_leftovers()
        return removed

    def _entry(self, version: str) -> Path:
        return self.folder / f"{version}-{self.platform}"

    def _fetch(self, version: str, entry: Path) -> Path:
        _remove_all(self.folder.glob(f".new-{entry.name}-*"))  # we hold the lock: nobody works in them
        work = Path(tempfile.mkdtemp(prefix=f".new-{entry.name}-", dir=self.folder))
        try:
            wheel_folder, scratch, made = work / "wheel", work / "scratch", work / "made"
            for folder in (wheel_folder, scratch, made):
                folder.mkdir()
            wheel = self._download(version, wheel_folder, scratch)
            unpack(wheel, made)
            with wheel.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            origin = {"version": version, "platform": self.platform, "wheel": wheel.name, "sha256": digest}
            (made / "origin.json").write_text(json.dumps(origin, indent=1) + "\n", encoding="utf-8")
            (made / "used").touch()
            made.rename(entry)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return entry / _EXECUTABLE

    def _collect_leftovers(self) -> None:
        for lock in self.folder.glob("*.lock"):
            with lock_if_free(lock) as ours:
                if ours:
                    _remove_all(self.folder.glob(f".new-{lock.stem}-*"))
                    if not lock.with_suffix("").exists():
                        lock.unlink(missing_ok=True)
        for record in (self.folder.parent / "digests").glob("*.json"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                if not Path(json.loads(record.read_text(encoding="utf-8"))["path"]).exists():
                    record.unlink()


def unpack(wheel: Path, folder: Path) -> None:
    """The package folder of the wheel, executable bits included. Raises BinaryError for a wheel that is no codex."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.infolist():
                name = PurePosixPath(member.filename)
                if member.is_dir() or name.parts[0] != IMPORT_PACKAGE or ".." in name.parts:
                    continue
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
                executable = (member.external_attr >> 16) & 0o111
                target.chmod(0o755 if executable else 0o644)
    except zipfile.BadZipFile as error:
        raise BinaryError(f"the wheel {wheel.name} is damaged ({error}): try again") from error
    if not os.access(folder / _EXECUTABLE, os.X_OK):
        raise BinaryError(
            f"the wheel {wheel.name} has no executable {_EXECUTABLE}: this version is laid out differently"
        )


def _used_at(entry: Path) -> float:
    for file in (entry / "used", entry):
        with contextlib.suppress(OSError):
            return file.stat().st_mtime
    return 0.0


def _remove_all(folders: Generator[Path] | list[Path]) -> None:
    for folder in list(folders):
        shutil.rmtree(folder, ignore_errors=True)
