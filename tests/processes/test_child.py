"""One child, its pipes, and how it ends."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from turnproof.processes import ChildExit, SpawnError
from turnproof.supervisor import new_nonce, strays

if TYPE_CHECKING:
    from pathlib import Path

Spawn = Any
Until = Any
PYTHON = (sys.executable, "-I", "-S", "-c")
BOTH_WATCHES = pytest.mark.parametrize("watch", ["pidfd", "poll"])


@BOTH_WATCHES
def test_what_goes_in_comes_out_and_end_of_file_ends_it(spawn: Spawn, watch: str) -> None:
    async def play() -> None:
        seen = spawn("cat", watch=watch)
        assert seen.child.write(b"one\n")
        await seen.says(b"one\n")
        stopped = await seen.child.stop(20)
        assert (stopped.how, stopped.exit.returncode) == ("eof", 0)
        assert (await seen.child.stop(1)).how == "already"

    asyncio.run(play())


@BOTH_WATCHES
def test_the_exit_comes_last(spawn: Spawn, watch: str) -> None:
    async def play() -> None:
        program = (
            "import os, sys; sys.stdout.write('x' * (1 << 20)); sys.stdout.flush(); os.write(2, b'bye'); os._exit(3)"
        )
        seen = spawn(*PYTHON, program, watch=watch)
        ended = await seen.child.exited(20)
        assert ended == ChildExit(seen.child.pid, 3)
        assert seen.events[-1] == ended
        assert seen.out == b"x" * (1 << 20)
        assert b"".join(seen.errors) == b"bye"

    asyncio.run(play())


@BOTH_WATCHES
def test_output_of_a_short_lived_grandchild_comes_before_the_exit(spawn: Spawn, watch: str) -> None:
    async def play() -> None:
        seen = spawn("sh", "-c", "(sleep 0.1; echo late) & exit 0", watch=watch)
        ended = await seen.child.exited(20)
        assert seen.events == [b"late\n", ended]
        assert not ended.pipe_held

    asyncio.run(play())


@BOTH_WATCHES
def test_a_grandchild_that_holds_stdout_delays_the_exit_by_a_bound(spawn: Spawn, watch: str) -> None:
    async def play() -> None:
        seen = spawn("sh", "-c", "sleep 300 & echo done; exit 5", watch=watch)
        ended = await seen.child.exited(20)
        assert ended == ChildExit(seen.child.pid, 5, pipe_held=True)
        assert seen.events == [b"done\n", ended]
        assert [process.cmdline for process in seen.child.tree()] == [("sleep", "300")]
        assert [process.cmdline for process in seen.child.kill_tree()] == [("sleep", "300")]
        assert seen.child.tree() == []

    asyncio.run(play())


@BOTH_WATCHES
@pytest.mark.parametrize(
    ("script", "returncode", "text"),
    [
        ("exit 0", 0, "exit code 0"),
        ("exit 7", 7, "exit code 7"),
        ("exit 255", 255, "exit code 255"),
        ("kill -KILL $$", -9, "killed by SIGKILL"),
        ("kill -SEGV $$", -11, "killed by SIGSEGV"),
        ("kill -40 $$", -40, "killed by signal 40"),
    ],
)
def test_kinds_of_exit(spawn: Spawn, watch: str, script: str, returncode: int, text: str) -> None:
    async def play() -> None:
        seen = spawn("sh", "-c", f"ulimit -c 0; {script}", watch=watch)
        ended = await seen.child.exited(20)
        assert ended.returncode == returncode
        assert str(ended) == text

    asyncio.run(play())


def test_a_child_that_never_reads_is_bounded(spawn: Spawn) -> None:
    async def play() -> None:
        seen = spawn("sleep", "300")
        assert seen.child.write(b"x" * (1 << 20)), "accepted: it is queued"
        assert seen.child.queued > 0
        assert not await seen.child.drained(0.1)
        assert seen.child.stdin_state == "torn"
        assert not seen.child.write(b"glued to half a line\n")
        assert seen.child.queued == 0
        assert (await seen.child.stop(0.1)).how == "term"
        assert seen.child.stdin_state == "torn", "what happened first stays"

    asyncio.run(play())


def test_whole_writes_that_are_not_taken_tear_nothing(spawn: Spawn) -> None:
    async def play() -> None:
        seen = spawn("sleep", "300")
        while not seen.child.queued:  # a page at a time fills the pipe to the last byte
            assert seen.child.write(b"x" * 4096)
        assert not await seen.child.drained(0.1)
        assert seen.child.stdin_state == "stalled"
        seen.child.kill_tree()

    asyncio.run(play())


def test_a_slow_reader_gets_every_byte(spawn: Spawn) -> None:
    async def play() -> None:
        digest = "import sys, hashlib; print('ready', flush=True); print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())"
        seen = spawn(sys.executable, "-c", digest)
        await seen.says(b"ready")
        assert seen.child.signal(signal.SIGSTOP)
        data = os.urandom(1 << 20)
        pieces = [data[start : start + 70001] for start in range(0, len(data), 70001)]
        assert all(seen.child.write(piece) for piece in pieces)
        assert seen.child.queued > 0
        seen.child.close_stdin()
        assert seen.child.stdin_state == "closing", "end of file waits for the queue"
        assert seen.child.signal(signal.SIGCONT)
        assert await seen.child.drained(20)
        assert (await seen.child.exited(20)).returncode == 0
        assert seen.out.split()[-1].decode() == hashlib.sha256(data).hexdigest()

    asyncio.run(play())


def test_a_closed_stdin_is_a_value(spawn: Spawn) -> None:
    async def play() -> None:
        seen = spawn("sh", "-c", "exec <&-; echo closed; exec sleep 300")
        await seen.says(b"closed")
        assert not seen.child.write(b"hello\n")
        assert seen.child.stdin_state == "broken"
        assert not await seen.child.drained(1)
        seen.child.close_stdin()
        seen.child.kill_tree()

    asyncio.run(play())


@BOTH_WATCHES
def test_after_death_nothing_is_sent(spawn: Spawn, watch: str) -> None:
    async def play() -> None:
        seen = spawn("true", watch=watch)
        await seen.child.exited(20)
        assert not seen.child.write(b"hello\n")
        assert not seen.child.signal(signal.SIGTERM)
        assert not seen.child.signal_group(signal.SIGTERM)
        assert seen.child.kill_tree() == []
        assert (seen.child.rss(), seen.child.open_fds()) == (None, None)
        seen.child.close_stdin()
        assert seen.child.stdin_state == "closed"

    asyncio.run(play())


def test_a_queue_ends_with_its_child(spawn: Spawn) -> None:
    async def play() -> None:
        seen = spawn("sleep", "300")
        seen.child.write(b"x" * (1 << 20))
        waiting = asyncio.ensure_future(seen.child.drained(20))
        await asyncio.sleep(0)
        seen.child.signal(signal.SIGKILL)
        assert not await waiting
        assert seen.child.queued == 0

    asyncio.run(play())


@BOTH_WATCHES
def test_stopping_goes_from_end_of_file_to_term_to_kill(spawn: Spawn, watch: str) -> None:
    async def play() -> None:
        deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(300)"
        for program, how, returncode in (
            (deaf, "kill", -signal.SIGKILL),
            (deaf.replace("SIG_IGN", "SIG_DFL"), "term", -signal.SIGTERM),
        ):
            seen = spawn(*PYTHON, program, watch=watch)
            await seen.says(b"up")
            stopped = await seen.child.stop(0.1)
            assert (stopped.how, stopped.exit.returncode) == (how, returncode)

    asyncio.run(play())


def test_a_pid_that_is_not_its_own_gets_no_signal(spawn: Spawn) -> None:
    async def play() -> None:
        seen = spawn("sleep", "300")
        seen.child.start_time -= 1  # as if the pid had been given to somebody else
        assert not seen.child.signal(signal.SIGKILL)
        assert not seen.child.signal_group(signal.SIGKILL)
        seen.child.start_time += 1
        assert seen.child.signal(0)
        seen.child.kill_tree()

    asyncio.run(play())


def test_kill_tree_reaches_other_sessions_and_empty_environments(spawn: Spawn) -> None:
    async def play() -> None:
        seen = spawn("sh", "-c", "setsid env -i sh -c 'echo up; exec sleep 303' & wait")
        await seen.says(b"up")
        killed = {process.pid for process in seen.child.kill_tree()}
        assert seen.child.pid in killed
        assert len(killed) >= 2
        ended = await seen.child.exited(20)
        assert ended == ChildExit(seen.child.pid, -9), "end of file came: nobody holds the pipe any more"

    asyncio.run(play())


def test_children_of_a_play_are_found_by_its_nonce(spawn: Spawn) -> None:
    async def play() -> None:
        first, second = new_nonce(), new_nonce()
        one, two = spawn("sleep", "300", play=first), spawn("sleep", "300", play=second)
        for _ in range(200):  # in the middle of its exec a child shows no environment
            if strays(first) and strays(second):
                break
            await asyncio.sleep(0.02)
        assert [process.pid for process in strays(first)] == [one.child.pid]
        assert [process.pid for process in strays(second)] == [two.child.pid]
        for seen in (one, two):
            seen.child.kill_tree()
            await seen.child.exited(20)
        assert strays(first, second) == []

    asyncio.run(play())


def test_stderr_is_drained_kept_and_filed(spawn: Spawn, tmp_path: Path) -> None:
    async def play() -> None:
        program = (
            "import sys\n"
            "for n in range(20000): sys.stderr.write(f'line {n} ' + 'x' * 60 + '\\n')\n"
            "sys.stderr.write('y' * 200000)\n"
            "sys.stderr.write('\\nlast words')\n"
            "print('answered')\n"
        )
        path = tmp_path / "deep" / "stderr.log"
        seen = spawn(*PYTHON, program, stderr_path=path)
        await seen.child.exited(20)
        assert seen.out == b"answered\n"
        assert path.read_bytes() == b"".join(seen.errors)
        assert seen.child.stderr_bytes == path.stat().st_size
        assert seen.child.stderr_lines()[-1] == b"last words"
        assert seen.child.stderr_lines()[0].strip(b"y") == b""
        seen = spawn(*PYTHON, "import sys; sys.stderr.write(''.join(f'{n}\\n' for n in range(100)))")
        await seen.child.exited(20)
        assert seen.child.stderr_lines() == [b"%d" % n for n in range(68, 100)]

    asyncio.run(play())


def test_resources_of_a_running_child(spawn: Spawn, until: Until) -> None:
    async def play() -> None:
        seen = spawn("sleep", "300")
        until(lambda: seen.child.rss() > 100_000, 20)  # right behind exec there is next to nothing
        assert seen.child.open_fds() >= 3
        assert [process.cmdline for process in seen.child.tree()] == [("sleep", "300")]
        seen.child.kill_tree()

    asyncio.run(play())


@BOTH_WATCHES
def test_50_children_leave_no_descriptor_and_no_zombie(spawn: Spawn, watch: str) -> None:
    async def play() -> None:
        me = psutil.Process()
        others = {child.pid for child in me.children()}
        await spawn("true", watch=watch).child.exited(20)
        before = me.num_fds()
        for number in range(50):
            seen = spawn("sh", "-c", "echo out; exec cat" if number % 2 else "exit 1", watch=watch)
            await seen.child.stop(20)
        assert me.num_fds() == before
        left = [child for child in me.children() if child.pid not in others and child.status() == psutil.STATUS_ZOMBIE]
        assert left == []

    asyncio.run(play())


def test_what_cannot_be_started_is_named(spawn: Spawn, tmp_path: Path) -> None:
    async def play() -> None:
        before = psutil.Process().num_fds()
        file = tmp_path / "plain"
        file.write_text("text")
        with pytest.raises(SpawnError, match=r"^cannot start /nowhere/codex: No such file or directory$"):
            spawn("/nowhere/codex", stderr_path=tmp_path / "stderr.log")
        with pytest.raises(SpawnError, match=r"plain: Permission denied$"):
            spawn(str(file))
        with pytest.raises(SpawnError, match=r"^cannot start true: no folder /nowhere to run it in$"):
            spawn("true", cwd="/nowhere")
        assert psutil.Process().num_fds() == before

    asyncio.run(play())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_child_dies_of_a_signal_that_we_ignore(number: signal.Signals) -> None:
    """A shell without job control starts background jobs with SIGINT ignored, nohup with SIGHUP, and children inherit that."""
    code = (
        "import asyncio, os, signal, sys\n"
        "from turnproof.processes import Child\n"
        "async def main():\n"
        "    child = Child.spawn(['sleep', '60'], environment=dict(os.environ), on_stdout=print)\n"
        "    child.signal(NUMBER)\n"
        "    ended = await child.exited(10)\n"
        "    child.kill_tree()\n"
        "    print(ended.returncode if ended else 'lives', signal.getsignal(NUMBER) is signal.SIG_IGN)\n"
        "asyncio.run(main())\n"
    )
    script = f"import signal; NUMBER = {number.value}; signal.signal(NUMBER, signal.SIG_IGN)\n{code}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == [str(-number), "True"], done.stderr
