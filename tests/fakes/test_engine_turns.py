"""Turns: the order of what is told, steering, interrupting, holding."""

from __future__ import annotations

from typing import Any

import pytest

Drive = Any


def say(*chunks: Any, whole: bool = False) -> dict[str, Any]:
    return {"type": "say", "chunks": list(chunks), "whole": whole}


def hold(gate: str) -> dict[str, Any]:
    return {"type": "hold", "gate": gate}


# As 0.163.0 tells a plain turn, from the answer to thread/start on.
PLAIN = [
    "<-",
    "thread/started",
    "warning",
    "<-",
    "thread/status/changed",
    "turn/started",
    "item/started",
    "item/completed",
    "item/started",
    "item/agentMessage/delta",
    "item/agentMessage/delta",
    "item/completed",
    "thread/tokenUsage/updated",
    "account/rateLimits/updated",
    "thread/status/changed",
    "turn/completed",
]
REASONING = ["item/started", "item/reasoning/summaryPartAdded", "item/reasoning/summaryTextDelta", "item/completed"]
INTERRUPTED = ["account/rateLimits/updated", "<-", "thread/status/changed", "turn/completed"]


@pytest.mark.parametrize("pace", ["paced", "burst"])
def test_a_plain_turn_is_told_in_order(drive: Drive, pace: str) -> None:
    engine = drive(scripts={"hi": [say("hello ", "world")]}, pace=pace).initialize()
    since = len(engine.messages)
    engine.turn(engine.thread(), "hi")
    assert engine.methods(since) == PLAIN
    assert engine.last("thread/status/changed")["status"] == {"type": "idle"}
    turn = engine.last("turn/completed")["turn"]
    assert (turn["status"], turn["itemsView"], [item["text"] for item in turn["items"]]) == (
        "completed",
        "summary",
        ["hello world"],
    )


def test_a_burst_is_one_list(drive: Drive) -> None:
    engine = drive(scripts={"hi": [say("x")]}, pace="burst").initialize()
    thread = engine.thread()
    out = engine.line(
        '{"id":"t","method":"turn/start","params":{"threadId":"%s","input":[{"type":"text","text":"hi"}]}}' % thread  # noqa: UP031
    )
    assert out[-1].message["method"] == "turn/completed"
    assert engine.server.next_deadline() is None


def test_paced_turns_leave_a_gap_behind_the_answer(drive: Drive) -> None:
    engine = drive(scripts={"hi": [say("x")]}).initialize()
    thread = engine.thread()
    engine.start(thread, "hi")
    assert engine.methods()[-1] == "<-"
    assert 0.003 <= engine.server.next_deadline() <= 0.005


def test_the_same_seed_tells_the_same(drive: Drive) -> None:
    def told(seed: int) -> list[Any]:
        engine = drive(scripts={"hi": [say("x")]}, seed=seed).initialize()
        engine.turn(engine.thread(), "hi")
        return engine.sent

    assert told(3) == told(3)
    assert told(3) != told(4)


def test_thinking_and_whole_messages(drive: Drive) -> None:
    script = [{"type": "think", "chunks": ["hm"]}, say("a", "b", whole=True)]
    engine = drive(scripts={"hi": script}).initialize()
    thread = engine.thread()
    since = len(engine.messages)
    engine.turn(thread, "hi")
    told = engine.methods(since)
    assert told[6:] == [*REASONING, "item/started", "item/completed", *PLAIN[-4:]]
    started = [
        message["params"]["item"] for message in engine.messages[since:] if message.get("method") == "item/started"
    ]
    assert [item.get("text") for item in started] == [None, None, "ab"]


