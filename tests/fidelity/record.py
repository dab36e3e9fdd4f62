"""Record the corpus anew: `.venv/bin/python -m tests.fidelity.record` (real binary needed, about three minutes).

Plays every scenario on `codex`, picks the smallest histories that show every kind of line and every kind of member, and
keeps two plays of each: `histories/<module>--<scenario>.<1|2>.jsonl`.  The play's own folders are named alike.

`… -m tests.fidelity.record --check RUN_FOLDER` records nothing: it says which kinds of lines a run of pytest that is over
has shown on `codex` and the corpus does not have, and ends with 1 when there are any.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from tests.fidelity.kinds import Kind, kinds, unread
from tests.fidelity.kinds import Path as MemberPath

from turnproof.campaigns.finished_run import passed
from turnproof.cli.listing import collect
from turnproof.cli.matrix import named
from turnproof.fidelity import compare
from turnproof.fidelity.lines import Lines
from turnproof.fidelity.rules import UNREAD
from turnproof.history import read, to_line
from turnproof.playing import Settings, play_case
from turnproof.scenario import Scenario

HISTORIES: Final = Path(__file__).with_name("histories")
LONGEST: Final = 100_000
"""Bytes of a history that is worth keeping in a repository."""
ALWAYS: Final = (
    "answers_and_events::separators_inside_strings",
    "long_lines::control_characters_in_text",
    "long_lines::text_beyond_the_basic_plane",
)
"""Histories that are kept for their text."""
MEND: Final = "is exercised and not recorded: python -m tests.fidelity.record"


def kinds_of(history: bytes) -> frozenset[Kind]:
    """The kinds of lines and of members that a history shows."""
    return frozenset(kind for line in Lines(read(BytesIO(history))[1]).all for kind, _ in kinds(line))


def play(name: str, scenario: Scenario) -> tuple[str, bytes]:
    """One play on the real binary; nothing for one that did not pass."""
    with tempfile.TemporaryDirectory() as folder:
        verdict = play_case("codex", scenario, Path(folder), Settings(require_real=True, probes=False))
        history = (Path(folder) / "history.jsonl").read_bytes()
    return name, _anywhere(history) if verdict.passed else b""


def _anywhere(history: bytes) -> bytes:
    """The history with the play's root under a name that says nothing of this machine."""
    homes = [event.message.result.get("codexHome") for event in read(BytesIO(history))[1] if event.kind == "line"]
    home = next(filter(None, homes), None)
    history = history.replace(str(Path(home).parent).encode(), b"/plays/a1b2c3") if home else history
    return _in_our_words(history)


def _in_our_words(history: bytes) -> bytes:
    """A history without what the vendor says at length: what UNREAD names is not compared anyway."""
    head, _, _ = history.partition(b"\n")
    events = list(read(BytesIO(history))[1])
    for line in Lines(events).all:
        if any(rule.letter == line.letter for rule in UNREAD):
            value = line.event.message.value
            if _spelt(value) != line.event.raw:
                raise ValueError(
                    f"{line.letter}: not spelt as Python spells it: it cannot be shortened and kept as it was"
                )
            line.event.raw, line.event.seen_as = _spelt(_shortened(line.letter, value, ())), None
    return head + b"\n" + b"".join(map(to_line, events))


