"""GitHub annotations: workflow commands that put a failure next to the line of its scenario."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from turnproof_reports.known import UNMATCHED
from turnproof_reports.overview import state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from turnproof_reports.results import CaseResult, Run


def commands(run: Run, environment: Mapping[str, str]) -> Iterator[str]:
    """One command for each failure, error, known failure and SHOULD violation; nothing outside of GitHub Actions."""
    if environment.get("GITHUB_ACTIONS") != "true":
        return
    top = environment.get("GITHUB_WORKSPACE", "")
    for result in run.results.values():
        if result.failed:
            yield _command("error", result, run.header.root, top, f"{state(result)}: {result.case}", result.text)
        elif result.known is not None:
            title = f"{result.known.state}: {result.case}"
            yield _command("notice", result, run.header.root, top, title, result.known.sentence)
        for warning in result.warnings:
            yield _command("warning", result, run.header.root, top, f"SHOULD: {result.case}", warning)
    for entry in run.unmatched:
        file = _property(_relative(entry.file, run.header.root, top))
        title = _property(f"{UNMATCHED}: {entry.entry}")
        yield f"::error file={file},line={max(entry.line, 1)},title={title}::{_data(entry.text)}"
    if run.not_run:
        names = "\n".join(plan.case for plan in run.not_run)
        yield f"::warning title={_property(f'{len(run.not_run)} cases were not run')}::{_data(names)}"


def _command(kind: str, result: CaseResult, root: str, top: str, title: str, text: str) -> str:
    place = f"file={_property(_relative(result.file, root, top))},line={result.line}"
    return f"::{kind} {place},title={_property(title)}::{_data(text or result.message)}"


def _relative(file: str, root: str, top: str) -> str:
    """GitHub finds a file only by its path within the checkout."""
    path = Path(root) / file
    return os.path.relpath(path, top) if top and path.is_relative_to(top) else file


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