def test_a_turn_of_nothing_but_a_plan_has_no_message_and_nothing_to_read(drive: Drive) -> None:
    engine = drive(scripts={"hi": [{"type": "propose_plan", "chunks": ["- one\n", "- two\n"]}]}).initialize(
        experimentalApi=True
    )
    thread = engine.thread()
    since = len(engine.messages)
    settings = {"model": "m", "reasoning_effort": None, "developer_instructions": None}
    engine.start(thread, "hi", collaborationMode={"mode": "plan", "settings": settings})
    engine.run()
    plan = ["item/started", "item/plan/delta", "item/plan/delta", "item/completed"]
    assert engine.methods(since)[-8:] == [*plan, *PLAIN[-4:]]
    turn = engine.last("turn/completed")["turn"]
    assert (turn["items"], turn["itemsView"]) == ([], "notLoaded")
    assert engine.last("item/completed")["item"] == {
        "type": "plan",
        "id": f"{turn['id']}-plan",
        "text": "- one\n- two\n",
    }


def test_a_failure_behind_a_plan_is_to_be_read(drive: Drive) -> None:
    script = [{"type": "propose_plan", "chunks": ["- one\n"]}, {"type": "drop_connection"}]
    engine = drive(scripts={"hi": script}).initialize(experimentalApi=True)
    thread = engine.thread()
    settings = {"model": "m", "reasoning_effort": None, "developer_instructions": None}
    engine.start(thread, "hi", collaborationMode={"mode": "plan", "settings": settings})
    engine.run()
    assert engine.methods()[-3:] == ["error", "thread/readState/changed", "turn/completed"]


def test_outside_plan_mode_a_plan_is_words(drive: Drive) -> None:
    engine = drive(scripts={"hi": [{"type": "propose_plan", "chunks": ["- one\n"]}]}).initialize()
    engine.turn(engine.thread(), "hi")
    assert engine.last("turn/completed")["turn"]["items"][0]["text"] == "<proposed_plan>\n- one\n</proposed_plan>\n"


def test_an_unscripted_prompt_fails_the_turn_and_is_reported(drive: Drive) -> None:
    engine = drive(scripts={}).initialize()
    engine.turn(engine.thread(), "nobody wrote this")
    reports = [item.event for item in engine.out if hasattr(item, "event")]
    assert reports == [{"event": "unscripted", "prompt": "nobody wrote this"}]
    turn = engine.last("turn/completed")["turn"]
    assert turn["status"] == "failed"
    assert "nobody wrote this" in turn["error"]["message"]


def test_a_gate_holds_the_open_item_until_it_is_released(drive: Drive) -> None:
    engine = drive(scripts={"hi": [say("a", hold("g"), "b")]}).initialize()
    engine.turn(engine.thread(), "hi")
    assert engine.methods()[-1] == "item/agentMessage/delta"
    assert engine.out[-1].event == {"event": "held", "gate": "g"}
    engine.release("g")
    engine.run()
    assert engine.last("item/completed")["item"]["text"] == "ab"


def test_a_gate_stays_open(drive: Drive) -> None:
    engine = drive(scripts={"hi": [say("a", hold("g"), "b")]}).initialize()
    engine.release("g")
    engine.turn(engine.thread(), "hi")
    assert engine.methods()[-1] == "turn/completed"


@pytest.mark.parametrize("act", [{"type": "stall"}, {"type": "never_answer"}])
def test_a_silent_model_leaves_the_turn_active(drive: Drive, act: Any) -> None:
    engine = drive(scripts={"hi": [act]}).initialize()
    thread = engine.thread()
    engine.turn(thread, "hi")
    assert engine.server.next_deadline() is None
    assert engine.result("thread/read", {"threadId": thread})["thread"]["status"]["type"] == "active"


def test_an_interrupt_ends_the_turn_and_loses_the_partial_text(drive: Drive) -> None:
    engine = drive(scripts={"hi": [say("partial", hold("g"))]}).initialize()
    thread = engine.thread()
    turn = engine.turn(thread, "hi")
    since = len(engine.messages)
    engine.send("turn/interrupt", {"threadId": thread, "turnId": turn})
    engine.run()
    assert engine.methods(since) == INTERRUPTED
    ended = engine.last("turn/completed")["turn"]
    assert (ended["status"], ended["items"], ended["error"]) == ("interrupted", [], None)
    read = engine.result("thread/read", {"threadId": thread, "includeTurns": True})["thread"]["turns"][0]
    assert [item["type"] for item in read["items"]] == ["userMessage"]


