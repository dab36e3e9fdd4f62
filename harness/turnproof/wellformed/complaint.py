"""What is said of a value of a wrong type, in the words of the author's own call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, cast, get_args, get_origin

import msgspec

from turnproof import steps as s
from turnproof.act import Act
from turnproof.refusal import Refusal, meant, shown
from turnproof.script import DropConnection, Fail, NeverAnswer, ProposePlan, Say, Think
from turnproof.wellformed.misfit import Misfit, lone_surrogate, misfit, options_of
from turnproof.wellformed.naming import argument, call_of, function_name

ACTS: Final = (
    "say(…), think(…), propose_plan(…), hold(…), fail(…), drop_connection(), stall(), never_answer() or a call: "
    "run_command(…), apply_patch(…), ask_user(…), call_tool(…), call_mcp(…), ask_permissions(…), type_into(…), update_plan(…) or at_once(…)"
)
OUTCOMES: Final = "Ok(…), Refused(code), Unanswered(), Later() or Branch(…)"
_PLAIN: Final[dict[Any, tuple[str, str]]] = {
    str: ("a text", '"…"'),
    int: ("a whole number", "1"),
    float: ("a number", "2"),
    bool: ("True or False", "True"),
    bytes: ("bytes", 'b"…"'),
    dict: ("a dict", '{"…": …}'),
}
_EXAMPLES: Final = {"status": "500", "code": "-32600"}
"""For fields whose values are not just any of their type."""


def complaint(holder: msgspec.Struct) -> Refusal | None:
    """Why a value is not of its type, or would not be the same after it was saved and read."""
    try:
        if msgspec.json.decode(msgspec.json.encode(holder), type=type(holder)) == holder:
            return None
        problem = "it is not the same after it was saved and read"
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as error:
        problem = str(error)
    found = misfit(holder)
    return Refusal(problem, "use texts, numbers, lists and dicts") if found is None else said(found)


def said(at: Misfit) -> Refusal:
    """The words for one misfit."""
    options = options_of(at.kind)
    if lone_surrogate(at.value):
        return Refusal(
            f"{_name(at)} holds a lone surrogate, which JSON in UTF-8 cannot hold", "send_bytes(…) can send any bytes"
        )
    if at.kind is Any:
        return _no_json(at)
    if at.kind is dict:
        return Refusal(f"{_name(at, -1)} has the key {shown(at.value)}, and keys are texts", '{"…": …}')
    for kind, speaks in _BY_OPTION.items():
        if kind in options:
            return speaks(at)
    if (literal := next((option for option in options if get_origin(option) is Literal), None)) is not None:
        return _choice(at, get_args(literal))
    if any(get_origin(option) is tuple for option in options):
        return _no_tuple(at) if get_args(options[0])[1:] == (...,) else _no_row(at, get_args(options[0]))
    kind = next((get_origin(option) or option for option in options), object)
    word, example = _PLAIN.get(kind, ("of its type", "…"))
    example = _EXAMPLES.get(at.field, example)
    mend = example if at.path else f"{argument(at.holder, at.field)}={example}"
    return Refusal(f"{_name(at)} is {call_of(at.value)}, not {word}", mend)


def _name(at: Misfit, end: int | None = None) -> str:
    """The argument with the path in it, as ``params.a.0``; of an outcome or act within a step, whose it is too."""
    name = ".".join(
        [argument(at.holder, at.field), *(shown(part) if not isinstance(part, str) else part for part in at.path[:end])]
    )
    return f"{name} of {call_of(at.holder)}" if isinstance(at.holder, Act | s.Outcome) else name


def _choice(at: Misfit, known: tuple[Any, ...]) -> Refusal:
    near = meant(at.value, known)
    listed = ", ".join(map(repr, known))
    first = repr(known[0]) if at.path else f"{argument(at.holder, at.field)}={known[0]!r}"
    mend = f"did you mean {near!r}?" if near else f"{first} or another of them"
    return Refusal(f"{_name(at)} is {call_of(at.value)}, none of {listed}", mend)


def _no_tuple(at: Misfit) -> Refusal:
    name, value = argument(at.holder, at.field), at.value
    if isinstance(value, list):
        inner = ", ".join([*map(call_of, cast("list[Any]", value)[:3]), *("…" for _ in cast("list[Any]", value)[3:4])])
        one = len(cast("list[Any]", value)) == 1
        return Refusal(f"{_name(at)} is a list", f"a tuple, {name}=({inner}{',' if one else ''})")
    mend = f"a tuple of one, {name}=({call_of(value)},)" if isinstance(value, str | s.Outcome) else f'{name}=("…",)'
    return Refusal(f"{_name(at)} is {call_of(value)}, and a tuple belongs there", mend)


def _no_row(at: Misfit, kinds: tuple[Any, ...]) -> Refusal:
    """For a tuple with a place for each of its members."""
    one = ", ".join(repr(get_args(kind)[0]) if get_origin(kind) is Literal else '"…"' for kind in kinds)
    return Refusal(f"{_name(at)} is {call_of(at.value)}, not a tuple of {len(kinds)}", f"({one})")


def _no_act(at: Misfit) -> Refusal:
    value = at.value
    if isinstance(value, str):
        word = shown(value, 40)
        return Refusal(f"the script holds the text {word}, which is no act", f"say({word}), or says={word}")
    if isinstance(value, s.Step):
        return Refusal(f"the script holds {call_of(value)}, which is a step", "put it among the steps of the scenario")
    if isinstance(value, s.Outcome):
        return Refusal(f"the script holds {call_of(value)}, which is an outcome", f"expect=({call_of(value)},)")
    if isinstance(value, list | tuple):
        return Refusal("the script holds a list", "write the acts one after the other, or *acts")
    return Refusal(f"the script holds {call_of(value)}, which is no act", _called(value) or ACTS)


def _no_piece(at: Misfit) -> Refusal:
    item, value = at.holder.__struct_config__.tag, at.value
    what = f"{item} holds {call_of(value)}, and within an item only text, hold, stall and drop_connection can stand"
    if isinstance(value, Fail | NeverAnswer):
        return Refusal(
            what, f"drop_connection() breaks what is streamed; {call_of(value)} stands in front of all words"
        )
    if isinstance(value, Say | Think | ProposePlan):
        return Refusal(what, f"{item}(…), {call_of(value)}")
    return Refusal(what, _called(value) or f'{item}("…")')


def _no_outcome(at: Misfit) -> Refusal:
    value = at.value
    what = f"{_name(at, -1) if at.path else _name(at)} holds {call_of(value)}, which is no outcome"
    if isinstance(value, Act):
        return Refusal(what, f"{call_of(value)} is an act and stands in a script, behind the text of a turn")
    if isinstance(value, dict):
        return Refusal(what, f"Ok({shown(cast('Any', value), 40)})")
    return Refusal(what, _called(value) or OUTCOMES)


def _no_answer(at: Misfit) -> Refusal:
    return Refusal(f"{_name(at)} is {call_of(at.value)}", "Branch(Ok(…), …) or Branch(Refused(code), …)")


def _no_branch(at: Misfit) -> Refusal:
    return no_step(at.value, "a branch holds ")


def _called(value: Any) -> str | None:
    """The mend for a function that was handed over and not called."""
    name = function_name(value)
    return f"call it, {name}(…)" if name and name != "a lambda" else None


def no_step(value: Any, before: str = "") -> Refusal:
    """The words for what stands where a step belongs."""
    wrote = "a list" if isinstance(value, list | tuple) else call_of(value)
    what = f"{before}{wrote}, which is no step" if before else f"{wrote} is no step"
    mend = _called(value) or "use the functions of turnproof (run_turn, …)"
    if isinstance(value, Act):
        mend = f'run_turn("…", "…", {call_of(value)})'
    elif isinstance(value, s.Outcome):
        mend = f"{call_of(value)} belongs to a step, as request(…, {call_of(value)})"
    elif isinstance(value, list | tuple):
        mend = "*steps puts them in one after the other"
    return Refusal(what, mend)


def _no_json(at: Misfit) -> Refusal:
    value, what = at.value, f"{_name(at)} is {call_of(at.value)}"
    if isinstance(value, tuple):
        return Refusal(
            f"{_name(at)} is a tuple, and JSON has lists", f"{shown(list(cast('tuple[Any, ...]', value)), 40)}"
        )
    if isinstance(value, float):
        return Refusal(f"{what}, which JSON does not have", "a finite number, or None")
    return Refusal(f"{what}, which is no JSON", "a JSON value, or a matcher: anything(), text(…), one_of(…), subset(…)")


# The first that a place allows speaks: an answer is one of two outcomes, a piece may be an act.
_BY_OPTION: Final[dict[Any, Callable[[Misfit], Refusal]]] = {
    Say: _no_act,
    DropConnection: _no_piece,
    s.Unanswered: _no_outcome,
    s.Ok: _no_answer,
    s.RunTurn: _no_branch,
}
