"""What a run of pytest that is over has left: the histories of its plays, for campaigns that need not play again."""

from __future__ import annotations

from pathlib import Path

from turnproof_reports import results


def passed(folder: Path, target: str) -> tuple[dict[str, Path], list[str]]:
    """The histories of the plays that passed on the target, by ``module::scenario``; and a line for each that did not.

    Raises ResultsError when the folder holds no run.
    """
    run = results.load(folder)
    histories: dict[str, Path] = {}
    problems: list[str] = []
    for plan in run.planned.values():
        if plan.target != target:
            continue
        result = run.results.get(plan.case)
        name = f"{Path(plan.file).stem}::{plan.name}"
        if result is None or result.outcome != "pass":
            came = result.outcome if result else "not run"
            problems.append(f"{name}: {came} on {target}; what it shows does not count")
        else:
            # The run folder may have been moved since: module, play and file are what stays.
            histories[name] = folder.joinpath(*Path(result.properties["history"]).parts[-3:])
    return histories, problems