def test_an_interrupt_right_behind_the_start_is_refused_and_the_turn_runs_on(drive: Drive) -> None:
    engine = drive(scripts={"hi": [say("x")]}).initialize()
    thread = engine.thread()
    turn = engine.start(thread, "hi")
    refused = engine.refusal("turn/interrupt", {"threadId": thread, "turnId": turn})
    assert refused == "no active turn to interrupt"
    engine.run()
    assert engine.last("turn/completed")["turn"]["status"] == "completed"


def test_an_empty_turn_id_interrupts_whatever_runs_even_too_early(drive: Drive) -> None:
    engine = drive(scripts={"hi": [say("x")]}).initialize()
    thread = engine.thread()
    assert engine.result("turn/interrupt", {"threadId": thread, "turnId": ""}) == {}
    engine.start(thread, "hi")
    since = len(engine.messages)
    assert engine.result("turn/interrupt", {"threadId": thread, "turnId": ""}) == {}
    engine.run()
    assert engine.methods(since) == ["<-", *PLAIN[4:8], "thread/status/changed", "turn/completed"]
    assert engine.last("turn/completed")["turn"]["status"] == "interrupted"


def test_a_second_interrupt_waits_for_the_end_of_the_next_turn(drive: Drive) -> None:
    engine = drive(scripts={"held": [say("x", hold("g"))], "hi": [say("x")]}).initialize()
    thread = engine.thread()
    turn = engine.turn(thread, "held")
    engine.send("turn/interrupt", {"threadId": thread, "turnId": turn})
    engine.run()
    late = engine.send("turn/interrupt", {"threadId": thread, "turnId": turn})
    engine.run()
    assert not [message for message in engine.messages if message.get("id") == late]
    wrong = engine.refusal("turn/interrupt", {"threadId": thread, "turnId": "wrong"})
    assert wrong == f"expected active turn id wrong but found {turn}"
    engine.turn(thread, "hi")
    assert engine.methods()[-3:] == ["<-", "thread/status/changed", "turn/completed"]
    assert engine.answer(late) == {"id": late, "result": {}}
    again = engine.refusal("turn/interrupt", {"threadId": thread, "turnId": turn})
    assert again == "no active turn to interrupt"


def test_two_interrupts_at_once_are_both_answered(drive: Drive) -> None:
    engine = drive(scripts={"held": [say("x", hold("g"))]}).initialize()
    thread = engine.thread()
    turn = engine.turn(thread, "held")
    first, second = (engine.send("turn/interrupt", {"threadId": thread, "turnId": turn}) for _ in range(2))
    engine.run()
    assert engine.answer(first)["result"] == engine.answer(second)["result"] == {}
    assert engine.methods().count("turn/completed") == 1


def test_steering_drops_the_stream_and_asks_again(drive: Drive) -> None:
    engine = drive(scripts={"a": [say("lost", hold("g"))], "b": [say("kept")]}).initialize()
    thread = engine.thread()
    turn = engine.turn(thread, "a")
    since = len(engine.messages)
    given = {"threadId": thread, "expectedTurnId": turn, "input": [{"type": "text", "text": "b"}]}
    assert engine.result("turn/steer", given) == {"turnId": turn}
    engine.run()
    assert engine.methods(since)[:4] == ["<-", "account/rateLimits/updated", "item/started", "item/completed"]
    assert engine.methods().count("turn/started") == engine.methods().count("turn/completed") == 1
    read = engine.result("thread/read", {"threadId": thread, "includeTurns": True})["thread"]["turns"]
    assert [item["type"] for item in read[0]["items"]] == ["userMessage", "userMessage", "agentMessage"]


def test_a_second_start_while_active_is_a_steer(drive: Drive) -> None:
    engine = drive(scripts={"a": [say("lost", hold("g"))], "b": [say("kept")]}).initialize()
    thread = engine.thread()
    turn = engine.turn(thread, "a")
    since = len(engine.messages)
    assert engine.start(thread, "b") == turn
    engine.run()
    assert "warning" not in engine.methods(since)
    assert engine.last("turn/completed")["turn"]["items"][0]["text"] == "kept"


