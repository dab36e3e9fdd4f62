"""The model provider over a real socket, with a client that does what HTTP clients rarely do."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import tracemalloc
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest

from turnproof_fakes.model_provider import ModelProvider

Event = dict[str, object]
Act = dict[str, object]
Play = Callable[[ModelProvider, "Reports"], Awaitable[None]]

BUDGET = 20.0  # seconds; a bound for a broken provider, never reached by a healthy one


class Reports:
    """What the provider reported; waits for more."""

    def __init__(self) -> None:
        self.all: list[Event] = []
        self._news = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.all.append(event)
        self._news.set()

    async def wait_for(self, kind: str) -> Event:
        while True:
            for event in self.all:
                if event["event"] == kind:
                    return event
            self._news.clear()
            await self._news.wait()


def run(play: Play, **options: int) -> Reports:
    """Run a play against a fresh provider; afterwards nothing of it may be left on the loop."""

    async def whole() -> Reports:
        reports = Reports()
        provider = ModelProvider(reports, **options)
        await provider.start()
        try:
            async with asyncio.timeout(BUDGET):
                await play(provider, reports)
        finally:
            await provider.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return reports

    return asyncio.run(whole())


async def connect(provider: ModelProvider) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", urlsplit(provider.url).port)


def request_bytes(thread: str, prompt: str, turn: str) -> bytes:
    body = json.dumps({"input": [{"role": "user", "content": [{"type": "input_text", "text": prompt}]}]}).encode()
    head = (
        f"POST /v1/responses HTTP/1.1\r\nthread-id: {thread}\r\n"
        f'x-codex-turn-metadata: {{"turn_id":"{turn}"}}\r\ncontent-length: {len(body)}\r\n\r\n'
    )
    return head.encode() + body


async def ask(
    provider: ModelProvider, thread: str, prompt: str, *, turn: str = "u"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send a request, return the connection with nothing of the answer read."""
    reader, writer = await connect(provider)
    writer.write(request_bytes(thread, prompt, turn))
    return reader, writer


async def text_of(reader: asyncio.StreamReader) -> tuple[int, str]:
    """Read to the end: the status, and the deltas joined (or the body, where it is no stream)."""
    raw = await reader.read(-1)
    head, _, rest = raw.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    if b"text/event-stream" not in head:
        return status, rest.decode()
    payloads = [json.loads(line[6:]) for line in rest.decode().splitlines() if line.startswith("data: ")]
    assert payloads[-1]["type"] == "response.completed"
    return status, "".join(payload["delta"] for payload in payloads if payload["type"].endswith("text.delta"))


def say(*chunks: object) -> list[Act]:
    return [{"type": "say", "chunks": list(chunks)}]


def test_streams_run_side_by_side_and_gates_are_sticky() -> None:
    async def play(provider: ModelProvider, reports: Reports) -> None:
        provider.release("open before")
        provider.expect("t1", "p", say("one", {"type": "hold", "gate": "g"}, "two"))
        provider.expect("t2", "p", say({"type": "hold", "gate": "open before"}, "other"))
        held, writer = await ask(provider, "t1", "p")
        await reports.wait_for("held")
        quick, other = await ask(provider, "t2", "p")
        assert await text_of(quick) == (200, "other")
        assert [event["thread"] for event in reports.all if event["event"] == "answered"] == ["t2"]
        provider.release("g")
        assert await text_of(held) == (200, "onetwo")
        again, third = await ask(provider, "t1", "p")
        assert await text_of(again) == (200, "onetwo")
        for one in (writer, other, third):
            one.close()

    reports = run(play)
    assert [event["gate"] for event in reports.all if event["event"] == "held"] == ["g", "open before", "g"]
    asked = [(e["thread"], e["prompt"], e["attempt"], e["segment"]) for e in reports.all if e["event"] == "request"]
    assert asked == [("t1", "p", 1, 0), ("t2", "p", 1, 0), ("t1", "p", 2, 0)]


