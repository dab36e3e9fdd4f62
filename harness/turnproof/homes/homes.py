"""The cache folder's homes and templates."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from pathlib import Path
from typing import Final

from turnproof.cache import CACHE_VARIABLE, cache_folder, locked
from turnproof.homes.config import ModelSettings
from turnproof.homes.error import HomeError
from turnproof.homes.first_start import first_start
from turnproof.homes.owner import Owner, read_note, write_note
from turnproof.homes.play_home import PlayHome, remove

SOCKET_LIMIT: Final = 104  # bytes, with the closing NUL: sun_path on macOS; Linux has 108
KEPT_HOMES: Final = 20
TEMPLATE_LAYOUT: Final = 1

_SOCKET: Final = Path("c/app-server-control/app-server-control.sock")
_TEMPLATE_AGE: Final = 60 * 24 * 3600.0  # seconds without use


class Homes:
    """The cache folder's homes and templates."""

    def __init__(self, cache: Path | None = None) -> None:
        """``cache`` None: TURNPROOF_CACHE, else the user's cache folder. Raises CacheError for an unusable folder."""
        self.cache = (cache_folder() if cache is None else cache).absolute()
        self._homes = self.cache / "h"
        self._templates = self.cache / "t"
        length = len(os.fsencode(self._homes / "a1b2c3" / _SOCKET))
        if length >= SOCKET_LIMIT:
            raise HomeError(
                f"{self.cache} is too long a path: a unix socket in a play's home would take {length} bytes, "
                f"{SOCKET_LIMIT - 1} fit; set {CACHE_VARIABLE} to a shorter one"
            )
        self._homes.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._templates.mkdir(parents=True, exist_ok=True, mode=0o700)

    def create(self, model: ModelSettings, template: Path | None = None, tools: tuple[str, ...] = ()) -> PlayHome:
        """A new home, configured, with these ``tools`` switched on; with ``template`` the server finds what its first start would have made.

        Measured on 0.163.0 (medians of 12): start to answered initialize 109 ms on an empty CODEX_HOME, 52 ms on a
        copy of the template, which takes 5 ms to make.
        """
        while True:
            root = self._homes / os.urandom(3).hex()
            note = root.with_suffix(".owner")
            if note.exists():
                continue
            # The note comes first and goes last: a home without one is never somebody's.
            write_note(note, Owner.here())
            try:
                root.mkdir(mode=0o700)
            except FileExistsError:
                continue
            break
        home = PlayHome(root, note)
        try:
            for folder in (home.user_home, home.cwd, home.scratch):
                folder.mkdir()
            if template is None:
                home.codex_home.mkdir()
            else:
                shutil.copytree(template, home.codex_home)
            home.configure(model, tools)
        except BaseException:  # the disk is full, for one
            home.finish()
            raise
        return home

    def collect(self) -> int:
        """Remove the homes of dead owners, kept homes beyond the newest 20, and unused templates; says how many homes.

        Safe at any time and from several processes at once.
        """
        now = time.time()
        kept: list[tuple[float, Path]] = []
        gone = 0
        for entry in list(self._homes.iterdir()):
            if entry.suffix != ".owner":
                _discard_orphan(entry, now)
                continue
            owner, age = read_note(entry, now)
            if owner is None or not owner.kept:
                if owner is None or owner.is_gone(age):
                    gone += remove(entry.with_suffix(""), entry)
            else:
                kept.append((age, entry))
        for _, note in sorted(kept)[KEPT_HOMES:]:
            gone += remove(note.with_suffix(""), note)
        self._collect_templates(now)
        return gone

    def _collect_templates(self, now: float) -> None:
        for entry in list(self._templates.iterdir()):
            # A template in the making is a minute old at most; lock files stay.
            limit = 3600.0 if ".new-" in entry.name else _TEMPLATE_AGE
            with contextlib.suppress(OSError):
                if entry.is_dir() and now - entry.stat().st_mtime > limit:
                    shutil.rmtree(entry, ignore_errors=True)

    def template(self, binary: Path, digest: str) -> Path:
        """CODEX_HOME as this binary leaves it after its first start, without ids, logs, threads or config.

        Made once per ``digest`` of the binary, by whoever comes first; the others wait. Blocks for a first start (well
        under a second). Raises HomeError if the binary does not answer.
        """
        name = f"{re.sub('[^0-9a-zA-Z]', '', digest)[:16]}-{TEMPLATE_LAYOUT}"
        finished = self._templates / name
        if not finished.is_dir():
            with locked(self._templates / f"{name}.lock"):
                if not finished.is_dir():
                    self._make_template(binary, finished)
        with contextlib.suppress(OSError):
            os.utime(finished)
        return finished

    def _make_template(self, binary: Path, finished: Path) -> None:
        home = self.create(ModelSettings("http://127.0.0.1:9/v1"))
        made = finished.with_name(f"{finished.name}.new-{os.getpid()}")
        try:
            first_start(binary, home)
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir(mode=0o700)
            for entry in home.codex_home.iterdir():
                # An allow list: databases (schema only, tested) and the bundled skills cost the time; the rest is state.
                if entry.name == "skills":
                    shutil.copytree(entry, made / entry.name)
                elif entry.name.endswith((".sqlite", ".sqlite-wal")):
                    shutil.copy2(entry, made / entry.name)
            made.rename(finished)
        finally:
            home.finish()
            shutil.rmtree(made, ignore_errors=True)


def _discard_orphan(entry: Path, now: float) -> None:
    """A folder without a note is nobody's; an unfinished note is somebody's for as long as a write can take."""
    with contextlib.suppress(OSError):
        if entry.is_dir():
            if not entry.with_suffix(".owner").exists():
                shutil.rmtree(entry, ignore_errors=True)
        elif now - entry.stat().st_mtime > 3600.0:
            entry.unlink()
