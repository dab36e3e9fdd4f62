"""One child process with its three pipes, owned by us and followed by the event loop."""

from __future__ import annotations

import asyncio
import os
import signal as signals
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from turnproof.processes import resources
from turnproof.processes.exit_watch import ExitWatch, ExitWatchMode, exit_watch
from turnproof.processes.pipe_reader import PipeReader
from turnproof.processes.pipe_writer import PipeWriter, WriterState
from turnproof.processes.stderr_tail import StderrTail
from turnproof.supervisor import ProcessInfo, ProcessTable, chained, kill_strays, new_nonce, process_table, strays

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path
    from types import FrameType

    from turnproof.supervisor import Supervisor

END_OF_FILE_SECONDS = 1.0
"""How long an exit waits for the end of file on stdout. A descendant may hold the pipe for ever (D07)."""


class SpawnError(Exception):
    """The command could not be started; one line that names it and the reason."""


class StopError(Exception):
    """The child survived SIGKILL for the whole grace time; one line that names it."""


@dataclass(frozen=True, slots=True)
class ChildExit:
    """How a child ended. ``returncode`` as in subprocess: -9 is SIGKILL; 255 if somebody else reaped it."""

    pid: int
    returncode: int
    pipe_held: bool = False
    """A descendant kept stdout open for longer than a second after the exit; its output is no longer read."""

    def __str__(self) -> str:
        held = ", its stdout held open by a descendant" if self.pipe_held else ""
        if self.returncode >= 0:
            return f"exit code {self.returncode}{held}"
        try:
            return f"killed by {signals.Signals(-self.returncode).name}{held}"
        except ValueError:
            return f"killed by signal {-self.returncode}{held}"


@dataclass(frozen=True, slots=True)
class Stopped:
    """What it took to stop a child: nothing, end of file on stdin, SIGTERM, or SIGKILL."""

    how: Literal["already", "eof", "term", "kill"]
    exit: ChildExit


