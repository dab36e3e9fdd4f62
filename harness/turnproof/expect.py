"""What a scenario licenses: one pure function of (scenario, profile).

Whatever a scenario does on purpose (a kill, a failing model, a turn that is interrupted) is licensed here and nowhere
else; checks flag the rest.  ``licences`` says the same in sentences, for ``turnproof explain``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from turnproof import steps as s
from turnproof.call_licences import ENDS_A_SERVER, CallLicence, call_licences, odd_answers, worlds_after
from turnproof.calls import CALL_ID, UpdatePlan
from turnproof.calls import METHODS as METHODS_OF_CALLS
from turnproof.consent import Consents
from turnproof.profile import Profile
from turnproof.scenario import Scenario, Setup
from turnproof.script import DropConnection, Fail, Hold, NeverAnswer, ProposePlan, Say, Script, Stall, Think, acts
from turnproof.wellformed import PROBE

PROBE_SAYS = "still here"
ENDINGS: Final[dict[type, str]] = {s.CloseStdin: "eof", s.AwaitExit: "itself"}
METHODS: Final[dict[type, str]] = {
    s.StartThread: "thread/start",
    s.RunTurn: "turn/start",
    s.StartTurn: "turn/start",
    s.QueueTurn: "thread/queue/add",
    s.Steer: "turn/steer",
    s.Interrupt: "turn/interrupt",
    s.ReadThread: "thread/read",
    s.ResumeThread: "thread/resume",
    s.ForkThread: "thread/fork",
    s.ListThreads: "thread/list",
}
"""The request that a step makes."""


class TurnLicence(msgspec.Struct):
    """What a turn that was started with these words may come to.

    ``texts``: the agent messages in order, and whether each is ``streamed`` in deltas; ``thoughts`` and ``plans``:
    those of the model; ``updates``: how it updates its plan, as the client is told of it; ``ends``: the statuses; ``failure``: the ``codexErrorInfo`` with which it fails, where it may; ``may_be_cut``: the
    server may end before the turn.
    """

    prompt: str
    texts: tuple[str, ...]
    ends: set[str]
    streamed: tuple[bool, ...] = ()
    thoughts: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    updates: tuple[dict[str, Any], ...] = ()
    retries: int = 0
    failure: Any = None
    may_be_cut: bool = False


class Expected(msgspec.Struct):
    """The licences of one scenario on one profile."""

    turns: dict[str, TurnLicence]
    reconnects: int
    endings: list[str]
    """How each generation may end: "eof" (end of input, rc 0), "KILL", "TERM", "INT"; the last one is the player's."""
    early_requests: bool = False
    """The scenario makes the handshake itself, and may send requests before it."""
    wrong_methods: frozenset[str] = frozenset()
    """Methods that are used wrongly on purpose: some step expects a refusal of them."""
    wrong_bytes: bool = False
    """Lines are sent that may be wrong on purpose."""
    cuts: frozenset[int] = frozenset()
    """Server processes that a step ends while a turn runs."""
    begun: dict[str, TurnLicence] = {}
    """By method, what the turns may come to that it begins: nothing on the wire tells two of them apart."""
    retries: bool = False
    """The model fails in a way that makes the server ask again."""
    experimental: bool = False
    """The client asked for the experimental surface."""
    probes: bool = True
    calls: dict[str, CallLicence] = {}
    """The tool calls of the model, by call id."""
    odd_answers: frozenset[str] = frozenset()
    """Call ids whose ask is answered oddly on purpose: twice, too late, under another id, or by no decision."""
    clock: bool = False
    """The server goes by the client's clock."""
    hooks: bool = False
    """The home has hooks, which run with every turn."""

    def odd(self, call: str) -> bool:
        """Whether what is asked about this call (empty: it does not say) may be answered oddly."""
        return call in self.odd_answers if call else bool(self.odd_answers)


