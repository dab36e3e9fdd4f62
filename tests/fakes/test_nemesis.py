"""Every fault action, in both directions, and what tells the test that it happened."""

from __future__ import annotations

import json
from typing import Any

import pytest

from turnproof_fakes.app_server.outputs import Kill, Report, SendRaw
from turnproof_fakes.nemesis import Nemesis, RuleBook, Traffic

Drive = Any


def rule(do: dict[str, Any], **when: Any) -> dict[str, Any]:
    return {"when": when, "do": do}


def faulty(drive: Drive, *rules: Any) -> Any:
    hold = {"type": "hold", "gate": "g"}
    scripts = {"hi": [{"type": "say", "chunks": ["a", "b"]}], "held": [{"type": "say", "chunks": ["a", hold]}]}
    return drive(scripts=scripts, faults=list(rules)).initialize()


def reports(engine: Any) -> list[dict[str, Any]]:
    return [item.event for item in engine.out if isinstance(item, Report) and item.event["event"].startswith("fault")]


def test_drop(drive: Drive) -> None:
    engine = faulty(drive, rule({"type": "drop"}, method="turn/completed"))
    engine.turn(engine.thread(), "hi")
    assert "turn/completed" not in engine.methods()
    assert reports(engine) == [{"event": "fault", "rule": 0, "k": 1, "action": "drop", "method": "turn/completed"}]
    assert engine.server.unfired() == []


def test_drop_of_a_request_leaves_it_unanswered(drive: Drive) -> None:
    engine = faulty(drive, rule({"type": "drop"}, method="thread/list", direction="to_server"))
    assert engine.line('{"id":9,"method":"thread/list","params":{}}') == [Report(reports(engine)[0])]
    assert "result" in engine.ask("thread/list")


def test_delay_lets_others_overtake(drive: Drive) -> None:
    engine = faulty(drive, rule({"type": "delay", "seconds": 5.0}, method="turn/started"))
    engine.turn(engine.thread(), "hi")
    assert engine.methods()[-2:] == ["turn/completed", "turn/started"]
    assert engine.sent[-1][0] - engine.sent[-2][0] > 4


def test_delay_of_a_request(drive: Drive) -> None:
    engine = faulty(drive, rule({"type": "delay", "seconds": 5.0}, method="thread/list", direction="to_server"))
    late = engine.send("thread/list")
    engine.ask("thread/loaded/list")
    engine.run()
    assert engine.messages[-1]["id"] == late
    assert engine.now >= 5


def test_duplicate(drive: Drive) -> None:
    engine = faulty(drive, rule({"type": "duplicate"}, method="turn/completed"))
    engine.turn(engine.thread(), "hi")
    assert engine.methods()[-2:] == ["turn/completed"] * 2
    assert engine.messages[-1] == engine.messages[-2]


def test_duplicate_of_a_request_is_served_twice(drive: Drive) -> None:
    engine = faulty(drive, rule({"type": "duplicate"}, method="thread/start", kind="request"))
    engine.send("thread/start")
    assert engine.methods().count("thread/started") == 2


def test_swap(drive: Drive) -> None:
    engine = faulty(drive, rule({"type": "swap"}, method="thread/status/changed", k=2))
    engine.turn(engine.thread(), "hi")
    assert engine.methods()[-2:] == ["turn/completed", "thread/status/changed"]


def test_swap_of_two_requests(drive: Drive) -> None:
    engine = faulty(drive, rule({"type": "swap"}, method="thread/list", direction="to_server"))
    first, second = engine.send("thread/list"), engine.send("thread/loaded/list")
    assert [message["id"] for message in engine.messages[-2:]] == [second, first]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("params.turn.status", "inProgress", lambda params: params["turn"]["status"] == "inProgress"),
        ("params.turn.status", {"$delete": True}, lambda params: "status" not in params["turn"]),
        ("params.turn.extra", [1], lambda params: params["turn"]["extra"] == [1]),
        ("params.turn.items.0.text", "z", lambda params: params["turn"]["items"][0]["text"] == "z"),
        ("params.turn.id", {"$copy": "params.threadId"}, lambda params: params["turn"]["id"] == params["threadId"]),
    ],
)
def test_rewrite(drive: Drive, path: str, value: Any, expected: Any) -> None:
    engine = faulty(drive, rule({"type": "rewrite", "path": path, "value": value}, method="turn/completed"))
    engine.turn(engine.thread(), "hi")
    assert expected(engine.last("turn/completed"))


def test_rewrite_of_a_request(drive: Drive) -> None:
    do = {"type": "rewrite", "path": "params.input.0.text", "value": "held"}
    engine = faulty(drive, rule(do, method="turn/start", direction="to_server"))
    engine.turn(engine.thread(), "hi")
    assert engine.methods()[-1] == "item/agentMessage/delta"


def test_placeholders_know_threads_and_turns(drive: Drive) -> None:
    forged = {"method": "turn/completed", "params": {"threadId": {"$thread": 2}, "turn": {"id": {"$turn": 1}}}}
    engine = faulty(drive, rule({"type": "inject", "message": forged}, method="turn/completed"))
    engine.thread()
    second = engine.thread()
    turn = engine.turn(second, "hi")
    assert engine.messages[-1] == {"method": "turn/completed", "params": {"threadId": second, "turn": {"id": turn}}}


def test_inject_before(drive: Drive) -> None:
    do = {"type": "inject", "message": {"method": "early", "params": {}}, "before": True}
    engine = faulty(drive, rule(do, method="turn/started"))
    engine.turn(engine.thread(), "hi")
    told = engine.methods()
    assert told[told.index("turn/started") - 1] == "early"


