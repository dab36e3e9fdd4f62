"""The fake as a process: pipes, signals, the end of input, the control channel, the disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import turnproof_fakes.app_server

Fake = Any
MAIN = Path(turnproof_fakes.app_server.__file__).parent / "__main__.py"
HELD = {"type": "say", "chunks": ["half", {"type": "hold", "gate": "g"}, " done"]}
SCRIPTS = {"hi": [{"type": "say", "chunks": ["hello"]}], "held": [HELD]}
INITIALIZE = b'{"id":"i","method":"initialize","params":{"clientInfo":{"name":"p","version":"0"}}}\n'


def bare(home: Path, **options: Any) -> subprocess.Popen[bytes]:
    """The fake without a plan, its pipes in the hands of the test."""
    environment = {"HOME": str(home), "CODEX_HOME": str(home), "PATH": "/usr/bin:/bin"}
    argv = [sys.executable, "-I", "-S", str(MAIN), "app-server"]
    return subprocess.Popen(argv, stdin=-1, stdout=-1, stderr=-1, env=environment, bufsize=0, **options)


def test_a_turn_over_pipes(fake: Fake) -> None:
    peer = fake(scripts=SCRIPTS)
    peer.initialize()
    peer.turn(peer.thread(), "hi")
    assert peer.close() == 0
    assert peer.stderr == []


def test_a_gate_is_opened_over_the_control_channel(fake: Fake) -> None:
    peer = fake(scripts=SCRIPTS)
    peer.initialize()
    thread = peer.thread()
    peer.turn(thread, "held", until="item/agentMessage/delta")
    assert peer.event()["event"] == "request"
    assert peer.event() == {"event": "held", "gate": "g"}
    peer.release("g")
    assert peer.heard("turn/completed")["params"]["turn"]["items"][0]["text"] == "half done"


def test_faults_and_unscripted_prompts_are_reported(fake: Fake) -> None:
    peer = fake(scripts={}, faults=[{"when": {"method": "turn/completed"}, "do": {"type": "duplicate"}}])
    peer.initialize()
    peer.turn(peer.thread(), "what")
    assert peer.event() == {"event": "unscripted", "prompt": "what"}
    assert peer.event() == {"event": "fault", "rule": 0, "k": 1, "action": "duplicate", "method": "turn/completed"}


def test_kill_and_restart_on_the_same_home(fake: Fake) -> None:
    before = fake(scripts=SCRIPTS)
    before.initialize()
    thread = before.thread()
    before.turn(thread, "hi")
    before.turn(thread, "held", until="item/agentMessage/delta")
    before.process.kill()
    assert before.ended() == -signal.SIGKILL
    after = fake(scripts=SCRIPTS, generation=2)
    after.initialize()
    turns = after.ask("thread/resume", {"threadId": thread})["result"]["thread"]["turns"]
    assert [(turn["status"], len(turn["items"])) for turn in turns] == [("completed", 2), ("interrupted", 1)]
    after.turn(thread, "hi")


def test_the_kill_fault_kills_after_what_was_said(fake: Fake) -> None:
    peer = fake(scripts=SCRIPTS, faults=[{"when": {"method": "turn/started"}, "do": {"type": "kill", "code": 9}}])
    peer.initialize()
    thread = peer.thread()
    peer.send("turn/start", {"threadId": thread, "input": [{"type": "text", "text": "hi"}]})
    assert peer.event()["action"] == "kill"
    assert peer.ended() == -signal.SIGKILL
    assert peer.log[-1]["params"] == {"threadId": thread, "status": {"type": "active", "activeFlags": []}}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, -signal.SIGINT)])
def test_signals_in_the_middle_of_a_turn(fake: Fake, number: int, code: int) -> None:
    peer = fake(scripts=SCRIPTS)
    peer.initialize()
    peer.turn(peer.thread(), "held", until="item/agentMessage/delta")
    os.kill(peer.process.pid, number)
    assert peer.ended() == code
    assert not [message for message in peer.log if message.get("method") == "turn/completed"]


LATE = """
import os, select, signal, sys
from turnproof_fakes.app_server.command_line import main

class Poll:
    def __init__(self, real=select.poll):
        self._poll = real()
        self.register = self._poll.register

    def poll(self, timeout):
        os.kill(os.getpid(), signal.SIGTERM)
        return self._poll.poll(timeout)

