"""Record the corpus anew: `.venv/bin/python -m tests.fidelity.record` (real binary needed, about two minutes).

Plays every scenario on `codex`, picks the smallest histories that show every kind of line, and keeps two plays of each:
`histories/<module>--<scenario>.<1|2>.jsonl`. The second use is left out, and the play's own folders are named alike.
"""

from __future__ import annotations

import json
import sys
import tempfile
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

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


def letters(history: bytes) -> frozenset[str]:
    """The kinds of lines of a history."""
    return frozenset(line.letter for line in Lines(read(BytesIO(history))[1]).all)


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
    head, _, rest = history.partition(b"\n")
    events = list(read(BytesIO(history))[1])
    for line in Lines(events).all:
        paths = {rule.path for rule in UNREAD if rule.letter == line.letter}
        if paths:
            said = json.dumps(
                _shortened(line.event.message.value, "", paths), ensure_ascii=False, separators=(",", ":")
            )
            line.event.raw, line.event.seen_as = said.encode(), None
            rest = b"".join(map(to_line, events))
    return head + b"\n" + rest


def _shortened(value: Any, path: str, paths: set[str]) -> Any:
    if isinstance(value, dict):
        return {name: _shortened(member, f"{path}.{name}".lstrip("."), paths) for name, member in value.items()}
    if isinstance(value, list):
        return [_shortened(member, path, paths) for member in value]
    return "words" if path in paths and isinstance(value, str) else value


def chosen(histories: dict[str, bytes]) -> list[str]:
    """The fewest bytes that show every kind of line, greedily: each time the history with the most new kinds for its size."""
    small = {name: history for name, history in histories.items() if 0 < len(history) <= LONGEST}
    kinds = {name: letters(history) for name, history in small.items()}
    wanted = frozenset[str]().union(*kinds.values())
    found = [name for name in ALWAYS if name in small]
    seen = frozenset[str]().union(*(kinds[name] for name in found))
    while seen < wanted:
        best = max(sorted(small), key=lambda name: len(kinds[name] - seen) / len(small[name]))
        found.append(best)
        seen |= kinds[best]
    return found


def same(one: bytes, other: bytes) -> bool:
    """Whether two plays both passed and say the same; those of a race need not."""
    return bool(one and other) and not compare(read(BytesIO(one))[1], read(BytesIO(other))[1]).differences


def shown(histories: dict[str, bytes], names: list[str]) -> frozenset[str]:
    """The kinds of lines that some histories show."""
    return frozenset[str]().union(*(letters(histories[name]) for name in names))


def main() -> int:
    """Play, choose, play again, write."""
    scenarios = {name: one.scenario for name, one in named(collect(["scenarios"])).items()}
    with get_context("forkserver").Pool(2) as pool:
        first, second = (dict(pool.starmap(play, sorted(scenarios.items()), chunksize=1)) for _ in range(2))
    alike = {name: history for name, history in first.items() if same(history, second[name])}
    taken = chosen(alike)
    if missing := frozenset[str]().union(*map(letters, first.values())) - shown(alike, taken):
        print(f"in no history that is small and twice the same: {', '.join(sorted(missing))}", file=sys.stderr)
    HISTORIES.mkdir(exist_ok=True)
    for old in HISTORIES.glob("*.jsonl"):
        old.unlink()
    for name in taken:
        for number, history in enumerate((first[name], second[name]), 1):
            (HISTORIES / f"{name.replace('::', '--')}.{number}.jsonl").write_bytes(history)
    print(f"{len(taken)} of {len(scenarios)} scenarios, {sum(len(first[n]) + len(second[n]) for n in taken)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
