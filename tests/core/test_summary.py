"""From evidence to a verdict: what wins over what."""

from __future__ import annotations

from typing import Any

import pytest

from turnproof.own_schema import own_profile
from turnproof.summary import Evidence, sum_up
from turnproof.verdict import Violation

HUNG = Violation("settles-in-time", "MUST", 1, "nothing came")
WRONG = Violation("answered-once", "MUST", 1, "twice", facts={"event": "turn/start"})
LATER = Violation("turn-ends-once", "MUST", 9, "again")
OURS = Violation("own-messages", "MUST", 1, "we sent nonsense")
SHOULD = Violation("closed-schema", "SHOULD", 1, "a key too many")
KNOWN = Violation("answered-once", "MUST", 1, "no answer", facts={"event": "m", "id_type": "float"})
LEFT = Violation("no-survivor", "MUST", 1, "processes outlive the play: 7")
DIED = Violation("one-generation", "MUST", 1, "ended by itself", facts={"event": "exit"})


def evidence(*violations: Violation, **other: Any) -> Evidence:
    usual: dict[str, Any] = {
        "violations": list(violations),
        "judged": {"answered-once": 3},
        "profile": own_profile(),
        "trouble": [],
        "endings": [("eof", 0)],
        "licensed": ["eof"],
        "unfired": [],
        "provokes": (),
        "branches": {},
        "facts": {},
    }
    return Evidence(**usual | other)


CASES: dict[str, tuple[Evidence, tuple[str, str, str], str]] = {
    "all is well": (evidence(), ("pass", "pass", "as scripted"), ""),
    "a SHOULD warns": (evidence(SHOULD), ("pass", "pass", "as scripted"), ""),
    "a quirk is told": (evidence(KNOWN), ("pass", "pass", "as scripted"), ""),
    "a violation": (evidence(WRONG), ("fail", "fail", "as scripted"), "twice"),
    "a deadline first": (evidence(HUNG, LATER), ("hung", "hung", "as scripted"), "nothing came"),
    "a deadline later": (evidence(WRONG, HUNG), ("fail", "fail", "as scripted"), "twice"),
    "our own side": (evidence(WRONG, trouble=["no disk"]), ("harness error", "fail", "as scripted"), "no disk"),
    "our message first": (evidence(OURS, LATER), ("harness error", "fail", "as scripted"), "we sent nonsense"),
    "our message after the server's fault": (evidence(WRONG, OURS), ("fail", "fail", "as scripted"), "twice"),
    "a fault that never fired": (evidence(unfired=["drop #1"]), ("invalid", "unjudged", "as scripted"), "a fault never fired: drop #1"),
    "a licence that is not used": (evidence(licensed=["KILL", "eof"]), ("invalid", "unjudged", "as scripted"),
                                   "its servers were to end by KILL, eof, and ended by eof: a licence that is not used"),
    "a quirk that stays away": (evidence(provokes=("odd-id-unanswered",)), ("invalid", "unjudged", "as scripted"),
                                "the quirk 'odd-id-unanswered' is in the profile, and its scenario did not show it; mend: the profile"),
    "a quirk that is none": (evidence(provokes=("nonsense",)), ("invalid", "unjudged", "as scripted"),
                             "no profile knows a quirk 'nonsense'; mend: provokes of the scenario"),
    "nothing was judged": (evidence(judged={}), ("unjudged", "unjudged", "as scripted"), "no check looked at anything"),
    "a survivor": (evidence(LEFT), ("fail", "fail", "survivor"), "processes outlive the play: 7"),
    "a server that ends by itself": (evidence(DIED, endings=[(None, 1)]), ("fail", "fail", "exited"), "ended by itself"),
    "a server that crashes": (evidence(DIED, endings=[(None, -11)]), ("fail", "fail", "killed"), "ended by itself"),
    "a server ended by force": (evidence(HUNG, endings=[("force", -9)]), ("hung", "hung", "killed"), "nothing came"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "axes", "reason"), CASES.values(), ids=CASES.keys())
def test_a_verdict(given: Evidence, axes: tuple[str, str, str], reason: str) -> None:
    verdict = sum_up(given)
    assert (verdict.outcome, verdict.answer, verdict.ending) == axes
    assert verdict.reason == reason
