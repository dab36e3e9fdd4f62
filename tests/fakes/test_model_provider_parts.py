"""The pure parts of the model provider: scripts, matching, events, requests."""

from __future__ import annotations

import json

import pytest

from turnproof_fakes.model_provider import events
from turnproof_fakes.model_provider.acts import DropConnection, Fail, Hold, NeverAnswer, Say, Stall, Think, read_script
from turnproof_fakes.model_provider.answer import Names, Open, Refuse, Send, moves
from turnproof_fakes.model_provider.given import given
from turnproof_fakes.model_provider.http_head import BadRequestError, HttpRequest, RequestReader, json_answer
from turnproof_fakes.model_provider.request import Asked, NotAskedError, read_request
from turnproof_fakes.model_provider.scriptbook import Capped, Scriptbook, Scripted, Unscripted

SAY: list[dict[str, object]] = [{"type": "say", "chunks": ["a", "b"]}]


def said(data: bytes) -> list[dict[str, object]]:
    """The payloads of a stream, checked to be framed as events."""
    payloads: list[dict[str, object]] = []
    for block in data.decode("ascii").removesuffix("\n\n").split("\n\n"):
        name, body = block.split("\n")
        payload = json.loads(body.removeprefix("data: "))
        assert name == f"event: {payload['type']}"
        payloads.append(payload)
    return payloads


def played(script: list[dict[str, object]], attempt: int, names: Names | None = None) -> list[object]:
    """Moves, with what is sent as the types of its events."""
    result: list[object] = []
    for move in moves(read_script(script), attempt, names or Names()):
        if isinstance(move, Send):
            result += [str(payload["type"]).removeprefix("response.") for payload in said(b"".join(move.pieces))]
        else:
            result.append(move)
    return result


def test_every_act_is_read() -> None:
    script: list[dict[str, object]] = [
        {"type": "hold", "gate": "g"},
        {"type": "think", "chunks": ["hm"]},
        {"type": "say", "chunks": ["a", {"type": "hold", "gate": "h"}, {"type": "drop_connection", "times": 2}]},
        {"type": "say", "chunks": ["w"], "whole": True},
        {"type": "drop_connection"},
        {"type": "stall"},
    ]
    assert read_script(script) == (
        Hold("g"),
        Think(("hm",)),
        Say(("a", Hold("h"), DropConnection(2))),
        Say(("w",), whole=True),
        DropConnection(),
        Stall(),
    )
    assert read_script([{"type": "fail", "status": 429, "times": 1, "retry_after": 2, "body": {"a": 1}}]) == (
        Fail(429, 1, 2, {"a": 1}),
    )
    assert read_script([{"type": "never_answer"}]) == (NeverAnswer(),)


NONSENSE: list[tuple[object, str]] = [
    ("say", r"script\[0\]: an act is a dict"),
    ({"type": "shout"}, r"script\[0\]: unknown act type 'shout'; known: say, think"),
    ({"type": "say"}, r"script\[0\].chunks: a list"),
    ({"type": "say", "chunks": "abc"}, r"script\[0\].chunks: a list"),
    ({"type": "say", "chunks": [{"type": "say", "chunks": []}]}, r"chunks\[0\]: only hold, stall and drop"),
    ({"type": "say", "chunks": [], "whole": 1}, r"whole: true or false"),
    ({"type": "say", "chunks": [], "pause": 1}, r"unknown key 'pause'"),
    ({"type": "think", "chunks": [], "raw": 1}, r"raw: true or false"),
    ({"type": "hold"}, r"gate: a string"),
    ({"type": "fail", "status": 200}, r"status: an HTTP error status"),
    ({"type": "fail", "status": 500, "times": 0}, r"times: a count from 1"),
    ({"type": "fail", "status": 500, "retry_after": "1"}, r"retry_after: whole seconds"),
    ({"type": "fail", "status": 500, "retry_after": 0.5}, r"retry_after: whole seconds"),
    ({"type": "fail", "status": 500, "body": []}, r"body: a dict"),
]


