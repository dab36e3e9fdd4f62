"""The handshake, the envelope, and what gets no answer at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from turnproof_fakes.app_server.outputs import Exit, Send, Stderr

Drive = Any
INFO = {"name": "probe", "version": "0"}


def test_initialize_answers_before_it_tells(drive: Drive) -> None:
    engine = drive()
    engine.send("initialize", {"clientInfo": INFO})
    assert engine.methods() == ["<-", "remoteControl/status/changed"]
    result = engine.answer(1)["result"]
    assert list(result) == ["userAgent", "codexHome", "platformFamily", "platformOs"]
    assert result["userAgent"] == "probe/0.163.0 (Debian 12.0.0; x86_64) xterm (probe; 0)"


def test_a_config_warning_comes_only_when_planned(drive: Drive) -> None:
    engine = drive(config_warning="no bubblewrap")
    engine.send("initialize", {"clientInfo": INFO})
    assert engine.methods() == ["<-", "configWarning", "remoteControl/status/changed"]
    assert engine.last("configWarning") == {"summary": "no bubblewrap", "details": None}


def test_notifications_end_with_their_time_and_nothing_has_a_jsonrpc_key(drive: Drive) -> None:
    engine = drive(scripts={"hi": [{"type": "say", "chunks": ["x"]}]}).initialize()
    engine.turn(engine.thread(), "hi")
    for message in engine.messages:
        assert "jsonrpc" not in message
        assert list(message) in (["id", "result"], ["method", "params", "emittedAtMs"])


def test_errors_come_before_ids(drive: Drive) -> None:
    assert list(drive().ask("thread/list")) == ["error", "id"]


def test_deserialisation_is_judged_before_the_handshake(drive: Drive) -> None:
    engine = drive()
    assert engine.refusal("thread/start") == "Not initialized"
    assert engine.refusal("turn/start") == "Invalid request: missing field `threadId`"
    text = engine.refusal("no/such")
    assert text.startswith(
        "Invalid request: unknown variant `no/such`, expected one of `initialize`, `server/diagnostics`,"
    )
    assert text.count("`") == 2 * 176


@pytest.mark.parametrize(
    ("params", "missing"),
    [({}, "clientInfo"), ({"clientInfo": {"name": "x"}}, "version"), ({"clientInfo": {"version": "0"}}, "name")],
)
def test_an_incomplete_initialize_can_be_repeated(drive: Drive, params: Any, missing: str) -> None:
    engine = drive()
    assert engine.refusal("initialize", params) == f"Invalid request: missing field `{missing}`"
    engine.initialize()
    assert engine.refusal("initialize", {"clientInfo": INFO}) == "Already initialized"


def test_a_name_must_fit_a_header(drive: Drive) -> None:
    engine = drive()
    refused = engine.refusal("initialize", {"clientInfo": {"name": "a\r\nb: c", "version": "1"}})
    assert refused == "Invalid clientInfo.name: 'a\r\nb: c'. Must be a valid HTTP header value."
    answer = engine.result("initialize", {"clientInfo": {"name": "", "version": ""}})
    assert answer["userAgent"].endswith("xterm (;)")


@pytest.mark.parametrize("request_id", [0, -1, (1 << 63) - 1, -(1 << 63), "", "abc"])
def test_ids_are_echoed_with_their_type(drive: Drive, request_id: Any) -> None:
    engine = drive().initialize()
    engine.line(json.dumps({"jsonrpc": "1.0", "id": request_id, "method": "thread/loaded/list", "params": {}}))
    assert json.dumps(engine.messages[-1]["id"]) == json.dumps(request_id)


@pytest.mark.parametrize(
    "request_id", ["9223372036854775808", "1.0", "1.5", "null", "true", "[1]", '{"a":1}', '1,"id":2']
)
def test_odd_ids_get_neither_answer_nor_complaint(drive: Drive, request_id: str) -> None:
    engine = drive().initialize()
    assert engine.line(f'{{"id":{request_id},"method":"thread/loaded/list","params":{{}}}}\n') == []


@pytest.mark.parametrize(
    "line", ['{"id":1,"method":"thread/loaded/list","params":{}}', '{"method":"no/such"}', '{"id":1,"result":{}}']
)
def test_notifications_and_stray_replies_are_ignored(drive: Drive, line: str) -> None:
    engine = drive().initialize()
    trace = line.replace('"id":1,"method"', '"trace":"bad","id":1,"method"')
    assert engine.line(trace) == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('{"id":1,"method":', "EOF while parsing a value at line 1 column 17"),
        ("", "EOF while parsing a value at line 1 column 0"),
        ("   ", "EOF while parsing a value at line 1 column 3"),
        ("42", "data did not match any variant of untagged enum JSONRPCMessage"),
        ("[]", "data did not match any variant of untagged enum JSONRPCMessage"),
        ('{"id":5}', "data did not match any variant of untagged enum JSONRPCMessage"),
        ('{"id":7,"method":5}', "data did not match any variant of untagged enum JSONRPCMessage"),
        ("{}{}", "trailing characters at line 1 column 3"),
        ("\ufeff{}", "expected value at line 1 column 1"),
        ("Content-Length: 10", "expected value at line 1 column 1"),
        ("{", "EOF while parsing an object at line 1 column 1"),
        ('{"id":8,\x00"method":"x"}', "key must be a string at line 1 column 9"),
        ('{"id":8,"method":"x","params":NaN}', "expected value"),
        (
            '{"id":8,"method":"thread/read","params":{"threadId":"\\ud800"}}',
            "unexpected end of hex escape at line 1 column 60",
        ),
        ('{"x":' + "[" * 200 + "]" * 200 + "}", "recursion limit exceeded"),
    ],
)
def test_malformed_lines_are_only_logged(drive: Drive, line: str, text: str) -> None:
    engine = drive().initialize()
    out = engine.line(line + "\n")
    assert [type(item) for item in out] == [Stderr]
    assert f"Failed to deserialize JSONRPCMessage: {text}" in out[0].text
    assert engine.result("thread/loaded/list") == {"data": [], "nextCursor": None}


def test_blanks_around_a_line_are_accepted(drive: Drive) -> None:
    engine = drive().initialize()
    out = engine.line('  \t{"id":"x","method":"thread/loaded/list","params":{}}  \r\n')
    assert [type(item) for item in out] == [Send]


def test_invalid_utf8_ends_the_server(drive: Drive) -> None:
    engine = drive().initialize()
    out = engine.line(b'{"id":1,"method":"\xff"}\n')
    assert [type(item) for item in out] == [Stderr, Exit]
    assert out[1].code == 0
    assert engine.line(b'{"id":2,"method":"thread/list","params":{}}\n') == []


def test_opting_out_is_exact(drive: Drive) -> None:
    engine = drive(scripts={"hi": [{"type": "say", "chunks": ["x"]}]})
    engine.initialize(optOutNotificationMethods=["turn/completed", "thread", "no/such"])
    engine.turn(engine.thread(), "hi")
    assert "turn/completed" not in engine.methods()
    assert "thread/started" in engine.methods()


def test_experimental_methods_and_fields_need_the_capability(drive: Drive) -> None:
    engine = drive().initialize()
    assert engine.refusal("mock/experimentalMethod") == "mock/experimentalMethod requires experimentalApi capability"
    refused = engine.refusal("thread/start", {"historyMode": "legacy"})
    assert refused == "thread/start.historyMode requires experimentalApi capability"
    experimental = drive().initialize(experimentalApi=True)
    assert experimental.result("mock/experimentalMethod", {"value": "v"}) == {"echoed": "v"}
    assert experimental.result("thread/start", {"historyMode": "legacy"})["thread"]["historyMode"] == "legacy"


def test_what_the_fake_does_not_serve_is_said_to_both_sides(drive: Drive) -> None:
    engine = drive().initialize()
    answer = engine.ask("feedback/upload", {"classification": "x", "includeLogs": False})
    assert answer["error"]["code"] == -32603
    assert engine.out[-2].event == {"event": "unsupported", "method": "feedback/upload"}
