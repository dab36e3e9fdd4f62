"""Private homes: the folder in which one play of the real binary lives, and nothing of the user's or of another play.

::

    <cache>/h/a1b2c3/       one play          <cache>/h/a1b2c3.owner   who made it (pid, start time), so that what a
                    c/      CODEX_HOME                                 killed run leaves is collected by the next one
                    u/      HOME              <cache>/t/<digest>-1/    template: CODEX_HOME after a first start
                    w/      working folder
                    t/      TMPDIR

One-letter names, because the socket of the app-server (``c/app-server-control/app-server-control.sock``) must fit into
104 bytes on macOS. Never below the temp folder: there the binary refuses to make its helper executables and says so on
stderr (seen on 0.163.0).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from turnproof.cache import CACHE_VARIABLE, CacheError, cache_folder, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MODEL_KEY_VARIABLE: Final = "TURNPROOF_MODEL_KEY"
SOCKET_LIMIT: Final = 104  # bytes, with the closing NUL: sun_path on macOS; Linux has 108
KEPT_HOMES: Final = 20
TEMPLATE_LAYOUT: Final = 1

_SOCKET: Final = Path("c/app-server-control/app-server-control.sock")
_INHERITED: Final = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
_FIRST_START_PATIENCE: Final = 30.0  # seconds; 0.1 to 0.6 s were seen
_FAREWELL: Final = 10.0  # seconds from the end of its input to the end of its output
_STRANGER_AGE: Final = 24 * 3600.0  # seconds after which a home of a process that cannot be judged is stale
_TEMPLATE_AGE: Final = 60 * 24 * 3600.0  # seconds without use


class HomeError(CacheError):
    """A private home or its template cannot be made; the text says why and what to do."""


@dataclass(frozen=True)
class ModelSettings:
    """How the binary reaches the model provider. Retries as in its config; 0 turns them off."""

    base_url: str
    request_max_retries: int = 0
    stream_max_retries: int = 0
    stream_idle_timeout_ms: int = 300_000


def config_toml(model: ModelSettings) -> str:
    """The whole config of a play: the provider, no approvals, no sandbox, and nothing that leaves loopback.

    Each switch was found by tracing connect, sendto, sendmsg and sendmmsg of 0.163.0 over start, threads, turns,
    resume, fork, list, read and up to 200 s of idling; without it, the binary looks up the names behind it:

    - ``features.plugins``: github.com (by git), then api.github.com and chatgpt.com, at every start;
    - ``analytics.enabled``: ab.chatgpt.com, if the client starts it with ``--analytics-default-enabled``;
    - ``feedback.enabled``: o33249.ingest.us.sentry.io, when a client sends ``feedback/upload``;
    - ``check_for_update_on_startup``: nothing was seen from the app-server; it keeps other subcommands quiet;
    - ``supports_websockets``: on loopback only, but the provider speaks server-sent events.

    ``project_root_markers = []``: with the default, a ``.git`` above the cache folder (a home folder under version
    control) brings the user's AGENTS.md and skills into the model's input and a warning onto the wire (seen on 0.163.0).
    """
    return f"""\
model = "mock-model"
model_provider = "turnproof"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
project_root_markers = []

[analytics]
enabled = false

[feedback]
enabled = false

[features]
plugins = false

