"""The real binary, from start to a second run on the same home, talks to nobody but the model provider."""

from __future__ import annotations

import asyncio
import json
import os
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from turnproof.homes import Homes, ModelSettings, PlayHome
from turnproof_fakes.model_provider import ModelProvider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

binary_package = pytest.importorskip("codex_cli_bin", reason="pip install openai-codex-cli-bin")
CODEX = str(binary_package.bundled_codex_path())
WATCHER = Path(__file__).with_name("watcher.py")
BUDGET = 30.0  # seconds

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the watcher needs Linux")


class Server:
    """A server under the watcher; one request at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._count = 0

    def send(self, method: str, **params: object) -> None:
        assert self.process.stdin is not None
        self._count += 1
        line = json.dumps({"id": self._count, "method": method, "params": params})
        self.process.stdin.write(line.encode() + b"\n")

    def close_stdin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    async def message(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        assert line, "the server is gone"
        return json.loads(line)

    async def request(self, method: str, **params: object) -> dict[str, Any]:
        self.send(method, **params)
        while True:
            message = await self.message()
            if message.get("id") == self._count:
                return message

    async def turn(self, thread: str, text: str) -> None:
        await self.request("turn/start", threadId=thread, input=[{"type": "text", "text": text}])
        while (await self.message()).get("method") != "turn/completed":
            pass

    async def close(self) -> None:
        self.close_stdin()
        assert self.process.stdout is not None
        await self.process.stdout.read()
        assert await self.process.wait() == 0


async def start(home: PlayHome, log: Path, *options: str) -> Server:
    # The first-party clients' flag turns analytics on, unless the config says no.
    server_command = (CODEX, "app-server", "--analytics-default-enabled")
    command = (sys.executable, str(WATCHER), *options, "--log", str(log), "--", *server_command)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=pipe,
        stdout=pipe,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=home.cwd,
        env=home.environment(),
        limit=1 << 24,
    )
    server = Server(process)
    await server.request("initialize", clientInfo={"name": "probe", "version": "0"})
    return server


async def session(home: PlayHome, provider: ModelProvider, log: Path) -> None:
    provider.expect_anywhere("hello", [{"type": "say", "chunks": ["a", "b"]}])
    server = await start(home, log)
    thread = (await server.request("thread/start"))["result"]["thread"]["id"]
    await server.turn(thread, "hello")
    await server.request("feedback/upload", classification="bug", includeLogs=False)
    await server.request("model/list")
    await server.close()
    server = await start(home, log)
    await server.request("thread/resume", threadId=thread)
    fork = (await server.request("thread/fork", threadId=thread))["result"]["thread"]["id"]
    await server.turn(fork, "hello")
    await server.close()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A pipe by name, and our end of it: it ends when the tracers do, which is behind the last process of their trees."""
    path = tmp_path / "calls"
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield path, reading
    os.close(reading)


def test_the_real_binary_stays_on_loopback(log: tuple[Path, int]) -> None:
    path, reading = log

    async def whole() -> None:
        provider = ModelProvider(lambda _: None)
        await provider.start()
        home = Homes().create(ModelSettings(provider.url))
        try:
            async with asyncio.timeout(BUDGET):
                await session(home, provider, path)
        finally:
            await provider.close()
            home.finish()

    asyncio.run(whole())
    raw = b""
    while select.select([reading], [], [], BUDGET)[0] and (chunk := os.read(reading, 65536)):
        raw += chunk
    events = [json.loads(line) for line in raw.splitlines()]
    kinds = [event["event"] for event in events]
    assert (kinds.count("start"), kinds.count("end")) == (2, 2)
    calls = [event for event in events if event["event"] == "call"]
    assert [call for call in calls if call["class"] not in ("loopback", "unix", "kernel")] == []
    assert "loopback" in [call["class"] for call in calls]


SWITCHES: dict[str, tuple[str, Callable[[Server], None]]] = {
    "plugins": ("plugins = false", lambda _: None),
    "feedback": (
        "[feedback]\nenabled = false",
        lambda server: server.send("feedback/upload", classification="bug", includeLogs=False),
    ),
    "analytics": ("[analytics]\nenabled = false", lambda server: server.close_stdin()),
}


@pytest.mark.parametrize("switch", SWITCHES)
def test_without_one_switch_it_would_not(log: tuple[Path, int], switch: str) -> None:
    path, reading = log
    line, provoke = SWITCHES[switch]

    async def whole() -> None:
        home = Homes().create(ModelSettings("http://127.0.0.1:9/v1"))
        config = home.codex_home / "config.toml"
        assert line in config.read_text()
        config.write_text(config.read_text().replace(line, line.replace("false", "true")))
        server = await start(home, path, "--refuse")
        try:
            async with asyncio.timeout(BUDGET):
                provoke(server)
                await looked_up(reading)
        finally:
            server.process.kill()
            await server.process.communicate()
            home.finish()

    asyncio.run(whole())


async def looked_up(reading: int) -> None:
    """Wait until a lookup is written down."""
    seen = bytearray()
    found = asyncio.Event()

    def more() -> None:
        seen.extend(os.read(reading, 65536))
        if b'"class": "dns"' in seen:
            found.set()

    loop = asyncio.get_running_loop()
    loop.add_reader(reading, more)
    await found.wait()
    loop.remove_reader(reading)