def expected(scenario: Scenario, profile: Profile | None = None) -> Expected:
    """The licences of a scenario."""
    flat = list(walk(scenario.steps))
    released = frozenset(step.gate for step in flat if isinstance(step, s.Release))
    turns: dict[str, TurnLicence] = {}
    names: dict[str, str] = {}
    consents = Consents()
    for step in flat:
        consents.take(step)
        if isinstance(step, s.SPEAKS):
            words = step.words if isinstance(step, s.BeginTurn) else step.text
            licence = turn_licence(words, step.script, scenario.setup, profile, released)
            if not isinstance(step, s.Steer) and step.name:
                names[step.name] = words
            _own_end(step, licence)
            if consents.on(step).plan:  # only the model hears that it has no such tool there
                licence.updates = ()
            if isinstance(step, s.BeginTurn):
                _heard(step, licence)
            if words in turns:  # said twice: the wire does not tell which of the two a turn is
                licence.ends |= turns[words].ends
            turns[words] = licence
    cuts = _license_ends(flat, turns, names)
    for n in (1, 2):
        turns[f"{PROBE} {n}"] = TurnLicence(f"{PROBE} {n}", (PROBE_SAYS,), {"completed"}, (True,))
    endings = [ENDINGS.get(type(step), getattr(step, "signal", "")) for step in flat if isinstance(step, ENDS_A_SERVER)]
    gone = bool(flat) and _gone(flat)
    return Expected(
        turns=turns,
        reconnects=sum(isinstance(step, s.Reconnect) for step in flat),
        endings=endings if gone else [*endings, "eof"],
        early_requests=not scenario.setup.handshake,
        wrong_methods=frozenset(_method(step) for step in flat if _may_be_wrong(step)),
        wrong_bytes=any(isinstance(step, s.SendBytes) for step in flat),
        cuts=frozenset(cuts),
        begun=_begun(flat, turns),
        retries=any(turn.retries for turn in turns.values()),
        experimental=scenario.setup.experimental,
        probes=not gone,
        calls=call_licences(flat),
        odd_answers=odd_answers(flat),
        clock="clock" in scenario.setup.tools,
        hooks="hooks" in scenario.setup.tools,
    )  # fmt: skip


def walk(steps: tuple[s.AnyStep, ...]) -> Iterator[s.AnyStep]:
    """Every step, those of ``together`` branches included, in written order."""
    for step in steps:
        if isinstance(step, s.Together):
            for branch in step.branches:
                yield from walk(branch)
        else:
            yield step


def turn_licence(
    prompt: str, script: Script, setup: Setup, profile: Profile | None = None, released: frozenset[str] = frozenset()
) -> TurnLicence:
    """How a turn with this script ends by itself, and what it says. A gate that is never ``released`` is a stall."""
    ends: set[str] = {"completed"}
    retries = 0
    failure: Any = None
    says: list[Say] = []
    thoughts: list[str] = []
    plans: list[str] = []
    updates: list[dict[str, Any]] = []
    for act in acts(script):
        if isinstance(act, Fail | DropConnection):
            tries = _tries(act, setup)
            failing = act.times if act.times is not None else tries
            retries = max(retries, min(failing, tries))
            if failing >= tries:
                ends = {"failed"}
                failure = profile and profile.failure_of(act.status if isinstance(act, Fail) else None)
                break
        elif isinstance(act, Stall | NeverAnswer) or (isinstance(act, Hold) and act.gate not in released):
            ends = set()
            break
        elif isinstance(act, Say):
            says.append(act)
        elif isinstance(act, Think):
            thoughts.append(act.text)
        elif isinstance(act, ProposePlan):
            plans.append(act.text)
        elif isinstance(act, UpdatePlan):
            updates.append(_plan_told(act))
    deltas = "item/agentMessage/delta" not in setup.opt_out
    streamed = tuple(deltas and not act.whole and bool(act.text) for act in says)
    texts = tuple(act.text for act in says)
    return TurnLicence(prompt, texts, ends, streamed, tuple(thoughts), tuple(plans), tuple(updates), retries, failure)


def _plan_told(act: UpdatePlan) -> dict[str, Any]:
    """A plan as the client is told of it: the protocol writes words as it writes all others."""
    plan = [{"step": step, "status": "inProgress" if status == "in_progress" else status} for step, status in act.steps]
    return {"explanation": act.explanation, "plan": plan}


def _heard(step: s.BeginTurn, licence: TurnLicence) -> None:
    """What a model says in such a turn is told whole (a review), or not at all (seen on 0.163.0)."""
    if step.method != "review/start":
        licence.texts, licence.thoughts, licence.plans, licence.updates = (), (), (), ()
    licence.streamed = tuple(False for _ in licence.texts)


def _begun(flat: list[s.AnyStep], turns: dict[str, TurnLicence]) -> dict[str, TurnLicence]:
    begun: dict[str, TurnLicence] = {}
    for step in flat:
        if isinstance(step, s.BeginTurn):
            one = turns[step.words]
            known = begun.setdefault(step.method, TurnLicence(step.method, (), set(), failure=one.failure))
            known.ends |= one.ends
            known.retries = max(known.retries, one.retries)
            known.may_be_cut |= one.may_be_cut
    return begun


