"""What surprises and is right is flagged by nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.core.checks import asked
from tests.core.checks.asked import CHECKS
from tests.core.checks.handwritten import (
    BUSY,
    On,
    add,
    asked_of_it,
    command_output,
    compacted,
    failing,
    flags,
    flooded,
    grown,
    healthy,
    hooked,
    in_flight_over_each_other,
    interrupted,
    judged,
    left,
    lost_start,
    opened,
    page,
    planned,
    queue_of,
    queued,
    read_as,
    retried,
    review,
    review_read_as,
    reviewed,
    row,
    said_twice,
    steered,
    submission,
    thoughtful,
    timed,
    told,
    two_generations,
    two_threads,
    typed,
    updated,
    usage_again,
)
from tests.core.checks.log import NOW, Log

from turnproof.expect import Expected
from turnproof.own_schema import own_profile
from turnproof.profile.quirk import Quirk
from turnproof.scenario import Scenario
from turnproof.steps import Ok, Refused
from turnproof.writing import request, send_bytes

LEGAL: dict[str, tuple[Callable[[], Log], Scenario]] = {
    "the answer to turn/start comes behind turn/started": (lambda: healthy().moved_behind("accepted", "started"), On.PLAIN),
    "the answer to turn/start comes behind the end": (lambda: healthy().moved_behind("accepted", "completed"), On.PLAIN),
    "thread/started comes before the answer": (lambda: healthy().swapped("opened", "thread/started"), On.PLAIN),
    "thread/started comes behind the beginning of its turn": (lambda: healthy().moved_behind("thread/started", "started"), On.PLAIN),
    "a status comes before the answer": (lambda: healthy().moved_behind("opened", "idle before"), On.PLAIN),
    "a notice comes before an answer": (lambda: healthy().put_before("opened", Log().tell("deprecationNotice", {})), On.PLAIN),
    "answers come in any order": (in_flight_over_each_other, On.PLAIN),
    "a turn has no deltas": (lambda: healthy().without("delta1").without("delta2"), On.PLAIN),
    "an interrupt leaves an item open": (interrupted, On.CUT),
    "a steer leaves an item open": (steered, On.STEERED),
    "a retry opens an item again": (retried, On.RETRIES),
    "systemError, and the next turn works": (failing, On.FAILS),
    "output of a command does not add up": (command_output, On.PLAIN),
    "a resume repeats the usage": (usage_again, On.PLAIN),
    "a server is killed in mid-turn": (two_generations, On.KILLED),
    "a server is killed before it answers turn/start": (lost_start, On.KILLED),
    "the end of input cuts a turn": (lambda: opened().begin().exit(), On.CLOSED),
    "a thought": (lambda: thoughtful("what?"), On.THINKS),
    "a plan": (lambda: planned("- one\n- two\n"), On.PLANS),
    "a plan that is updated": (updated, On.UPDATES),
    "hooks of a turn": (hooked, On.HOOKED),
    "an allowed command": (reviewed, On.ALLOWS),
    "a denied command": (lambda: reviewed("denied", "declined"), On.DENIES),
    "the time is asked for": (lambda: healthy().put_behind("words-", timed()), On.TIMED),
    "the time is asked for before the turn is told": (lambda: healthy().put_before("active", timed()), On.TIMED),
    "the time is asked for before the turn is accepted": (lambda: healthy().put_before("accepted", timed()), On.TIMED),
    "a patch grows": (lambda: grown("", "c-of", "c-of-0\n"), On.STREAMS),
    "a patch comes in one piece": (lambda: grown("c-of-0\n"), On.STREAMS),
    "a queued turn": (queued, On.QUEUED),
    "a queued turn that begins before it is answered": (lambda: queued().moved_behind("added", "then-"), On.QUEUED),
    "a queue that is listed": (lambda: queued().put_behind("added", queue_of(submission())), On.QUEUED),
    "a queue that moves on while it is listed": (lambda: queued().put_behind("completed", queue_of()), On.QUEUED),
    "a queue that was changed and taken back": (lambda: healthy().put_behind("words-", add().put_behind("added", asked_of_it("update", {"queuedSubmission": submission(words="x")}, input=submission(words="x")["input"]).put_behind("answer", queue_of(submission(words="x"))))).put_before("exit", asked_of_it("delete", {"deleted": True})), On.QUEUED),
    "a line is typed": (typed, On.TYPES),
    "a line is typed, and all that the terminal showed is lost": (lambda: typed(seen=None), On.TYPES),
    "a line is told behind the end that it brings": (lambda: typed().swapped("typed", "c-"), On.TYPES),
    "a page": (lambda: page(row("U1")), On.PLAIN),
    "a page of summaries": (lambda: page(row("U1") | {"itemsView": "summary"}), On.PLAIN),
    "a page without items": (lambda: page({"id": "U1", "status": "completed", "items": [], "itemsView": "notLoaded"}), On.PLAIN),
    "a clock that is set back a little": (lambda: healthy().made_at("completed", NOW - 900), On.PLAIN),
    "a turn repeats its last words": (lambda: healthy().changed("completed", turn={"id": "U1", "status": "completed", "items": [{"type": "agentMessage", "text": "hello"}]}), On.PLAIN),
    "a read": (lambda: read_as(row("U1")), On.PLAIN),
    "a resume": (lambda: read_as(row("U1"), method="thread/resume"), On.PLAIN),
    "a fork under other ids": (lambda: read_as(row("X"), method="thread/fork"), On.PLAIN),
    "an interrupted turn without its text": (lambda: read_as(row("U1", "hi", "", "interrupted"), row("U2", "again", "yes"), log=interrupted()), On.CUT),
    "a cut turn with what was not told": (lambda: read_as(row("U1", "hi", "hel", "interrupted"), row("U2", "again", "yes"), log=two_generations()), On.KILLED),
    "a cut turn that was not kept": (lambda: read_as(row("U2", "again", "yes"), log=two_generations()), On.KILLED),
    "a read while the turn ends": (lambda: read_as(row("U1", "hi", "", "inProgress")).moved_behind("thread/read", "says+"), On.PLAIN),
    "a compaction is a turn of its own": (compacted, On.PLAIN),
    "a thread is archived and closed": (lambda: healthy().put_before("exit", Log().ask(9, "thread/archive", {"threadId": "T"}).answer(9, {}).tell("thread/archived", {"threadId": "T"}).tell("thread/closed", {"threadId": "T"})), On.PLAIN),
    "two threads overlap": (two_threads, On.OVERLAP),
    "unscoped notifications": (lambda: healthy().put_behind("active", Log().tell("account/rateLimits/updated", {})), On.PLAIN),
    "a killed server leaves requests open": (lambda: two_generations().put_before("exit", Log().ask(9, "m")), On.KILLED),
    "a refused request": (lambda: healthy().put_before("exit", Log().ask(9, "m").refuse(9)), On.PLAIN),
    "one id, twice in a row": (lambda: healthy().put_before("exit", Log().ask(3, "m").answer(3, {})), On.PLAIN),
    "7 and \"7\" at once": (lambda: healthy().put_before("exit", Log().ask(7, "m").ask("7", "m").answer("7", {}).answer(7, {})), On.PLAIN),
    "SIGTERM ends with 0": (lambda: opened().exit("TERM", 0), On.PLAIN),
    "SIGINT ends by that signal": (lambda: opened().exit("INT", -2), On.PLAIN),
    "steps that went well": (lambda: opened().step("start_thread", thread={"name": "t", "id": "T"}).step("run_turn", turn=told("hello")), On.PLAIN),
    "a client without deltas": (lambda: opened().step("run_turn", turn=told("hello", heard=[""])), On.WHOLE),
    "a steered client tells the last": (lambda: opened().step("await_turn", turn=told("new") | {"last_prompt": "rather"}), On.STEERED),
    "the same thread resumed": (lambda: opened().step("start_thread", thread={"name": "t", "id": "T"}).step("resume_thread", thread={"name": "t", "id": "T"}), On.PLAIN),
    "what is too much is refused": (lambda: flooded(200, dict.fromkeys(range(150, 210), BUSY)).ask(3, "m").answer(3, {}).exit(), On.PLAIN),
    "requests before the handshake, by hand": (lambda: Log().spawn().ask(9, "m").refuse(9).ask(1, "initialize").answer(1, {}), On.BY_HAND),
}  # fmt: skip


@pytest.mark.parametrize(("build", "scenario"), LEGAL.values(), ids=LEGAL.keys())
def test_it_is_legal(build: Callable[[], Log], scenario: Scenario) -> None:
    assert judged(build(), scenario).violations() == []


def test_the_end_of_input_is_held_against_what_was_overtaken_only() -> None:
    """A request that came behind all that was settled may be lost with the end of input (seen on 0.163.0)."""
    first = Log().ask(8, "m", label="x").ask(9, "m", label="y").answer(9, {}, "y-")
    overtaken = judged(healthy().put_before("exit", first), only=["answered-once"]).violations()
    assert [(v.facts["event"], v.facts["asked"]) for v in overtaken] == [("m", "")]
    last = Log().ask(8, "m", label="x").answer(8, {}, "x-").ask(9, "m", label="y")
    behind = judged(healthy().put_before("exit", last), only=["answered-once"]).violations()
    assert [(v.facts["event"], v.facts["asked"]) for v in behind] == [("m", "eof")]


def test_wrong_use_on_purpose_is_not_held_against_us() -> None:
    log = Log().ask(1, "m", {"a": 1})
    assert flags(log, "own-messages", Scenario("x", request("m", {}, Ok()))) == ["m"]
    assert flags(log, "own-messages", Scenario("x", request("m", {}, Refused(1)))) == []
    assert flags(log, "own-messages", Scenario("x", send_bytes(b"x\n"))) == []


def test_a_healthy_history_is_flagged_by_nobody() -> None:
    judge = judged(healthy())
    assert judge.violations() == []
    assert {name for name, count in judge.judged().items() if not count} == {
        "as-scripted",
        "settles-in-time",
        "client-view",
        "contents-as-told",
        "kept-as-told",
        "typed-as-scripted",
        "reviewed-as-scripted",
        "time-asked-in-turns",
        "hooks-pair-up",
        "patch-grows-to-its-item",
        "model-is-told-the-answer",
        "queue-as-left",
        "overload-is-refused",
        "model-is-given-what-was-asked",
    } | set(CHECKS)


QUIRKS: dict[str, tuple[Callable[[], Log], Scenario | Expected, str]] = {
    "retry-repeats-text": (said_twice, On.SAYS_TWICE, "text-as-scripted"),
    "retry-repeats-item-id": (lambda: retried("m1"), On.RETRIES, "lifecycle-order"),
    "unsubscribe-hides-turn-end": (left, On.PLAIN, "turn-ends-once"),
    "resolved-after-turn-end": (asked.interrupted, asked.CUT, "asks-settle"),
    "overload-loses-answers": (lambda: flooded(140, {}, lost=(145,)).exit(), On.PLAIN, "answered-once"),
    "eof-loses-answers": (lambda: opened().ask(8, "m").answer(8, {}).ask(9, "m").exit(), On.PLAIN, "answered-once"),
}  # fmt: skip
"""Known defects, in histories by hand."""


@pytest.mark.parametrize(("quirk", "case"), QUIRKS.items(), ids=QUIRKS.keys())
def test_a_quirk_is_flagged_and_known(quirk: str, case: tuple[Callable[[], Log], Scenario | Expected, str]) -> None:
    build, scenario, check = case
    found = judged(build(), scenario).violations()
    assert [violation.check for violation in found] == [check]
    entry = own_profile().quirk_for(check, found[0].facts)
    assert entry is not None
    assert entry.id == quirk


ENTERED, EXITED = (
    {"type": kind, "id": kind, "review": words}
    for kind, words in (("enteredReviewMode", "look"), ("exitedReviewMode", "fine"))
)
FINE = {"type": "agentMessage", "id": "r4", "text": "fine"}


@pytest.mark.parametrize(
    ("items", "known"),
    [
        ((ENTERED, EXITED, FINE), "review-words-kept-elsewhere"),
        ((ENTERED, EXITED), None),
        ((ENTERED, FINE), None),
        ((ENTERED, EXITED | {"review": "bad"}, FINE), None),
        ((ENTERED, EXITED, FINE | {"text": "bad"}), None),
        ((), None),
    ],
)
def test_of_a_review_that_is_read_only_what_it_was_asked_may_be_missing(items: Any, known: str | None) -> None:
    (found,) = [v for v in judged(review_read_as(*items), On.PLAIN).violations() if v.check == "contents-as-told"]
    entry = own_profile().quirk_for("contents-as-told", found.facts)
    assert (entry.id if entry else None) == known


@pytest.mark.parametrize(
    ("build", "known"),
    [
        (lambda: review(), ["review-never-ends"]),
        (lambda: review(ends=False), [None, "review-never-ends"]),
        (lambda: review(ends=False, inner=False), [None]),
        (lambda: review(ends=False, begins=False), [None, "review-never-ends"]),
        (lambda: review(ends=False, begins=False, inner=False), ["unbegun-review-never-ends"]),
    ],
    ids=["as it is", "its turn never ends", "without an inner turn", "without items", "that cannot begin"],
)
def test_a_review_that_began_must_end(build: Callable[[], Log], known: list[str | None]) -> None:
    """Only the turn within it is known never to end, and that of a review of which nothing else is told."""
    found = [v for v in judged(build(), On.PLAIN).violations() if v.check == "turn-ends-once"]
    entries = [own_profile().quirk_for(v.check, v.facts) for v in found]
    assert [entry.id if entry else None for entry in entries] == known


@pytest.mark.parametrize(("lost", "known"), [(9 + 121, "overload-loses-answers"), (9 + 120, None)])
def test_what_is_lost_is_known_only_with_enough_in_front_of_it(lost: int, known: str | None) -> None:
    (found,) = judged(flooded(200, {}, lost=(lost,)).exit(), On.PLAIN).violations()
    entry = own_profile().quirk_for("answered-once", found.facts)
    assert (entry.id if entry else None) == known


def test_what_is_lost_behind_a_flood_is_not_known() -> None:
    """Whatever the flood left without an answer."""
    log = flooded(3000, {}, lost=tuple(range(200, 3000))).ask(4000, "m").answer(4000, {}).ask(4001, "m").exit()
    found = judged(log, On.PLAIN).violations()
    assert (found[0].facts["event"], found[0].facts["cause"]) == ("m", "")


@pytest.mark.parametrize("quirk", own_profile().quirks, ids=lambda quirk: quirk.id)
def test_a_quirk_names_a_scenario_that_shows_it(quirk: Quirk, shipped: dict[str, Scenario]) -> None:
    """What a scenario provokes it must show wherever it is played, or the case is an error; by chance it may."""
    assert (quirk.id in shipped[quirk.scenario].provokes) != bool(quirk.chance)


def test_what_scenarios_provoke_is_known(shipped: dict[str, Scenario]) -> None:
    assert {q for s in shipped.values() for q in s.provokes} <= {quirk.id for quirk in own_profile().quirks}
