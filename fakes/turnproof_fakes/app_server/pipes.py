"""The engine as a process on pipes: all clocks, file descriptors and signals are here.

One loop: wait for input, room on stdout, the control socket or the engine's next deadline; feed the engine; save the disk; send
reports; write. Standard output never blocks the loop: the real server goes on reading while its reader sleeps, and a fake that
did not would deadlock clients the real one serves.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time

from turnproof_fakes.app_server.framing import Lines
from turnproof_fakes.app_server.intake import in_turn
from turnproof_fakes.app_server.outputs import Exit, Kill, Report, Send, SendRaw, Stderr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from turnproof_fakes.app_server.disk import Disk
    from turnproof_fakes.app_server.outputs import Out

    Json = dict[str, Any]

    class Server(Protocol):
        """What an engine, healthy or faulty, offers."""

        @property
        def places(self) -> int: ...
        def receive_line(self, line: bytes, now: float, *, crowded: bool = False) -> list[Out]: ...
        def tick(self, now: float) -> list[Out]: ...
        def next_deadline(self) -> float | None: ...
        def release(self, gate: str, now: float) -> list[Out]: ...
        def end_of_input(self, now: float) -> list[Out]: ...


_CHUNK = 1 << 18
_LOG_LIMIT = 4000  # within PIPE_BUF, so that a log line is written whole or not at all
_FAREWELL = 1.0  # seconds for the reader to take what was said before an exit
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def line_of(message: Json) -> bytes:
    """A message as the line that the real server writes: no blanks, nothing escaped that need not be."""
    return _encode(message).encode("utf-8", "surrogatepass") + b"\n"


class Outbox:
    """Bytes for a non-blocking descriptor."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.broken = False
        self._waiting: list[bytes] = []

    @property
    def empty(self) -> bool:
        """Nothing left to write."""
        return not self._waiting

    def put(self, data: bytes) -> None:
        """Queue some bytes; they are lost if the reader is gone."""
        if not self.broken:
            self._waiting.append(data)

    def flush(self) -> bool:
        """Write what goes without waiting; False when the reader is gone."""
        while self._waiting:
            data = self._waiting[0] if len(self._waiting) == 1 else b"".join(self._waiting)
            try:
                written = os.write(self.fd, data)
            except BlockingIOError:
                self._waiting = [data]
                return True
            except OSError:
                self._waiting = []
                self.broken = True
                return False
            self._waiting = [data[written:]] if written < len(data) else []
        return True

    def drain(self, seconds: float) -> None:
        """Write all of it, for at most so long."""
        end = time.monotonic() + seconds
        while self.flush() and not self.empty and (left := end - time.monotonic()) > 0:
            poller = select.poll()
            poller.register(self.fd, select.POLLOUT)
            poller.poll(int(left * 1000) + 1)


class Control:
    """The line to the test: reports out, releases in."""

    def __init__(self, path: str) -> None:
        import socket

        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._socket.setblocking(False)
        self.fd = self._socket.fileno()
        self.outbox = Outbox(self.fd)
        self._lines = Lines()

    def report(self, event: Json) -> None:
        """Queue one event."""
        self.outbox.put(line_of(event))

    def receive(self) -> list[Json] | None:
        """Commands that came in; None when the test hung up."""
        try:
            chunk = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return []
        except OSError:
            return None
        return [json.loads(line) for line in self._lines.feed(chunk) if line] if chunk else None


class _Terminated(Exception):
    """SIGTERM came."""


class Wakeups:
    """A pipe that a signal makes readable. One that comes right before poll() would not end that by itself: the signal's
    handler runs only when poll() is over."""

    def __init__(self) -> None:
        self.fd, self._end = os.pipe()
        os.set_blocking(self._end, False)
        signal.set_wakeup_fd(self._end, warn_on_full_buffer=False)

    def close(self) -> None:
        """Let signals be."""
        signal.set_wakeup_fd(-1)
        os.close(self.fd)
        os.close(self._end)


