"""The documents: their fenced blocks, and a folder in which what they say is tried.

A block of Python or TOML belongs to the file that is named on the line before it (`` `name.py`: ``), else to one of its own.  A
``console`` block holds commands after ``$ `` and, below each, what they print; ``<!-- exit code N -->`` on the line before says
how its commands end when that is not 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w-]+\.(?:py(?=`[^`]*$)|toml(?=`:$)))")
EXIT = re.compile(r"<!-- exit code (\d+) -->$")


@dataclass(frozen=True)
class Block:
    """A fenced block; ``before`` is the last line of text before it that is not empty."""

    document: str
    line: int
    language: str
    text: str
    before: str

    @property
    def id(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def file(self) -> str | None:
        """The file that the block is, if the document names one."""
        name = NAMED.search(self.before)
        return name[1] if name else None

    @property
    def source(self) -> str:
        """The block as a module: a fragment gets the names of turnproof."""
        return self.text if "from turnproof import" in self.text else f"from turnproof import *\n\n{self.text}"

    @property
    def exit_code(self) -> int:
        code = EXIT.search(self.before)
        return int(code[1]) if code else 0

    @property
    def commands(self) -> list[tuple[str, list[str]]]:
        """Each command with the lines below it."""
        found: list[tuple[str, list[str]]] = []
        for line in self.text.splitlines():
            if self.language != "console":
                found.append((line, []))
            elif line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
        return found


def documents() -> list[Path]:
    """README.md, CHANGELOG.md and docs/*.md."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(*languages: str) -> list[Block]:
    """Every fenced block of these languages."""
    found: list[Block] = []
    for document in documents():
        text = document.read_text()
        for match in FENCE.finditer(text):
            before = [line.strip() for line in text[: match.start()].splitlines() if line.strip()]
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(document.name, line, match[1], match[2], before[-1] if before else ""))
    return [block for block in found if block.language in languages]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for fixture, languages in {"console_block": ("console", "bash", "sh"), "python_block": ("python",)}.items():
        if fixture in metafunc.fixturenames:
            found = blocks(*languages)
            metafunc.parametrize(fixture, found, ids=[block.id for block in found])
    if "document" in metafunc.fixturenames:
        metafunc.parametrize("document", documents(), ids=[path.name for path in documents()])


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def all_commands() -> list[str]:
    """Every command of every document."""
    return [command for block in blocks("console", "bash", "sh") for command, _ in block.commands]


EXAMPLE = "test_threads.py"
"""The file that every page may take for granted."""


@pytest.fixture
def scratch(console_block: Block, tmp_path: Path) -> Path:
    """A folder with the files that the block's document names."""
    for block in blocks("python", "toml"):
        if block.file is not None and (block.document == console_block.document or block.file == EXAMPLE):
            (tmp_path / block.file).write_text(block.source if block.language == "python" else block.text)
    return tmp_path
