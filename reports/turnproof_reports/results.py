"""``results.jsonl``: what a run planned and what came of it, written while it happens.

A header, then one JSON object a line, appended in one write by whichever process has it (O_APPEND):

    {"turnproof_results":1,"turnproof":"0.1.0","started":"…","seed":0,"targets":["fake","codex"],"junit_prefix":""}
    {"planned":[{"case":"a.py::x[fake]",…}, …],"unmatched":[…]}       once a run
    {"result":{"case":"a.py::x[fake]","outcome":"pass",…}}

Every report is rendered from this file, so that it can be after a crash too: what is planned and has no result was not
run.  A case that was played more than once (reruns) has a line for each attempt; the last one counts.  Texts in it are
already visible ones (see ``escaping``).
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from turnproof.verdict import ERRORS, OutcomeName
from turnproof_reports.known import Known, Unmatched

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 1
FILE: Final = "results.jsonl"


class ResultsError(ValueError):
    """A results file that cannot be read; one line."""


class Header(msgspec.Struct, omit_defaults=True):
    """What holds for the whole run. ``started`` is UTC, ISO 8601; ``root`` the folder that case ids are relative to."""

    turnproof_results: int
    turnproof: str
    started: str
    root: str = ""
    seed: int = 0
    targets: tuple[str, ...] = ()
    junit_prefix: str = ""


class Planned(msgspec.Struct, omit_defaults=True):
    """A case that the run means to play. ``choices``: the branch points by step number, and how many branches each has."""

    case: str
    name: str
    target: str
    file: str
    line: int
    title: str = ""
    origin: str = ""
    choices: dict[str, int] = {}


class CaseResult(msgspec.Struct, omit_defaults=True):
    """What came of one case.

    ``message`` is one line, ``text`` everything; ``seconds`` the time of the play; ``branches`` the branch taken by step
    number, as "1/2"; ``by`` "fixture" for a play inside a test function; ``expected`` the reason of an xfail mark; ``known``
    what the file of known failures says.
    """

    case: str
    name: str
    target: str
    outcome: OutcomeName
    file: str = ""
    line: int = 0
    title: str = ""
    answer: str = ""
    ending: str = ""
    seconds: float = 0.0
    message: str = ""
    text: str = ""
    properties: dict[str, str] = {}
    quirks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    branches: dict[str, str] = {}
    by: str = "scenario"
    expected: str | None = None
    known: Known | None = None
    worker: str = ""

    @property
    def failed(self) -> bool:
        """Whether pytest counts it as failed (errors and stale known failures included, expected failures not)."""
        if self.known is not None and (self.known.is_stale or self.known.excuses):
            return self.known.is_stale
        return self.outcome not in ("pass", "skipped") and self.expected is None

    @property
    def is_error(self) -> bool:
        """Whether it says nothing about the server."""
        return self.outcome in ERRORS


class Run(msgspec.Struct):
    """All that a results file holds; ``results`` has the last attempt of each case, in the order of the first."""

    folder: Path
    header: Header
    planned: dict[str, Planned]
    results: dict[str, CaseResult]
    attempts: dict[str, int]
    unmatched: list[Unmatched] = []
    """Entries of the file of known failures that match nothing."""

    @property
    def not_run(self) -> list[Planned]:
        """Planned cases without a result."""
        return [plan for case, plan in self.planned.items() if case not in self.results]


class _PlannedLine(msgspec.Struct, omit_defaults=True):
    planned: tuple[Planned, ...]
    unmatched: tuple[Unmatched, ...] = ()


class _ResultLine(msgspec.Struct):
    result: CaseResult


def create(folder: Path, header: Header) -> None:
    """Make the results file of a run; whoever comes second finds it there."""
    path = folder / FILE
    if path.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{FILE}.{os.getpid()}"
    draft.write_bytes(msgspec.json.encode(header) + b"\n")
    # A link fails when the name is taken, and the file is never seen without its header.
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def plan(folder: Path, planned: list[Planned], unmatched: list[Unmatched] | None = None) -> None:
    """Write down what will be played, once a run: every xdist worker collects the same."""
    try:
        os.close(os.open(folder / ".planned", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))
    except FileExistsError:
        return
    _append(folder, _PlannedLine(tuple(planned), tuple(unmatched or ())))


def add(folder: Path, result: CaseResult) -> None:
    """Append one result."""
    _append(folder, _ResultLine(result))


def _append(folder: Path, line: _PlannedLine | _ResultLine) -> None:
    data = memoryview(msgspec.json.encode(line) + b"\n")
    fd = os.open(folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        while data:
            data = data[os.write(fd, data) :]
    finally:
        os.close(fd)


def load(folder: Path) -> Run:
    """Read a run folder; raises ResultsError. A torn last line (the writer was killed) is left out."""
    path = folder / FILE
    try:
        first, *lines = path.read_bytes().split(b"\n")
    except OSError as problem:
        raise ResultsError(f"{folder}: no run folder: {problem.strerror}: {FILE}") from None
    header = _header(path, first)
    run = Run(folder, header, {}, {}, {})
    for number, line in enumerate(lines[:-1], 2):
        try:
            if line.startswith(b'{"planned"'):
                told = msgspec.json.decode(line, type=_PlannedLine)
                run.planned |= {p.case: p for p in told.planned}
                run.unmatched += told.unmatched
            elif line:
                result = msgspec.json.decode(line, type=_ResultLine).result
                run.results[result.case] = result
                run.attempts[result.case] = run.attempts.get(result.case, 0) + 1
        except msgspec.DecodeError as problem:
            raise ResultsError(f"{path}:{number}: not a line of a results file: {problem}") from None
    return run


def _header(path: Path, first: bytes) -> Header:
    try:
        version = msgspec.json.decode(first, type=dict[str, msgspec.Raw]).get("turnproof_results", msgspec.Raw(b""))
    except msgspec.DecodeError:
        raise ResultsError(f"{path}: the first line is no header of turnproof results") from None
    if bytes(version) != b"%d" % FORMAT:
        known = f"this version reads {FORMAT}"
        raise ResultsError(
            f"{path}: results format {bytes(version).decode() or 'none'} is not known here; mend: {known}"
        )
    try:
        return msgspec.json.decode(first, type=Header)
    except msgspec.DecodeError as problem:
        raise ResultsError(f"{path}: the header of the results: {problem}") from None