def _tries(act: Fail | DropConnection, setup: Setup) -> int:
    """How often the server asks before it gives up (seen on 0.163.0: server errors are retried on both levels)."""
    streams = setup.stream_retries + 1
    return streams * (setup.request_retries + 1) if isinstance(act, Fail) and act.status >= 500 else streams


def _own_end(step: s.AnyStep, licence: TurnLicence) -> None:
    if isinstance(step, s.RunTurn) and step.ends:
        licence.ends = {step.ends}


def _license_ends(flat: list[s.AnyStep], turns: dict[str, TurnLicence], names: dict[str, str]) -> set[int]:
    """Interrupts and steers change how a turn ends; the end of a server cuts what is open. Gives the servers that cut."""
    open_turns: list[str] = []
    cuts: set[int] = set()
    server = 1
    marked = call_licences(flat)
    for step in flat:
        if isinstance(step, s.StartTurn | s.BeginTurn | s.QueueTurn):
            open_turns.append(step.name)
        elif isinstance(step, s.AwaitTurn):
            if step.ends:
                turns[names[step.name]].ends.add(step.ends)
            if step.name in open_turns:
                open_turns.remove(step.name)
        elif isinstance(step, s.Interrupt) and step.turn in names:
            turns[names[step.turn]].ends |= _ends_after(step.expect, "interrupted")
        elif isinstance(step, s.AnswerAsk):
            licence = marked[CALL_ID + step.mark]
            turns[licence.prompt].ends |= set(worlds_after(step, licence))
        elif isinstance(step, s.Steer) and step.turn in names:
            # A steer takes the turn over: old and new words share one set of ends from there on.
            shared = turns[names[step.turn]].ends
            shared |= turns[step.text].ends | _ends_after(step.expect, None)
            turns[step.text].ends = shared
        elif isinstance(step, ENDS_A_SERVER):
            for name in open_turns:
                turns[names[name]].may_be_cut = True
                cuts.add(server)
            open_turns.clear()
            server += 1
    return cuts


def _ends_after(outcomes: tuple[s.AnyOutcome, ...], default: str | None) -> set[str]:
    if not outcomes:
        return {default} if default else set()
    ends: set[str] = set()
    for outcome in outcomes:
        if isinstance(outcome, s.Branch) and outcome.turn:
            ends.add(outcome.turn)
        elif isinstance(outcome, s.Ok) and default:
            ends.add(default)
    return ends


def _may_be_wrong(step: s.AnyStep) -> bool:
    """A step that expects a refusal, and a notification that nobody answers, may be wrong on purpose."""
    return isinstance(step, s.Notify) or any(not isinstance(o, s.Ok) for o in getattr(step, "expect", ()))


def _method(step: s.AnyStep) -> str:
    return step.method if isinstance(step, s.Request | s.Notify | s.BeginTurn) else METHODS.get(type(step), "")


def _gone(flat: list[s.AnyStep]) -> bool:
    """Whether the scenario leaves no server behind."""
    for step in reversed(flat):
        if isinstance(step, s.Reconnect):
            return False
        if isinstance(step, ENDS_A_SERVER):
            return True
    return False


_UNASKED: Final = {"free": "asks nobody", "denied": "is denied, and asks nobody"}


def licences(scenario: Scenario) -> list[str]:
    """The licences in sentences."""
    e = expected(scenario)
    lines = [f"{len(e.endings)} server process(es), ending by {', '.join(e.endings)}; {e.reconnects} reconnect(s)"]
    for prompt, turn in e.turns.items():
        if prompt.startswith(PROBE):
            continue
        ends = " or ".join(sorted(turn.ends)) or "no end by itself"
        cut = ", or cut with its server" if turn.may_be_cut else ""
        retry = f", after up to {turn.retries} failed attempt(s)" if turn.retries else ""
        said = ", ".join(repr(text if len(text) < 40 else text[:36] + "…") for text in turn.texts) or "nothing"
        lines.append(f"turn {prompt[:40]!r}: {ends}{cut}{retry}; says {said}")
    for call_id, call in e.calls.items():
        asks = f"raises {METHODS_OF_CALLS[type(call.call)]}" if call.leave == "asked" else _UNASKED[call.leave]
        odd = ", which is answered oddly on purpose" if call_id in e.odd_answers else ""
        lines.append(f"call {call.mark!r} in turn {call.prompt[:40]!r}: {asks}{odd}")
    lines.append("second use: a probe turn on the last thread and one on a new thread" if e.probes else
                 "no second use: the server is meant to be gone")  # fmt: skip
    return lines