def test_inject_into_the_server(drive: Drive) -> None:
    do = {"type": "inject", "message": {"id": "forged", "method": "thread/loaded/list", "params": {}}}
    engine = faulty(drive, rule(do, method="thread/list", direction="to_server"))
    engine.send("thread/list")
    assert engine.messages[-1]["id"] == "forged"


@pytest.mark.parametrize(
    ("when", "reply", "told"),
    [
        ({"method": "thread/list", "direction": "to_server"}, {"method": "early", "params": {}}, "early"),
        ({"method": "thread/started"}, {"id": "forged", "method": "thread/loaded/list", "params": {}}, "forged"),
    ],
    ids=["to the client", "in the client's place"],
)
def test_reply_goes_back_to_where_the_message_came_from(
    drive: Drive, when: dict[str, str], reply: dict[str, Any], told: str
) -> None:
    engine = faulty(drive, rule({"type": "reply", "message": reply}, **when))
    engine.thread()
    engine.send("thread/list")
    assert [message for message in engine.messages if told in (message.get("method"), message.get("id"))]


def test_raw(drive: Drive) -> None:
    engine = faulty(drive, rule({"type": "raw", "data": "{not json"}, method="turn/started"))
    engine.turn(engine.thread(), "hi")
    where = [type(item).__name__ for item in engine.out].index("SendRaw")
    assert engine.out[where] == SendRaw("{not json")
    assert engine.out[where - 1].message["method"] == "turn/started"


def test_kill_is_the_last_thing_that_happens(drive: Drive) -> None:
    engine = faulty(drive, rule({"type": "kill", "code": 9}, method="item/started", k=2))
    engine.turn(engine.thread(), "hi")
    assert engine.out[-1] == Kill(9)
    assert engine.methods()[-1] == "item/completed"
    assert engine.server.next_deadline() is None
    assert engine.line('{"id":9,"method":"thread/list","params":{}}') == []


def test_kill_before_a_request_is_served(drive: Drive) -> None:
    engine = faulty(drive, rule({"type": "kill", "code": 9}, method="thread/start", direction="to_server"))
    engine.send("thread/start")
    assert engine.out[-1] == Kill(9)
    assert engine.engine.library.all_loaded() == []


def test_the_kth_message_and_every_message(drive: Drive) -> None:
    engine = faulty(
        drive,
        rule({"type": "drop"}, method="item/agentMessage/delta", k=2),
        rule({"type": "drop"}, method="item/completed", k=None),
        rule({"type": "drop"}, method="never/seen"),
    )
    engine.turn(engine.thread(), "hi")
    assert engine.methods().count("item/agentMessage/delta") == 1
    assert "item/completed" not in engine.methods()
    assert [(event["rule"], event["k"]) for event in reports(engine)] == [(1, 1), (0, 2), (1, 2)]
    assert engine.server.unfired() == [2]


def test_thread_and_kind_select(drive: Drive) -> None:
    engine = faulty(drive, rule({"type": "drop"}, thread=2, kind="response", method="turn/start"))
    first, second = engine.thread(), engine.thread()
    engine.turn(first, "hi")
    lost = engine.send("turn/start", {"threadId": second, "input": [{"type": "text", "text": "hi"}]})
    engine.run()
    assert not [message for message in engine.messages if message.get("id") == lost]
    assert engine.methods().count("turn/completed") == 2


def test_two_rules_on_one_message_act_in_order(drive: Drive) -> None:
    engine = faulty(
        drive,
        rule({"type": "rewrite", "path": "params.turn.status", "value": "odd"}, method="turn/completed"),
        rule({"type": "duplicate"}, method="turn/completed"),
    )
    engine.turn(engine.thread(), "hi")
    assert [message["params"]["turn"]["status"] for message in engine.messages[-2:]] == ["odd", "odd"]


def test_a_fault_that_cannot_act_counts_as_unfired(drive: Drive) -> None:
    do = {"type": "rewrite", "path": "params.nothing.here", "value": 1}
    engine = faulty(drive, rule(do, method="turn/completed"))
    engine.turn(engine.thread(), "hi")
    assert engine.methods()[-1] == "turn/completed"
    assert reports(engine)[0]["event"] == "fault_failed"
    assert engine.server.unfired() == [0]


def test_an_unknown_action_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown fault 'explode', known are drop, delay"):
        Nemesis([rule({"type": "explode"})])


def test_lines_that_are_not_json_pass_untouched(drive: Drive) -> None:
    engine = faulty(drive, rule({"type": "drop"}, k=None, direction="to_server", method="thread/list"))
    out = engine.line("{\n")
    assert "EOF while parsing an object" in out[0].text


def test_a_response_is_known_by_its_request_even_when_ids_collide() -> None:
    traffic = Traffic()
    traffic.see("to_server", {"id": 0, "method": "thread/list", "params": {}})
    traffic.see("to_client", {"id": 0, "method": "item/tool/call", "params": {}})
    assert traffic.see("to_server", {"id": 0, "result": {}}).method == "item/tool/call"
    assert traffic.see("to_client", {"id": 0, "result": {}}).method == "thread/list"


def test_a_rule_book_counts_per_rule() -> None:
    traffic, book = Traffic(), RuleBook([rule({"type": "drop"}, k=2), rule({"type": "drop"}, method="b")])
    fired = [book.fired_by(traffic.see("to_client", {"method": method, "params": {}})) for method in "aba"]
    assert [[index for index, _k, _do in step] for step in fired] == [[], [0, 1], []]
    assert json.dumps(book.unfired()) == "[]"
