"""The supervisor seen from the harness."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from turnproof.supervisor import Supervisor, kill_strays, new_nonce, process_table, strays

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Until = Any


@pytest.fixture
def sleeper(supervisor: Supervisor) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "300"], env=supervisor.marked(os.environ, "p1"), start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_close_kills_what_is_left(supervisor: Supervisor, sleeper: subprocess.Popen[bytes]) -> None:
    supervisor.register(sleeper.pid)
    supervisor.close()
    assert sleeper.wait(20) == -signal.SIGKILL
    assert not supervisor.alive()
    supervisor.close()


def test_an_unregistered_child_is_found_by_its_nonce(
    supervisor: Supervisor, sleeper: subprocess.Popen[bytes], until: Until
) -> None:
    # In mid-exec it has no environment.
    until(lambda: [process.pid for process in strays(supervisor.nonce)] == [sleeper.pid])
    supervisor.close()
    assert sleeper.wait(20) == -signal.SIGKILL


def test_a_pid_with_another_start_time_is_left_alone(supervisor: Supervisor) -> None:
    bystander = subprocess.Popen(["sleep", "300"], start_new_session=True)
    try:
        start_time = supervisor.table.start_time(bystander.pid)
        assert start_time is not None
        supervisor.register(bystander.pid)
        # As if the pid had been given to somebody else since.
        supervisor._children[bystander.pid] = start_time - 1  # pyright: ignore[reportPrivateUsage]
        pid = supervisor.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        supervisor.ensure()
        supervisor.close()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_child_that_is_gone_is_no_error(supervisor: Supervisor) -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    supervisor.register(process.pid)
    supervisor.unregister(process.pid)
    assert supervisor.alive()


def test_the_next_register_notices_a_killed_supervisor(
    supervisor: Supervisor, sleeper: subprocess.Popen[bytes]
) -> None:
    first = supervisor.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    supervisor.register(sleeper.pid)
    assert supervisor.restarts == 1
    assert supervisor.pid != first
    assert supervisor.alive()


def test_an_attached_loop_notices_it_by_itself(supervisor: Supervisor) -> None:
    async def play() -> None:
        supervisor.attach(asyncio.get_running_loop())
        first = supervisor.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        async with asyncio.timeout(20):
            while not supervisor.restarts:  # noqa: ASYNC110 - it has no event for this, and needs none
                await asyncio.sleep(0.01)
        assert supervisor.pid != first
        supervisor.detach()

    asyncio.run(play())


def test_a_stopped_supervisor_is_replaced(supervisor: Supervisor, sleeper: subprocess.Popen[bytes]) -> None:
    first = supervisor.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    for _ in range(5000):  # more lines than its pipe holds
        supervisor.register(sleeper.pid)
        if supervisor.restarts:
            break
    assert supervisor.restarts == 1
    assert supervisor.pid != first


def test_signals_of_the_terminal_and_of_ci_do_not_end_it(supervisor: Supervisor, until: Until) -> None:
    pid = supervisor.pid
    assert pid is not None
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    mask = sum(1 << number - 1 for number in signals)

    def ignored() -> bool:
        with open(f"/proc/{pid}/status") as status:
            line = next(line for line in status if line.startswith("SigIgn"))
        return int(line.split()[1], 16) & mask == mask

    until(ignored)
    assert os.getsid(pid) == pid
    for number in signals:
        os.kill(pid, number)
    supervisor.close()
    assert supervisor.restarts == 0


def test_a_living_session_is_not_swept(tmp_path: Path) -> None:
    first = Supervisor.start(lease_folder=tmp_path)
    process = subprocess.Popen(["sleep", "300"], env=first.marked(os.environ), start_new_session=True)
    try:
        Supervisor.start(lease_folder=tmp_path).close()
        assert process.poll() is None
        assert [path.name for path in tmp_path.iterdir()] == [f"{first.nonce}.lease"]
    finally:
        first.close()
        process.wait(20)
    assert list(tmp_path.iterdir()) == []


def test_a_lease_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    supervisor = Supervisor.start(lease_folder=tmp_path / "file" / "leases")
    assert supervisor.alive()
    supervisor.close()


def test_a_session_within_a_session_belongs_to_both(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    monkeypatch.setenv("TURNPROOF_NONCE", "outer")
    process = subprocess.Popen(["sleep", "300"], env=supervisor.marked(os.environ))
    try:
        # In mid-exec it has no environment.
        until(lambda: [found.pid for found in strays("outer")] == [process.pid])
        assert [found.pid for found in strays(supervisor.nonce)] == [process.pid]
        assert strays("oute") == []
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("mode", ["proc", "psutil"])
def test_survivors_of_one_play_are_named(mode: str, supervisor: Supervisor, until: Until) -> None:
    table = process_table(mode)
    first, second = new_nonce(), new_nonce()
    one = subprocess.Popen(["sleep", "301"], env=supervisor.marked(os.environ, first))
    # A descendant that forgets its environment is still one of ours while its parent lives.
    two = subprocess.Popen(["sh", "-c", "setsid env -i sleep 302 & wait"], env=supervisor.marked(os.environ, second))
    try:
        until(lambda: any(process.cmdline == ("sleep", "302") for process in strays(second, table=table)))
        assert [process.cmdline for process in strays(first, table=table)] == [("sleep", "301")]
        killed = kill_strays(second, table=table)
        assert two.pid in {process.pid for process in killed}
        assert ("sleep", "302") in {process.cmdline for process in killed}
        assert strays(second, table=table) == []
        assert len(strays(first, table=table)) == 1
    finally:
        for process in (one, two):
            process.kill()
            process.wait()


@pytest.mark.parametrize("mode", ["proc", "psutil"])
def test_a_process_is_known_by_pid_and_start_time(mode: str) -> None:
    table = process_table(mode)
    process = subprocess.Popen(["sleep", "300"])
    start_time = table.start_time(process.pid)
    assert start_time is not None
    assert start_time == table.start_time(process.pid)
    assert table.everyone()[process.pid] == (os.getpid(), start_time)
    assert not table.kill(process.pid, start_time - 1)
    assert process.poll() is None
    assert table.kill(process.pid, start_time)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert process.pid not in table.everyone(), "a zombie is not alive"
    assert table.start_time(process.pid) == start_time, "but it keeps its pid"
    process.wait()
    assert table.start_time(process.pid) is None
    assert not table.kill(process.pid, start_time)


def test_a_program_name_with_blanks_and_parentheses(tmp_path: Path) -> None:
    program = tmp_path / "a) b (c"
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([program, "300"])
    try:
        assert process_table("proc").everyone()[process.pid][0] == os.getpid()
    finally:
        process.kill()
        process.wait()


def test_an_unknown_table_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="known are auto, proc, psutil"):
        process_table("windows")
