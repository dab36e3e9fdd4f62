"""From the errors of a validator to the one that explains them.

jsonschema-rs says of a failed `oneOf` only that no branch fits. The branch that the message *meant* is the one whose
tag it has, and the first problem inside that branch is what a reader wants; so the cause is looked for from the outside
in, once, for the one message that failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema_rs import ValidationErrorKind as Kind

from turnproof.schema.finding import SHOWN, capped, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jsonschema_rs import ValidationError

Words = tuple[list[str | int], str, str]
"""Where it is wrong, what is wrong, what was expected ("" where that goes without saying)."""


def first_problem(errors: Iterable[ValidationError]) -> Words:
    """Where and what, of the errors that a validator found in one value (at least one)."""
    return _words(min(errors, key=_rank))


def _rank(error: ValidationError) -> tuple[bool, list[str]]:
    """An unknown key is often a consequence; otherwise in the order of the paths, so that the answer is stable."""
    return isinstance(error.kind, Kind.AdditionalProperties), [str(part) for part in error.instance_path]


def _words(error: ValidationError) -> Words:
    where, kind = error.instance_path, error.kind
    match kind:
        case Kind.AnyOf(context) | Kind.OneOfNotValid(context):
            return _in_branches(where, error.instance, context)
        case Kind.Type(types):
            return where, f"is {_named(error.instance)}", " or ".join(sorted(types))
        case Kind.Required(name):
            return where, f"lacks the key {shown(name)}", ""
        case Kind.AdditionalProperties(unexpected):
            return where, f"has the unknown key {shown(min(unexpected))}", ""
        case Kind.Enum(options):
            return where, f"is {shown(error.instance)}", _one_of(options)
        case _:
            return where, capped(f"is {shown(error.instance)}", SHOWN), f"{kind.name} {shown(kind.value)}"


def _in_branches(where: list[str | int], value: object, branches: list[list[ValidationError]]) -> Words:
    """The branch that was meant: not one of another type or another tag; of those left, the one with fewest errors."""

    def strangeness(errors: list[ValidationError]) -> tuple[bool, bool, int]:
        here = [error for error in errors if error.instance_path == where]
        wrong_type = any(isinstance(error.kind, (Kind.Type, Kind.Enum)) for error in here)
        tags = [
            error
            for error in errors
            if isinstance(error.kind, Kind.Enum) and len(error.instance_path) == len(where) + 1
        ]
        return wrong_type, bool(tags), len(errors)

    meant = min(branches, key=strangeness)
    wrong_type, wrong_tag, _ = strangeness(meant)
    if not wrong_type and not wrong_tag:
        return first_problem(meant)
    if wrong_type and not isinstance(value, str):
        types = {name for errors in branches for error in errors for name in _types_at(error, where)}
        return where, f"is {_named(value)}", " or ".join(sorted(types))
    options = [
        option
        for errors in branches
        for error in errors
        if isinstance(error.kind, Kind.Enum)
        for option in error.kind.options
    ]
    tagged = next((e for errors in branches for e in errors if isinstance(e.kind, Kind.Enum)), None)
    if tagged is None:
        return first_problem(meant)
    return tagged.instance_path, f"is {shown(tagged.instance)}", _one_of(options)


def _types_at(error: ValidationError, where: list[str | int]) -> list[str]:
    if error.instance_path != where:
        return ["object"]
    if isinstance(error.kind, Kind.Type):
        return error.kind.types
    return ["string"] if isinstance(error.kind, Kind.Enum) else []


def _named(value: object) -> str:
    names: dict[type[object], str] = {str: "the string", bool: "the boolean", int: "the integer", float: "the number"}
    name = names.get(type(value))
    return f"{name} {shown(value)}" if name else shown(value)


def _one_of(options: list[Any]) -> str:
    unique = sorted({shown(option) for option in options})
    more = f" (or {len(unique) - 8} more)" if len(unique) > 8 else ""
    return ("" if len(unique) == 1 else "one of ") + ", ".join(unique[:8]) + more
