"""The real binary beside the fake, and what makes two conversations comparable."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import socket
import struct
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import turnproof_fakes.mcp_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]
BUDGET = 20.0


class Model:
    """A scripted Responses provider on loopback, just enough for the comparisons here."""

    def __init__(self, scripts: dict[str, list[Json]]) -> None:
        self.scripts = scripts
        self.gates: dict[str, threading.Event] = {}
        self.attempts: dict[str, int] = {}
        self._item = 0
        model = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                prompt, results = _prompt(body["input"])
                key = f"{self.headers['thread-id']} {prompt}"
                model.attempts[key] = model.attempts.get(key, 0) + 1
                try:
                    model.answer(self, _segment(model.scripts[prompt], results), model.attempts[key])
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def gate(self, name: str) -> threading.Event:
        return self.gates.setdefault(name, threading.Event())

    def close(self) -> None:
        for gate in list(self.gates.values()):
            gate.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def answer(self, to: BaseHTTPRequestHandler, acts: list[Json], attempt: int) -> None:
        for act in acts:
            if act["type"] == "fail" and attempt <= (act.get("times") or attempt):
                self._refuse(to, act)
                return
        to.send_response(200)
        to.send_header("content-type", "text/event-stream")
        to.end_headers()
        self._event(to, {"type": "response.created", "response": {"id": "r"}})
        for act in acts:
            self._act(to, act, attempt)
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        self._event(to, {"type": "response.completed", "response": {"id": "r", "usage": usage}})

    def _refuse(self, to: BaseHTTPRequestHandler, act: Json) -> None:
        scripted = {"error": {"message": f"scripted failure {act['status']}", "type": "scripted", "code": "scripted"}}
        body = json.dumps(act.get("body", scripted)).encode()
        to.send_response(act["status"])
        to.send_header("content-length", str(len(body)))
        if "retry_after" in act:
            to.send_header("retry-after", str(act["retry_after"]))
        to.end_headers()
        to.wfile.write(body)

    def _event(self, to: BaseHTTPRequestHandler, event: Json) -> None:
        to.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        to.wfile.flush()

    def _act(self, to: BaseHTTPRequestHandler, act: Json, attempt: int) -> None:
        kind = act["type"]
        if kind == "hold":
            self.gate(act["gate"]).wait(BUDGET)
        elif kind == "drop_connection":
            if attempt <= (act.get("times") or attempt):
                to.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                to.connection.close()
                raise BrokenPipeError
        elif kind == "calls":
            for index, call in enumerate(act["calls"]):
                item = _function_call(call)
                self._event(to, {"type": "response.output_item.done", "output_index": index, "item": item})
        elif kind in ("say", "think"):
            self._item += 1
            (self._say if kind == "say" else self._think)(to, act, attempt)

    def _say(self, to: BaseHTTPRequestHandler, act: Json, attempt: int) -> None:
        item = {"type": "message", "role": "assistant", "id": f"msg_{self._item:016x}", "content": []}
        text = "".join(chunk for chunk in act["chunks"] if isinstance(chunk, str))
        if not act.get("whole"):
            self._event(to, {"type": "response.output_item.added", "output_index": 0, "item": item})
            for chunk in act["chunks"]:
                if isinstance(chunk, str):
                    where = {"item_id": item["id"], "output_index": 0, "content_index": 0}
                    self._event(to, {"type": "response.output_text.delta", "delta": chunk} | where)
                else:
                    self._act(to, chunk, attempt)
        done = item | {"content": [{"type": "output_text", "text": text}]}
        self._event(to, {"type": "response.output_item.done", "output_index": 0, "item": done})

    def _think(self, to: BaseHTTPRequestHandler, act: Json, attempt: int) -> None:
        item = {"type": "reasoning", "id": f"rs_{self._item:016x}", "summary": []}
        where = {"item_id": item["id"], "summary_index": 0}
        self._event(to, {"type": "response.output_item.added", "output_index": 0, "item": item})
        self._event(to, {"type": "response.reasoning_summary_part.added"} | where)
        for chunk in act["chunks"]:
            self._event(to, {"type": "response.reasoning_summary_text.delta", "delta": chunk} | where)
        summary = [{"type": "summary_text", "text": "".join(act["chunks"])}]
        done = item | {"summary": summary, "encrypted_content": None}
        self._event(to, {"type": "response.output_item.done", "output_index": 0, "item": done})


def _prompt(items: list[Json]) -> tuple[str, int]:
    """The user's last words, and how many results of tool calls came after them."""
    results = 0
    for item in reversed(items):
        results += item["type"] == "function_call_output"
        for part in reversed(item["content"] if item.get("role") == "user" else []):
            if not part["text"].startswith("<"):
                return part["text"], results
    raise AssertionError("a request without a prompt")


