"""What the model is told of its calls, in histories with the notes of its provider: what is legal, and what is flagged."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.core.checks.asked import (
    BUILD,
    DECLINED,
    INPUTS,
    MCP,
    ODD,
    PATCHED,
    PERMISSIONS,
    TOOL,
    answered,
    elicited,
    patched,
    permitted,
    questioned,
    refused,
    told,
    tool,
)
from tests.core.checks.handwritten import flags, judged
from tests.core.checks.log import Log

from turnproof.expect import Expected

DECLINE = {"decision": "decline"}
RED = json.dumps({"answers": {"color": {"answers": ["Red"]}}})
WRITE = {"write": ["/w/a"]}
NOTHING = {"network": None, "file_system": None}


def granted(files: Any, asked: Any = None) -> Log:
    """The model asks for these files, and the client grants those."""
    log = permitted().changed("ask", permissions={"network": {"enabled": True}, "fileSystem": asked})
    return log.changed("reply", result={"permissions": {"fileSystem": files}, "scope": "turn"})


def grant(permissions: Any, scope: str = "turn") -> str:
    return json.dumps({"permissions": permissions, "scope": scope})


RAN, NOT_RUN, FAILED = "Process exited with code 0\nOutput:\ndone\n", "rejected by user", "approval request failed"
TOLD: dict[str, tuple[Callable[[], Log], Expected, str, str]] = {
    # What came of it, what the model is told of it, and what it must not be told.
    "a command that ran": (answered, BUILD, RAN, NOT_RUN),
    "a command that was declined": (lambda: answered(DECLINE, DECLINED), BUILD, NOT_RUN, RAN),
    "a command that was answered with an error": (refused, BUILD, FAILED, NOT_RUN),
    "a patch": (patched, PATCHED, "Success. Updated the following files:\nA a\n", NOT_RUN),
    "a patch that was declined": (lambda: patched(DECLINE, "declined"), PATCHED, "patch rejected by user", "Success."),
    "a tool": (tool, TOOL, "hi", "ho"),
    "an elicitation": (elicited, MCP, "Wall time: 1 s\nthe user said accept", "the user said decline"),
    "an answer": (questioned, INPUTS, RED, RED.replace("Red", "Blue")),
    "an answer that is lost": (questioned, INPUTS, RED, '{"answers": {}}'),
    "no permissions": (permitted, PERMISSIONS, grant(NOTHING), grant(NOTHING | {"network": {"enabled": True}})),
    "permissions to write": (permitted, PERMISSIONS, grant(NOTHING), grant(NOTHING | {"file_system": {"write": []}})),
    "permissions for files that nobody asked for": (
        lambda: granted(WRITE),
        PERMISSIONS,
        grant(NOTHING),
        grant(NOTHING | {"file_system": WRITE}),
    ),
    "permissions that are none": (
        lambda: granted("all"),
        PERMISSIONS,
        grant(NOTHING),
        grant(NOTHING | {"file_system": "all"}),
    ),
    "permissions for what is no path": (
        lambda: granted({"write": [1]}),
        PERMISSIONS,
        grant(NOTHING),
        grant(NOTHING | {"file_system": {"write": [1]}}),
    ),
    "permissions for a turn": (permitted, PERMISSIONS, grant(NOTHING), grant(NOTHING, "session")),
    "permissions in other words": (permitted, PERMISSIONS, grant(NOTHING), "granted"),
}


@pytest.mark.parametrize(("build", "licences", "right", "wrong"), TOLD.values(), ids=TOLD.keys())
def test_the_model_is_told_what_was_answered(
    build: Callable[[], Log], licences: Expected, right: str, wrong: str
) -> None:
    healthy = judged(told(build(), right), licences)
    assert (healthy.violations(), healthy.judged()["model-is-told-the-answer"]) == ([], 1)
    assert flags(told(build(), wrong), "model-is-told-the-answer", licences) == ["exit"]


@pytest.mark.parametrize(
    ("answered", "told_of", "right"),
    [
        (WRITE, WRITE, True),
        ({"write": ["/w/a", "/w/z"]}, WRITE, True),
        ({"entries": [{"path": {"type": "path", "path": "/w/a"}, "access": "write"}]}, WRITE, True),
        (WRITE, {"write": ["/"]}, False),
        (WRITE, {"write": ["/w/a", "/w/b"]}, False),
        (WRITE, {"read": ["/w/a"]}, False),
        (WRITE, None, False),
        ({"write": ["/w/z"]}, {"write": ["/w/z"]}, False),
    ],
)
def test_files_are_granted_as_far_as_they_were_asked_for(answered: Any, told_of: Any, right: bool) -> None:
    """As 0.163.0 has it; that no call of a scenario asks for files is another check's."""
    asked = {"read": ["/w/c"], "write": ["/w/a", "/w/b"]}
    log = told(granted(answered, asked), grant(NOTHING | {"file_system": told_of}))
    assert flags(log, "model-is-told-the-answer", PERMISSIONS) == ([] if right else ["exit"])


def test_an_answer_must_be_told() -> None:
    """At the end: the fake's notes come on a line of their own, and may come late."""
    assert flags(told(answered(), None), "model-is-told-the-answer", BUILD) == ["exit"]
    assert flags(told(answered(), RAN, turn="U2"), "model-is-told-the-answer", BUILD) == ["exit"]
    assert flags(answered(), "model-is-told-the-answer", BUILD) == []  # a model that notes nothing


def test_what_nobody_answered_and_what_is_odd_on_purpose_is_not_judged() -> None:
    assert flags(told(answered(), "?", call="call_x"), "model-is-told-the-answer", BUILD) == ["exit"]
    assert flags(told(answered({"decision": "accept"}), "?"), "model-is-told-the-answer", ODD) == []
