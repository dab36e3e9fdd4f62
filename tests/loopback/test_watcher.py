"""The watcher sees what it must, and is not noticed otherwise."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

WATCHER = Path(__file__).with_name("watcher.py")
BUDGET = 20.0  # seconds

Event = dict[str, object]


def seccomp_notifies() -> bool:
    """SECCOMP_GET_ACTION_AVAIL of SECCOMP_RET_USER_NOTIF."""
    number = {"x86_64": 317, "aarch64": 277}.get(platform.machine())
    if sys.platform != "linux" or number is None:
        return False
    action = ctypes.c_uint32(0x7FC00000)
    return ctypes.CDLL(None).syscall(number, 2, 0, ctypes.byref(action)) == 0


pytestmark = pytest.mark.skipif(not seccomp_notifies(), reason="needs seccomp user notification (Linux 5.9)")


class Watched:
    """A command under the watcher. The log is a pipe by name: its end is the end of the whole tree."""

    def __init__(
        self, folder: Path, *command: str, env: dict[str, str] | None = None, watcher_options: tuple[str, ...] = ()
    ) -> None:
        fifo = folder / f"log{len(list(folder.iterdir()))}"
        os.mkfifo(fifo)
        self._log = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        pipe = subprocess.PIPE
        arguments = [sys.executable, str(WATCHER), *watcher_options, "--log", str(fifo), "--", *command]
        self.process = subprocess.Popen(arguments, stdin=pipe, stdout=pipe, stderr=pipe, env=env)

    def end(self, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
        out, err = self.process.communicate(stdin, timeout=BUDGET)
        return self.process.returncode, out, err

    def events(self) -> list[Event]:
        """Everything that was written down, once the last process of the tree is gone."""
        raw = b""
        deadline = time.monotonic() + BUDGET
        while left := max(0.0, deadline - time.monotonic()):
            ready, _, _ = select.select([self._log], [], [], left)
            assert ready, "the tracer did not end"
            chunk = os.read(self._log, 65536)
            if not chunk:
                break
            raw += chunk
        os.close(self._log)
        events: list[Event] = [json.loads(line) for line in raw.splitlines()]
        assert [events[0]["event"], events[-1]["event"]] == ["start", "end"]
        assert {event["root"] for event in events} == {self.process.pid}
        return events[1:-1]


def watch(
    folder: Path, script: str, env: dict[str, str] | None = None, watcher_options: tuple[str, ...] = ()
) -> list[Event]:
    """What a Python script does on the network."""
    command = (sys.executable, "-I", "-S", "-c", script)
    watched = Watched(folder, *command, env=env, watcher_options=watcher_options)
    code, out, err = watched.end()
    assert code == 0, (out, err)
    return watched.events()


def calls(events: list[Event]) -> list[tuple[object, ...]]:
    return [(event["call"], event["class"], event.get("address", event.get("path"))) for event in events]


CONNECT = """
import socket
def go(family, address, kind=socket.SOCK_DGRAM):
    with socket.socket(family, kind) as s:
        try: s.connect(address)
        except OSError: pass