@pytest.mark.parametrize(("act", "complaint"), NONSENSE)
def test_what_makes_no_sense_is_refused_with_its_place(act: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_script([act])


def test_a_status_cannot_follow_words() -> None:
    with pytest.raises(ValueError, match=r"script\[1\]: 'fail' cannot follow"):
        read_script([*SAY, {"type": "fail", "status": 500}])


def test_a_plain_answer_keeps_the_chunks_apart() -> None:
    assert played(SAY, 1) == [
        Open(),
        "created",
        "output_item.added",
        "output_text.delta",
        "output_text.delta",
        "output_item.done",
        "completed",
    ]


def test_a_whole_answer_has_neither_start_nor_deltas() -> None:
    assert played([{"type": "say", "chunks": ["a"], "whole": True}], 1) == [
        Open(),
        "created",
        "output_item.done",
        "completed",
    ]


def test_a_thought_has_a_summary_part() -> None:
    assert played([{"type": "think", "chunks": ["a"]}], 1)[2:6] == [
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "output_item.done",
    ]


def test_raw_reasoning_has_no_summary() -> None:
    assert played([{"type": "think", "chunks": ["a"], "raw": True}], 1)[2:5] == [
        "output_item.added",
        "reasoning_text.delta",
        "output_item.done",
    ]


def test_a_plan_is_a_message_between_its_marks() -> None:
    script: list[dict[str, object]] = [{"type": "propose_plan", "chunks": ["- one\n", {"type": "hold", "gate": "g"}]}]
    kinds = [
        "output_item.added",
        "output_text.delta",
        "output_text.delta",
        Hold("g"),
        "output_text.delta",
        "output_item.done",
    ]
    assert played(script, 1)[2:8] == kinds
    sent = b"".join(b"".join(move.pieces) for move in moves(read_script(script), 1, Names()) if isinstance(move, Send))
    assert said(sent)[-2]["item"]["content"][0]["text"] == "<proposed_plan>\n- one\n</proposed_plan>\n"


def test_acts_inside_an_item_leave_it_open() -> None:
    script: list[dict[str, object]] = [{"type": "say", "chunks": ["a", {"type": "hold", "gate": "g"}, "b"]}]
    assert played(script, 1)[2:7] == [
        "output_item.added",
        "output_text.delta",
        Hold("g"),
        "output_text.delta",
        "output_item.done",
    ]


def test_times_counts_attempts() -> None:
    script: list[dict[str, object]] = [
        {"type": "fail", "status": 500, "times": 1},
        {"type": "fail", "status": 503, "times": 2},
        {"type": "say", "chunks": ["a", {"type": "drop_connection", "times": 3}]},
    ]
    assert played(script, 1) == [Refuse(Fail(500, 1))]
    assert played(script, 2) == [Refuse(Fail(503, 2))]
    assert DropConnection(3) in played(script, 3)
    assert played(script, 4)[-1] == "completed"
    assert DropConnection(3) not in played(script, 4)


def test_a_gate_before_a_refusal_holds_the_headers_back() -> None:
    script: list[dict[str, object]] = [{"type": "hold", "gate": "g"}, {"type": "never_answer"}]
    assert played(script, 1) == [Hold("g"), NeverAnswer()]


def test_an_empty_script_is_an_empty_answer() -> None:
    assert played([], 1) == [Open(), "created", "completed"]


def test_a_retry_gets_new_ids() -> None:
    names = Names()
    ids = [
        payload["item_id"]
        for _ in range(2)
        for move in moves(read_script(SAY), 1, names)
        if isinstance(move, Send)
        for payload in said(b"".join(move.pieces))
        if "delta" in payload
    ]
    assert ids == ["msg_1", "msg_1", "msg_2", "msg_2"]


@pytest.mark.parametrize(
    "text", ["", "plain", '"\\\n\r\u2028\x00', "\U0001f600", "lone \ud800 and \udc00", "\ud83d" * 3]
)
def test_any_text_survives_the_stream(text: str) -> None:
    (delta,) = said(b"".join(events.message_delta("msg_1", 0, text)))
    assert delta["delta"] == text
    (done,) = said(b"".join(events.message_done("msg_1", 0, [text, "!"])))
    assert done["item"] == {
        "type": "message",
        "role": "assistant",
        "id": "msg_1",
        "content": [{"type": "output_text", "annotations": [], "text": text + "!"}],
    }


def test_long_text_is_cut_into_pieces_at_code_points() -> None:
    text = "x" * (events.SLICE - 1) + "\U0001f600" * events.SLICE
    pieces = list(events.message_delta("msg_1", 0, text))
    assert max(len(piece) for piece in pieces) <= 12 * events.SLICE
    (delta,) = said(b"".join(pieces))
    assert delta["delta"] == text


def body(*items: object) -> bytes:
    return json.dumps({"input": list(items)}).encode()


def user(*texts: str) -> dict[str, object]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text} for text in texts]}