def test_a_steer_before_the_turn_runs_is_taken_with_the_first_input(drive: Drive) -> None:
    engine = drive(scripts={"b": [say("kept")]}).initialize()
    thread = engine.thread()
    turn = engine.start(thread, "a")
    engine.result("turn/steer", {"threadId": thread, "expectedTurnId": turn, "input": [{"type": "text", "text": "b"}]})
    engine.run()
    assert engine.methods().count("item/started") == 3
    assert engine.last("turn/completed")["turn"]["status"] == "completed"


@pytest.mark.parametrize(
    ("expected", "given", "text"),
    [
        ("", [{"type": "text", "text": "b"}], "expectedTurnId must not be empty"),
        ("wrong", [{"type": "text", "text": "b"}], "expected active turn id `wrong` but found `{turn}`"),
        ("{turn}", [], "input must not be empty"),
    ],
)
def test_steers_that_are_refused(drive: Drive, expected: str, given: Any, text: str) -> None:
    engine = drive(scripts={"a": [say("x", hold("g"))]}).initialize()
    thread = engine.thread()
    turn = engine.turn(thread, "a")
    wanted = expected.format(turn=turn)
    refused = engine.refusal("turn/steer", {"threadId": thread, "expectedTurnId": wanted, "input": given})
    assert refused == text.format(turn=turn)


def test_turns_on_two_threads_keep_their_own_words(drive: Drive) -> None:
    engine = drive(scripts={"a": [say("al", hold("g"), "pha")], "b": [say("beta")]}).initialize()
    first, second = engine.thread(), engine.thread()
    engine.start(first, "a")
    engine.turn(second, "b")
    engine.release("g")
    engine.run()
    ended = [message["params"] for message in engine.messages if message.get("method") == "turn/completed"]
    assert [(end["threadId"], end["turn"]["items"][0]["text"]) for end in ended] == [(second, "beta"), (first, "alpha")]


def test_an_unsubscribed_thread_runs_unheard(drive: Drive) -> None:
    engine = drive(scripts={"hi": [say("x")]}).initialize()
    thread = engine.thread()
    assert engine.result("thread/unsubscribe", {"threadId": thread}) == {"status": "unsubscribed"}
    since = len(engine.messages)
    engine.turn(thread, "hi")
    assert engine.methods(since) == ["<-", "thread/status/changed", "thread/status/changed"]


def test_too_much_input_is_the_one_error_with_data(drive: Drive) -> None:
    engine = drive().initialize()
    thread = engine.thread()
    answer = engine.ask("turn/start", {"threadId": thread, "input": [{"type": "text", "text": "x" * ((1 << 20) + 1)}]})
    assert answer["error"]["code"] == -32602
    assert answer["error"]["data"] == {
        "input_error_code": "input_too_large",
        "max_chars": 1 << 20,
        "actual_chars": (1 << 20) + 1,
    }


def test_hooks_run_with_the_words_and_at_the_end(drive: Drive) -> None:
    engine = drive(scripts={"hi": [say("hello")]}, tools=["hooks"]).initialize()
    thread = engine.thread()
    turn = engine.start(thread, "hi")
    engine.run()
    told = engine.methods()
    assert told[told.index("turn/started") :][1:4] == ["hook/started", "hook/completed", "item/started"]
    runs = [m["params"] for m in engine.messages if m.get("method") in ("hook/started", "hook/completed")]
    assert {params["turnId"] for params in runs} == {turn}
    assert [(params["run"]["eventName"], params["run"]["status"]) for params in runs] == [
        (event, status) for event in ("userPromptSubmit", "stop") for status in ("running", "completed")
    ]


@pytest.mark.parametrize("experimental", [False, True])
def test_changed_settings_are_told_to_experimental_clients(drive: Drive, experimental: bool) -> None:
    engine = drive().initialize(experimentalApi=experimental)
    thread = engine.thread()
    since = len(engine.messages)
    engine.start(thread, "hi", approvalPolicy="untrusted")
    engine.run()
    assert engine.methods(since).count("thread/settings/updated") == experimental
