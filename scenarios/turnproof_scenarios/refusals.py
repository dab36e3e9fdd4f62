"""Requests that are wrong are refused in words, and harm nobody."""

from __future__ import annotations

from turnproof import (
    Ok,
    Refused,
    Scenario,
    await_delta,
    await_turn,
    hold,
    ref,
    release,
    request,
    run_turn,
    say,
    start_thread,
    start_turn,
    text,
)

NOBODY = "00000000-0000-7000-8000-000000000000"
T = {"threadId": ref("t.thread.id")}

unknown_method = Scenario(
    "A method that does not exist is refused with its name.",
    request(
        "no/such/method",
        {},
        Refused(-32600, text("^Invalid request: unknown variant `no/such/method`, expected one of ")),
    ),
    start_thread("t"),
    run_turn("t", "known", says="served"),
    origin="API-06",
)

missing_params = Scenario(
    "Params that are missing are refused, also where all of them are optional.",
    request("thread/loaded/list", expect=(Refused(-32600, text("missing field `params`")),)),
    request("thread/loaded/list", None, Refused(-32600, text("missing field `params`"))),
    start_thread("t"),
    run_turn("t", "with params", says="served"),
    origin="API-06",
)

turn_without_input = Scenario(
    "turn/start without input, or on a thread that does not exist, is refused, and no turn begins.",
    start_thread("t"),
    request(
        "turn/start",
        {"threadId": NOBODY, "input": [{"type": "text", "text": "hi", "text_elements": []}]},
        Refused(-32600, f"thread not found: {NOBODY}"),
    ),
    request("turn/start", T, Refused(-32600, text("missing field `input`"))),
    run_turn("t", "with input", says="served"),
    origin="API-06",
)

input_of_a_wrong_type = Scenario(
    "Input that is a text, or has an item of an unknown kind, is refused.",
    start_thread("t"),
    request(
        "turn/start", {**T, "input": "hi"}, Refused(-32600, text('invalid type: string "hi", expected a sequence'))
    ),
    request("turn/start", {**T, "input": [{"type": "bogus"}]}, Refused(-32600, text("unknown variant `bogus`"))),
    run_turn("t", "of the right type", says="served"),
    origin="API-06",
)

thread_id_that_is_none = Scenario(
    "A thread id that is no id at all is refused as such.",
    request("turn/start", {"threadId": "not-a-uuid", "input": []}, Refused(-32600, text("^invalid thread id: "))),
    request("thread/resume", {"threadId": "not-a-uuid"}, Refused(-32600, text("^invalid (session|thread) id: "))),
    start_thread("t"),
    run_turn("t", "with an id", says="served"),
    origin="API-06",
)

bogus_policy = Scenario(
    "An approval policy and a sandbox that do not exist are refused, with what there is.",
    request(
        "thread/start", {"approvalPolicy": "bogus"}, Refused(-32600, text("unknown variant `bogus`, expected one of"))
    ),
    request("thread/start", {"sandbox": "bogus"}, Refused(-32600, text("unknown variant `bogus`, expected one of"))),
    start_thread("t"),
    run_turn("t", "with a policy", says="served"),
    origin="API-06",
)

refused_beside_a_running_turn = Scenario(
    "Refusals on one thread leave the running turn of another alone.",
    start_thread("t"),
    start_turn("r", "t", "keep running", say("run", hold("end"), "ning")),
    await_delta("r"),
    request("no/such/method", {}, Refused(-32600, text("unknown variant"))),
    request("thread/read", {"threadId": NOBODY}, Refused(-32600, text("^thread not loaded: "))),
    release("end"),
    await_turn("r"),
    origin="B01",
)

unknown_fields_are_ignored = Scenario(
    "Fields that the server does not know are passed over.",
    start_thread("t", somethingNew=True),
    request("thread/loaded/list", {"somethingNew": {"a": [1]}}, Ok()),
    run_turn("t", "with news", says="served"),
    origin="TOLERANT",
)

unsubscribe_of_an_unknown_thread = Scenario(
    "Unsubscribing from a thread that does not exist succeeds and says that it is not loaded.",
    request("thread/unsubscribe", {"threadId": NOBODY}, Ok({"status": "notLoaded"})),
    start_thread("t"),
    run_turn("t", "subscribed", says="served"),
    origin="G02",
)