class PipeShell:
    """Runs one server on stdin and stdout until it exits; `run` returns the exit code."""

    def __init__(self, server: Server, disk: Disk, control: str | None, clock: Callable[[], float]) -> None:
        self._server = server
        self._disk = disk
        self._clock = clock
        self._stdout = Outbox(1)
        self._lines = Lines()
        self._control = Control(control) if control else None
        self._code: int | None = None
        self._complained = False
        self._terminated = False

    def run(self) -> int:
        """Serve until there is an exit code."""
        was_blocking = os.get_blocking(1)
        os.set_blocking(1, False)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        wakeups = Wakeups()
        signal.signal(signal.SIGTERM, self._terminate)
        try:
            while self._code is None:
                self._round(wakeups.fd)
        except _Terminated:
            # The real server leaves with code 0 and without a word, but its turns end in their history (seen on 0.163.0).
            self._server.end_of_input(self._clock())
            self._disk.save()
            return 0
        finally:
            wakeups.close()
            os.set_blocking(1, was_blocking)
        return self._code

    def _terminate(self, _number: int, _frame: object) -> None:
        """SIGTERM. The engine is never left in mid-work: what goes on is done first, and waiting ends at once."""
        self._terminated = True

    def _round(self, wakeup: int) -> None:
        ready = self._wait(wakeup)
        control = self._control
        if control is not None and control.fd in ready:
            self._take_commands(control)
        if 0 in ready:
            self._take_input()
        deadline = self._server.next_deadline()
        if deadline is not None and self._code is None and deadline <= self._clock():
            self._do(self._server.tick(self._clock()))
        self._write()

    def _wait(self, wakeup: int) -> set[int]:
        poller = select.poll()
        poller.register(wakeup, select.POLLIN)
        poller.register(0, select.POLLIN)
        if not self._stdout.empty:
            poller.register(1, select.POLLOUT)
        if self._control is not None:
            poller.register(self._control.fd, select.POLLIN | (0 if self._control.outbox.empty else select.POLLOUT))
        deadline = self._server.next_deadline()
        timeout = None if deadline is None else max(0.0, deadline - self._clock()) * 1000
        ready = {fd for fd, _events in poller.poll(timeout)}
        if self._terminated:
            raise _Terminated
        return ready

    def _take_commands(self, control: Control) -> None:
        commands = control.receive()
        if commands is None:
            self._control = None
            return
        for command in commands:
            if "release" in command:
                self._do(self._server.release(command["release"], self._clock()))

    def _take_input(self) -> None:
        try:
            chunk = os.read(0, _CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._end_of_input()
            return
        for line, crowded in in_turn(self._lines.feed(chunk), self._server.places):
            self._do(self._server.receive_line(line, self._clock(), crowded=crowded))
            if self._code is not None:
                return
        if self._input_is_over():
            # Answers that would still have to be written when the input ends are lost (seen on every version).
            self._stdout = Outbox(1)
            self._end_of_input()

    def _input_is_over(self) -> bool:
        poller = select.poll()
        poller.register(0, select.POLLIN)
        events = dict(poller.poll(0)).get(0, 0)
        return bool(events & select.POLLHUP) and not events & select.POLLIN

    def _end_of_input(self) -> None:
        rest = self._lines.rest()
        if rest:
            # An unfinished line is read, but its answer comes too late: only a complaint about it is heard.
            out = self._server.receive_line(rest, self._clock())
            self._do([item for item in out if isinstance(item, Stderr)])
        self._do(self._server.end_of_input(self._clock()))
        self._code = 0 if self._code is None else self._code

    def _do(self, out: list[Out]) -> None:
        for item in out:
            if isinstance(item, Send):
                self._stdout.put(line_of(item.message))
            elif isinstance(item, SendRaw):
                self._stdout.put(item.data.encode("utf-8", "surrogatepass") + b"\n")
            elif isinstance(item, Report):
                if self._control is not None:
                    self._control.report(item.event)
            elif isinstance(item, Stderr):
                _log(item.text)
            elif isinstance(item, Exit):
                self._code = item.code
                return
            else:
                self._die(item)

    def _die(self, kill: Kill) -> None:
        """Everything said before is delivered, then nothing more."""
        self._disk.save()
        if self._control is not None:
            self._control.outbox.drain(_FAREWELL)
        self._stdout.drain(_FAREWELL)
        if kill.signal in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(kill.signal, signal.SIG_DFL)  # the two that Python ignores
        if kill.signal == signal.SIGTERM:
            raise _Terminated  # which we take ourselves
        os.kill(os.getpid(), kill.signal)
        while True:
            signal.pause()

    def _write(self) -> None:
        self._disk.save()
        if self._control is not None:
            self._control.outbox.flush()
        if not self._stdout.flush() and not self._complained:
            self._complained = True
            _log("ERROR codex_app_server_transport::transport::stdio: Failed to write to stdout: Broken pipe")
        if self._code is not None:
            if self._control is not None:
                self._control.outbox.drain(_FAREWELL)
            self._stdout.drain(_FAREWELL)


def _log(text: str) -> None:
    """One line on stderr, dropped rather than waited for."""
    poller = select.poll()
    poller.register(2, select.POLLOUT)
    if any(events & select.POLLOUT for _fd, events in poller.poll(0)):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        data = f"{stamp}Z {text}".encode("utf-8", "replace")[:_LOG_LIMIT] + b"\n"
        try:
            os.write(2, data)
        except OSError:
            return