GIVEN: dict[str, object] = {"outputs": {}, "messages": []}
HEADERS = {"thread-id": "t1", "x-codex-turn-metadata": '{"turn_id":"u1"}'}


def test_the_prompt_is_the_last_text_of_the_last_user_message() -> None:
    asked = read_request(HEADERS, body(user("context"), user("first", "second"), {"type": "reasoning"}))
    assert asked == Asked(
        "t1", "u1", "second", 0, given=GIVEN | {"messages": ["user: context", "user: first\nsecond", "reasoning: "]}
    )


def test_results_behind_the_prompt_are_counted() -> None:
    output = {"type": "function_call_output", "call_id": "c", "output": "x"}
    call = {"type": "function_call", "call_id": "c"}
    assert read_request(HEADERS, body(user("old"), output, user("p"), call, output, call, output)).results == 2


def test_results_behind_the_last_call_are_what_the_model_is_given() -> None:
    def output(call: str, words: object) -> dict[str, object]:
        return {"type": "function_call_output", "call_id": call, "output": words}

    calls = [{"type": "function_call", "call_id": call} for call in "ab"]
    parts = [
        {"type": "input_text", "text": "Wall time"},
        {"type": "input_image"},
        {"type": "input_text", "text": "said"},
    ]
    asked = read_request(HEADERS, body(user("p"), *calls, output("a", parts), output("b", "x" * 5000), user("steered")))
    assert asked.given == {"outputs": {"a": "Wall time\nsaid", "b": "x" * 4000}, "messages": ["user: steered"]}
    spoken = {"type": "message", "role": "assistant", "content": []}
    assert read_request(HEADERS, body(user("p"), *calls, output("a", "x"), spoken)).given == GIVEN


def test_messages_behind_the_last_words_are_what_the_model_is_given() -> None:
    spoken = {"type": "message", "role": "assistant", "content": []}
    rule = {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "x" * 50}]}
    asked = read_request(HEADERS, body(user("old"), spoken, rule, user("p")))
    assert asked.given == {"outputs": {}, "messages": [f"developer: {'x' * 40}", "user: p"]}


@pytest.mark.parametrize("form", [None, {}, {"verbosity": "low"}, {"format": None}, {"format": {"type": "text"}}])
def test_a_request_without_a_schema(form: object) -> None:
    assert given([], form) == GIVEN


def test_a_schema_for_the_answer_is_given() -> None:
    form = {"format": {"type": "json_schema", "strict": True, "schema": {"type": "object"}, "name": "n"}}
    assert given([], form) == GIVEN | {"schema": {"type": "object"}}


def test_a_client_without_codex_headers_is_understood() -> None:
    assert read_request({}, body({"role": "user", "content": "p"})) == Asked(
        "", "", "p", 0, given=GIVEN | {"messages": ["user: p"]}
    )
    assert read_request({"x-codex-turn-metadata": "{"}, body()) == Asked("", "", "", 0, given=GIVEN)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"input": "p"}'])
def test_a_body_that_asks_nothing_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAskedError):
        read_request({}, raw)


