"""Fidelity: every scenario on two targets, and the two histories side by side.

The pairs are independent of each other, so they are played by several processes, and what a pair leaves behind is what
a person reads: histories are compared where they were played, and only findings come back.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import msgspec

from turnproof.campaigns.kill_matrix import any_branch
from turnproof.fidelity import Compared, Difference, compare
from turnproof.fidelity.difference import ABSENT
from turnproof.history import read
from turnproof.message import encode
from turnproof.playing import Settings, play_case
from turnproof.scenario import Scenario
from turnproof.verdict import Verdict

ATTEMPTS: Final = 12
"""Plays of a race on each target until two took the same way. Of the three answers to the interrupt race the rarest came 6
times in 250 and the two common ones in the others, so that two targets meet within a few plays."""
AGAIN: Final = 1000
"""What is added to the number of a round for each time that it is played again: its seeds are others."""
SHOWN: Final = 240
"""Characters of a value that are kept to be read."""

Branches = tuple[tuple[str, str], ...]
"""Which alternative was taken in which step."""


class Pair(msgspec.Struct, frozen=True):
    """A scenario to be compared. ``sides`` are target specs, ``labels`` what they are called, which differs always.

    A target against itself has all its rounds in one, for each needs one play only: the other is that of the round before.
    """

    name: str
    rounds: tuple[int, ...]
    scenario: Scenario
    sides: tuple[str, str]
    labels: tuple[str, str]
    folder: str
    keep: bool
    time_factor: float
    given: tuple[str, ...] = ()
    """Histories of the first round that are there already, one of each side; of one where a target is held against itself."""
    again: int = 0
    """Further plays of a round that differs: what the sides differ in shows in `confirming` of them too."""


class Finding(msgspec.Struct):
    """A difference and how often it is there. ``first`` is its first place, with values in a form for people."""

    first: Difference
    scenario: str
    count: int = 1
    scenarios: int = 1


class PairResult(msgspec.Struct):
    """What came of a pair; ``trouble`` says why it was not compared."""

    name: str
    round: int
    lines: int = 0
    cut_off: int = 0
    plays: int = 0
    findings: list[Finding] = []
    once: list[Finding] = []
    """What differed in this round, and in too few of the further plays."""
    trouble: str = ""


def pairs(
    scenarios: Mapping[str, Scenario],
    sides: tuple[str, str],
    labels: tuple[str, str],
    folder: Path,
    *,
    rounds: int = 1,
    keep: bool = False,
    time_factor: float = 1.0,
    given: Mapping[str, tuple[str, ...]] | None = None,
    again: int = 0,
) -> list[Pair]:
    """What is to be compared, round by round; ``given`` are histories of plays that need not be played again.

    Those of races are no use: whether two went the same way is seen by playing on.
    """
    numbers = tuple(range(1, rounds + 1))
    there = {
        name: files for name, files in (given or {}).items() if name in scenarios and not any_branch(scenarios[name])
    }
    return [
        Pair(name, together, scenarios[name], sides, labels, str(folder), keep, time_factor,
             there.get(name, ()) if together[0] == 1 else (), again)
        for together in ([numbers] if sides[0] == sides[1] else [(number,) for number in numbers])
        for name in sorted(scenarios)
    ]  # fmt: skip


def play_all(todo: list[Pair], processes: int) -> Iterator[PairResult]:
    """What comes of the pairs, as it comes."""
    with get_context("forkserver").Pool(processes) as pool:
        for results in pool.imap_unordered(play_pair, todo, chunksize=1):
            yield from results


def play_pair(pair: Pair) -> list[PairResult]:
    """Compare what two targets say in a scenario, in all rounds of a pair."""
    return [_confirmed(pair, result) for result in _rounds(pair)]


def confirming(again: int, sides: tuple[str, str]) -> int:
    """In how many of the further plays a difference has to show. A target differs from itself by chance alone, and one chance
    more is no sign that a rule is missing."""
    return min(again, 2) if sides[0] == sides[1] else 1


def _confirmed(pair: Pair, result: PairResult) -> PairResult:
    """The result, in which a difference that too few of the further plays show is one of that play alone.

    The real server does some things once in thousands of plays.  Whoever differs from it does so in the next play too.
    """
    if result.findings and pair.again:
        needed = confirming(pair.again, pair.sides)
        further = (number for number in range(1, pair.again + 1) if _differs_again(pair, result, number))
        if len(list(islice(further, needed))) < needed:
            result.once, result.findings = result.findings, []
    return result


def _differs_again(pair: Pair, result: PairResult, number: int) -> bool:
    """Whether a further play differs too, or is not as it should be."""
    once = msgspec.structs.replace(pair, rounds=(result.round + AGAIN * number,), given=(), keep=False)
    (further,) = _rounds(once)
    result.plays += further.plays
    result.trouble = result.trouble or further.trouble
    return bool(further.findings or further.trouble)


def _rounds(pair: Pair) -> list[PairResult]:
    if len(pair.given) == len(pair.sides):
        result = PairResult(pair.name, pair.rounds[0])
        _take(result, pair.name, compared(*map(Path, pair.given)))
        return [result]
    folder = Path(pair.folder) / pair.name.replace("::", "/")
    results: list[PairResult] = []
    last = Path(pair.given[0]) if pair.given else None
    try:
        for number in pair.rounds:
            result = PairResult(pair.name, number)
            results.append(result)
            found, last = _closest(pair, folder / f"round-{number}", result, last)
            if found is not None:
                _take(result, pair.name, found)
            if not pair.keep and number > pair.rounds[0]:  # the round before may be another process's
                shutil.rmtree(folder / f"round-{number - 1}", ignore_errors=True)
        return results
    finally:
        if not pair.keep:
            shutil.rmtree(folder / f"round-{pair.rounds[-1]}", ignore_errors=True)


def _closest(pair: Pair, folder: Path, result: PairResult, last: Path | None) -> tuple[Compared | None, Path | None]:
    """The comparison of the histories of each way that both went, those with the fewest differences (None with the trouble
    told), and the history that the next round of a target against itself begins with: ``last`` is that of the round before.

    A scenario without alternatives is played once on each target. In a race there are several right histories, even of
    one branch: it is played until of each branch that both took two are the same, within a bound.
    """
    raced = any_branch(pair.scenario)
    attempts = ATTEMPTS if raced else 1
    taken: tuple[dict[Branches, list[Path]], dict[Branches, list[Path]]] = ({}, {})
    best: dict[Branches, Compared] = {}
    history: Path | None = None
    for attempt in range(1, attempts + 1):
        for index in (0, 1):
            if index == 0 and last is not None:
                taken[0][()] = [last]
                continue
            place = folder / f"{pair.labels[index]}-{attempt}"
            verdict = _play(pair, pair.sides[index], place, result.round * ATTEMPTS + attempt)
            result.plays += 1
            if not verdict.passed:
                result.trouble = f"{pair.labels[index]} does not play it: {_why(verdict)}"
                return None, None
            history = place / "history.jsonl"
            branches = tuple(sorted(verdict.branches.items()))
            taken[index].setdefault(branches, []).append(history)
            for other in taken[1 - index].get(branches, ()):
                found = compared(*((history, other) if index == 0 else (other, history)))
                if branches not in best or len(found.differences) < len(best[branches].differences):
                    best[branches] = found
        if best and not any(found.differences for found in best.values()):
            break
    if not best:
        told = " and ".join(f"{label} took {_told(seen)}" for label, seen in zip(pair.labels, taken, strict=True))
        result.trouble = f"no branch in common in {attempts} plays: {told}"
        return None, None
    return together(best.values()), history if not raced and pair.sides[0] == pair.sides[1] else None


def together(found: Iterable[Compared]) -> Compared:
    """Several comparisons as one."""
    every = list(found)
    differences = [difference for one in every for difference in one.differences]
    return Compared(sum(one.lines for one in every), sum(one.cut_off for one in every), differences)


def _play(pair: Pair, side: str, place: Path, seed: int) -> Verdict:
    settings = Settings(seed=seed, time_factor=pair.time_factor, require_real=True)
    return play_case(side, pair.scenario, place, settings, play_id=f"compare/{place.name}")


def compared(one: Path, other: Path) -> Compared:
    """Two history files compared."""
    with one.open("rb") as ours, other.open("rb") as theirs:
        return compare(read(ours, str(one))[1], read(theirs, str(other))[1])


def _why(verdict: Verdict) -> str:
    first = verdict.first
    return verdict.reason or (f"{first.check}: {first.what}" if first else verdict.outcome)


def _told(seen: Mapping[Branches, list[Path]]) -> str:
    ways = [", ".join(f"branch {way} in step {n}" for n, way in branches) for branches in sorted(seen)]
    return " or ".join(ways)


def _take(result: PairResult, name: str, found: Compared) -> None:
    result.lines, result.cut_off = found.lines, found.cut_off
    by_key: dict[tuple[str, str, str], Finding] = {}
    for difference in found.differences:
        known = by_key.get(difference.key)
        if known is None:
            by_key[difference.key] = Finding(_readable(difference), name)
        else:
            known.count += 1
    result.findings = list(by_key.values())


def _readable(difference: Difference) -> Difference:
    """The difference with its values as texts of bounded length."""
    return msgspec.structs.replace(difference, values=tuple(shown(value) for value in difference.values))


def shown(value: Any) -> str:
    """A value as JSON of bounded length."""
    if value is ABSENT:
        return "nothing"
    text = encode(value).decode("utf-8", "backslashreplace")
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def gathered(results: list[PairResult], *, once: bool = False) -> list[Finding]:
    """The findings of all pairs (``once``: those of one play alone), each difference once, the most frequent first."""
    by_key: dict[tuple[str, str, str], Finding] = {}
    where: dict[tuple[str, str, str], set[str]] = {}
    for result in sorted(results, key=lambda result: (result.round, result.name)):
        for finding in result.once if once else result.findings:
            key = finding.first.key
            where.setdefault(key, set()).add(result.name)
            if key in by_key:
                by_key[key].count += finding.count
            else:
                by_key[key] = msgspec.structs.replace(finding)
    for key, finding in by_key.items():
        finding.scenarios = len(where[key])
    return sorted(by_key.values(), key=lambda finding: (-finding.count, finding.first.key))
