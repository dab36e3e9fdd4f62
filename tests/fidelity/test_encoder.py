"""What the real server wrote, the fake writes byte for byte (HAR-10), given what it is about: an id and a result, an id and a
refusal, a method and its params with the time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.fidelity.conftest import HISTORIES, RECORDED, Recorded

from turnproof.message import encode
from turnproof_fakes.app_server.asks import Ask
from turnproof_fakes.app_server.composition import new_engine
from turnproof_fakes.app_server.disk import Disk
from turnproof_fakes.app_server.engine import Engine
from turnproof_fakes.app_server.outputs import Send
from turnproof_fakes.app_server.pipes import line_of
from turnproof_fakes.app_server.refusals import OVERLOADED, Refused

MESSAGES = HISTORIES.with_name("messages.jsonl").read_text(encoding="utf-8").strip().split("\n")
"""One message of every shape that was seen in 143 conversations with 0.163.0 which no scenario holds: over sockets, with
refusals of every kind, that of too much at once too, of methods beside threads. Long texts are cut short, and paths are made up."""


class Fake:
    """A fake that was said hello to, and says what it is made to say."""

    def __init__(self) -> None:
        self.engine: Engine = new_engine({}, Disk(), home="/home/fake", cwd="/work", epoch_ms=0)
        hello = {"clientInfo": {"name": "probe", "version": "0"}, "capabilities": {"experimentalApi": True}}
        self.engine.receive_line(json.dumps({"id": 0, "method": "initialize", "params": hello}).encode(), 0.0)

    def lines_of(self, line: bytes, *, crowded: bool) -> list[bytes]:
        """What it writes upon a line."""
        out = self.engine.receive_line(line, 0.0, crowded=crowded)
        return [line_of(one.message) for one in out if isinstance(one, Send)]

    def written(self, line: bytes) -> bytes:
        """What it writes when it has the same to say as the line, made by the functions that make it in a play."""
        said: dict[str, Any] = json.loads(line)
        # The middle of the millisecond: the fake's clock counts seconds, and cuts what is less than one off.
        now = (said.get("emittedAtMs", 0) + 0.5) / 1000
        self.engine.tick(now)
        if "error" in said:
            error = said["error"]
            self.engine.refuse(said["id"], Refused(error["message"], error["code"], error.get("data")))
        elif "method" not in said:
            self.engine.respond(said["id"], said["result"])
        elif "id" in said:
            nobody: Any = None
            return line_of(Ask(said["id"], nobody, "", said["method"], said["params"]).message())
        else:
            self.engine.announce(said["method"], said["params"])
        (send,) = self.engine.tick(now)
        assert isinstance(send, Send)
        return line_of(send.message)


FAKE = Fake()


def test_every_line_of_the_real_server_is_what_the_fake_would_write(recorded: Recorded) -> None:
    """Over pipes by the fake's own writer, and on `sim` by the harness's."""
    lines = [
        event.raw for event in (*recorded.one, *recorded.other) if event.kind == "line" and event.dir == "to_client"
    ]
    assert lines
    assert [line for line in lines if FAKE.written(line) != line + b"\n"] == []
    assert [line for line in lines if encode(json.loads(line)) != line] == []


@pytest.mark.parametrize("written", MESSAGES, ids=[f"line-{number}" for number in range(1, len(MESSAGES) + 1)])
def test_every_shape_of_message_that_the_real_server_was_seen_to_write_is_what_the_fake_would_write(
    written: str,
) -> None:
    line = written.encode()
    assert FAKE.written(line) == line + b"\n"
    assert encode(json.loads(line)) == line


def test_the_fake_refuses_what_is_too_much_at_once_as_the_real_server_was_seen_to() -> None:
    recorded = [line.encode() for line in MESSAGES if json.loads(line).get("error", {}).get("code") == OVERLOADED]
    assert recorded
    for line in recorded:
        request = {"id": json.loads(line)["id"], "method": "thread/loaded/list", "params": {}}
        assert Fake().lines_of(json.dumps(request).encode(), crowded=True) == [line + b"\n"]


def test_the_corpus_has_what_an_encoder_can_do_wrong() -> None:
    """Letters beyond ASCII and beyond the basic plane, escapes, separators that JavaScript does not take, both kinds of keys."""
    raw = b"".join(event.raw for name in RECORDED for event in Recorded(name).one if event.dir == "to_client")
    for written in ("\u2028".encode(), "\U0001f600"[:1].encode()[:1], b"\\u00", b"\\n", b'\\"', b'{"error":'):
        assert written in raw, written
