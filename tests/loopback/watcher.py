"""Runs a command and writes down where its process tree connects and sends to.

    watcher.py [--refuse] --log FILE -- COMMAND [ARGUMENT…]

With ``--refuse``, what would leave loopback is answered with ENETUNREACH (and written down); else every call goes on.

Linux only, without root and without strace: the command runs under a seccomp filter that hands connect, sendto,
sendmsg and sendmmsg to a tracer, which reads the destination from the caller's memory, writes one JSON line, and lets
the call go on. What each process is:

    wrapper ── fork, fork ──► tracer (own session, no parent in the tree, no environment, no pipes of the command)
       │ installs the filter      │ takes the filter's fd out of the wrapper by pidfd_getfd
       │ exec: *is* the command   │ loops until the last process under the filter has ended, then writes "end"

So pid, signals, exit code, stdin, stdout and stderr are the command's own. Should the tracer die, the kernel refuses
the watched calls with ENOSYS, and the log has no "end": a run is proven only by a log that has one for each "start".

Lines, each with ``root`` (pid of the wrapper); several runs may share one file::

    {"event": "start", "root", "argv"}
    {"event": "call", "root", "pid", "comm", "call", "class", …}
         class "loopback" | "outside" (family, address, port), "dns" (the same, or a resolver's socket by its path),
               "unix" (path), "kernel" (netlink), "unspec" (a disconnect), "other" (family),
               "unreadable" (the memory is closed to us: without root, kernel.yama.ptrace_scope 1 shuts off grandchildren),
               "blind" (io_uring, whose operations no filter sees; refused with ENOSYS)
    {"event": "end", "root"}

A sendto, sendmsg or sendmmsg without an address goes over a socket whose connect was seen; it is not written down.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import ipaddress
import json
import os
import platform
import select
import signal
import socket
import struct
import sys
from typing import Final, NoReturn

# <linux/seccomp.h>, <linux/audit.h>, <linux/filter.h>, <linux/prctl.h>, <asm/unistd.h>
_MACHINES: Final = {
    "x86_64": (0xC000003E, 317, {42: "connect", 44: "sendto", 46: "sendmsg", 307: "sendmmsg", 425: "io_uring_setup"}),
    "aarch64": (
        0xC00000B7,
        277,
        {203: "connect", 206: "sendto", 211: "sendmsg", 269: "sendmmsg", 425: "io_uring_setup"},
    ),
}
_PIDFD_GETFD: Final = 438
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_PTRACER: Final = 0x59616D61
_SET_MODE_FILTER: Final = 1
_NEW_LISTENER: Final = 1 << 3
_WAIT_KILLABLE_RECV: Final = 1 << 5
_RET_KILL_PROCESS: Final = 0x80000000
_RET_USER_NOTIF: Final = 0x7FC00000
_RET_ERRNO: Final = 0x00050000
_RET_ALLOW: Final = 0x7FFF0000
_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_IF_EQUAL: Final = 0x15
_IF_AT_LEAST: Final = 0x35
_RETURN: Final = 0x06
_NOTIF_RECV: Final = 0xC0502100
_NOTIF_SEND: Final = 0xC0182101
_NOTIF: Final = struct.Struct("=QIIiIQ6Q")  # id, pid, flags, nr, arch, ip, args
_ANSWER: Final = struct.Struct("=QqiI")  # id, val, error, flags
_CONTINUE: Final = 1

_RESOLVER_PORTS: Final = {53, 853, 5353, 5355}
_RESOLVER_SOCKETS: Final = ("/run/systemd/resolve/", "/var/run/avahi-daemon/", "/run/avahi-daemon/")

_LEAVING: Final = frozenset({"outside", "dns", "other", "unreadable"})

_libc: Final = ctypes.CDLL(None, use_errno=True)


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def main(arguments: list[str]) -> NoReturn:
    refuse = arguments[:1] == ["--refuse"]
    arguments = arguments[1:] if refuse else arguments
    if len(arguments) < 4 or arguments[0] != "--log" or arguments[2] != "--":
        sys.exit("usage: watcher.py [--refuse] --log FILE -- COMMAND [ARGUMENT…]")
    if platform.machine() not in _MACHINES:
        sys.exit(f"watcher.py: not on {platform.machine()}; known: {', '.join(_MACHINES)}")
    command = arguments[3:]
    log = os.open(arguments[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    _hand_over(log, command, refuse)
    os.close(log)
    # Python ignores SIGPIPE, and exec would pass that on.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as trouble:
        print(f"watcher.py: {command[0]}: {trouble.strerror}", file=sys.stderr)
        os._exit(127)


def _hand_over(log: int, command: list[str], refuse: bool) -> None:
    """Start the tracer, install the filter, and wait until the tracer holds its fd."""
    root = os.getpid()
    from_wrapper, to_tracer = os.pipe()
    from_tracer, to_wrapper = os.pipe()
    middle = os.fork()
    if middle == 0:
        # Twice forked: the tracer must not be a child of the command, which may wait for any child of its own.
        if os.fork() == 0:
            _become_tracer(root, log, from_wrapper, to_wrapper, refuse)
        os._exit(0)
    os.close(from_wrapper)
    os.close(to_wrapper)
    os.waitpid(middle, 0)
    tracer = int(os.read(from_tracer, 32) or sys.exit("watcher.py: the tracer did not start"))
    _libc.prctl(_PR_SET_PTRACER, tracer, 0, 0, 0)  # fails without Yama, where it is not needed
    _append(log, {"event": "start", "root": root, "argv": command})
    listener = _install_filter()
    os.write(to_tracer, b"%d\n" % listener)
    if os.read(from_tracer, 1) != b"!":
        sys.exit("watcher.py: the tracer could not take the filter's fd")
    for fd in (listener, to_tracer, from_tracer):
        os.close(fd)


def _install_filter() -> int:
    arch, seccomp, calls = _MACHINES[platform.machine()]
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    code = _program(arch, calls)
    program = _Filter(len(code) // 8, code)
    # WAIT_KILLABLE_RECV (5.19): without it a signal makes a notified call start over, and the log has it twice.
    for flags in (_NEW_LISTENER | _WAIT_KILLABLE_RECV, _NEW_LISTENER):
        listener = _libc.syscall(seccomp, _SET_MODE_FILTER, flags, ctypes.byref(program))
        if listener >= 0 or ctypes.get_errno() != errno.EINVAL:
            break
    return _checked(listener, "seccomp")


def _program(arch: int, calls: dict[int, str]) -> bytes:
    """The filter: a foreign architecture is killed, x32 refused, sendto without an address let through unseen."""
    plain = [number for number, name in calls.items() if name != "sendto"]
    sendto = next(number for number, name in calls.items() if name == "sendto")
    check_sendto = 5 + len(plain)
    notify, allow, refuse = check_sendto + 5, check_sendto + 6, check_sendto + 7
    steps: list[tuple[int, int, int, int]] = [  # code, steps to skip if true, if false, operand
        (_LOAD, 0, 0, 4),  # arch
        (_IF_EQUAL, 1, 0, arch),
        (_RETURN, 0, 0, _RET_KILL_PROCESS),
        (_LOAD, 0, 0, 0),  # nr
        (_IF_AT_LEAST, refuse - 5, 0, 0x40000000),
        *((_IF_EQUAL, notify - at - 1, 0, number) for at, number in enumerate(plain, start=5)),
        (_IF_EQUAL, 0, allow - check_sendto - 1, sendto),
        (_LOAD, 0, 0, 48),  # low half of the address, the fifth argument
        (_IF_EQUAL, 0, notify - check_sendto - 3, 0),
        (_LOAD, 0, 0, 52),  # high half
        (_IF_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, _RET_USER_NOTIF),
        (_RETURN, 0, 0, _RET_ALLOW),
        (_RETURN, 0, 0, _RET_ERRNO | errno.ENOSYS),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _become_tracer(root: int, log: int, from_wrapper: int, to_wrapper: int, refuse: bool) -> NoReturn:
    status = 1
    try:
        _leave_the_command(keep={log, from_wrapper, to_wrapper})
        os.write(to_wrapper, b"%d" % os.getpid())
        listener = _take_fd(root, int(os.read(from_wrapper, 32)))
        os.write(to_wrapper, b"!")
        os.close(to_wrapper)
        os.close(from_wrapper)
        _trace(root, listener, log, refused=_LEAVING if refuse else frozenset())
        _append(log, {"event": "end", "root": root})
        status = 0
    except BaseException as trouble:
        _append(log, {"event": "failure", "root": root, "text": repr(trouble)})
    finally:
        os._exit(status)


def _leave_the_command(keep: set[int]) -> None:
    """Hold nothing of the command's: no terminal, no pipe whose EOF somebody waits for, no environment to be found by."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    for fd in (int(name) for name in os.listdir("/proc/self/fd")):
        if fd not in keep:
            try:
                os.close(fd)
            except OSError:
                continue  # the listing's own
    with open("/proc/self/stat", "rb") as stat:
        fields = stat.read().rsplit(b")", 1)[1].split()
    start, end = int(fields[47]), int(fields[48])  # env_start, env_end
    if 0 < start < end:
        ctypes.memset(start, 0, end - start)


