"""``turnproof report``: a run from its results file, also after a crash."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from turnproof.cli.error import CommandError
from turnproof_reports import results
from turnproof_reports.overview import missing, overview

if TYPE_CHECKING:
    from pathlib import Path


def report(folder: Path, junit_file: Path | None) -> int:
    """Print what came of a run, failures with their text; ``junit_file`` gets the same as XML."""
    try:
        run = results.load(folder)
    except results.ResultsError as problem:
        raise CommandError(str(problem)) from None
    for result in run.results.values():
        if result.failed:
            print(result.text or result.message, end="\n\n")
    for line in (*missing(run), *overview(run)):
        print(line)
    if junit_file is not None:
        from turnproof_reports import junit

        sys.stdout.flush()  # the file may be /dev/stdout
        try:
            junit.render(run, junit_file.absolute())
        except OSError as problem:
            raise CommandError(f"{junit_file}: {problem.strerror}") from None
        print(f"JUnit: {junit_file}")
    return 0
