"""The corpus is complete: what the shipped scenarios exercise on the real binary is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests.fidelity.record import MEND, corpus, letters, unrecorded

PAGE: Final = Path(__file__).parents[2] / "docs" / "coverage.md"
LETTERS: Final = {
    "## Client requests": ("→ {}", "← answer to {}"),
    "## Client notifications": ("→ {}",),
    "## Server requests": ("← ask {}", "→ answer to {}"),
    "## Server notifications": ("← {}",),
}
"""By the tables of the page: the lines that a method is exercised with."""


def exercised(page: str) -> Iterator[str]:
    """The letters that a page of coverage says are exercised, without the type of an item or the status of a turn."""
    table = ""
    for line in page.splitlines():
        table = line if line.startswith("## ") else table
        cells = [cell.strip() for cell in line.split("|")]
        if table in LETTERS and len(cells) > 3 and cells[3] == "exercised":
            yield from (letter.format(cells[1].strip("`")) for letter in LETTERS[table])


def missing(page: str, recorded: Iterable[str]) -> list[str]:
    """What a page says is exercised and the corpus does not have, in a line each."""
    there = {part for letter in recorded for part in (letter, letter.rpartition(" ")[0])}
    return [f"{letter} {MEND}" for letter in exercised(page) if letter not in there]


def test_every_method_that_the_scenarios_exercise_is_recorded() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(list(exercised(page))) > 100
    assert missing(page, letters(corpus())) == []


def test_a_method_that_is_new_is_named_with_the_mend() -> None:
    rows = "".join(f"| `{method}` | stable | exercised |\n" for method in ("turn/started", "turn/dreamt"))
    assert missing(f"## Server notifications\n{rows}", letters(corpus())) == [f"← turn/dreamt {MEND}"]


def test_an_item_of_a_new_type_is_named_with_the_mend() -> None:
    """Which the page of coverage does not know: `make coverage` holds the run itself against the corpus."""
    kept = corpus()
    dreamt = [history.replace(b'"type":"agentMessage"', b'"type":"dream"') for history in kept]
    assert unrecorded(kept, kept) == []
    assert f"← item/started dream {MEND}" in unrecorded(dreamt, kept)