def _take_fd(pid: int, fd: int) -> int:
    pidfd = os.pidfd_open(pid)
    try:
        return _checked(_libc.syscall(_PIDFD_GETFD, pidfd, fd, 0), "pidfd_getfd")
    finally:
        os.close(pidfd)


def _trace(root: int, listener: int, log: int, refused: frozenset[str]) -> None:
    calls = _MACHINES[platform.machine()][2]
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while True:
        if any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll()):
            return  # nobody is left under the filter
        notice = bytearray(_NOTIF.size)
        try:
            fcntl.ioctl(listener, _NOTIF_RECV, notice)
        except OSError as trouble:
            if trouble.errno in (errno.ENOENT, errno.EINTR):
                continue  # the caller was killed meanwhile
            raise
        ident, pid, _, number, _, _, *arguments = _NOTIF.unpack(notice)
        refusal = 0
        for found in _destinations(pid, calls[number], arguments):
            _append(
                log, {"event": "call", "root": root, "pid": pid, "comm": _name(pid), "call": calls[number], **found}
            )
            if found["class"] == "blind":
                refusal = -errno.ENOSYS
            elif found["class"] in refused:
                refusal = -errno.ENETUNREACH
        answer = bytearray(_ANSWER.pack(ident, 0, refusal, 0 if refusal else _CONTINUE))
        try:
            fcntl.ioctl(listener, _NOTIF_SEND, answer)
        except OSError as trouble:
            if trouble.errno != errno.ENOENT:
                raise


