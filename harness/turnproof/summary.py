"""From what a play left behind to its verdict (design: two axes, one outcome). Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from turnproof.checks.base import REGISTRY
from turnproof.checks.licence import RETURN_CODES
from turnproof.profile import Profile, known, load
from turnproof.verdict import ERRORS, Answer, Ending, OutcomeName, Verdict, Violation


class Evidence(msgspec.Struct):
    """What a play left behind.

    ``trouble``: failures of our own side, in a line each; ``endings``: for each server process how it was told to end
    (None: not at all) and its return code; ``licensed``: how the scenario lets them end; ``unfired``: faults that did not happen; ``provokes``: the quirks that the
    scenario must show.
    """

    violations: list[Violation]
    judged: dict[str, int]
    profile: Profile | None
    trouble: list[str]
    endings: list[tuple[str | None, int]]
    licensed: list[str]
    unfired: list[str]
    provokes: tuple[str, ...]
    branches: dict[str, str]
    facts: dict[str, Any]


def sum_up(evidence: Evidence) -> Verdict:
    """The verdict of a play whose history is complete."""
    found = [_with_quirk(violation, evidence.profile) for violation in evidence.violations]
    quirks = tuple(v for v in found if v.quirk)
    must = tuple(v for v in found if v.level == "MUST" and not v.quirk)
    outcome, reason = _outcome(evidence, must, quirks)
    return Verdict(
        outcome=outcome,
        answer=_answer(outcome, must),
        ending=_ending(evidence, must, quirks),
        violations=must,
        warnings=tuple(v for v in found if v.level == "SHOULD" and not v.quirk),
        quirks=quirks,
        judged=evidence.judged,
        reason=reason,
        branches=evidence.branches,
        facts=evidence.facts,
    )


def _answer(outcome: OutcomeName, must: tuple[Violation, ...]) -> Answer:
    """What the scenario showed; an error of ours, or of the case, shows nothing unless a check was violated."""
    if must:
        return "hung" if must[0].check == "settles-in-time" else "fail"
    return "unjudged" if outcome in ERRORS else "pass"


def _outcome(evidence: Evidence, must: tuple[Violation, ...], quirks: tuple[Violation, ...]) -> tuple[OutcomeName, str]:
    # What we send after the server's first violation may hold what the server gave us: only what comes first is ours.
    ours = [v.what for v in must[:1] if v.check in REGISTRY and REGISTRY[v.check].harness]
    if trouble := [*evidence.trouble, *ours]:
        return "harness error", trouble[0]
    if must:
        return ("hung" if must[0].check == "settles-in-time" else "fail"), must[0].what
    if strange := [quirk for quirk in evidence.provokes if not any(_has(load(v), quirk) for v in known())]:
        return "invalid", f"no profile knows a quirk {strange[0]!r}; mend: provokes of the scenario"
    if evidence.unfired:
        return "invalid", f"a fault never fired: {evidence.unfired[0]}"
    if (came := [asked or "itself" for asked, _ in evidence.endings]) != evidence.licensed:
        want, got = ", ".join(evidence.licensed), ", ".join(came) or "none"
        return "invalid", f"its servers were to end by {want}, and ended by {got}: a licence that is not used"
    if absent := _stayed_away(evidence, {v.quirk for v in quirks}):
        return "invalid", f"the quirk {absent!r} is in the profile, and its scenario did not show it; mend: the profile"
    if not any(evidence.judged.values()):
        return "unjudged", "no check looked at anything"
    return "pass", ""


def _stayed_away(evidence: Evidence, seen: set[str | None]) -> str | None:
    """A quirk that its scenario provokes and does not show is like a known failure that has gone stale."""
    if evidence.profile is None:
        return None
    profile = evidence.profile
    return next((quirk for quirk in evidence.provokes if _has(profile, quirk) and quirk not in seen), None)


def _has(profile: Profile, quirk: str) -> bool:
    return any(entry.id == quirk for entry in profile.quirks)


def _with_quirk(violation: Violation, profile: Profile | None) -> Violation:
    quirk = profile.quirk_for(violation.check, violation.facts) if profile is not None else None
    return violation if quirk is None else msgspec.structs.replace(violation, quirk=quirk.id)


def _ending(evidence: Evidence, must: tuple[Violation, ...], quirks: tuple[Violation, ...]) -> Ending:
    left = [v.what for v in must if v.check == "no-survivor"]
    if left:
        return "leak" if any("stdout" in what for what in left) else "survivor"
    excused = any(v.check == "one-generation" for v in quirks)
    for asked, code in evidence.endings:
        if (asked is None and excused) or asked == "given up":
            continue
        if asked is None or (asked in RETURN_CODES and code != RETURN_CODES[asked]):
            return "killed" if code < 0 else "exited"
        if asked == "force":
            return "killed"
    return "as scripted"
