"""Differences between two targets, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from turnproof_reports.escaping import visible


def difference_text(finding: Any, labels: tuple[str, str]) -> str:
    """A finding of ``turnproof.campaigns.compare``: what differs, the values, and where it is first."""
    first = finding.first
    times = "once" if finding.count == 1 else f"{finding.count} times"
    where = f" in {finding.scenarios} scenarios" if finding.scenarios > 1 else ""
    head = f"{first.letter}  {first.path}".rstrip()
    lines = [f"{head}  {_what(first.what, labels)} ({times}{where})"]
    width = max(map(len, labels))
    lines += [f"    {label:<{width}}  {value}" for label, value in zip(labels, first.values, strict=True)]
    lines.append(f"  first in {finding.scenario}, {first.thread}")
    for label, place in zip(labels, first.places, strict=True):
        if place is not None:
            between = f"after {place.before or 'nothing'}, before {place.after or 'nothing'}"
            lines.append(f"    {label:<{width}}  event {place.seq}, {between}")
    return visible("\n".join(lines))


def _what(what: str, labels: tuple[str, str]) -> str:
    return what.replace("the first", labels[0]).replace("the second", labels[1])


def summary(results: Iterable[Any], findings: list[Any], labels: tuple[str, str], once: int = 0) -> list[str]:
    """The counts, and what was not compared; ``once`` differences were seen in one play, and not when it was played again."""
    done = list(results)
    compared = [result for result in done if not result.trouble]
    scenarios, rounds = len({r.name for r in done}), len({r.round for r in done})
    troubled = sorted({(result.name, result.trouble) for result in done if result.trouble})
    lines = [visible(f"not compared: {name}: {trouble}") for name, trouble in troubled]
    lines.append(
        f"{labels[0]} against {labels[1]}: {_many(scenarios, 'scenario')}, {_many(rounds, 'round')}, "
        f"{_many(sum(r.plays for r in done), 'play')}, {len(compared)} of {len(done)} pairs compared, "
        f"{sum(r.lines for r in compared)} messages side by side, "
        f"{sum(r.cut_off for r in compared)} without counterpart where a turn or a server was ended in mid-work"
    )
    if once:
        lines.append(f"{_many(once, 'difference')} in one play alone")
    places = sum(finding.count for finding in findings)
    if findings:
        lines.append(f"{_many(len(findings), 'difference')} in {_many(places, 'place')}")
    else:
        lines.append(("no difference that stays" if once else "no difference") if compared else "nothing was compared")
    return lines


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