[model_providers.turnproof]
name = "turnproof"
base_url = {json.dumps(model.base_url)}
env_key = "{MODEL_KEY_VARIABLE}"
wire_api = "responses"
supports_websockets = false
request_max_retries = {model.request_max_retries}
stream_max_retries = {model.stream_max_retries}
stream_idle_timeout_ms = {model.stream_idle_timeout_ms}
"""


@dataclass
class PlayHome:
    """One play's folder; see the module for its parts. ``finish`` ends it."""

    root: Path
    note: Path
    model_key: str = "turnproof-no-secret"

    def __post_init__(self) -> None:
        self.codex_home, self.user_home = self.root / "c", self.root / "u"
        self.cwd, self.scratch = self.root / "w", self.root / "t"

    def configure(self, model: ModelSettings) -> None:
        """(Re)write the binary's config; it is read when a server starts."""
        (self.codex_home / "config.toml").write_text(config_toml(model), encoding="utf-8")

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The whole environment of a child: an allow list of ours, fixed values, then ``extra``.

        Proxies, RUST_LOG, CODEX_* and API keys of the user's are not on the list. Home, name and TERM show up in what
        the binary says, so they are fixed.
        """
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        fixed = {
            "HOME": str(self.user_home),
            "CODEX_HOME": str(self.codex_home),
            "TMPDIR": str(self.scratch),
            "TERM": "xterm",
            "NO_COLOR": "1",
            MODEL_KEY_VARIABLE: self.model_key,
        }
        return {**inherited, **fixed, **(extra or {})}

    def finish(self, *, keep: bool = False) -> None:
        """Remove the folder; or keep it for a look, until 20 newer ones are kept. May be called again."""
        if keep and self.root.exists():
            _write_note(self.note, _Owner.here(kept=True))
            return
        _remove(self.root, self.note)


class Guard(Protocol):
    """Who looks after a process of ours when we cannot any more: the supervisor."""

    def marked(self, environment: Mapping[str, str]) -> dict[str, str]: ...

    def register(self, pid: int) -> None: ...

    def unregister(self, pid: int) -> None: ...


class Homes:
    """The cache folder's homes and templates."""

    def __init__(self, cache: Path | None = None, guard: Callable[[], Guard] | None = None) -> None:
        """``cache`` None: TURNPROOF_CACHE, else the user's cache folder. Raises CacheError for an unusable folder.

        ``guard`` gives, when a template is made, who ends the process for that should we be killed.
        """
        self._guard = guard
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

    def create(self, model: ModelSettings, template: Path | None = None) -> PlayHome:
        """A new home, configured; with ``template`` the server finds what its first start would have made.

        Measured on 0.163.0 (medians of 12): start to answered initialize 109 ms on an empty CODEX_HOME, 52 ms on a
        copy of the template, which takes 5 ms to make.
        """
        while True:
            root = self._homes / os.urandom(3).hex()
            note = root.with_suffix(".owner")
            if note.exists():
                continue
            # The note comes first and goes last: a home without one is never somebody's.
            _write_note(note, _Owner.here())
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
            home.configure(model)
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
            owner, age = _read_note(entry, now)
            if owner is None or not owner.kept:
                if owner is None or owner.is_gone(age):
                    gone += _remove(entry.with_suffix(""), entry)
            else:
                kept.append((age, entry))
        for _, note in sorted(kept)[KEPT_HOMES:]:
            gone += _remove(note.with_suffix(""), note)
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
            _first_start(binary, home, self._guard() if self._guard else None)
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


@dataclass(frozen=True)
class _Owner:
    """Who made a home: a pid alone is reused, so the start time goes with it, and where pids mean the same."""

    pid: int
    start: str
    where: str
    kept: bool = False

    @classmethod
    def here(cls, *, kept: bool = False) -> _Owner:
        return cls(os.getpid(), _start_mark(os.getpid()) or "", _pid_space(), kept)

    def is_gone(self, age: float) -> bool:
        if self.where != _pid_space():
            # Another boot, container or machine on the same cache folder: its pids say nothing here.
            return age > _STRANGER_AGE
        return _start_mark(self.pid) != self.start


def _start_mark(pid: int) -> str | None:
    """When the process started, in a form that no clock step changes; None = no such process."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/stat").read_bytes().rsplit(b")", 1)[1].split()[19].decode()
        except (OSError, IndexError):
            return None
    import psutil  # here only: Linux does without it, and start-up pays for every import

    try:
        return str(round(psutil.Process(pid).create_time()))
    except psutil.Error:
        return None


def _pid_space() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return socket.gethostname()


def _write_note(note: Path, owner: _Owner) -> None:
    unfinished = note.with_name(f"{note.stem}.{os.getpid()}.owner~")
    text = json.dumps({"pid": owner.pid, "start": owner.start, "where": owner.where, "kept": owner.kept})
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(note)


def _read_note(note: Path, now: float) -> tuple[_Owner | None, float]:
    """The owner (None: gone or no note of ours) and the note's age in seconds."""
    try:
        age = now - note.stat().st_mtime
        raw = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None, 0.0
    match cast("object", raw):
        case {"pid": int(pid), "start": str(start), "where": str(where), "kept": bool(kept)}:
            return _Owner(pid, start, where, kept), age
        case _:
            return None, age


