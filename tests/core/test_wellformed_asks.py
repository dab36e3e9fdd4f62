"""What makes no sense about calls of tools and the asks that they raise is refused in one line."""

from __future__ import annotations

from typing import Any, cast

import pytest

from turnproof.calls import (
    AnyCall,
    again,
    apply_patch,
    ask_permissions,
    ask_user,
    at_once,
    call_mcp,
    call_tool,
    run_command,
    update_plan,
)
from turnproof.scenario import Scenario, ScenarioError, Setup
from turnproof.script import say
from turnproof.writing import answer, await_ask, await_turn, run_turn, start_thread, start_turn

T = start_thread("t", sandbox="read-only", approvalPolicy="on-request")
HOME = start_thread("t")
MARKS = 'mend: small letters and digits, as "build-1"'


def asked(call: AnyCall, *steps: Any) -> list[Any]:
    return [
        T,
        start_turn("r", "t", "go", call, collaborationMode={"mode": "plan"}),
        await_ask(call.mark),
        *steps,
        await_turn("r"),
    ]


NONSENSE: dict[str, tuple[list[Any], str]] = {
    "an ask of no call": (
        [T, run_turn("t", "go", run_command("build")), await_ask("biuld")],
        "step 3 await_ask: unknown call 'biuld'; mend: did you mean 'build'?",
    ),
    "an ask before its call": (
        [T, await_ask("build")],
        "step 2 await_ask: unknown call 'build'; mend: run_command('build') in the script of a turn before",
    ),
    "a command that asks nobody": (
        [T, start_turn("r", "t", "go", run_command("build", asks=False)), await_ask("build"), await_turn("r")],
        "step 3 await_ask: command 'build' asks nobody; mend: run_command('build') without asks=False",
    ),
    "a policy that asks nobody": (
        [HOME, start_turn("r", "t", "go", run_command("build")), await_ask("build"), await_turn("r")],
        "step 3 await_ask: by the policy and the sandbox of its thread, nobody is asked about 'build'; "
        'mend: start_thread(…, sandbox="read-only", approvalPolicy="on-request")',
    ),
    "a tool that nobody declared": (
        [T, start_turn("r", "t", "go", call_tool("word", "look_up")), await_ask("word"), await_turn("r")],
        "step 3 await_ask: the thread of 'word' has no tool 'look_up'; "
        "mend: start_thread(…, dynamicTools=[{\"name\": 'look_up', …}])",
    ),
    "a question outside plan mode": (
        [T, start_turn("r", "t", "go", ask_user("colour")), await_ask("colour"), await_turn("r")],
        "step 3 await_ask: the turn of 'colour' is not in plan mode, and the user is not asked; "
        'mend: collaborationMode={"mode": "plan", …} in its turn',
    ),
    "the ask before the first": (
        [T, start_turn("r", "t", "go", run_command("build")), await_ask("build", k=0), await_turn("r")],
        "step 3 await_ask: k=0 counts from 1; mend: k=1 is the first",
    ),
    "an answer before the ask": (
        [T, start_turn("r", "t", "go", run_command("build")), answer("build", "accept"), await_turn("r")],
        "step 3 answer: the server has not asked about 'build' yet; mend: await_ask('build') before",
    ),
    "an answer of nothing": (
        asked(run_command("build"), answer("build")),
        "step 4 answer: it answers nothing; mend: answer('build', \"accept\")",
    ),
    "an answer of two": (
        asked(ask_user("colour"), answer("colour", "red", result={})),
        "step 4 answer: it answers more than one of decision, result and error; mend: answer('colour', \"red\")",
    ),
    "a misspelt decision": (
        asked(run_command("build"), answer("build", "acept")),
        "step 4 answer: 'acept' is no decision about 'build'; mend: did you mean 'accept'?",
    ),
    "a decision about something else": (
        asked(call_mcp("name"), answer("name", "acceptForSession")),
        "step 4 answer: 'acceptForSession' is no decision about 'name'; mend: one of accept, decline, cancel, or result=…",
    ),
    "a mark twice": (
        [T, run_turn("t", "go", run_command("build")), run_turn("t", "on", apply_patch("build"))],
        "step 3 run_turn: the mark 'build' is taken by another call; mend: choose another",
    ),
    "a mark twice at once": (
        [T, run_turn("t", "go", at_once(run_command("a"), run_command("a")))],
        "step 2 run_turn: the mark 'a' is taken by another call; mend: choose another",
    ),
    "calls said twice": (
        [T, run_turn("t", "go", run_command("a")), run_turn("t", "go", run_command("a"))],
        "step 3 run_turn: the text 'go' is said twice, and its script calls tools; mend: say it otherwise",
    ),
    "a repeated call that nobody made": (
        [T, run_turn("t", "go", again(run_command("build"), "more"))],
        "step 2 run_turn: call 'more' repeats 'build', which no turn before makes; "
        "mend: a turn with that call before, and again(…, 'more') in this one",
    ),
    "a call repeated in its turn": (
        [T, run_turn("t", "go", run_command("build"), again(run_command("build"), "more"))],
        "step 2 run_turn: call 'more' repeats 'build', which no turn before makes; "
        "mend: a turn with that call before, and again(…, 'more') in this one",
    ),
    "another call under the name of a repeated one": (
        [T, run_turn("t", "a", run_command("build")), run_turn("t", "b", again(run_command("build", exits=1), "more"))],
        "step 3 run_turn: call 'more' repeats 'build', which no turn before makes; "
        "mend: a turn with that call before, and again(…, 'more') in this one",
    ),
    "a mark for the shell": (
        [T, run_turn("t", "go", run_command("a; rm b"))],
        f"step 2 run_turn: 'a; rm b' is no mark of a call; {MARKS}",
    ),
    "words for the shell": (
        [T, run_turn("t", "go", run_command("a", prints="$HOME"))],
        "step 2 run_turn: prints='$HOME' is more than the shell passes on as it is; mend: letters and digits",
    ),
    "a code of a signal": (
        [T, run_turn("t", "go", run_command("a", exits=137))],
        "step 2 run_turn: exits=137 is no code that a command ends with by itself; mend: one from 0 to 125",
    ),
    "a patch that grows unseen": (
        [T, run_turn("t", "go", apply_patch("edit", streamed=True))],
        "step 2 run_turn: a server without \"patches\" does not tell of apply_patch('edit', streamed=True); "
        'mend: setup=Setup(tools=("patches",))',
    ),
    "a call of a tool that the server does not have": (
        [T, run_turn("t", "go", ask_permissions("net"))],
        "step 2 run_turn: a server without \"permissions\" does not have ask_permissions('net'); "
        'mend: setup=Setup(tools=("permissions",))',
    ),
    "a plan that the server has no tool for": (
        [T, run_turn("t", "go", update_plan(("look", "pending")))],
        'step 2 run_turn: a server without "plan" does not have update_plan(…); mend: setup=Setup(tools=("plan",))',
    ),
    "a status that is none": (
        [T, run_turn("t", "go", update_plan(("look", cast("Any", "inProgress"))))],
        "step 2 run_turn: steps.0.1 of update_plan(…) is 'inProgress', none of 'pending', 'in_progress', 'completed'; "
        "mend: did you mean 'in_progress'?",
    ),
    "a step of a plan without its status": (
        [T, run_turn("t", "go", update_plan(cast("Any", "look")))],
        "step 2 run_turn: steps.0 of update_plan(…) is 'look', not a tuple of 2; mend: (\"…\", 'pending')",
    ),
    "no choice": (
        [T, run_turn("t", "go", ask_user("colour", options=("red",)))],
        'step 2 run_turn: question \'colour\' leaves no choice; mend: options=("red", "blue")',
    ),
    "no call at once": (
        [T, run_turn("t", "go", at_once(), say("x"))],
        'step 2 run_turn: at_once holds no call; mend: at_once(run_command("…"), …)',
    ),
}


@pytest.mark.parametrize(("steps", "said"), NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_refused_in_one_line(steps: list[Any], said: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        Scenario("a title", *steps, setup=Setup(tools=("mcp",)))
    assert str(refused.value).endswith(said)


def test_the_tool_of_our_mcp_server_is_there_where_the_set_up_says_so() -> None:
    with pytest.raises(ScenarioError, match=r"without \"mcp\" does not have call_mcp\('name'\); mend: setup="):
        Scenario("a title", T, run_turn("t", "go", call_mcp("name")))
