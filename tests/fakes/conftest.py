"""Fixtures for the fake app-server: engines in this process on virtual time, and the fake as a child."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from turnproof_fakes.app_server.composition import new_engine
from turnproof_fakes.app_server.disk import Disk
from turnproof_fakes.app_server.outputs import Send
from turnproof_fakes.nemesis import FaultyEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]
FAKE = Path(sys.modules["turnproof_fakes"].__file__ or "").parent / "app_server" / "__main__.py"
BUDGET = 20.0  # seconds until a wait counts as a hang


class Driver:
    """An engine on virtual time: asks, waits, and keeps every message with the time it came at."""

    def __init__(self, plan: Json, disk: Disk | None = None) -> None:
        self.disk = Disk() if disk is None else disk
        self.plan = {"seed": 7, "generation": 1, "pace": "paced"} | plan
        self.engine = new_engine(self.plan, self.disk, home="/home/fake", cwd="/work")
        self.server: Any = FaultyEngine(self.engine, plan["faults"]) if "faults" in plan else self.engine
        self.now = 0.0
        self.out: list[Any] = []
        self.sent: list[tuple[float, Json]] = []
        self._id = 0

    def take(self, out: list[Any]) -> list[Any]:
        self.out += out
        self.sent += [(self.now, item.message) for item in out if isinstance(item, Send)]
        return out

    @property
    def messages(self) -> list[Json]:
        return [message for _at, message in self.sent]

    def line(self, data: bytes | str) -> list[Any]:
        return self.take(self.server.receive_line(data.encode() if isinstance(data, str) else data, self.now))

    def send(self, method: str, params: Any = None, **rest: Any) -> Any:
        self._id += 1
        message = {"id": self._id, "method": method, "params": {} if params is None else params} | rest
        self.line(json.dumps(message) + "\n")
        return message["id"]

    def ask(self, method: str, params: Any = None, **rest: Any) -> Json:
        """Send and return the answer, which must come without time passing."""
        return self.answer(self.send(method, params, **rest))

    def answer(self, request_id: Any) -> Json:
        found = [message for message in self.messages if message.get("id") == request_id and "method" not in message]
        assert len(found) == 1, f"{len(found)} answers to {request_id!r}"
        return found[0]

    def result(self, method: str, params: Any = None) -> Any:
        answer = self.ask(method, params)
        assert "result" in answer, answer
        return answer["result"]

    def refusal(self, method: str, params: Any = None, **rest: Any) -> str:
        answer = self.ask(method, params, **rest)
        assert answer["error"]["code"] == -32600, answer
        return answer["error"]["message"]

    def run(self, until: float | None = None) -> None:
        """Let time pass until nothing is due any more (or until a time)."""
        while (due := self.server.next_deadline()) is not None and (until is None or due <= until):
            self.now = max(self.now, due)
            self.take(self.server.tick(self.now))
        if until is not None:
            self.now = until

    def reply(self, request_id: Any, **answer: Any) -> None:
        """Answer a request of the server, and let time pass."""
        self.line(json.dumps({"id": request_id} | answer) + "\n")
        self.run()

    def release(self, gate: str) -> None:
        self.take(self.server.release(gate, self.now))

    def initialize(self, **capabilities: Any) -> Driver:
        info = {"name": "probe", "title": "p", "version": "0"}
        self.ask("initialize", {"clientInfo": info, "capabilities": capabilities or None})
        self.line('{"method":"initialized"}\n')
        return self

    def thread(self, **params: Any) -> str:
        return self.result("thread/start", params)["thread"]["id"]

    def start(self, thread: str, text: str, **params: Any) -> str:
        """Start a turn and return its id; no time passes."""
        given = {"threadId": thread, "input": [{"type": "text", "text": text}]} | params
        return self.result("turn/start", given)["turn"]["id"]

    def turn(self, thread: str, text: str) -> str:
        """Start a turn and let it run as far as it goes."""
        turn = self.start(thread, text)
        self.run()
        return turn

    def methods(self, since: int = 0) -> list[str]:
        """Methods of notifications, `<-` for answers, `<- error` for refusals, in order."""
        return [_label(message) for message in self.messages[since:]]

    def last(self, method: str) -> Json:
        return next(message for message in reversed(self.messages) if message.get("method") == method)["params"]


def _label(message: Json) -> str:
    if "method" in message:
        return message["method"]
    return "<- error" if "error" in message else "<-"


@pytest.fixture
def drive() -> Callable[..., Driver]:
    """Make a driver: `drive(scripts={...}, pace="burst", faults=[...], disk=...)`."""

    def make(disk: Disk | None = None, **plan: Any) -> Driver:
        return Driver(plan, disk)

    return make


class Peer:
    """A server process on pipes, driven from a test; every wait is bounded."""

    def __init__(self, argv: list[str], home: Path, environment: dict[str, str]) -> None:
        self.home = home
        base = {"HOME": str(home), "CODEX_HOME": str(home), "PATH": "/usr/bin:/bin", "TERM": "xterm", "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            argv, stdin=-1, stdout=-1, stderr=-1, cwd=home, env=base | environment, bufsize=0, start_new_session=True
        )
        self.log: list[Json] = []
        self.stderr: list[str] = []
        self._news = threading.Condition()
        self._gone = False
        self._id = 0
        self.open_gate: Callable[[str], object] = self._no_gates
        self._readers = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for reader in self._readers:
            reader.start()

    def _no_gates(self, gate: str) -> None:
        raise AssertionError(f"nothing here can open gate {gate!r}")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.log.append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self._gone = True
            self._news.notify_all()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.stderr += [line.decode(errors="replace").rstrip() for line in self.process.stderr]

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def say(self, message: Json) -> None:
        self.write(json.dumps(message).encode() + b"\n")

    def send(self, method: str, params: Any = None) -> int:
        self._id += 1
        self.say({"id": self._id, "method": method, "params": {} if params is None else params})
        return self._id

    def wait(self, wanted: Callable[[Json], bool], since: int = 0) -> Json:
        with self._news:
            found: list[Json] = []
            self._news.wait_for(lambda: self._look(wanted, since, found) or self._gone, BUDGET)
            last = [_label(message) for message in self.log[-8:]]
            assert found, f"{'server gone' if self._gone else 'not seen in time'}; last: {last}; {self.stderr[-3:]}"
            return found[0]

    def _look(self, wanted: Callable[[Json], bool], since: int, found: list[Json]) -> list[Json]:
        found += [message for message in self.log[since:] if wanted(message)][:1]
        return found

    def ask(self, method: str, params: Any = None) -> Json:
        request_id = self.send(method, params)
        return self.wait(lambda message: message.get("id") == request_id and "method" not in message)

    def heard(self, method: str, since: int = 0, **params: Any) -> Json:
        """Wait for a notification whose params contain these."""

        def wanted(message: Json) -> bool:
            got = message.get("params") or {}
            return message.get("method") == method and all(got.get(name) == value for name, value in params.items())

        return self.wait(wanted, since)

    def initialize(self, **capabilities: Any) -> None:
        info = {"name": "probe", "title": "p", "version": "0"}
        self.ask("initialize", {"clientInfo": info, "capabilities": capabilities or None})
        self.write(b'{"method":"initialized"}\n')
        self.heard("remoteControl/status/changed")

    def thread(self, **params: Any) -> str:
        thread = self.ask("thread/start", params)["result"]["thread"]["id"]
        if not params.get("quiet"):
            self.wait(lambda m: m.get("method") == "thread/started" and m["params"]["thread"]["id"] == thread)
        return thread

    def turn(self, thread: str, text: str, until: str = "turn/completed") -> str:
        since = len(self.log)
        given = {"threadId": thread, "input": [{"type": "text", "text": text}]}
        turn = self.ask("turn/start", given)["result"]["turn"]["id"]
        self.heard(until, since, threadId=thread)
        return turn

    def release(self, gate: str) -> None:
        """Open a gate of the scripts."""
        self.open_gate(gate)

    def close(self) -> int:
        """Close stdin and return the exit code."""
        assert self.process.stdin is not None
        if not self.process.stdin.closed:
            self.process.stdin.close()
        return self.ended()

    def ended(self) -> int:
        code = self.process.wait(BUDGET)
        for reader in self._readers:
            reader.join(BUDGET)
        return code

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.ended()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


class FakePeer(Peer):
    """The fake, with its control channel."""

    def __init__(self, home: Path, plan: Json, options: tuple[str, ...] = ("app-server",)) -> None:
        # Not in the home: socket paths are limited to about 100 bytes.
        self._folder = tempfile.mkdtemp(prefix="tp")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{self._folder}/c")
        self._listener.listen(1)
        self._listener.settimeout(BUDGET)
        self.events: queue.Queue[Json] = queue.Queue()
        file = home / "turnproof-plan.json"
        whole = {"turnproof_plan": 1, "seed": 7, "generation": 1, "pace": "paced", "control": f"{self._folder}/c"}
        file.write_text(json.dumps(whole | plan))
        super().__init__([sys.executable, "-I", "-S", str(FAKE), *options], home, {"TURNPROOF_PLAN": str(file)})
        self._control = self._listener.accept()[0]
        self.open_gate = self._release
        self._hearing = threading.Thread(target=self._hear)
        self._hearing.start()

    def _hear(self) -> None:
        with self._control.makefile("rb") as lines:
            try:
                for line in lines:
                    self.events.put(json.loads(line))
            except OSError:
                return

    def _release(self, gate: str) -> None:
        self._control.sendall(json.dumps({"release": gate}).encode() + b"\n")

    def event(self) -> Json:
        return self.events.get(timeout=BUDGET)

    def kill(self) -> None:
        super().kill()
        self.open_gate = self._no_gates
        self._hearing.join(BUDGET)
        self._control.close()
        self._listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Callable[..., FakePeer]]:
    """Start fakes: `fake(scripts={...})`; a second one uses the same home."""
    peers: list[FakePeer] = []

    def start(options: tuple[str, ...] = ("app-server",), **plan: Any) -> FakePeer:
        peers.append(FakePeer(tmp_path, plan, options))
        return peers[-1]

    yield start
    for peer in peers:
        peer.kill()


@pytest.fixture
def peer_on() -> Callable[[list[str], Path, dict[str, str]], Peer]:
    """Start any server command on pipes."""
    return Peer
