"""What an answer is on the wire, for every decision there is; and what a call comes to."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from turnproof.calls import (
    KINDS,
    METHODS,
    AnyCall,
    apply_patch,
    ask_permissions,
    ask_user,
    at_once,
    call_mcp,
    call_tool,
    mark_of,
    run_command,
    update_plan,
)
from turnproof.composing import command_line, for_the_fake, for_the_model, nonce, trace
from turnproof.decisions import decisions, result_of
from turnproof.message import Message, encode

if TYPE_CHECKING:
    from pathlib import Path

ASKED: dict[str, Any] = {
    "itemId": "call_x",
    "proposedExecpolicyAmendment": ["touch", "x"],
    "permissions": {"network": {"enabled": True}, "fileSystem": None},
}
CALLS: tuple[AnyCall, ...] = (
    run_command("x"), apply_patch("x"), ask_user("x"), call_tool("x", "look"), call_mcp("x"), ask_permissions("x"),
)  # fmt: skip
GRANTED = {"network": {"enabled": True}}


def ask(**params: Any) -> Message:
    return Message(encode({"id": 0, "method": "m", "params": params}))


@pytest.mark.parametrize(
    ("call", "decision", "result"),
    [
        (run_command("x"), "accept", {"decision": "accept"}),
        (apply_patch("x"), "cancel", {"decision": "cancel"}),
        (run_command("x"), "acceptWithExecpolicyAmendment",
         {"decision": {"acceptWithExecpolicyAmendment": {"execpolicy_amendment": ["touch", "x"]}}}),
        (ask_user("x"), "blue", {"answers": {"x": {"answers": ["blue"]}}}),
        (call_tool("x", "look"), "decline",
         {"contentItems": [{"type": "inputText", "text": "look could not do x"}], "success": False}),
        (call_mcp("x"), "accept", {"action": "accept", "content": {"name": "x"}}),
        (call_mcp("x"), "cancel", {"action": "cancel", "content": None}),
        (ask_permissions("x"), "accept", {"permissions": GRANTED, "scope": "turn"}),
        (ask_permissions("x"), "acceptForSession", {"permissions": GRANTED, "scope": "session"}),
        (ask_permissions("x"), "decline", {"permissions": {}, "scope": "turn"}),
    ],
)  # fmt: skip
def test_a_decision_on_the_wire(call: AnyCall, decision: str, result: dict[str, Any]) -> None:
    assert result_of(call, decision, ask(**ASKED)) == result


@pytest.mark.parametrize("call", CALLS, ids=lambda call: type(call).__name__)
def test_every_call_has_a_kind_a_method_decisions_and_both_compositions(call: AnyCall) -> None:
    assert METHODS[type(call)].count("/") in (1, 2)
    assert all(result_of(call, decision, ask(**ASKED)) for decision in decisions(call))
    (model,), (fake,) = for_the_model((call,), 0), for_the_fake((call,), 0)
    assert model["calls"][0]["call_id"] == fake["calls"][0]["call_id"] == "call_x"
    assert fake["calls"][0]["kind"] == KINDS[type(call)]


def test_an_ask_is_known_by_the_mark_of_its_call() -> None:
    assert mark_of(ask(itemId="call_build-1")) == "build-1"
    assert mark_of(ask(callId="call_x", itemId="other")) == "x"
    assert mark_of(ask(message="turnproof asks name")) == "name"
    assert [mark_of(ask(**params)) for params in ({}, {"itemId": 5}, {"message": "who?"}, {"itemId": "x"})] == [
        None
    ] * 4


def test_calls_at_once_are_one_act() -> None:
    script = (at_once(run_command("a"), run_command("b")), run_command("c"))
    assert [len(act["calls"]) for act in for_the_model(script, 0)] == [2, 1]


def test_a_plan_is_written_as_the_tool_takes_it_and_explained_or_not() -> None:
    script = (update_plan(("look", "in_progress")), update_plan(explanation="done"))
    look = {"step": "look", "status": "in_progress"}
    assert for_the_model(script, 0) == [
        {"type": "calls", "calls": [{"call_id": f"silent_{n}", "name": "update_plan", "arguments": arguments}]}
        for n, arguments in enumerate([{"plan": [look]}, {"explanation": "done", "plan": []}])
    ]


def test_a_command_leaves_its_line_prints_and_exits(tmp_path: Path) -> None:
    call = run_command("x", prints="two words", exits=3)
    for _ in range(2):
        done = subprocess.run(["bash", "-c", command_line(call, 7)], cwd=tmp_path, capture_output=True, check=False)
        assert (done.stdout, done.stderr, done.returncode) == (b"two words\n", b"", 3)
    file = trace(call)
    assert file is not None
    assert (tmp_path / file).read_text().splitlines() == [nonce("x", 7)] * 2