select.poll = Poll
sys.exit(main())
"""


def test_a_signal_right_before_the_wait_ends_it(tmp_path: Path) -> None:
    """Its handler has run, or will when the wait is over: the wait must not last until something else comes."""
    environment = {"HOME": str(tmp_path), "CODEX_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    argv = [sys.executable, "-c", LATE, "app-server"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        try:
            assert process.wait(10) == 0
        finally:
            process.kill()


@pytest.mark.parametrize(("number", "ended"), [(signal.SIGTERM, True), (signal.SIGKILL, False)])
def test_a_turn_ends_in_its_history_if_the_server_knows_of_its_end(fake: Fake, number: int, ended: bool) -> None:
    peer = fake(scripts=SCRIPTS)
    peer.initialize()
    thread = peer.thread()
    peer.turn(thread, "held", until="item/agentMessage/delta")
    os.kill(peer.process.pid, number)
    peer.ended()
    restarted = fake()
    restarted.initialize()
    turn = restarted.ask("thread/read", {"threadId": thread, "includeTurns": True})["result"]["thread"]["turns"][0]
    assert (turn["status"], turn["completedAt"] is not None) == ("interrupted", ended)


def test_end_of_input_in_the_middle_of_a_turn(fake: Fake) -> None:
    peer = fake(scripts=SCRIPTS)
    peer.initialize()
    peer.turn(peer.thread(), "held", until="item/agentMessage/delta")
    assert peer.close() == 0
    assert not [message for message in peer.log if message.get("method") == "turn/completed"]


def test_answers_are_lost_when_the_input_ends_behind_the_requests(tmp_path: Path) -> None:
    server = bare(tmp_path)
    out, _err = server.communicate(INITIALIZE + b'{"id":1,"method":"thread/list","params":{}}\n', timeout=20)
    assert (server.returncode, out) == (0, b"")


def test_an_unfinished_line_at_the_end_is_only_complained_about(tmp_path: Path) -> None:
    server = bare(tmp_path)
    out, err = server.communicate(b'{"id":1,"method":', timeout=20)
    assert (server.returncode, out) == (0, b"")
    assert b"Failed to deserialize JSONRPCMessage: EOF while parsing" in err


def test_a_reader_that_sleeps_does_not_stop_the_server(tmp_path: Path) -> None:
    """The whole conversation is read although nothing is taken from stdout: far more than any pipe holds."""
    server = bare(tmp_path)
    assert server.stdin is not None
    assert server.stdout is not None
    requests = 400
    server.stdin.write(INITIALIZE)
    for number in range(requests):
        # Each answer is an unknown-variant error of about 6 kB; this write blocks for ever if the server stops reading.
        server.stdin.write(b'{"id":%d,"method":"no/such","params":{"pad":"%s"}}\n' % (number, b"x" * 2000))
    answered = []
    for line in server.stdout:
        answered.append(json.loads(line))
        if answered[-1].get("id") == requests - 1:
            break
    assert [message["id"] for message in answered if "error" in message] == list(range(requests))
    server.stdin.close()
    assert server.wait(20) == 0
    server.stdout.close()
    assert server.stderr is not None
    server.stderr.close()


def test_a_reader_that_is_gone_is_mentioned_once_and_survived(tmp_path: Path) -> None:
    server = bare(tmp_path)
    assert server.stdin is not None
    assert server.stdout is not None
    assert server.stderr is not None
    server.stdout.close()
    server.stdin.write(INITIALIZE)
    assert b"Failed to write to stdout: Broken pipe" in server.stderr.readline()
    server.stdin.write(b'{"id":1,"method":"thread/list","params":{}}\n')
    server.stdin.close()
    assert server.stderr.read() == b""
    assert server.wait(20) == 0
    server.stderr.close()


def test_a_line_of_16_mib(fake: Fake) -> None:
    peer = fake(scripts={})
    peer.initialize()
    answer = peer.ask("thread/read", {"threadId": "g" * (16 << 20)})
    assert answer["error"]["message"].startswith("invalid thread id: invalid character")


def test_a_burst_is_one_write(fake: Fake) -> None:
    peer = fake(scripts=SCRIPTS, pace="burst")
    peer.initialize()
    thread = peer.thread()
    turn = {"threadId": thread, "input": [{"type": "text", "text": "hi"}]}
    since = len(peer.log)
    peer.ask("turn/start", turn)
    peer.heard("turn/completed", since)
    # Nothing was waited for between the answer and the end, so both were made in one pass of the engine.
    assert len({message["emittedAtMs"] for message in peer.log[since:] if "emittedAtMs" in message}) == 1


def test_a_missing_control_socket_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "turnproof-plan.json").write_text(json.dumps({"turnproof_plan": 1, "control": str(tmp_path / "no")}))
    server = bare(tmp_path)
    _out, err = server.communicate(b"", timeout=20)
    assert server.returncode == 2
    assert err.startswith(b"fake-codex: control socket")
    assert err.count(b"\n") == 1


def test_a_plan_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "turnproof-plan.json").write_text(json.dumps({"turnproof_plan": 2}))
    server = bare(tmp_path)
    _out, err = server.communicate(b"", timeout=20)
    assert server.returncode == 2
    assert b"not a turnproof plan of version 1" in err