def test_lone_surrogates_are_escaped() -> None:
    async def play(provider: ModelProvider, _: Reports) -> None:
        provider.expect_anywhere("p\ud800", say("\ud800", "\U0001f600"))
        reader, writer = await ask(provider, "t", "p\ud800")
        assert await text_of(reader) == (200, "\ud800\U0001f600")
        writer.close()

    run(play)


def test_an_unscripted_prompt_is_reported_and_refused() -> None:
    async def play(provider: ModelProvider, _: Reports) -> None:
        provider.expect("t1", "p", say("x"))
        reader, writer = await ask(provider, "t2", "p")
        status, body = await text_of(reader)
        assert status == 400
        assert "no script for the prompt 'p'" in json.loads(body)["error"]["message"]
        writer.close()

    (event,) = run(play).all
    assert event == {"event": "unscripted", "thread": "t2", "turn": "u", "prompt": "p", "results": 0}


def test_a_turn_that_asks_for_ever_is_capped() -> None:
    async def play(provider: ModelProvider, _: Reports) -> None:
        provider.expect("t", "p", say("x"))
        statuses: list[int] = []
        for _attempt in range(4):
            reader, writer = await ask(provider, "t", "p")
            statuses.append((await text_of(reader))[0])
            writer.close()
        assert statuses == [200, 200, 200, 400]

    reports = run(play, max_requests_per_turn=3)
    assert reports.all[-1] == {"event": "capped", "thread": "t", "turn": "u", "prompt": "p", "requests": 4}


async def bytes_before_the_reset(provider: ModelProvider, request: bytes) -> int:
    """asyncio's streams forget what was received when a reset comes; a plain socket shows what the kernel has."""
    loop = asyncio.get_running_loop()
    received = 0
    with socket.socket() as sock:
        # A small window keeps the words in the sender's kernel, where a hasty reset would drop them.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        sock.setblocking(False)
        await loop.sock_connect(sock, ("127.0.0.1", urlsplit(provider.url).port))
        await loop.sock_sendall(sock, request)
        try:
            while chunk := await loop.sock_recv(sock, 1000):  # slower than the words come
                received += len(chunk)
                await asyncio.sleep(0)
        except ConnectionResetError:
            return received
    raise AssertionError("the stream ended in an orderly way")


def test_a_reset_comes_after_all_words_before_it() -> None:
    async def play(provider: ModelProvider, _: Reports) -> None:
        provider.expect("t", "p", say("x" * 600_000, {"type": "drop_connection", "times": 1}, "y"))
        assert await bytes_before_the_reset(provider, request_bytes("t", "p", "u")) > 600_000
        reader, writer = await ask(provider, "t", "p")
        assert (await text_of(reader))[1].endswith("xy")
        writer.close()

    endings = [event["ending"] for event in run(play).all if event["event"] == "answered"]
    assert endings == ["dropped", "completed"]


def test_a_failure_has_its_status_header_and_body() -> None:
    async def play(provider: ModelProvider, _: Reports) -> None:
        fail: Act = {"type": "fail", "status": 429, "times": 1, "retry_after": 1, "body": {"why": "\ud800"}}
        provider.expect("t", "p", [fail, *say("x")])
        reader, writer = await ask(provider, "t", "p")
        head, _end, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 429 ")
        assert b"retry-after: 1" in head.split(b"\r\n")
        assert json.loads(body) == {"why": "\ud800"}
        writer.close()
        reader, writer = await ask(provider, "t", "p")
        assert await text_of(reader) == (200, "x")
        writer.close()

    run(play)


def test_never_answer_sends_no_byte_and_a_stall_sends_headers() -> None:
    async def play(provider: ModelProvider, reports: Reports) -> None:
        provider.expect("t", "never", [{"type": "never_answer"}])
        provider.expect("t", "stall", [{"type": "stall"}])
        silent, one = await ask(provider, "t", "never")
        stalled, two = await ask(provider, "t", "stall", turn="v")
        assert (await stalled.readuntil(b"\n\n")).startswith(b"HTTP/1.1 200 OK\r\n")
        one.close()
        await reports.wait_for("abandoned")
        assert await silent.read() == b""
        two.close()

    assert {"event": "abandoned", "thread": "t", "turn": "u", "prompt": "never", "attempt": 1, "segment": 0} in run(
        play
    ).all


