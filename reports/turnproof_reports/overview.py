"""A run in a few lines: what pytest prints at its end, and ``turnproof report`` at any time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from turnproof_reports.escaping import one_line
from turnproof_reports.known import UNMATCHED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turnproof_reports.results import CaseResult, Run

ORDER: Final = (
    "pass",
    "fail",
    "hung",
    "invalid",
    "unjudged",
    "harness error",
    "skipped",
    "expected failure",
    "known failure",
    "known flaky",
    "known flaky not seen",
    "stale known failure",
    "not run",
)
WORDS: Final = {"pass": "passed", "fail": "failed"}
LISTED: Final = 10
"""Lines shown of a list; the run folder has all of it."""


def overview(run: Run) -> list[str]:
    """Per target what came of it; known failures; quirks; branches never reached; what was not run."""
    return [*_targets(run), *_known(run), *_quirks(run), *_branches(run), *_not_run(run)]


def missing(run: Run) -> list[str]:
    """What was skipped, one loud line for each reason: a skip is never silent."""
    reasons = Counter((r.target, r.message) for r in run.results.values() if r.outcome == "skipped")
    return [
        f"{count} case{'' if count == 1 else 's'} SKIPPED on {target}: {reason}"
        for (target, reason), count in reasons.items()
    ]


def state(result: CaseResult) -> str:
    """The word under which a result is counted."""
    if result.known is not None:
        return result.known.state
    return "expected failure" if result.expected is not None and result.outcome != "pass" else result.outcome


def counts(run: Run) -> dict[str, Counter[str]]:
    """For each target how many cases came to what."""
    table: dict[str, Counter[str]] = {}
    for plan in run.planned.values():
        table.setdefault(plan.target, Counter())
    for result in run.results.values():
        table.setdefault(result.target, Counter())[state(result)] += 1
    for plan in run.not_run:
        table[plan.target]["not run"] += 1
    return table


def _targets(run: Run) -> list[str]:
    table = counts(run)
    width = max(map(len, table), default=0)
    lines: list[str] = []
    for target, found in table.items():
        words = ", ".join(f"{found[name]} {WORDS.get(name, name)}" for name in ORDER if found[name])
        lines.append(f"{target:<{width}}  {words}")
    return lines


def _known(run: Run) -> list[str]:
    """Each case that the file of known failures is about, by state; then entries that match nothing."""
    by_state: dict[str, list[str]] = {}
    for result in run.results.values():
        if (known := result.known) is not None:
            told = known.entry if known.is_stale else f"{known.check}: {known.reason} ({known.link})"
            by_state.setdefault(known.state, []).append(f"  {one_line(f'{result.case}: {told}')}")
    by_state[UNMATCHED] = [f"  {one_line(entry.text)}" for entry in run.unmatched]
    parts = [(name, by_state[name]) for name in (*ORDER, UNMATCHED) if by_state.get(name)]
    return [line for name, lines in parts for line in (f"{name}: {len(lines)}", *_some(lines, len(lines)))]


def _quirks(run: Run) -> list[str]:
    seen = Counter((r.target, quirk) for r in run.results.values() for quirk in r.quirks)
    if not seen:
        return []
    by_target: dict[str, list[str]] = {}
    for (target, quirk), count in sorted(seen.items()):
        by_target.setdefault(target, []).append(f"{quirk} x {count}")
    return [f"quirks seen on {target}: {', '.join(quirks)}" for target, quirks in by_target.items()]


def unreached(run: Run) -> list[tuple[str, str, str]]:
    """Branches that no target took: (scenario, step number, branch as "2/2"). Only of scenarios that passed somewhere."""
    reached: dict[str, set[tuple[str, str]]] = {}
    choices: dict[str, dict[str, int]] = {}
    for case, plan in run.planned.items():
        result = run.results.get(case)
        if result is None or result.outcome != "pass":
            continue
        scenario = case.partition("[")[0]
        choices[scenario] = plan.choices
        reached.setdefault(scenario, set()).update(result.branches.items())
    return [
        (scenario, step, f"{branch}/{total}")
        for scenario, points in choices.items()
        for step, total in points.items()
        for branch in range(1, total + 1)
        if (step, f"{branch}/{total}") not in reached[scenario]
    ]


def _branches(run: Run) -> list[str]:
    missed = unreached(run)
    if not missed:
        return []
    lines = (f"  {scenario}, step {step}: branch {branch}" for scenario, step, branch in missed)
    return [f"branches never reached: {len(missed)}", *_some(lines, len(missed))]


def _not_run(run: Run) -> list[str]:
    if not run.not_run:
        return []
    lines = (f"  {one_line(plan.case)}" for plan in run.not_run)
    return [f"not run: {len(run.not_run)} of {len(run.planned)} planned", *_some(lines, len(run.not_run))]


def _some(lines: Iterable[str], total: int) -> list[str]:
    shown = [line for line, _ in zip(lines, range(LISTED), strict=False)]
    return [*shown, f"  … and {total - LISTED} more"] if total > LISTED else shown
