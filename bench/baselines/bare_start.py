"""A server from its start to the answer to initialize, and a process that does nothing: CPU of the child, wall for us."""

import os
import subprocess
import time

from bench.sample import Sample

HELLO = b'{"id":1,"method":"initialize","params":{"clientInfo":{"name":"bare","version":"1"}}}\n'


def cpu_of(pid):
    # The CPU clock of another process, all its threads: see clock_getcpuclockid(3) of Linux.
    return time.clock_gettime((~pid << 3) | 2)


def start_to_answer(command, env, cwd):
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    begin = time.perf_counter()
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=null, bufsize=0, env=env, cwd=cwd) as process:
        process.stdin.write(HELLO)
        heard = b""
        while b'"id":1,' not in heard.replace(b" ", b""):
            if not (chunk := os.read(process.stdout.fileno(), 65536)):
                raise EOFError("no answer to initialize")
            heard += chunk
        sample = Sample(cpu_of(process.pid), time.perf_counter() - begin)
        process.stdin.close()
        process.wait(10)
    return sample


def whole_process(command):
    begin = time.perf_counter()
    _, status, usage = os.wait4(os.posix_spawn(command[0], command, os.environ), 0)
    if status:
        raise RuntimeError(f"{command[-1]} failed")
    return Sample(usage.ru_utime + usage.ru_stime, time.perf_counter() - begin)
