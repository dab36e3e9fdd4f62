"""Links resolve; tables and errors say what the code says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import turnproof
from turnproof import (
    Scenario,
    ScenarioError,
    Setup,
    await_turn,
    fail,
    interrupt,
    kill_server,
    reconnect,
    ref,
    release,
    request,
    run_turn,
    say,
    script,
    start_thread,
    start_turn,
    steps,
    together,
    wait,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)

REFUSED: dict[str, Callable[[], Scenario]] = {
    "unknown thread": lambda: Scenario("x", start_thread("first"), run_turn("frist", "hello", says="one")),
    "taken": lambda: Scenario("x", start_thread("t"), start_thread("t")),
    "await first": lambda: Scenario("x", start_thread("t"), await_turn("r"), start_turn("r", "t", "hello", says="one")),
    "never awaited": lambda: Scenario("x", start_thread("t"), start_turn("r", "t", "hello", says="one")),
    "two scripts": lambda: Scenario(
        "x", start_thread("t"), run_turn("t", "hello", says="1"), run_turn("t", "hello", says="2")
    ),
    "wrong type": lambda: Scenario("x", start_thread("t"), run_turn("t", 5, says="one")),  # type: ignore[arg-type]
    "no act": lambda: Scenario("x", start_thread("t"), run_turn("t", "hello", "one")),
    "misspelt": lambda: Scenario("x", start_thread("t"), run_turn("t", "hello", ends="compleated")),  # type: ignore[arg-type]
    "words that fail": lambda: Scenario("x", start_thread("t"), run_turn("t", "hello", say("one"), fail(500))),
    "no server": lambda: Scenario("x", start_thread("t"), kill_server(), run_turn("t", "hello", says="one")),
    "not loaded": lambda: Scenario(
        "x", start_thread("t"), run_turn("t", "a", says="b"), kill_server(), reconnect(), run_turn("t", "c", says="d")
    ),
    "loose gate": lambda: Scenario("x", start_thread("t"), release("g"), run_turn("t", "hello", says="one")),
    "no result": lambda: Scenario("x", start_thread("t"), request("thread/read", {"threadId": ref("u.thread.id")})),
    "no duration": lambda: Scenario("x", start_thread("t"), wait(0.2, because="x")),
    "not running": lambda: Scenario("x", start_thread("t"), run_turn("t", "a", says="b", as_="r"), interrupt("r")),
    "one branch": lambda: Scenario("x", start_thread("t"), together([run_turn("t", "hello", says="one")])),
    "server is up": lambda: Scenario("x", start_thread("t"), reconnect()),
    "no handshake": lambda: Scenario("x", start_thread("t"), setup=Setup(handshake=False)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_in_these_words(name: str, root: Path) -> None:
    with pytest.raises(ScenarioError) as refused:
        REFUSED[name]()
    line = str(refused.value).partition("'x', ")[2]
    assert line
    assert f"\n{line}\n" in (root / "docs" / "writing-scenarios.md").read_text()


def test_every_step_and_act_has_its_row(root: Path) -> None:
    text = (root / "docs" / "writing-scenarios.md").read_text()
    rows = set(re.findall(r"^\| `(\w+)\(", text, re.MULTILINE))
    public = {name for name in turnproof.__all__ if name[0].islower()}
    functions = {name for name in public if getattr(turnproof, name).__module__ in (steps.__name__, script.__name__)}
    assert functions - rows == set()


def test_every_public_name_is_mentioned(root: Path) -> None:
    text = "".join(path.read_text() for path in (root / "docs").glob("*.md"))
    assert [name for name in turnproof.__all__ if not re.search(rf"\b{name}\b", text)] == []


def test_links_resolve(document: Path) -> None:
    for target in LINK.findall(document.read_text()):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        there = (document.parent / file) if file else document
        assert there.exists(), f"{document.name}: {target}"
        if anchor:
            assert anchor in {slug(heading) for heading in HEADING.findall(there.read_text())}, (
                f"{document.name}: {target}"
            )


def test_no_document_is_left_alone(root: Path) -> None:
    """Every page can be reached from the README."""
    text = (root / "README.md").read_text()
    assert [path.name for path in (root / "docs").glob("*.md") if f"(docs/{path.name})" not in text] == []


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")
