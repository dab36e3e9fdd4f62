"""Lines of one thread side by side.

The lines of a thread are totally ordered, but for the pairs of kinds that float.  Such orders are equal exactly when
their normal forms are: the one, of all the orders that swaps of floating neighbours lead to, in which at every place
the first letter in the alphabet stands.  (These are Mazurkiewicz traces; a pair that floats is independent.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from functools import cache

import msgspec

from turnproof.fidelity.lines import Key, Line
from turnproof.fidelity.rules import CHANCE, FLOATS, Chance, Floats


@cache
def floats(one: str, other: str, *, own_call: bool = False, taken_back: bool = False) -> bool:
    """Whether two letters have no order between them.

    ``own_call``: in lines about one and the same call; ``taken_back``: when one of them ends a request of a turn that was
    interrupted.
    """
    rules = (rule for rule in FLOATS if not (own_call and rule.tied) and (taken_back or not rule.taken_back))
    return any(_is_pair(rule, one, other) or _is_pair(rule, other, one) for rule in rules)


def _is_pair(rule: Floats, one: str, other: str) -> bool:
    return (
        fnmatchcase(one, rule.one)
        and fnmatchcase(other, rule.other)
        and not any(fnmatchcase(one, kind) for kind in rule.but_for)
        and not any(fnmatchcase(other, kind) for kind in rule.but)
    )


def normal_form(lines: Sequence[Line]) -> list[Line]:
    """The lines in the order that stands for all orders that are the same."""
    places: dict[Key, deque[int]] = {}
    for place, line in enumerate(lines):
        places.setdefault(line.key, deque()).append(place)
    tied = {a: [b for b in places if b != a and not independent(a, b)] for a in places}
    found: list[Line] = []
    while places:
        # The first of a letter can stand here when nothing that is tied to it stands before it.
        letter = min(a for a, at in places.items() if all(b not in places or places[b][0] > at[0] for b in tied[a]))
        found.append(lines[places[letter].popleft()])
        if not places[letter]:
            del places[letter]
    return found


def independent(one: Key, other: Key) -> bool:
    """Whether two lines have no order: their letters float, or they are about two calls."""
    if one[2] and other[2] and one[2] != other[2]:
        return True
    return floats(one[0], other[0], own_call=bool(one[2]) and one[2] == other[2], taken_back=one[3] or other[3])


class Aligned(msgspec.Struct):
    """Pairs of lines that are each other's, and what is left on either side, in order."""

    pairs: list[tuple[Line, Line]]
    one: list[Line]
    other: list[Line]


def align(one: Sequence[Line], other: Sequence[Line]) -> Aligned:
    """Two threads side by side. All is paired and nothing left exactly when they are the same in order."""
    aligned = Aligned([], [], [])
    if _keys(one) == _keys(other):  # nearly always, and a fifth of the work of a comparison is saved
        aligned.pairs = list(zip(one, other, strict=True))
        return aligned
    a, b = normal_form(one), normal_form(other)
    keys = (_keys(a), _keys(b))
    if keys[0] == keys[1]:
        aligned.pairs = list(zip(a, b, strict=True))
        return aligned
    matcher = SequenceMatcher(None, *keys, autojunk=False)
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag == "equal":
            aligned.pairs += zip(a[a1:a2], b[b1:b2], strict=True)
        else:
            aligned.one += a[a1:a2]
            aligned.other += b[b1:b2]
    return aligned


def _keys(lines: Sequence[Line]) -> list[Key]:
    return [line.key for line in lines]


def is_tail(left: Sequence[Line], lines: Sequence[Line]) -> bool:
    """Whether the lines that are left are the last ones: none is before a line that is not left, floats aside."""
    rest = {id(line) for line in left}
    later: set[Key] = set()
    for line in reversed(lines):
        if id(line) not in rest:
            later.add(line.key)
        elif not all(independent(line.key, key) for key in later):
            return False
    return True


def chance(line: Line, lines: Sequence[Line], *, last: bool) -> str:
    """Why nobody can say that this line of a thread must come ("" where it must): its kind is one of CHANCE, and things are
    as that says. ``last``: no thread of the play begins later."""
    place = next(i for i, other in enumerate(lines) if other is line)
    for rule in CHANCE:
        if rule.letter == line.letter and _holds(rule, line, lines, place, last=last):
            return rule.when
    return ""


def _holds(rule: Chance, line: Line, lines: Sequence[Line], place: int, *, last: bool) -> bool:
    match rule.when:
        case "its turn was interrupted":
            ends = (other.letter for other in lines[place:] if other.letter.startswith("← turn/completed"))
            return line.interrupted or next(ends, "") == "← turn/completed interrupted"
        case "it was said just so":
            return any(
                other.letter == line.letter
                for other in (*lines[max(place - 1, 0) : place], *lines[place + 1 : place + 2])
            )
        case "the play was over":
            return last
        case "the input was over":
            return line.farewell