def _segment(script: list[Json], results: int) -> list[Json]:
    """What the model says once so many results are there: tool calls end an answer."""
    acts: list[Json] = []
    for act in script:
        if act["type"] != "calls":
            acts.append(act)
        elif results >= len(act["calls"]):
            results -= len(act["calls"])
            acts = []
        else:
            return [*acts, act]
    return acts


def _function_call(call: Json) -> Json:
    """A call of the plan as the provider sends it."""
    name, arguments, more = _CALLS[call["kind"]](call)
    item = {"type": "function_call", "name": name, "call_id": call["call_id"], "arguments": json.dumps(arguments)}
    return item | more


def _command(call: Json) -> tuple[str, Json, Json]:
    escalated = {"sandbox_permissions": "require_escalated", "justification": call["justification"]}
    return "exec_command", {"cmd": call["command"]} | (escalated if call["escalated"] else {}), {}


_CALLS: dict[str, Callable[[Json], tuple[str, Json, Json]]] = {
    "command": _command,
    "patch": lambda call: ("exec_command", {"cmd": f"apply_patch <<'EOF'\n{call['patch']}\nEOF"}, {}),
    "user_input": lambda call: ("request_user_input", {"questions": call["questions"]}, {}),
    "tool": lambda call: (call["tool"], call["arguments"], {}),
    "mcp": lambda call: (call["tool"], call["arguments"], {"namespace": f"mcp__{call['server']}"}),
    "permissions": lambda call: ("request_permissions", {name: call[name] for name in ("reason", "permissions")}, {}),
}


CONFIG = """
model = "mock-model"
model_provider = "mock"
approval_policy = "never"
sandbox_mode = "read-only"
check_for_update_on_startup = false
[analytics]
enabled = false
[features]
plugins = false
apps = false
request_permissions_tool = {permissions}
[model_providers.mock]
name = "mock"
base_url = "http://127.0.0.1:{port}/v1"
wire_api = "responses"
request_max_retries = {request}
stream_max_retries = {stream}
supports_websockets = false
"""


MCP = f"""
[mcp_servers.turnproof]
command = {json.dumps(sys.executable)}
args = {json.dumps(["-I", "-S", turnproof_fakes.mcp_server.__file__])}
"""