def test_the_thread_is_part_of_the_key() -> None:
    book = Scriptbook(40)
    book.expect("t1", "p", SAY)
    book.expect(None, "p", [])
    assert book.look_up(Asked("t1", "u", "p", 0)) == Scripted(read_script(SAY), 1, 0)
    assert book.look_up(Asked("t2", "u", "p", 0)) == Scripted((), 1, 0)
    assert book.look_up(Asked("t1", "u", "p", 0)) == Scripted(read_script(SAY), 2, 0)
    assert book.look_up(Asked("t1", "u", "q", 0)) == Unscripted()
    assert book.look_up(Asked("t1", "u", "p", 1)) == Unscripted()


def test_two_scripts_for_one_prompt_are_refused() -> None:
    book = Scriptbook(40)
    book.expect("t1", "p", SAY)
    book.expect("t1", "p", SAY)
    with pytest.raises(ValueError, match="two different scripts for the prompt 'p' on thread t1"):
        book.expect("t1", "p", [])


def test_the_cap_counts_by_turn() -> None:
    book = Scriptbook(2)
    book.expect("t1", "p", SAY)
    first = [book.look_up(Asked("t1", "u1", "p", 0)) for _ in range(3)]
    assert [type(found) for found in first] == [Scripted, Scripted, Capped]
    assert isinstance(book.look_up(Asked("t1", "u2", "p", 0)), Scripted)


REQUEST = b"POST /v1/responses HTTP/1.1\r\nThread-Id: t\r\ncontent-length: 4\r\n\r\nbody"
CHUNKED = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nbod\r\n1\r\ny\r\n0\r\n\r\n"


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_request_is_read_whatever_the_pieces(step: int) -> None:
    for raw, headers in (
        (REQUEST, {"thread-id": "t", "content-length": "4"}),
        (CHUNKED, {"transfer-encoding": "chunked"}),
    ):
        reader = RequestReader()
        found = [reader.feed(raw[start : start + step]) for start in range(0, len(raw), step)]
        assert found[:-1] == [None] * (len(found) - 1)
        path = "/v1/responses" if raw is REQUEST else "/x"
        assert found[-1] == HttpRequest("POST", path, headers, b"body")


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: 999999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"x" * 70_000, 431),
    ],
)
def test_what_is_no_request_is_refused(raw: bytes, status: int) -> None:
    with pytest.raises(BadRequestError) as refusal:
        RequestReader().feed(raw)
    assert refusal.value.status == status


def test_a_refusal_carries_its_headers() -> None:
    answer = json_answer(429, {"a": "\ud800"}, {"retry-after": "1"}).decode("ascii")
    head, text = answer.split("\r\n\r\n")
    assert head.startswith("HTTP/1.1 429 Too Many Requests\r\n")
    assert "retry-after: 1" in head.split("\r\n")
    assert f"content-length: {len(text)}" in head.split("\r\n")
    assert json.loads(text) == {"a": "\ud800"}


def call(name: str) -> dict[str, object]:
    return {"call_id": f"call_{name}", "name": "exec_command", "arguments": {"cmd": name}}


def test_calls_end_an_answer_and_their_results_ask_for_the_next() -> None:
    script = [*SAY, {"type": "calls", "calls": [call("a"), call("b")]}, {"type": "calls", "calls": [call("c")]}, *SAY]
    book = Scriptbook(40)
    book.expect(None, "p", script)
    acts = read_script(script)
    found = [book.look_up(Asked("t", "u", "p", results)) for results in (0, 2, 3, 3)]
    first, second, last = acts[:2], acts[2:3], acts[3:]
    assert found == [Scripted(first, 1, 0), Scripted(second, 1, 1), Scripted(last, 1, 2), Scripted(last, 2, 2)]
    assert book.look_up(Asked("t", "u", "p", 1)) == Unscripted()  # one result of two: nothing is due
    assert book.look_up(Asked("t", "u", "p", 4)) == Unscripted()


def test_a_call_is_one_item_of_the_stream() -> None:
    script = read_script([{"type": "calls", "calls": [call("a") | {"namespace": "mcp__x"}]}])
    sent = b"".join(piece for move in moves(script, 1, Names()) if isinstance(move, Send) for piece in move.pieces)
    item = json.loads(sent.split(b"data: ")[2].partition(b"\n")[0])["item"]
    assert item == {
        "type": "function_call", "call_id": "call_a", "name": "exec_command", "namespace": "mcp__x",
        "arguments": '{"cmd": "a"}',
    }  # fmt: skip


