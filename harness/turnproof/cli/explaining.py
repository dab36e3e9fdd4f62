"""``turnproof explain``: a scenario in words, what it licenses, and what can play it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from turnproof.cli.error import CommandError
from turnproof.cli.listing import collect
from turnproof.expect import licences
from turnproof.message import encode
from turnproof.pytest_items.choices import choices
from turnproof.steps import AnyStep, Together
from turnproof.targets import Target, make, parse
from turnproof.wellformed import kind_of
from turnproof_reports.escaping import one_line, visible

if TYPE_CHECKING:
    from turnproof.scenario import Scenario

TARGETS: Final = ("sim", "fake", "codex")
WIDTH: Final = 160
_TELLS: Final = {"say": "says", "think": "thinks", "propose_plan": "proposes the plan"}
_ACTS: Final = {
    "hold": "waits for",
    "fail": "fails with",
    "drop_connection": "drops the connection",
    "stall": "goes silent",
    "never_answer": "never answers",
    "type_into": "types into",
    "update_plan": "updates its plan,",
}


def explain(path: str) -> int:
    """Print what there is to say of one scenario, named ``path::name``."""
    if "::" not in path:
        raise CommandError(f"{path!r} names no scenario; mend: path::name, as turnproof list shows it")
    found = collect([path])
    if len(found) != 1:
        raise CommandError(f"{path} is {len(found)} scenarios; mend: the id of one, as turnproof list shows it")
    one = found[0]
    scenario = one.scenario
    lines = [one.id, f"  {scenario.title}"]
    lines += [f"  origin: {scenario.origin}"] if scenario.origin else []
    lines += [f"  marks: {', '.join(one.marks)}"] if one.marks else []
    lines.append(f"  where: {one.where[0]}:{one.where[1]}")
    if setup := msgspec.to_builtins(scenario.setup):
        lines.append(f"  set-up: {', '.join(f'{key} {value}' for key, value in setup.items())}")
    lines += ["steps:", *(f"  {line}" for line in _steps(scenario.steps, "", choices(scenario)))]
    lines += ["licences:", *(f"  {line}" for line in licences(scenario))]
    lines += ["targets:", *(f"  {target}: {_playable(target, scenario)}" for target in TARGETS)]
    print(visible("\n".join(lines)))
    return 0


def _steps(steps: tuple[AnyStep, ...], prefix: str, points: dict[str, int]) -> list[str]:
    lines: list[str] = []
    for number, step in enumerate(steps, 1):
        n = f"{prefix}{number}"
        if isinstance(step, Together):
            lines.append(f"{n} together, {len(step.branches)} branches:")
            for b, branch in enumerate(step.branches, 1):
                lines += [f"  {line}" for line in _steps(branch, f"{n}.{b}.", points)]
            continue
        right = f"  ({points[n]} right answers)" if n in points else ""
        lines.append(f"{n} {_words(step)}{right}")
    return lines


def _words(step: AnyStep) -> str:
    """The step's name and its fields, those that say nothing left out."""
    fields: dict[str, Any] = msgspec.to_builtins(step)
    fields.pop("step", None)
    script = fields.pop("script", None)
    shown = ", ".join(f"{key.rstrip('_')} {_value(value)}" for key, value in fields.items())
    words = kind_of(step).replace("_", " ") + (f" {shown}" if shown else "")
    if script is not None:
        words += f"; the model {', '.join(map(_act, script)) or 'says nothing'}"
    return one_line(words, WIDTH)


def _act(act: dict[str, Any]) -> str:
    kind = act["type"]
    if kind in _TELLS:
        pieces = [_value(piece) if isinstance(piece, str) else f"({_act(piece)})" for piece in act["chunks"]]
        return f"{_TELLS[kind]} {' + '.join(pieces)}"
    rest = ", ".join(f"{key} {_value(value)}" for key, value in act.items() if key != "type")
    return f"{_ACTS.get(kind, kind)} {rest}".rstrip()


def _value(value: Any) -> str:
    return repr(value) if isinstance(value, str) else encode(value).decode()


def _playable(target: str, scenario: Scenario) -> str:
    """Whether a target is here, and can play the scenario."""
    try:
        made = make(parse(target))
        why = made.missing() or _cannot(made, scenario)
    except Exception as problem:  # whatever keeps a target from being made keeps it from playing
        why = str(problem)
    return "yes" if why is None else f"no: {why}"


def _cannot(target: Target, scenario: Scenario) -> str | None:
    """A target that cannot do every step has a method that says what is missing."""
    ask: Any = getattr(target, "cannot", None)
    return ask(scenario) if ask is not None else None