def _spelt(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _shortened(letter: str, value: Any, path: MemberPath) -> Any:
    if isinstance(value, dict):
        return {name: _shortened(letter, member, (*path, name)) for name, member in value.items()}
    if isinstance(value, list):
        return [_shortened(letter, member, (*path, index)) for index, member in enumerate(value)]
    return "words" if isinstance(value, str) and unread(letter, path) else value


def chosen(histories: dict[str, bytes]) -> list[str]:
    """The fewest bytes that show every kind, greedily: each time the history with the most new kinds for its size."""
    small = {name: history for name, history in histories.items() if 0 < len(history) <= LONGEST}
    shown = {name: kinds_of(history) for name, history in small.items()}
    wanted = frozenset[Kind]().union(*shown.values())
    found = [name for name in ALWAYS if name in small]
    seen = frozenset[Kind]().union(*(shown[name] for name in found))
    while seen < wanted:
        best = max(sorted(small), key=lambda name: len(shown[name] - seen) / len(small[name]))
        found.append(best)
        seen |= shown[best]
    return _needed(found, small, shown)


def _needed(names: list[str], histories: dict[str, bytes], shown: dict[str, frozenset[Kind]]) -> list[str]:
    """Without those whose kinds the others show too, the longest first: what came later may have made one needless."""
    times = Counter(kind for name in names for kind in shown[name])
    needed = list(names)
    for name in sorted(names, key=lambda name: (-len(histories[name]), name)):
        if name not in ALWAYS and all(times[kind] > 1 for kind in shown[name]):
            times.subtract(shown[name])
            needed.remove(name)
    return needed


def same(one: bytes, other: bytes) -> bool:
    """Whether two plays both passed and say the same; those of a race need not."""
    return bool(one and other) and not compare(read(BytesIO(one))[1], read(BytesIO(other))[1]).differences


def lacking(histories: Iterable[bytes], kept: Iterable[bytes]) -> list[str]:
    """The kinds that histories show and the corpus does not; of a letter that it does not have at all, the letter alone."""
    there = frozenset[Kind]().union(*map(kinds_of, kept))
    missing = frozenset[Kind]().union(*map(kinds_of, histories)) - there
    letters = {letter for letter, shape in missing if not shape}
    return sorted(f"{letter}  {shape}".rstrip() for letter, shape in missing if not shape or letter not in letters)


def corpus() -> list[bytes]:
    """The first play of every history that is kept."""
    return [path.read_bytes() for path in sorted(HISTORIES.glob("*.1.jsonl"))]


def letters(histories: Iterable[bytes]) -> frozenset[str]:
    """The kinds of lines that histories show."""
    return frozenset(line.letter for history in histories for line in Lines(read(BytesIO(history))[1]).all)


def unrecorded(histories: Iterable[bytes], kept: Iterable[bytes]) -> list[str]:
    """The kinds of lines that histories show and the corpus does not, a line each with the mend."""
    new = sorted(letters(histories) - letters(kept))
    return [f"{letter} {MEND}" for letter in new]


def check(run: Path) -> int:
    """Hold the plays of a run on codex against the corpus; 1 when they show a kind of line that it does not have.

    Which kinds of lines a whole run shows is no chance: six runs on 0.163.0 showed the same ones, where they had the same
    scenarios.
    """
    histories, _ = passed(run, "codex")
    told = unrecorded((path.read_bytes() for path in histories.values()), corpus())
    told += [] if histories else [f"{run}: nothing passed on codex; mend: make scenarios"]
    print("\n".join(told), end="\n" if told else "", file=sys.stderr)
    return 1 if told else 0


def record() -> int:
    """Play, choose, play again, write."""
    scenarios = {name: one.scenario for name, one in named(collect(["scenarios"])).items()}
    with get_context("forkserver").Pool(2) as pool:
        first, second = (dict(pool.starmap(play, sorted(scenarios.items()), chunksize=1)) for _ in range(2))
    alike = {name: history for name, history in first.items() if same(history, second[name])}
    taken = chosen(alike)
    HISTORIES.mkdir(exist_ok=True)
    for old in HISTORIES.glob("*.jsonl"):
        old.unlink()
    for name in taken:
        for number, history in enumerate((first[name], second[name]), 1):
            (HISTORIES / f"{name.replace('::', '--')}.{number}.jsonl").write_bytes(history)
    for kind in lacking(filter(None, first.values()), corpus()):
        print(f"in no history that is small and twice the same: {kind}", file=sys.stderr)
    print(f"{len(taken)} of {len(scenarios)} scenarios, {sum(len(first[n]) + len(second[n]) for n in taken)} bytes")
    return 0


def main() -> int:
    """Record, or check what is recorded."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fidelity.record", description="The corpus of real histories."
    )
    parser.add_argument(
        "--check", type=Path, metavar="RUN_FOLDER", help="only say what this run shows beyond the corpus"
    )
    asked = parser.parse_args()
    return check(asked.check) if asked.check is not None else record()


if __name__ == "__main__":
    sys.exit(main())