def test_a_call_that_takes_a_text_is_streamed() -> None:
    script = read_script([{"type": "calls", "calls": [{"call_id": "call_a", "name": "patch", "input": ["x", "y"]}]}])
    sent = b"".join(piece for move in moves(script, 1, Names()) if isinstance(move, Send) for piece in move.pieces)
    begun, *pieces, done = [event for event in said(sent) if "output_index" in event]
    item = {"type": "custom_tool_call", "id": "ctc_call_a", "call_id": "call_a", "name": "patch"}
    assert (begun["type"], begun["item"]) == ("response.output_item.added", item | {"input": ""})
    assert [(piece["item_id"], piece["delta"]) for piece in pieces] == [(item["id"], "x"), (item["id"], "y")]
    assert {piece["type"] for piece in pieces} == {"response.custom_tool_call_input.delta"}
    assert (done["type"], done["item"]) == ("response.output_item.done", item | {"input": "xy"})


def test_a_call_names_the_session_that_the_server_gave() -> None:
    result = "Wall time: 0.2 seconds\nProcess running with session ID 4511\nOutput:\nProcess running with session ID 7"
    ended = {"type": "function_call_output", "call_id": "call_b", "output": "Process exited with code 0\nOutput:\n"}
    running = {"type": "function_call_output", "call_id": "call_a", "output": result}
    sessions = read_request(HEADERS, body(user("p"), running, ended)).sessions
    assert sessions == {"call_a": 4511}
    made = {"call_id": "typed_1", "name": "write_stdin", "arguments": {"chars": "x"}}
    script = [{"type": "calls", "calls": [made | {"session_of": "call_a"}, made | {"session_of": "call_b"}, made]}]
    sent = b"".join(
        b"".join(move.pieces) for move in moves(read_script(script), 1, Names(), sessions) if isinstance(move, Send)
    )
    items = [event["item"] for event in said(sent) if event["type"] == "response.output_item.done"]
    assert [json.loads(item["arguments"]) for item in items] == [
        {"session_id": 4511, "chars": "x"},
        {"session_id": 0, "chars": "x"},
        {"chars": "x"},
    ]


def test_a_review_is_answered_by_the_verdict_on_its_call() -> None:
    names = {"subagent_kind": "guardian", "parent_thread_id": "t1", "parent_turn_id": "u1", "turn_id": "u9"}
    headers = {"thread-id": "t9", "x-codex-turn-metadata": json.dumps(names)}
    actions = [json.dumps({"command": ["sh"], "justification": words}) for words in ("for b", "for c")]
    asked, unknown = (read_request(headers, body(user("[1] a transcript", action, "the end"))) for action in actions)
    assert (asked.thread, asked.turn, asked.action) == ("t1", "u1", {"command": ["sh"], "justification": "for b"})
    made = [
        {"call_id": mark, "name": "x", "arguments": {"justification": f"for {mark}"}, "review": {"outcome": outcome}}
        for mark, outcome in (("a", "allow"), ("b", "deny"))
    ]
    book = Scriptbook(40)
    book.expect("t1", "p", [{"type": "calls", "calls": made}])
    assert book.look_up(asked) == Scripted((Say(('{"outcome": "deny"}',), whole=True),), 1, 0)
    assert book.look_up(unknown) == Unscripted()
    assert read_request(headers, body(user("no action"))).action == {}


@pytest.mark.parametrize(
    "calls",
    [
        None,
        [],
        "x",
        [1],
        [{"name": "x"}],
        [call("a") | {"more": 1}],
        [call("a") | {"session_of": 1}],
        [call("a") | {"review": "allow"}],
        [call("a") | {"input": "x"}],
        [call("a") | {"input": []}],
        [call("a") | {"input": ["x", 1]}],
    ],
)
def test_calls_that_do_not_read_are_refused(calls: object) -> None:
    with pytest.raises(ValueError, match=r"script\[0\]\.calls"):
        read_script([{"type": "calls", "calls": calls}])  # pyright: ignore[reportArgumentType]
