"""``turnproof compare A B``: whether two targets say the same in every scenario."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

from turnproof.campaigns.compare import confirming, gathered, pairs, play_all
from turnproof.campaigns.finished_run import passed
from turnproof.cli.configured import configured
from turnproof.cli.error import CommandError
from turnproof.cli.listing import collect
from turnproof.cli.matrix import named
from turnproof.configuration import Configuration
from turnproof.playing import target_of
from turnproof.targets import TargetError
from turnproof.transports import HarnessError
from turnproof_reports.difference_text import difference_text, summary
from turnproof_reports.results import ResultsError


def compare_targets(
    specs: tuple[str, str],
    paths: list[str],
    *,
    rounds: int,
    processes: int,
    out: Path | None,
    run: Path | None = None,
    again: int = 0,
) -> int:
    """Play every scenario on both and print what differs; 1 when something does, or could not be compared.

    ``run`` is the folder of a run that is over, whose plays need not be played again.  What differs in one play and in
    none of ``again`` more (of a target against itself: in one at most) is printed, and does not count.
    """
    configuration = configured()
    sides, labels = _sides(specs, configuration)
    collected = named(collect(paths))
    found = {name: one.scenario for name, one in collected.items()}
    files = {name: Path(one.where[0]) for name, one in collected.items()}
    if not found:
        raise CommandError("no scenarios there; mend: name a file or folder with some")
    with nullcontext(out) if out is not None else tempfile.TemporaryDirectory() as folder:
        todo = pairs(
            found,
            sides,
            labels,
            Path(folder),
            rounds=rounds,
            keep=out is not None,
            time_factor=configuration.time_factor,
            given=_given(run, sides, files) if run is not None else None,
            again=again,
        )
        results = list(play_all(todo, processes))
    findings, once = gathered(results), gathered(results, once=True)
    few = "none" if confirming(again, sides) == 1 else "one at most"
    for finding in once:
        print(f"in one play, and in {few} of {again} more:\n{difference_text(finding, labels)}", end="\n\n")
    for finding in findings:
        print(difference_text(finding, labels), end="\n\n")
    for line in summary(results, findings, labels, len(once)):
        print(line)
    if out is not None:
        print(f"histories: {out}", file=sys.stderr)
    return 1 if findings or any(result.trouble for result in results) else 0


def _given(run: Path, sides: tuple[str, str], files: Mapping[str, Path]) -> dict[str, tuple[str, ...]]:
    """The histories of a run, of the scenarios that passed on every side. A file that was written since may hold others."""
    try:
        histories = [passed(run, target_of(side).label)[0] for side in dict.fromkeys(sides)]
    except ResultsError as problem:
        raise CommandError(f"{problem}; mend: make scenarios, or no --from") from None
    both = set(histories[0]).intersection(*histories[1:])
    return {
        name: tuple(str(of[name]) for of in histories)
        for name in both & files.keys()
        if all(files[name].stat().st_mtime < of[name].stat().st_mtime for of in histories)
    }


def _sides(specs: tuple[str, str], configuration: Configuration) -> tuple[tuple[str, str], tuple[str, str]]:
    """The specs with names resolved, and what the sides are called. A target that is not here is an error at once."""
    resolved = tuple(configuration.resolve(spec) for spec in specs)
    labels: list[str] = []
    for spec in resolved:
        try:
            target = target_of(spec)
            missing = target.missing()
            labels.append(target.label)
        except (TargetError, HarnessError) as problem:
            raise CommandError(str(problem)) from None
        if missing is not None:
            raise CommandError(missing)
    if labels[0] == labels[1]:
        labels = [f"{labels[0]} (1)", f"{labels[1]} (2)"]
    return (resolved[0], resolved[1]), (labels[0], labels[1])