def test_sixteen_mebibytes_wait_for_a_slow_reader() -> None:
    chunk = "x" * (16 * 1024 * 1024)

    async def play(provider: ModelProvider, reports: Reports) -> None:
        tracemalloc.start()
        provider.expect("t", "long", say(chunk))
        provider.expect("t", "short", say("quick"))
        reader, writer = await ask(provider, "t", "long")
        await reader.readuntil(b"\r\n\r\n")
        quick, other = await ask(provider, "t", "short", turn="v")
        assert await text_of(quick) == (200, "quick")
        for _ in range(2000):  # turns of the loop, enough for all of it if nothing held it back
            await asyncio.sleep(0)
        assert "answered" not in [e["event"] for e in reports.all if e["prompt"] == "long"]
        received = 0
        while data := await reader.read(65536):
            received += len(data)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert received > 2 * len(chunk)  # the delta, and the whole item
        assert peak < 4 * 1024 * 1024
        writer.close()
        other.close()

    run(play)


def test_a_client_that_leaves_in_a_long_stream_leaves_nothing_behind() -> None:
    async def play(provider: ModelProvider, reports: Reports) -> None:
        provider.expect("t", "p", say(*["x" * 100_000] * 200))
        reader, writer = await ask(provider, "t", "p")
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()
        await reports.wait_for("abandoned")

    assert [event["event"] for event in run(play).all] == ["request", "abandoned"]


def test_close_cuts_what_is_open_and_reports_nothing_more() -> None:
    async def play(provider: ModelProvider, reports: Reports) -> None:
        provider.expect("t", "p", say("x", {"type": "hold", "gate": "never"}))
        reader, writer = await ask(provider, "t", "p")
        _, idle = await connect(provider)
        await reports.wait_for("held")
        await provider.close()
        with contextlib.suppress(ConnectionResetError):  # how a cut arrives depends on what was unread
            await reader.read(-1)
        assert reader.at_eof() or reader.exception() is not None
        writer.close()
        idle.close()

    assert [event["event"] for event in run(play).all] == ["request", "held"]


@pytest.mark.parametrize(
    ("raw", "status", "reason"),
    [
        (b"GET /v1/models HTTP/1.1\r\n\r\n", b"404", "only POST /v1/responses"),
        (b"POST /v1/responses HTTP/1.1\r\ncontent-length: 2\r\n\r\n[]", b"400", "no list named input"),
        (b"POST /v1/responses HTTP/1.1\r\ncontent-encoding: zstd\r\n\r\n", b"415", "zstd"),
    ],
)
def test_what_is_no_responses_request_is_reported_as_stray(raw: bytes, status: bytes, reason: str) -> None:
    async def play(provider: ModelProvider, _: Reports) -> None:
        reader, writer = await connect(provider)
        writer.write(raw)
        assert (await reader.read(-1)).split()[1] == status
        writer.close()

    (event,) = run(play).all
    assert event["event"] == "stray"
    assert reason in str(event["reason"])


def test_bytes_that_are_no_http_are_answered_too() -> None:
    async def play(provider: ModelProvider, _: Reports) -> None:
        reader, writer = await connect(provider)
        writer.write(b"\x16\x03\x01\r\n\r\n")
        assert (await reader.read(-1)).startswith(b"HTTP/1.1 400 ")
        writer.close()

    assert run(play).all == []


def test_a_report_that_raises_is_seen_and_ends_the_stream() -> None:
    trouble: list[object] = []

    def report(_: Event) -> None:
        raise LookupError("report")

    async def whole() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: trouble.append(context["exception"]))
        provider = ModelProvider(report)
        await provider.start()
        async with asyncio.timeout(BUDGET):
            reader, writer = await ask(provider, "t", "p")
            assert await reader.read(-1) == b""
            writer.close()
        await provider.close()

    asyncio.run(whole())
    assert [type(one) for one in trouble] == [LookupError]


def test_the_url_needs_a_start() -> None:
    with pytest.raises(RuntimeError, match="not been started"):
        _ = ModelProvider(lambda _: None).url
