"""A history by hand: a log whose events have labels."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from turnproof.history import Event
from turnproof.message import encode

NOW = 1_767_225_600_000
CHANGE = {"path": "/work/patched-c", "kind": {"type": "add"}, "diff": "c-of-0\n"}
ADDED = (
    "diff --git a/patched-c b/patched-c\nnew file mode 100644\n--- /dev/null\n+++ b/patched-c\n@@ -0,0 +1 @@\n+c-of-0\n"
)
"""A patch of the call "c", as its item and as the diff of its turn."""
FAILED = {"message": "500", "codexErrorInfo": "internalServerError"}


class Log:
    """A history by hand. Every event has a label, by which others are put before, behind or in place of it."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Any, str | None, bytes, int]] = []
        self.gen = 1

    def add(self, label: str, kind: str, direction: str | None, raw: bytes) -> Log:
        self.entries.append((label, kind, direction, raw, self.gen))
        return self

    def fact(self, label: str, kind: str, **data: Any) -> Log:
        return self.add(label, kind, None, encode(data))

    def spawn(self, gen: int = 1) -> Log:
        self.gen = gen
        return self.fact("spawn", "process", event="spawn", pid=1)

    def exit(self, asked: str | None = "eof", rc: int = 0, **more: Any) -> Log:
        return self.fact("exit", "process", event="exit", rc=rc, asked=asked, **more)

    def step(self, name: str, label: str = "", **report: Any) -> Log:
        phase = "begin" if label == "begin" else "end"
        return self.fact(label or name, "step", step=name, n="1", phase=phase, **report)

    def ask(self, number: Any, method: str, params: Any = None, label: str = "") -> Log:
        return self.add(
            label or method, "line", "to_server", encode({"id": number, "method": method, "params": params or {}})
        )

    def answer(self, number: Any, result: Any, label: str = "answer") -> Log:
        return self.add(label, "line", "to_client", encode({"id": number, "result": result}))

    def refuse(self, number: Any, message: str = "no") -> Log:
        return self.line(encode({"error": {"code": -32600, "message": message}, "id": number}), label="refusal")

    def tell(self, method: str, params: Any, label: str = "") -> Log:
        raw = encode({"method": method, "params": params, "emittedAtMs": NOW})
        return self.add(label or method, "line", "to_client", raw)

    def line(self, raw: bytes, label: str = "line", direction: str = "to_client") -> Log:
        return self.add(label, "line", direction, raw)

    def asks(self, number: Any, method: str, params: Any, label: str = "ask") -> Log:
        """The server asks its client."""
        return self.line(encode({"method": method, "id": number, "params": params}), label)

    def reply(self, number: Any, result: Any, label: str = "reply") -> Log:
        return self.line(encode({"id": number, "result": result}), label, "to_server")

    def resolved(self, number: Any, thread: str = "T", label: str = "resolved") -> Log:
        return self.tell("serverRequest/resolved", {"threadId": thread, "requestId": number}, label)

    def status(self, thread: str, kind: str, label: str) -> Log:
        return self.tell("thread/status/changed", {"threadId": thread, "status": {"type": kind}}, label)

    def waits(self, label: str, *flags: str, thread: str = "T") -> Log:
        status = {"type": "active", "activeFlags": list(flags)}
        return self.tell("thread/status/changed", {"threadId": thread, "status": status}, label)

    def item(self, phase: str, thread: str, turn: str, item: dict[str, Any], label: str) -> Log:
        return self.tell(f"item/{phase}", {"threadId": thread, "turnId": turn, "item": item}, label)

    def delta(self, thread: str, turn: str, item: str, text: str, label: str = "delta") -> Log:
        params = {"threadId": thread, "turnId": turn, "itemId": item, "delta": text}
        return self.tell("item/agentMessage/delta", params, label)

    def begin(self, thread: str = "T", turn: str = "U1", words: str = "hi", number: Any = 3) -> Log:
        said = {"type": "userMessage", "id": f"{turn}u", "content": [{"type": "text", "text": words}]}
        self.ask(number, "turn/start", {"threadId": thread, "input": [{"type": "text", "text": words}]})
        self.answer(number, {"turn": {"id": turn}}, "accepted")
        self.status(thread, "active", "active")
        self.tell("turn/started", {"threadId": thread, "turn": {"id": turn}}, "started")
        self.item("started", thread, turn, said, "words+")
        return self.item("completed", thread, turn, said, "words-")

    def says(self, *chunks: str, thread: str = "T", turn: str = "U1", item: str = "m1") -> Log:
        self.item("started", thread, turn, {"type": "agentMessage", "id": item, "text": ""}, "says+")
        for number, chunk in enumerate(chunks, 1):
            self.delta(thread, turn, item, chunk, f"delta{number}")
        return self.item(
            "completed", thread, turn, {"type": "agentMessage", "id": item, "text": "".join(chunks)}, "says-"
        )

    def finish(
        self, status: str = "completed", thread: str = "T", turn: str = "U1", after: str = "idle", used: int = 0
    ) -> Log:
        if status == "completed":
            self.usage(thread, turn, 10, used)
        self.status(thread, after, "idle")
        error = FAILED if status == "failed" else None
        over = {"id": turn, "status": status, "error": error}
        return self.tell("turn/completed", {"threadId": thread, "turn": over}, "completed")

    def usage(self, thread: str, turn: str, tokens: int, before: int = 0) -> Log:
        used = {"total": {"totalTokens": before + tokens}, "last": {"totalTokens": tokens}}
        return self.tell("thread/tokenUsage/updated", {"threadId": thread, "turnId": turn, "tokenUsage": used}, "usage")

    def turn(self, turn: str = "U1", words: str = "hi", *chunks: str, thread: str = "T", number: Any = 3) -> Log:
        self.begin(thread, turn, words, number)
        return self.says(*(chunks or ("hel", "lo")), thread=thread, turn=turn, item=f"{turn}m").finish(
            thread=thread, turn=turn
        )

    # -- changes, by label

    def at(self, label: str) -> int:
        return next(i for i, entry in enumerate(self.entries) if entry[0] == label)

    def without(self, label: str) -> Log:
        del self.entries[self.at(label)]
        return self

    def twice(self, label: str) -> Log:
        self.entries.insert(self.at(label) + 1, self.entries[self.at(label)])
        return self

    def swapped(self, one: str, other: str) -> Log:
        i, j = self.at(one), self.at(other)
        self.entries[i], self.entries[j] = self.entries[j], self.entries[i]
        return self

    def moved_behind(self, label: str, place: str) -> Log:
        entry = self.entries.pop(self.at(label))
        self.entries.insert(self.at(place) + 1, entry)
        return self

    def put_behind(self, place: str, other: Log) -> Log:
        index = self.at(place) + 1
        self.entries[index:index] = other.entries
        return self

    def put_before(self, place: str, other: Log) -> Log:
        index = self.at(place)
        self.entries[index:index] = other.entries
        return self

    def changed(self, label: str, **params: Any) -> Log:
        name, kind, direction, raw, gen = self.entries[self.at(label)]
        value = json.loads(raw)
        value.get("params", value).update(params)
        self.entries[self.at(label)] = (name, kind, direction, encode(value), gen)
        return self

    def changed_item(self, label: str, **more: Any) -> Log:
        return self.changed(label, item=json.loads(self.entries[self.at(label)][3])["params"]["item"] | more)

    def under_id(self, label: str, number: Any) -> Log:
        """The request with this label, asked under this id."""
        name, kind, direction, raw, gen = self.entries[self.at(label)]
        self.entries[self.at(label)] = (name, kind, direction, encode(json.loads(raw) | {"id": number}), gen)
        return self

    def made_at(self, label: str, ms: int) -> Log:
        name, kind, direction, raw, gen = self.entries[self.at(label)]
        self.entries[self.at(label)] = (name, kind, direction, encode(json.loads(raw) | {"emittedAtMs": ms}), gen)
        return self

    def events(self) -> Iterable[Event]:
        for seq, (_, kind, direction, raw, gen) in enumerate(self.entries, 1):
            yield Event(seq, "wire", seq, seq * 1000, gen, gen, direction, kind, raw)  # type: ignore[arg-type]
