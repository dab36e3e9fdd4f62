"""What the real server wrote, the fake writes byte for byte (HAR-10)."""

from __future__ import annotations

import json

import pytest
from tests.fidelity.conftest import HISTORIES, RECORDED, Recorded

from turnproof.message import encode
from turnproof_fakes.app_server.pipes import line_of

MESSAGES = HISTORIES.with_name("messages.jsonl").read_text(encoding="utf-8").strip().split("\n")
"""One message of every shape that was seen in 143 conversations with 0.163.0 which no scenario holds: over sockets, with
refusals of every kind, of methods beside threads. Long texts are cut short, and paths are made up."""


def test_every_line_of_the_real_server_is_what_the_fake_would_write(recorded: Recorded) -> None:
    """Over pipes by the fake's own writer, and on `sim` by the harness's."""
    lines = [
        event.raw for event in (*recorded.one, *recorded.other) if event.kind == "line" and event.dir == "to_client"
    ]
    assert lines
    assert [line for line in lines if line_of(json.loads(line)) != line + b"\n"] == []
    assert [line for line in lines if encode(json.loads(line)) != line] == []


@pytest.mark.parametrize("written", MESSAGES, ids=[f"line-{number}" for number in range(1, len(MESSAGES) + 1)])
def test_every_shape_of_message_that_the_real_server_was_seen_to_write_is_what_the_fake_would_write(
    written: str,
) -> None:
    line = written.encode()
    assert line_of(json.loads(line)) == line + b"\n"
    assert encode(json.loads(line)) == line


def test_the_corpus_has_what_an_encoder_can_do_wrong() -> None:
    """Letters beyond ASCII and beyond the basic plane, escapes, separators that JavaScript does not take, both kinds of keys."""
    raw = b"".join(event.raw for name in RECORDED for event in Recorded(name).one if event.dir == "to_client")
    for written in ("\u2028".encode(), "\U0001f600"[:1].encode()[:1], b"\\u00", b"\\n", b'\\"', b'{"error":'):
        assert written in raw, written