"""


def test_a_connect_to_the_outside_is_seen(tmp_path: Path) -> None:
    script = CONNECT + "go(socket.AF_INET, ('192.0.2.1', 9)); go(socket.AF_INET6, ('2001:db8::1', 9))"
    (four, six) = watch(tmp_path, script)
    assert (four["call"], four["class"], four["family"], four["address"], four["port"]) == (
        "connect",
        "outside",
        "inet",
        "192.0.2.1",
        9,
    )
    assert (six["class"], six["family"], six["address"], six["port"]) == ("outside", "inet6", "2001:db8::1", 9)
    assert str(four["comm"]).startswith("python")


def test_a_child_and_a_grandchild_of_its_own_session_are_seen(tmp_path: Path) -> None:
    script = CONNECT + (
        "import os\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    go(socket.AF_INET, ('192.0.2.1', 1))\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        go(socket.AF_INET6, ('2001:db8::2', 2))\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
    )
    events = watch(tmp_path, script)
    assert calls(events) == [("connect", "outside", "192.0.2.1"), ("connect", "outside", "2001:db8::2")]
    assert len({event["pid"] for event in events}) == 2


def test_refused_calls_fail_and_the_rest_goes_on(tmp_path: Path) -> None:
    script = (
        "import errno, socket\n"
        "kind = socket.SOCK_DGRAM\n"
        "assert socket.socket(type=kind).connect_ex(('192.0.2.1', 9)) == errno.ENETUNREACH\n"
        "assert socket.socket(type=kind).connect_ex(('127.0.0.53', 53)) == errno.ENETUNREACH\n"
        "assert socket.socket(type=kind).connect_ex(('127.0.0.1', 9)) == 0\n"
        "a, b = socket.socketpair(); a.send(b'x'); assert b.recv(1) == b'x'\n"
    )
    events = watch(tmp_path, script, watcher_options=("--refuse",))
    assert [event["class"] for event in events] == ["outside", "dns", "loopback"]


def test_a_thread_of_a_program_run_by_exec_is_seen(tmp_path: Path) -> None:
    inner = CONNECT + (
        "import threading\n"
        "t = threading.Thread(target=go, args=(socket.AF_INET, ('192.0.2.1', 9))); t.start(); t.join()"
    )
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-I', '-S', '-c', {inner!r}], check=True)"
    assert calls(watch(tmp_path, script)) == [("connect", "outside", "192.0.2.1")]


def test_a_name_lookup_is_seen(tmp_path: Path) -> None:
    script = "import socket\ntry: socket.getaddrinfo('no-such-host.invalid', 443)\nexcept socket.gaierror: pass"
    environment = {**os.environ, "RES_OPTIONS": "timeout:1 attempts:1"}
    events = watch(tmp_path, script, env=environment)
    assert "dns" in [event["class"] for event in events]


def test_a_resolver_on_loopback_is_not_taken_for_loopback(tmp_path: Path) -> None:
    script = (
        CONNECT
        + "go(socket.AF_INET, ('127.0.0.53', 53)); go(socket.AF_UNIX, '/run/systemd/resolve/io.systemd.Resolve')"
    )
    assert [event["class"] for event in watch(tmp_path, script)] == ["dns", "dns"]


def test_loopback_and_unix_are_classed_apart(tmp_path: Path) -> None:
    script = CONNECT + (
        "go(socket.AF_INET, ('127.0.0.1', 9)); go(socket.AF_INET, ('127.8.9.1', 9)); go(socket.AF_INET6, ('::1', 9))\n"
        "go(socket.AF_INET6, ('::ffff:127.0.0.1', 9)); go(socket.AF_INET6, ('::ffff:192.0.2.1', 9))\n"
        "go(socket.AF_INET, ('0.0.0.0', 9))\n"
        "go(socket.AF_UNIX, '/nowhere/sock'); go(socket.AF_UNIX, '\\0hidden')\n"
    )
    assert calls(watch(tmp_path, script)) == [
        ("connect", "loopback", "127.0.0.1"),
        ("connect", "loopback", "127.8.9.1"),
        ("connect", "loopback", "::1"),
        ("connect", "loopback", "127.0.0.1"),
        ("connect", "outside", "192.0.2.1"),
        ("connect", "loopback", "0.0.0.0"),
        ("connect", "unix", "/nowhere/sock"),
        ("connect", "unix", "@hidden"),
    ]


SENDMMSG = """
import ctypes, socket, struct
libc = ctypes.CDLL(None)
def address(ip, port): return struct.pack('=H', socket.AF_INET) + struct.pack('!H', port) + socket.inet_aton(ip) + bytes(8)
places = [ctypes.create_string_buffer(address(ip, 9), 16) for ip in ('127.0.0.1', '192.0.2.7')]
heads = b''.join(struct.pack('=QI4xQQQQi4xI4x', ctypes.addressof(p), 16, 0, 0, 0, 0, 0, 0) for p in places)
heads += struct.pack('=QI4xQQQQi4xI4x', 0, 0, 0, 0, 0, 0, 0, 0)
block = ctypes.create_string_buffer(heads, len(heads))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: libc.sendmmsg(s.fileno(), block, 3, 0)
"""


def test_datagrams_are_seen_whichever_call_sends_them(tmp_path: Path) -> None:
    script = SENDMMSG + (
        "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "for how in (lambda: u.sendto(b'x', ('192.0.2.5', 9)), lambda: u.sendmsg([b'x'], [], 0, ('192.0.2.6', 9))):\n"
        "    try: how()\n"
        "    except OSError: pass\n"
    )
    assert calls(watch(tmp_path, script)) == [
        ("sendmmsg", "loopback", "127.0.0.1"),
        ("sendmmsg", "outside", "192.0.2.7"),
        ("sendto", "outside", "192.0.2.5"),
        ("sendmsg", "outside", "192.0.2.6"),
    ]


def test_what_goes_over_a_connected_socket_is_not_repeated(tmp_path: Path) -> None:
    script = (
        "import socket\n"
        "a, b = socket.socketpair(); a.send(b'x'); a.sendmsg([b'y']); assert b.recv(9) == b'xy'\n"
        "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.connect(('127.0.0.1', 9)); u.send(b'x')\n"
    )
    assert calls(watch(tmp_path, script)) == [("connect", "loopback", "127.0.0.1")]


def test_calls_keep_their_results(tmp_path: Path) -> None:
    script = (
        "import socket, errno\n"
        "l = socket.create_server(('127.0.0.1', 0)); c = socket.create_connection(l.getsockname())\n"
        "s, _ = l.accept(); c.sendall(b'hello'); assert s.recv(9) == b'hello'\n"
        "p = l.getsockname(); l.close(); s.close()\n"
        "assert socket.socket().connect_ex(p) == errno.ECONNREFUSED\n"
        "import ctypes; libc = ctypes.CDLL(None, use_errno=True)\n"
        "assert libc.connect(c.fileno(), 1, 16) == -1 and ctypes.get_errno() == errno.EFAULT\n"
    )
    assert [event["class"] for event in watch(tmp_path, script)] == ["loopback", "loopback", "unreadable"]


def test_io_uring_is_refused_and_written_down(tmp_path: Path) -> None:
    script = (
        "import ctypes, errno; libc = ctypes.CDLL(None, use_errno=True)\n"
        "assert libc.syscall(425, 1, 0) == -1 and ctypes.get_errno() == errno.ENOSYS\n"
    )
    assert [event["class"] for event in watch(tmp_path, script)] == ["blind"]


def test_streams_pid_and_exit_code_are_the_commands_own(tmp_path: Path) -> None:
    script = (
        "import os, sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(data)\n"
        "print(os.getpid(), file=sys.stderr); sys.exit(7)"
    )
    watched = Watched(tmp_path, sys.executable, "-c", script)
    data = bytes(range(256)) * 8192
    code, out, err = watched.end(data)
    assert (code, out, int(err)) == (7, data, watched.process.pid)
    assert watched.events() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_signal_ends_the_command_and_then_the_tracer(tmp_path: Path, number: signal.Signals) -> None:
    watched = Watched(tmp_path, "sh", "-c", "echo up; exec sleep 600")
    assert watched.process.stdout is not None
    assert watched.process.stdout.readline() == b"up\n"
    watched.process.send_signal(number)
    assert watched.end()[0] == -number
    assert watched.events() == []


def test_the_command_inherits_plain_signals(tmp_path: Path) -> None:
    watched = Watched(tmp_path, "cat", "/proc/self/status")
    ignored = re.search(r"^SigIgn:\t([0-9a-f]+)$", watched.end()[1].decode(), re.MULTILINE)
    assert ignored
    # Signals 32 and 33 are the C library's own; some Python versions start children with them ignored. Under nohup we ignore one.
    ours = sum(1 << number - 1 for number in (1, 2, 15) if signal.getsignal(number) is signal.SIG_IGN)
    assert int(ignored[1], 16) & 0x7FFFFFFF == ours
    watched.events()


def test_the_tracer_is_not_found_by_family_pipes_or_environment(tmp_path: Path) -> None:
    nonce = os.urandom(8).hex()
    watched = Watched(tmp_path, "sh", "-c", "echo up; read line", env={**os.environ, "NONCE": nonce})
    assert watched.process.stdout is not None
    assert watched.process.stdout.readline() == b"up\n"
    with_nonce: list[int] = []
    tracers: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment, arguments = (folder / "environ").read_bytes(), (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if nonce.encode() in environment:
            with_nonce.append(int(folder.name))
        if str(tmp_path).encode() in arguments and str(WATCHER).encode() in arguments:
            tracers.append(int(folder.name))
    assert with_nonce == [watched.process.pid]
    (tracer,) = tracers
    status = Path(f"/proc/{tracer}/stat").read_text().rsplit(")", 1)[1].split()
    parent, session = int(status[1]), int(status[3])
    assert parent not in (watched.process.pid, os.getpid())
    assert session == tracer
    targets = {os.readlink(link) for link in Path(f"/proc/{tracer}/fd").iterdir()}
    assert not any(target.startswith(("pipe:", "/dev/pts", "socket:")) for target in targets)
    assert watched.end(b"go\n")[0] == 0
    watched.events()


def test_a_command_that_is_missing_says_so(tmp_path: Path) -> None:
    watched = Watched(tmp_path, "/no/such/command")
    code, _, err = watched.end()
    assert (code, err) == (127, b"watcher.py: /no/such/command: No such file or directory\n")
    watched.events()


def test_a_wrong_command_line_is_refused() -> None:
    done = subprocess.run([sys.executable, str(WATCHER), "true"], capture_output=True, check=False, timeout=BUDGET)
    assert done.returncode == 1
    assert done.stderr.startswith(b"usage: ")


def test_without_its_tracer_nothing_passes_unseen(tmp_path: Path) -> None:
    script = CONNECT + (
        "import sys\nprint('up', flush=True); sys.stdin.readline()\n"
        "s = socket.socket(); import errno; assert s.connect_ex(('127.0.0.1', 9)) == errno.ENOSYS"
    )
    watched = Watched(tmp_path, sys.executable, "-c", script)
    assert watched.process.stdout is not None
    assert watched.process.stdout.readline() == b"up\n"
    (tracer,) = [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if int(folder.name) != watched.process.pid and _mentions(folder, str(tmp_path))
    ]
    os.kill(tracer, signal.SIGKILL)
    while _mentions(Path(f"/proc/{tracer}"), str(tmp_path)):
        os.sched_yield()
    assert watched.end(b"\n")[0] == 0
    with pytest.raises(AssertionError, match="end"):
        watched.events()


def _mentions(folder: Path, text: str) -> bool:
    try:
        return text.encode() in (folder / "cmdline").read_bytes()
    except OSError:
        return False
