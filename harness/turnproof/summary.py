"""From what a play left behind to its verdict (design: two axes, one outcome)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from turnproof.checks.base import REGISTRY
from turnproof.checks.licence import RETURN_CODES
from turnproof.verdict import ERRORS, Answer, Ending, OutcomeName, Verdict, Violation

if TYPE_CHECKING:
    from turnproof.player import Play


def sum_up(play: Play) -> Verdict:
    """The verdict of a play whose history is complete."""
    found = [_with_quirk(play, violation) for violation in play.judge.violations()]
    ours = [v for v in found if v.check in REGISTRY and REGISTRY[v.check].harness]
    quirks = tuple(v for v in found if v.quirk)
    must = tuple(v for v in found if v.level == "MUST" and not v.quirk)
    outcome, reason = _outcome(play, must, ours, quirks)
    first = must[0].check if must else ""
    return Verdict(
        outcome=outcome,
        answer=_answer(outcome, first),
        ending=_ending(play, must, quirks),
        violations=must,
        warnings=tuple(v for v in found if v.level == "SHOULD" and not v.quirk),
        quirks=quirks,
        judged=play.judge.judged(),
        reason=reason,
        branches=play.stage.branches,
        facts=_facts(play),
    )


def _answer(outcome: OutcomeName, first: str) -> Answer:
    """What the scenario showed; an error of ours, or of the case, shows nothing unless a check was violated."""
    if first:
        return "hung" if first == "settles-in-time" else "fail"
    return "unjudged" if outcome in ERRORS else "pass"


def _outcome(
    play: Play, must: tuple[Violation, ...], ours: list[Violation], quirks: tuple[Violation, ...]
) -> tuple[OutcomeName, str]:
    if ours and must and must[0].seq < ours[0].seq:
        ours = []  # what we send after the server's first violation may hold what the server gave us
    if play.problem or ours or play.wire.problems:
        return "harness error", play.problem or (ours[0].what if ours else play.wire.problems[0])
    if must:
        return ("hung" if must[0].check == "settles-in-time" else "fail"), must[0].what
    if unfired := play.server.unfired():
        return "invalid", f"a fault never fired: {unfired[0]}"
    if absent := _stayed_away(play, {v.quirk for v in quirks}):
        return "invalid", f"the quirk {absent!r} is in the profile, and its scenario did not show it; mend: the profile"
    if not any(play.judge.judged().values()):
        return "unjudged", "no check looked at anything"
    return "pass", ""


def _stayed_away(play: Play, seen: set[str | None]) -> str | None:
    """A quirk that its scenario provokes and does not show is like a known failure that has gone stale."""
    profile = play.options.profile
    known = {quirk.id for quirk in profile.quirks} if profile is not None else set[str]()
    return next((quirk for quirk in play.scenario.provokes if quirk in known and quirk not in seen), None)


def _with_quirk(play: Play, violation: Violation) -> Violation:
    profile = play.options.profile
    quirk = profile.quirk_for(violation.check, violation.facts) if profile is not None else None
    if quirk is None:
        return violation
    return Violation(
        violation.check, violation.level, violation.seq, violation.what, violation.source, violation.facts, quirk.id
    )


def _ending(play: Play, must: tuple[Violation, ...], quirks: tuple[Violation, ...]) -> Ending:
    checks = {v.check for v in must}
    if "no-survivor" in checks:
        return "leak" if any("stdout" in v.what for v in must if v.check == "no-survivor") else "survivor"
    excused = any(v.check == "one-generation" for v in quirks)
    for asked, code in play.wire.endings:
        if (asked is None and excused) or asked == "given up":
            continue
        if asked is None or (asked in RETURN_CODES and code != RETURN_CODES[asked]):
            return "killed" if code < 0 else "exited"
        if asked == "force":
            return "killed"
    return "as scripted"


def _facts(play: Play) -> dict[str, Any]:
    return {
        "seed": play.options.seed,
        "pids": play.wire.pids,
        **play.options.facts,
        **play.server.facts,
        "history": str(play.recorder.path) if play.recorder.path else None,
        "events": play.judge.seen,
    }