@pytest.fixture
def real(peer_on: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Start the real binary, or skip where it is not installed; a second one uses the same home and model."""
    installed = pytest.importorskip("codex_cli_bin", reason="the real codex is not installed (extra `codex`)")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "turnproof"
    base.mkdir(parents=True, exist_ok=True)
    # Under the cache, not the temp folder: the real binary behaves differently with a home there.
    home = Path(tempfile.mkdtemp(prefix="t", dir=base))
    peers: list[Any] = []
    models: list[Model] = []

    def start(scripts: dict[str, list[Json]], retries: Json | None = None, tools: tuple[str, ...] = ()) -> Any:
        if not models:
            models.append(Model(scripts))
        counts = {"request": 0, "stream": 0} | (retries or {})
        permissions = json.dumps("permissions" in tools)
        config = CONFIG.format(port=models[0].server.server_address[1], permissions=permissions, **counts)
        (home / "config.toml").write_text(config + (MCP if "mcp" in tools else ""))
        peers.append(peer_on([str(installed.bundled_codex_path()), "app-server"], home, {}))
        peers[-1].open_gate = lambda gate: models[0].gate(gate).set()
        return peers[-1]

    yield start
    for peer in peers:
        peer.kill()
    for model in models:
        model.close()
    shutil.rmtree(home)


TIMES = {"createdAt", "updatedAt", "recencyAt", "startedAt", "completedAt", "durationMs", "emittedAtMs"} | {
    "startedAtMs",
    "completedAtMs",
    "sectionEnteredAt",
}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?:msg|rs)_[0-9a-f]{16}")
NOISE = (
    (re.compile(r"http://127\.0\.0\.1(:\d+)?"), "URL"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d[:-]\d\d[:-]\d\d(\.\d+Z)?"), "TIME"),
    (re.compile(r"sessions/\d{4}/\d\d/\d\d/"), "sessions/DAY/"),
    (re.compile(r'"rolloutOrdinal":\d+'), '"rolloutOrdinal":N'),
)


class Shape:
    """Makes what two servers said comparable: ids by order of first sight, times by type, the home by name."""

    def __init__(self, home: Path) -> None:
        self._home = str(home)
        self._ids: dict[str, str] = {}

    def of(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return [(self._text(name), self.of(inner, name)) for name, inner in value.items()]
        if isinstance(value, list):
            return [self.of(inner, key) for inner in value]
        if key == "developer_instructions" and value is not None:
            return value.partition("\n")[0]  # pages of them, of which the fake has the heading
        if key in TIMES and value is not None:
            return type(value).__name__
        if key in ("serverName", "userAgent", "revision", "installationId", "processId") and value is not None:
            return "TEXT"
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        text = text.replace(self._home, "HOME")
        text = UUID.sub(lambda found: self._ids.setdefault(found.group(), f"ID{len(self._ids) + 1}"), text)
        for pattern, name in NOISE:
            text = pattern.sub(name, text)
        return text


def spoken(peer: Any, racing: frozenset[str], beside: frozenset[str]) -> tuple[list[Any], dict[Any, Any]]:
    """Notifications in order, and answers by request id (answers overtake each other on the real server).
    Neighbours whose methods are `racing` come in any order there; here they are sorted. What is told `beside` the others
    may come anywhere among them; here it follows them."""
    shape = Shape(peer.home)
    said = [message for message in _unloaded_once(peer.log) if not _chance(message)]
    shaped = [(message, shape.of(message)) for message in said]
    shaped.sort(key=lambda pair: pair[0].get("method") in beside)
    told = [form for message, form in _settled(shaped, racing) if "method" in message]
    return told, {message["id"]: form for message, form in shaped if "method" not in message}


def _unloaded_once(log: list[Json]) -> Iterator[Json]:
    """A busy real server says now and then twice that an archived or deleted thread is not loaded any more."""
    statuses: dict[str, str] = {}
    for message in log:
        if message.get("method") == "thread/status/changed":
            thread, status = message["params"]["threadId"], message["params"]["status"]["type"]
            if statuses.get(thread) == status == "notLoaded":
                continue
            statuses[thread] = status
        yield message


def _chance(message: Json) -> bool:
    """What depends on the machine, not on the conversation; a quick command's output is streamed or not, as it happens."""
    method, params = message.get("method"), message.get("params") or {}
    streamed = method == "item/commandExecution/outputDelta" and params["itemId"].startswith("call_")
    return streamed or method == "configWarning"


def _settled(shaped: list[tuple[Json, Any]], racing: frozenset[str]) -> list[tuple[Json, Any]]:
    settled: list[tuple[Json, Any]] = []
    for race, group in itertools.groupby(shaped, lambda pair: pair[0].get("method") in racing):
        neighbours = list(group)
        settled += sorted(neighbours, key=lambda pair: pair[0]["method"]) if race else neighbours
    return settled


def _differences(path: str, fake: Any, real: Any) -> Iterator[str]:
    """Where two shapes differ, one line a place."""
    if isinstance(fake, dict) and isinstance(real, dict):
        for name in {**real, **fake}:
            yield from _differences(f"{path} {name}", fake.get(name), real.get(name))
    elif isinstance(fake, list) and isinstance(real, list) and len(fake) == len(real):
        for number, (ours, theirs) in enumerate(zip(fake, real, strict=True)):
            yield from _differences(f"{path}.{number}", ours, theirs)
    elif isinstance(fake, tuple) and isinstance(real, tuple) and fake[0] == real[0]:
        yield from _differences(f"{path}:{fake[0]}", fake[1], real[1])
    elif isinstance(fake, list) and isinstance(real, list) and path == "told":
        names = [[message[0][1] for message in told] for told in (fake, real)]
        yield f"{path}: fake {names[0]}\n{path}: real {names[1]}"
    elif fake != real:
        yield f"{path}:\n    fake {str(fake)[:700]}\n    real {str(real)[:700]}"


@pytest.fixture
def same_on_both(fake: Callable[..., Any], real: Callable[..., Any]) -> Callable[..., None]:
    """Play a conversation on the real binary and on the fake, and compare all that was said, key order included."""

    def compare(
        play: Callable[[Any], None],
        scripts: dict[str, list[Json]] | None = None,
        retries: Json | None = None,
        tools: tuple[str, ...] = (),
        racing: frozenset[str] = frozenset(),
        beside: frozenset[str] = frozenset(),
    ) -> None:
        scripts = {"hi": [{"type": "say", "chunks": ["hello ", "world"]}]} if scripts is None else scripts
        peers = [real(scripts, retries, tools), fake(scripts=scripts, retries=retries or {}, tools=tools)]
        for peer in peers:
            play(peer)
        (real_told, real_answers), (fake_told, fake_answers) = (spoken(peer, racing, beside) for peer in peers)
        differences = [*_differences("answer", fake_answers, real_answers), *_differences("told", fake_told, real_told)]
        assert not differences, "\n".join(differences)

    return compare