def _destinations(pid: int, call: str, arguments: list[int]) -> list[dict[str, object]]:
    if call == "io_uring_setup":
        return [{"class": "blind"}]
    try:
        memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as trouble:
        return [] if trouble.errno == errno.ENOENT else [{"class": "unreadable", "reason": trouble.strerror}]
    try:
        places = _address_places(memory, call, arguments)
        return [classify(os.pread(memory, length, place)) for place, length in places if place and length]
    except OSError as trouble:
        # The kernel will say EFAULT to the caller as well, unless the memory is only closed to us.
        return [{"class": "unreadable", "reason": trouble.strerror}]
    finally:
        os.close(memory)


def _address_places(memory: int, call: str, arguments: list[int]) -> list[tuple[int, int]]:
    """Where the addresses lie: (place, length) each; sockaddr_storage is 128 bytes."""
    if call == "connect":
        return [(arguments[1], min(arguments[2] & 0xFFFFFFFF, 128))]
    if call == "sendto":
        return [(arguments[4], min(arguments[5] & 0xFFFFFFFF, 128))]
    count = 1 if call == "sendmsg" else min(arguments[2] & 0xFFFFFFFF, 1024)
    raw = os.pread(memory, 64 * (count - 1) + 12, arguments[1])  # a mmsghdr is 64 bytes long
    found = (struct.unpack_from("=QI", raw, 64 * place) for place in range(count))
    return [(place, min(length, 128)) for place, length in found]


def classify(raw: bytes) -> dict[str, object]:
    """What a sockaddr names, as the fields of a log line."""
    if len(raw) < 2:
        return {"class": "unspec"}
    (family,) = struct.unpack_from("=H", raw)
    if family == socket.AF_UNIX:
        path = raw[2:].removesuffix(b"\0") if raw[2:3] == b"\0" else raw[2:].split(b"\0")[0]
        text = path.decode(errors="backslashreplace").replace("\0", "@")
        return {"class": "dns" if text.startswith(_RESOLVER_SOCKETS) else "unix", "path": text}
    if family == socket.AF_INET and len(raw) >= 8:
        address = ipaddress.ip_address(raw[4:8])
    elif family == socket.AF_INET6 and len(raw) >= 24:
        address = ipaddress.IPv6Address(raw[8:24])
        address = address.ipv4_mapped or address
    elif family == socket.AF_NETLINK:
        return {"class": "kernel"}
    else:
        return {"class": "unspec"} if family == socket.AF_UNSPEC else {"class": "other", "family": family}
    port = int.from_bytes(raw[2:4], "big")
    # The unspecified address is this host's loopback on Linux. A stub resolver listens on loopback, and asks outside.
    kind = "loopback" if address.is_loopback or address.is_unspecified else "outside"
    name = "inet" if family == socket.AF_INET else "inet6"
    return {
        "class": "dns" if port in _RESOLVER_PORTS else kind,
        "family": name,
        "address": str(address),
        "port": port,
    }


def _name(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="backslashreplace") as comm:
            return comm.read().strip()
    except OSError:
        return ""


def _append(log: int, line: dict[str, object]) -> None:
    os.write(log, json.dumps(line).encode() + b"\n")


def _checked(result: int, what: str) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


if __name__ == "__main__":
    main(sys.argv[1:])