class Child:
    """A running child. Made by ``spawn``; lives in the event loop that was running then.

    Callbacks come from the loop, in order: any number of ``on_stdout`` and ``on_stderr``, then ``on_exit`` once, after
    the process was reaped *and* stdout is at its end (or ``pipe_held``). Nothing comes after ``on_exit``, and by then
    every descriptor is closed.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        name: str,
        nonce: str,
        supervisor: Supervisor | None,
        table: ProcessTable,
        on_exit: Callable[[ChildExit], None] | None,
    ) -> None:
        self.pid = process.pid
        self.name = name
        self.nonce = nonce
        """Carried by this child and its descendants only."""
        self.start_time = table.start_time(self.pid)
        self.exit: ChildExit | None = None
        self._process = process
        self._supervisor = supervisor
        self._table = table
        self._on_exit = on_exit
        self._returncode: int | None = None
        self._loop = asyncio.get_running_loop()
        self._finished: asyncio.Future[ChildExit] = self._loop.create_future()
        self._end_timer: asyncio.TimerHandle | None = None
        self._stdin: PipeWriter
        self._stdout: PipeReader
        self._stderr: PipeReader
        self._tail: StderrTail
        self._watch: ExitWatch

    @classmethod
    def spawn(
        cls,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: str | Path | None = None,
        supervisor: Supervisor | None = None,
        play: str | None = None,
        on_stdout: Callable[[bytes], None],
        on_stderr: Callable[[bytes], None] | None = None,
        on_exit: Callable[[ChildExit], None] | None = None,
        stderr_path: Path | None = None,
        watch: ExitWatchMode = "auto",
    ) -> Child:
        """Start ``command`` in a session of its own and register it with the supervisor before its first byte.

        ``environment`` is the whole environment; the nonces of the session, the play and the child are added. Raises
        SpawnError. Needs a running loop; blocks it for about a millisecond.
        """
        table = supervisor.table if supervisor else process_table()
        nonce = new_nonce()
        marked = supervisor.marked(environment, play) if supervisor else dict(environment)
        marked["TURNPROOF_CHILD"] = chained("TURNPROOF_CHILD", nonce)
        tail = StderrTail(stderr_path)
        try:
            process = _popen(command, cwd, marked)
        except BaseException:
            tail.close()
            raise
        if supervisor:
            supervisor.register(process.pid)
        try:
            child = cls(process, os.path.basename(command[0]), nonce, supervisor, table, on_exit)
            child._follow(on_stdout, on_stderr, tail, watch)
        except BaseException:  # out of descriptors, or no loop: nobody would ever look after it
            process.kill()
            process.wait()
            tail.close()
            raise
        return child

    def _follow(
        self,
        on_stdout: Callable[[bytes], None],
        on_stderr: Callable[[bytes], None] | None,
        tail: StderrTail,
        watch: ExitWatchMode,
    ) -> None:
        def take_stderr(chunk: bytes) -> None:
            tail.feed(chunk)
            if on_stderr:
                on_stderr(chunk)

        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        assert stdin
        assert stdout
        assert stderr
        self._tail = tail
        # The parts own their descriptors: a copy each, so that no file object closes a number that is not its own.
        self._stdin = PipeWriter(self._loop, os.dup(stdin.fileno()))
        self._stdout = PipeReader(self._loop, os.dup(stdout.fileno()), on_stdout, self._stdout_ended)
        self._stderr = PipeReader(self._loop, os.dup(stderr.fileno()), take_stderr, lambda: None)
        for file in (stdin, stdout, stderr):
            file.close()
        self._watch = exit_watch(self._loop, self.pid, self._reaped, watch)

    # -- talking ------------------------------------------------------------------------------------------------

    @property
    def stdin_state(self) -> WriterState:
        return self._stdin.state

    @property
    def queued(self) -> int:
        """Bytes that were accepted by ``write`` and are not in the pipe yet."""
        return self._stdin.queued

    def write(self, data: bytes) -> bool:
        """Send or queue ``data``. Never blocks, never raises; False if stdin is not open (``stdin_state`` says why)."""
        return self._stdin.write(data)

    async def drained(self, seconds: float) -> bool:
        """Wait at most ``seconds`` until everything is in the pipe.

        False: it is not. If the time ran out, stdin is dead from now on: ``torn`` (the child has half a line) or
        ``stalled``.
        """
        return await self._stdin.drained(seconds)

    def close_stdin(self) -> None:
        """End of file on the child's stdin, after what is queued."""
        self._stdin.close()

    # -- ending -------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """The process was not reaped yet (it may be a zombie)."""
        return self._returncode is None

    def signal(self, number: int) -> bool:
        """Send a signal to the child itself. False, and nothing sent, if it was reaped or its pid is another's."""
        if not self._still_ours():
            return False
        os.kill(self.pid, number)
        self._watch.hint()
        return True

    def signal_group(self, number: int) -> bool:
        """Send a signal to the child's process group; same rules as ``signal``."""
        if not self._still_ours():
            return False
        os.killpg(self.pid, number)
        self._watch.hint()
        return True

    def kill_tree(self) -> list[ProcessInfo]:
        """SIGKILL the child, its group and all its descendants, those in sessions of their own too; also after its exit.

        Blocks for some 20 milliseconds, at most a second. Returns what was killed.
        """
        found = {process.pid: process for process in self._family()}
        self.signal_group(signals.SIGKILL)
        for process in found.values():
            self._table.kill(process.pid, process.start_time)
        for process in kill_strays(self.nonce, table=self._table, quiet=0.01, limit=1.0):
            found.setdefault(process.pid, process)
        self._watch.hint()
        return [found[pid] for pid in sorted(found)]

    async def exited(self, seconds: float) -> ChildExit | None:
        """Wait at most ``seconds`` for the end; None if it has not come. Can be repeated."""
        if not self._finished.done():
            await asyncio.wait([self._finished], timeout=seconds)
        return self.exit

    async def stop(self, grace: float) -> Stopped:
        """End of file on stdin, then SIGTERM, then SIGKILL to the group, each with ``grace`` seconds to take effect.

        Descendants in other sessions are left alone: whether any survive is a finding. ``kill_tree`` ends them.
        Raises StopError after the last one.
        """
        if self.exit is not None:
            return Stopped("already", self.exit)
        self._stdin.close()
        if ended := await self.exited(grace):
            return Stopped("eof", ended)
        self.signal_group(signals.SIGTERM)
        if ended := await self.exited(grace):
            return Stopped("term", ended)
        self.signal_group(signals.SIGKILL)
        # The extra second is the bound on the end of file: a held pipe must not look like a survivor.
        if ended := await self.exited(grace + END_OF_FILE_SECONDS):
            return Stopped("kill", ended)
        raise StopError(f"{self.name} (pid {self.pid}) is alive {grace:g} s after SIGKILL: it hangs in the kernel")

    def _still_ours(self) -> bool:
        if self._returncode is not None:
            return False
        now = self._table.start_time(self.pid)
        return now is not None and now == self.start_time

    def _reaped(self, returncode: int) -> None:
        self._returncode = returncode
        self._process.returncode = returncode  # or Popen would wait for it again, at an unknown time
        if self._supervisor:
            self._supervisor.unregister(self.pid)
        if self._stdout.open:
            self._end_timer = self._loop.call_later(END_OF_FILE_SECONDS, self._give_up_on_the_end)
        else:
            self._finish(pipe_held=False)

    def _stdout_ended(self) -> None:
        self._watch.hint()
        if self._returncode is not None and self._end_timer is not None:
            self._finish(pipe_held=False)

    def _give_up_on_the_end(self) -> None:
        # When the loop itself was late, the end may be there by now: ``_stdout_ended`` then finishes from within.
        if not self._stdout.take_the_rest():
            self._finish(pipe_held=True)

    def _finish(self, *, pipe_held: bool) -> None:
        if self.exit is not None or self._returncode is None:
            return
        try:
            # Its last words are in the pipe already; they belong before the exit.
            self._stderr.take_the_rest()
        finally:  # a callback that raises must not leave a waiter hanging
            self.exit = ChildExit(self.pid, self._returncode, pipe_held)
            self._release()
            if not self._finished.done():
                self._finished.set_result(self.exit)
        if self._on_exit:
            self._on_exit(self.exit)

    def _release(self) -> None:
        if self._end_timer:
            self._end_timer.cancel()
        self._stdin.abort()
        self._stdout.close()
        self._stderr.close()
        self._watch.close()
        self._tail.close()

    # -- facts --------------------------------------------------------------------------------------------------

    def stderr_lines(self) -> list[bytes]:
        """The last 32 lines of stderr."""
        return self._tail.lines()

    @property
    def stderr_bytes(self) -> int:
        """How much came on stderr in all."""
        return self._tail.seen

    def rss(self) -> int | None:
        """Resident memory in bytes; None after the exit."""
        return resources.rss(self.pid) if self.running else None

    def open_fds(self) -> int | None:
        """Open descriptors of the child; None after the exit."""
        return resources.open_fds(self.pid) if self.running else None

    def tree(self) -> list[ProcessInfo]:
        """The child and its living descendants, wherever they hang; after its exit the ones it left behind."""
        return self._family()

    def _family(self) -> list[ProcessInfo]:
        roots: set[tuple[int, int]] = set()
        if self.running and self.start_time is not None:
            roots.add((self.pid, self.start_time))
        return strays(self.nonce, table=self._table, roots=frozenset(roots))


@contextmanager
def _mortal() -> Generator[None]:
    """A child inherits what we ignore: a shell without job control starts background jobs with SIGINT ignored, and nohup
    (a soak overnight) everything with SIGHUP. A server that is sent one of them must die of it.

    A handler of any kind becomes the default action in the child, so one stands there for the moment of the start.
    """
    ignored = [number for number in (signals.SIGINT, signals.SIGHUP) if signals.getsignal(number) is signals.SIG_IGN]
    if threading.current_thread() is not threading.main_thread():
        ignored = []  # only the main thread may set handlers
    try:
        for number in ignored:
            signals.signal(number, _take_no_notice)
        yield
    finally:
        for number in ignored:
            signals.signal(number, signals.SIG_IGN)


def _take_no_notice(_number: int, _frame: FrameType | None) -> None:
    """As ignored as before, for us."""


def _popen(command: Sequence[str], cwd: str | Path | None, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        with _mortal():
            return subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=cwd,
                env=environment,
                start_new_session=True,
            )
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and cwd is not None and not os.path.isdir(cwd):
            raise SpawnError(f"cannot start {command[0]}: no folder {cwd} to run it in") from error
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SpawnError(f"cannot start {command[0]}: {reason}") from error
