"""The harness's side of the supervisor process (``reaper.py``)."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from turnproof.supervisor.leases import Lease
from turnproof.supervisor.process_table import ProcessTable, process_table

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

_REAPER = Path(__file__).with_name("reaper.py")
_CLOSE_SECONDS = 5.0
_MOST_RESTARTS = 50


class SupervisorError(RuntimeError):
    """The supervisor process cannot be kept alive."""


class Supervisor:
    """One supervisor process for this session (for each xdist worker its own).

    When this process ends in whatever way, the supervisor kills every registered child with its process group, and
    everything that carries ``nonce`` in its environment. When the supervisor itself is killed, the next ``register``,
    ``alive`` or turn of an attached loop notices, starts another one and registers the children again. When both are
    killed at once, the lease file lets the next session's supervisor finish the work.
    """

    def __init__(self, nonce: str, table: ProcessTable, lease_folder: Path | None) -> None:
        self.nonce = nonce
        self.table = table
        self.restarts = 0
        self._lease_folder = lease_folder
        self._lease: Lease | None = None
        self._children: dict[int, int] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._lines = -1  # our end of its standard input
        self._life = -1  # our end of its standard output: at end of file it is dead
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def start(cls, *, nonce: str | None = None, mode: str = "auto", lease_folder: Path | None = None) -> Supervisor:
        """Start the process and return at once: what is registered before it runs waits in the pipe.

        ``mode`` is that of ``process_table``. ``lease_folder`` is usually a folder in the cache; None means no lease,
        and a folder that cannot be written means the same.
        """
        supervisor = cls(nonce or secrets.token_hex(8), process_table(mode), lease_folder)
        if lease_folder is not None:
            with suppress(OSError):
                supervisor._lease = Lease.take(str(lease_folder), supervisor.nonce, os.getpid(), supervisor.table)
        supervisor._spawn()
        return supervisor

    @property
    def pid(self) -> int | None:
        """Pid of the supervisor process; None after ``close``."""
        return self._process.pid if self._process else None

    def marked(self, environment: Mapping[str, str], play: str | None = None) -> dict[str, str]:
        """``environment`` with the nonces of this session and, if given, of one play: for every child of ours."""
        marks = {"TURNPROOF_NONCE": self.nonce, **({"TURNPROOF_PLAY": play} if play else {})}
        return {**environment, **{name: chained(name, nonce) for name, nonce in marks.items()}}

    def register(self, pid: int) -> None:
        """Name a child that was just started, before its first byte. A child that is gone already is not an error."""
        start_time = self.table.start_time(pid)
        if start_time is not None:
            self._children[pid] = start_time
            self._tell(f"+ {pid} {start_time}\n")

    def unregister(self, pid: int) -> None:
        """The child was reaped: its pid may be given to somebody else from now on."""
        if self._children.pop(pid, None) is not None:
            self._tell(f"- {pid}\n")

    def alive(self) -> bool:
        """Whether the supervisor process runs right now. Starts nothing; see ``ensure``."""
        return self._process is not None and self._process.poll() is None

    def ensure(self) -> None:
        """Start the supervisor process again if it was killed."""
        if self._process is not None and not self.alive():
            self._restart()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Notice the supervisor's death in this event loop at once. ``detach`` before the loop is closed."""
        self.detach()
        self._loop = loop
        if self._life >= 0:
            loop.add_reader(self._life, self._restart)

    def detach(self) -> None:
        if self._loop is not None and not self._loop.is_closed() and self._life >= 0:
            self._loop.remove_reader(self._life)
        self._loop = None

    def close(self) -> None:
        """End in order: the supervisor kills what is left of this session, and exits. Bounded; harmless when done twice."""
        if self._process is None:
            return
        self.ensure()
        self._tell("bye\n")
        self.detach()
        process = self._process
        self._process = None
        self._drop_pipes()
        try:
            process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_CLOSE_SECONDS)
        if self._lease:
            self._lease.release()

    def _tell(self, line: str) -> None:
        if self._process is None:
            return
        try:
            os.write(self._lines, line.encode())
        except OSError:
            # EPIPE: it was killed. EAGAIN: it was stopped, 64 KiB ago. Either way it protects nobody.
            self._restart()
            if line.startswith("bye"):
                with suppress(OSError):
                    os.write(self._lines, line.encode())

    def _restart(self) -> None:
        loop = self._loop
        self.detach()
        self._drop_pipes()
        if self._process is not None:
            self._process.kill()
            self._process.wait(_CLOSE_SECONDS)
        self._spawn()
        self.restarts += 1
        if self.restarts > _MOST_RESTARTS:
            raise SupervisorError(f"the supervisor process was killed {self.restarts} times in this session: giving up")
        try:
            for pid, start_time in self._children.items():
                os.write(self._lines, f"+ {pid} {start_time}\n".encode())
        except OSError as error:
            raise SupervisorError(
                f"the supervisor process ends as soon as it starts ({error.strerror}): {sys.executable} {_REAPER}"
            ) from error
        if loop is not None:
            self.attach(loop)

    def _spawn(self) -> None:
        # Both of our ends are close-on-exec: no child holds them open, so end of file means that we are gone.
        theirs_in, self._lines = os.pipe()
        self._life, theirs_out = os.pipe()
        os.set_blocking(self._lines, False)
        command = [sys.executable, "-I", "-S", str(_REAPER), str(os.getpid()), self.table.name, self.nonce]
        command += [str(self._lease_folder or ""), _psutil_folder() if self.table.name == "psutil" else ""]
        # It must not carry a nonce of ours or of a session around us: it ends by itself, after its work.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TURNPROOF_")}
        try:
            self._process = subprocess.Popen(
                command,
                stdin=theirs_in,
                stdout=theirs_out,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=environment,
                start_new_session=True,
            )
        finally:
            os.close(theirs_in)
            os.close(theirs_out)

    def _drop_pipes(self) -> None:
        for descriptor in (self._lines, self._life):
            if descriptor >= 0:
                os.close(descriptor)
        self._lines = self._life = -1


def new_nonce() -> str:
    """A fresh name for one play or one child."""
    return secrets.token_hex(8)


def chained(variable: str, nonce: str) -> str:
    """The value for ``variable`` in a child: our nonce behind those that we carry ourselves.

    A harness that runs inside a play of another harness belongs to both sessions, and so do its children.
    """
    outer = os.environ.get(variable)
    return f"{outer}+{nonce}" if outer else nonce


def _psutil_folder() -> str:
    import psutil

    return str(Path(psutil.__file__).parent.parent)
