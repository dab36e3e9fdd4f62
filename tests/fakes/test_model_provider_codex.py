"""The model provider as the real binary sees it. Skipped where the binary is not installed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from turnproof.homes import Homes, ModelSettings
from turnproof_fakes.model_provider import ModelProvider

binary_package = pytest.importorskip("codex_cli_bin", reason="pip install openai-codex-cli-bin")
CODEX = Path(binary_package.bundled_codex_path())

Message = dict[str, Any]
BUDGET = 30.0  # seconds


class Client:
    """A throw-away client of one app-server, with the provider behind it."""

    def __init__(self, provider: ModelProvider, process: asyncio.subprocess.Process, reports: list[Message]) -> None:
        self.provider = provider
        self.reports = reports
        self.seen: list[Message] = []
        self._process = process
        self._answers: dict[int, Message] = {}
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    def heard(self) -> None:
        self._news.set()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            message = json.loads(line)
            if "method" in message:
                self.seen.append(message)
            else:
                self._answers[message["id"]] = message
            self.heard()

    async def until(self, found: Callable[[], object]) -> Any:
        while not (value := found()):
            assert not self._reader.done(), "the server is gone"
            self._news.clear()
            await self._news.wait()
        return value

    async def request(self, method: str, **params: object) -> Message:
        assert self._process.stdin is not None
        ident = len(self._answers) + 1
        line = json.dumps({"id": ident, "method": method, "params": params})
        self._process.stdin.write(line.encode() + b"\n")
        answer = await self.until(lambda: self._answers.get(ident))
        assert "result" in answer, answer
        return answer["result"]

    async def start_thread(self) -> str:
        return (await self.request("thread/start"))["thread"]["id"]

    async def start_turn(self, thread: str, text: str) -> str:
        answer = await self.request("turn/start", threadId=thread, input=[{"type": "text", "text": text}])
        return answer["turn"]["id"]

    async def run_turn(self, thread: str, text: str) -> Message:
        return await self.end_of(await self.start_turn(thread, text))

    async def end_of(self, turn: str) -> Message:
        def ended() -> Message | None:
            turns = (m["params"]["turn"] for m in self.seen if m["method"] == "turn/completed")
            return next((one for one in turns if one["id"] == turn), None)

        return await self.until(ended)

    async def reported(self, kind: str) -> Message:
        return await self.until(lambda: next((one for one in self.reports if one["event"] == kind), None))

    def deltas(self, turn: str, method: str = "item/agentMessage/delta") -> list[str]:
        return [m["params"]["delta"] for m in self.seen if m["method"] == method and m["params"]["turnId"] == turn]

    def items(self, turn: str, kind: str, event: str = "item/completed") -> list[Message]:
        found = (m["params"] for m in self.seen if m["method"] == event)
        return [one["item"] for one in found if one["turnId"] == turn and one["item"]["type"] == kind]

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._reader


Play = Callable[[Client], Awaitable[None]]
Run = Callable[..., list[Message]]


@pytest.fixture
def play() -> Run:
    """Plays an async function against a server in a home of its own; returns what the provider reported."""
    homes = Homes()
    digest = f"test{CODEX.stat().st_size:x}{CODEX.stat().st_mtime_ns:x}"
    template = homes.template(CODEX, digest[-16:])

    async def whole(act: Play, cap: int, **config: int) -> list[Message]:
        reports: list[Message] = []
        clients: list[Client] = []

        def report(event: Message) -> None:
            reports.append(event)
            for client in clients:
                client.heard()

        provider = ModelProvider(report, max_requests_per_turn=cap)
        await provider.start()
        home = homes.create(ModelSettings(provider.url, **config), template)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            str(CODEX),
            "app-server",
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=home.cwd,
            env=home.environment(),
            limit=1 << 26,
        )
        client = Client(provider, process, reports)
        clients.append(client)
        try:
            async with asyncio.timeout(BUDGET):
                await client.request("initialize", clientInfo={"name": "probe", "version": "0"})
                await act(client)
                await client.close()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await provider.close()
            home.finish()
        return reports

    def run(act: Play, cap: int = 40, **config: int) -> list[Message]:
        return asyncio.run(whole(act, cap, **config))

    return run


def say(*chunks: object, **rest: object) -> dict[str, object]:
    return {"type": "say", "chunks": list(chunks), **rest}


def attempts(reports: list[Message]) -> list[int]:
    return [one["attempt"] for one in reports if one["event"] == "request"]


def test_chunks_arrive_as_they_are(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        chunks = ["al", "", "pha ", "\U0001f600", '"\\\n\u2028', "x" * 100_000]
        client.provider.expect(thread, "hello", [say(*chunks), say("second")])
        turn = await client.run_turn(thread, "hello")
        assert turn["status"] == "completed"
        assert [text for text in client.deltas(turn["id"]) if text] == [*(one for one in chunks if one), "second"]
        assert [item["text"] for item in client.items(turn["id"], "agentMessage")] == ["".join(chunks), "second"]
        (usage,) = [m["params"]["tokenUsage"] for m in client.seen if m["method"] == "thread/tokenUsage/updated"]
        assert (usage["last"]["inputTokens"], usage["last"]["outputTokens"]) == (1, 1)

    reports = play(act)
    assert [one["event"] for one in reports] == ["request", "answered"]
    assert reports[0]["turn"]


def test_a_whole_message_starts_with_its_text(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        client.provider.expect(thread, "hello", [say("all ", "of it", whole=True)])
        turn = await client.run_turn(thread, "hello")
        assert client.deltas(turn["id"]) == []
        started = client.items(turn["id"], "agentMessage", "item/started")
        assert [item["text"] for item in started] == ["all of it"]

    play(act)


def test_thoughts_are_a_reasoning_item(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        client.provider.expect(thread, "hello", [{"type": "think", "chunks": ["hm ", "yes"]}, say("x")])
        turn = await client.run_turn(thread, "hello")
        assert client.deltas(turn["id"], "item/reasoning/summaryTextDelta") == ["hm ", "yes"]
        assert [item["summary"] for item in client.items(turn["id"], "reasoning")] == [["hm yes"]]
        assert "item/reasoning/summaryPartAdded" in [m["method"] for m in client.seen]

    play(act)


def test_a_gate_holds_the_stream_until_it_is_released(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        client.provider.expect(thread, "hello", [say("before", {"type": "hold", "gate": "g"}, "after")])
        turn = await client.start_turn(thread, "hello")
        await client.reported("held")
        await client.until(lambda: client.deltas(turn))
        assert client.deltas(turn) == ["before"]
        client.provider.release("g")
        assert (await client.end_of(turn))["status"] == "completed"
        assert client.deltas(turn) == ["before", "after"]

    play(act)


def test_a_failure_for_two_attempts_is_retried_away(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        client.provider.expect(thread, "hello", [{"type": "fail", "status": 500, "times": 2}, say("x")])
        assert (await client.run_turn(thread, "hello"))["status"] == "completed"

    assert attempts(play(act, request_max_retries=2)) == [1, 2, 3]


def test_too_many_requests_fails_the_turn_by_its_name(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        client.provider.expect(thread, "hello", [{"type": "fail", "status": 429}])
        turn = await client.run_turn(thread, "hello")
        assert turn["status"] == "failed"
        assert turn["error"]["codexErrorInfo"] == {"responseTooManyFailedAttempts": {"httpStatusCode": 429}}

    assert attempts(play(act)) == [1]


def test_too_many_requests_is_retried_after_a_while(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        fail = {"type": "fail", "status": 429, "times": 1, "retry_after": 0}
        client.provider.expect(thread, "hello", [fail, say("x")])
        assert (await client.run_turn(thread, "hello"))["status"] == "completed"

    assert attempts(play(act, stream_max_retries=2)) == [1, 2]


def test_a_body_of_the_script_reaches_the_client(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        body = {"error": {"type": "server_error", "code": "server_is_overloaded", "message": "m"}}
        client.provider.expect(thread, "hello", [{"type": "fail", "status": 503, "body": body}])
        turn = await client.run_turn(thread, "hello")
        assert turn["error"]["codexErrorInfo"] == "serverOverloaded"

    play(act)


def test_a_torn_stream_keeps_its_words_and_is_tried_again(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        client.provider.expect(thread, "hello", [say("one ", {"type": "drop_connection", "times": 1}, "two")])
        turn = await client.run_turn(thread, "hello")
        assert turn["status"] == "completed"
        assert client.deltas(turn["id"]) == ["one ", "one ", "two"]
        started = [item["id"] for item in client.items(turn["id"], "agentMessage", "item/started")]
        assert started == ["msg_1", "msg_2"]

    reports = play(act, stream_max_retries=1)
    assert [one["ending"] for one in reports if one["event"] == "answered"] == ["dropped", "completed"]


def test_silence_before_the_headers_can_be_interrupted(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        client.provider.expect(thread, "hello", [{"type": "never_answer"}])
        turn = await client.start_turn(thread, "hello")
        await client.reported("request")
        await client.until(lambda: [m for m in client.seen if m["method"] == "turn/started"])
        await client.request("turn/interrupt", threadId=thread, turnId=turn)
        assert (await client.end_of(turn))["status"] == "interrupted"
        await client.reported("abandoned")

    play(act)


def test_a_stalled_stream_meets_the_idle_timeout(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        client.provider.expect(thread, "hello", [say("x", {"type": "stall"})])
        turn = await client.run_turn(thread, "hello")
        assert turn["status"] == "failed"
        assert "idle timeout" in turn["error"]["message"]
        await client.reported("abandoned")

    play(act, stream_idle_timeout_ms=300)


def test_a_steer_in_mid_stream_gets_its_own_script(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        client.provider.expect(thread, "hello", [say("cut", {"type": "hold", "gate": "never"}, "unsaid")])
        client.provider.expect(thread, "rather this", [say("done")])
        turn = await client.start_turn(thread, "hello")
        await client.until(lambda: client.deltas(turn))
        steer = [{"type": "text", "text": "rather this"}]
        await client.request("turn/steer", threadId=thread, expectedTurnId=turn, input=steer)
        assert (await client.end_of(turn))["status"] == "completed"
        assert client.deltas(turn) == ["cut", "done"]

    reports = play(act)
    events = [(one["event"], one.get("prompt")) for one in reports]
    assert sorted(events[2:3] + events[3:4]) == [("abandoned", "hello"), ("request", "rather this")]
    assert len({one["turn"] for one in reports if "turn" in one}) == 1


def test_equal_words_on_two_threads_have_two_answers(play: Run) -> None:
    async def act(client: Client) -> None:
        one, two = await client.start_thread(), await client.start_thread()
        client.provider.expect(one, "same", [say("first", {"type": "hold", "gate": "g"})])
        client.provider.expect(two, "same", [say("second")])
        slow = await client.start_turn(one, "same")
        await client.reported("held")
        quick = await client.run_turn(two, "same")
        client.provider.release("g")
        await client.end_of(slow)
        assert client.deltas(slow) == ["first"]
        assert client.deltas(quick["id"]) == ["second"]

    play(act)


def test_a_fork_is_answered_by_what_is_expected_anywhere(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        client.provider.expect(thread, "hello", [say("x")])
        client.provider.expect_anywhere("in the fork", [say("forked")])
        await client.run_turn(thread, "hello")
        fork = (await client.request("thread/fork", threadId=thread))["thread"]["id"]
        assert fork != thread
        turn = await client.run_turn(fork, "in the fork")
        assert client.deltas(turn["id"]) == ["forked"]

    play(act)


def test_an_unscripted_prompt_fails_the_turn_by_name(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        turn = await client.run_turn(thread, "nobody expects this")
        assert turn["status"] == "failed"
        assert "nobody expects this" in turn["error"]["message"]

    (event,) = play(act)
    assert (event["event"], event["prompt"]) == ("unscripted", "nobody expects this")


def test_an_endless_loop_of_requests_is_capped(play: Run) -> None:
    async def act(client: Client) -> None:
        thread = await client.start_thread()
        client.provider.expect(thread, "hello", [{"type": "drop_connection"}])
        turn = await client.run_turn(thread, "hello")
        assert turn["status"] == "failed"
        assert "one turn sent 3 requests" in turn["error"]["message"]

    reports = play(act, cap=2, stream_max_retries=5)
    assert attempts(reports) == [1, 2]
    assert reports[-1]["event"] == "capped"
