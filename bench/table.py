"""The figures as text: one line a row on the terminal, and the page ``docs/performance.md``. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bench.interval import Interval
from bench.row import Found

HEADS: Final = ("row", "n", "ratio", "95 % interval", "limit", "verdict", "wall", "A/A")
PAGE_HEADS: Final = ("what", "against", "n", "ratio", "95 % interval", "at most", "verdict", "wall", "A/A")
INTRODUCTION: Final = """\
# Performance

Only ratios within one run count. A ratio is the median of the ratios of pairs, the pairs interleaved A B B A, with both
sides alive at once where they last longer than a pair; the interval is its 95 % bootstrap interval. A row is measured with 400 pairs, or until the interval
is narrower than 0.02 (and than 2 % of the limit), or until its time is up. "not resolved" means that the limit lies within the
interval. What is compared is the CPU time of our process; the ratio of wall times stands beside it. A/A is the baseline
against itself: how far a ratio of 1 (in the first row: of 0) can stray on this machine. The baselines are in
`bench/baselines/`.
"""
SUITE: Final = """\
## The whole suite

Wall time of all shipped scenarios as a user plays them, everything on, server starts and pytest's own included.
"""
HOW: Final = """\
## How to run it

```
make bench                                   # all rows, the table on the terminal
python -m bench burst sim --seconds 20       # some rows, shorter
python -m bench --write                      # all rows, the long form of the last one, and this page anew
```

`--profile` shows where the time goes for every row, not only for those that miss their limit. The exit status is 1 when a
limit is missed, 0 otherwise; what is not resolved misses nothing, and a row whose limit is known not to be met is held to
the ratio that its text names.
"""


def terminal(all_found: Iterable[Found]) -> str:
    """A table, then what stands beside each row."""
    all_found = list(all_found)
    rows = [HEADS, *(_cells(found) for found in all_found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for found in all_found:
        lines += ["", f"{found.row.name}: {found.sizes or found.skipped}"]
        lines += [f"  {line}" for line in [*found.beside, *found.profile.splitlines()]]
    return "\n".join(lines)


def page(all_found: Iterable[Found], machine: Mapping[str, str], suite: Iterable[str] = ()) -> str:
    """The whole of ``docs/performance.md``."""
    all_found = list(all_found)
    parts = [INTRODUCTION, "## The machine\n"]
    parts += ["\n".join(f"- {label}: {value}" for label, value in machine.items()) + "\n", "## Figures\n"]
    rows = [PAGE_HEADS, ("---",) * len(PAGE_HEADS)]
    rows += [(found.row.what, found.row.against, *_cells(found)[1:]) for found in all_found]
    parts += ["\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"]
    parts += [SUITE, "\n".join(f"- {line}" for line in suite) + "\n"]
    parts += [_section(found) for found in all_found]
    parts.append(HOW)
    return "\n".join(parts)


def _section(found: Found) -> str:
    lines = [f"### {found.row.name}\n", found.row.about, ""]
    lines += [f"- {line}" for line in [found.sizes or found.skipped, *found.beside] if line]
    if found.profile:
        missed = "What bounds it" if found.judgement == "missed" else "Where the time goes"
        lines += ["", f"{missed}:", "", "```", found.profile, "```"]
    return "\n".join(lines) + "\n"


def _cells(found: Found) -> tuple[str, ...]:
    ratio = found.ratio
    if ratio is None:
        return (found.row.name, "0", "-", "-", f"{found.row.limit:g}", "skipped", "-", "-")
    middle, between = f"{ratio.middle:.3f}", _between(ratio)
    wall = f"{found.wall.middle:.2f}" if found.wall else "-"
    same = f"{found.same.middle:.3f} [{_between(found.same)}]" if found.same else "-"
    verdict = found.judgement or ""
    return (found.row.name, str(ratio.n), middle, between, f"{found.row.limit:g}", verdict, wall, same)


def _between(found: Interval) -> str:
    return f"{found.low:.3f} to {found.high:.3f}"