def _remove(root: Path, note: Path) -> bool:
    """Remove a home and then its note; a home that resists (a survivor still writes) keeps it for the next collection."""
    for _ in range(3):
        shutil.rmtree(root, ignore_errors=True)
        if not root.exists():
            note.unlink(missing_ok=True)
            return True
    return False


def _discard_orphan(entry: Path, now: float) -> None:
    """A folder without a note is nobody's; an unfinished note is somebody's for as long as a write can take."""
    with contextlib.suppress(OSError):
        if entry.is_dir():
            if not entry.with_suffix(".owner").exists():
                shutil.rmtree(entry, ignore_errors=True)
        elif now - entry.stat().st_mtime > 3600.0:
            entry.unlink()


def _first_start(binary: Path, home: PlayHome, guard: Guard | None) -> None:
    """Start the app-server once, wait for the answer to initialize (an earlier EOF would lose it), and let it end."""
    environment = home.environment()
    with (home.scratch / "stderr").open("w+b") as stderr:
        server = subprocess.Popen(
            [str(binary), "app-server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            bufsize=0,
            cwd=home.cwd,
            env=guard.marked(environment) if guard else environment,
            start_new_session=True,
        )
        try:
            if guard:
                guard.register(server.pid)
            problem = _greet(server)
        finally:
            if server.returncode is None:  # not reaped: the number is its own, and who holds our pipe goes with it
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(server.pid, signal.SIGKILL)
            _hang_up(server)
            if guard:
                guard.unregister(server.pid)
        if not problem and server.returncode:
            problem = f"answered initialize and did not end well (exit code {server.returncode})"
        if problem:
            stderr.seek(0)
            tail = stderr.read()[-2000:].decode(errors="replace").strip()
            raise HomeError(f"{binary} app-server {problem.format(rc=server.returncode)}: {tail}")


def _greet(server: subprocess.Popen[bytes]) -> str:
    """Say hello, and goodbye after the answer; gives what did not happen, or nothing."""
    hello = {"id": 1, "method": "initialize", "params": {"clientInfo": {"name": "turnproof", "version": "1"}}}
    assert server.stdin is not None
    assert server.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        server.stdin.write(json.dumps(hello).encode() + b"\n")
    end = time.monotonic() + _FIRST_START_PATIENCE
    held = b""
    while (chunk := _read(server.stdout.fileno(), end)) is not None:
        if not chunk:
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(max(0.0, end - time.monotonic()))
            return "did not answer initialize (exit code {rc})"
        *lines, held = (held + chunk).split(b"\n")
        if any(map(_answers, lines)):
            break
    else:
        return f"did not answer initialize within {_FIRST_START_PATIENCE:g} s"
    server.stdin.close()
    # Whatever it started may hold its output open for ever; it has this long to write down what it keeps.
    end = time.monotonic() + _FAREWELL
    while chunk := _read(server.stdout.fileno(), end):
        pass
    if chunk is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(max(0.0, end - time.monotonic()))
    return ""


def _read(descriptor: int, end: float) -> bytes | None:
    """The next bytes (none at the end of the file), or None when the time has come."""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        ready = selector.select(max(0.0, end - time.monotonic()))
    return os.read(descriptor, 65536) if ready else None


def _answers(line: bytes) -> bool:
    try:
        message: Any = json.loads(line)
    except ValueError:
        return False
    return isinstance(message, dict) and cast("dict[str, Any]", message).get("id") == 1


def _hang_up(server: subprocess.Popen[bytes]) -> None:
    for pipe in (server.stdin, server.stdout):
        if pipe is not None:
            pipe.close()
    server.wait()
