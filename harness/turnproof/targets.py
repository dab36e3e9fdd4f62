"""Targets: what a scenario is played on. One registry, filled by decorator and by the entry points ``turnproof.targets``.

A spec is ``[name=][transport+]kind[@version|:where]``; the case id shows the name, or the spec as it was written.
"""

from __future__ import annotations

import importlib
from asyncio import AbstractEventLoop
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, Final, Protocol

import msgspec

from turnproof.refusal import meant
from turnproof.spec_rules import RULES
from turnproof.transports import PlaySpec, ServerUnderTest


class TargetError(ValueError):
    """A target spec that means nothing; one line with what is known."""


class TargetSpec(msgspec.Struct, frozen=True):
    """A parsed spec: ``codex@0.149.0`` is kind "codex", version "0.149.0"."""

    text: str
    kind: str
    version: str = ""
    where: str = ""
    label: str = ""


class Target(Protocol):
    """One target, ready to open servers for plays."""

    @property
    def label(self) -> str: ...

    @property
    def own_server(self) -> bool:
        """Whether the server is our own fake: it must keep what others only should."""
        ...

    @property
    def loop_factory(self) -> Callable[[], AbstractEventLoop] | None:
        """Makes the loop that plays run on (None: asyncio's own)."""
        ...

    @property
    def profile(self) -> Any: ...

    @property
    def schema(self) -> Any: ...

    @property
    def facts(self) -> dict[str, Any]: ...

    def missing(self) -> str | None:
        """Why nothing can be played here, with the mend; None when it can."""
        ...

    async def open(self, spec: PlaySpec) -> ServerUnderTest: ...


Factory = Callable[[TargetSpec], Target]
REGISTRY: Final[dict[str, Factory]] = {}
_BUILT_IN: Final = {
    "sim": "turnproof.sim_target",
    "fake": "turnproof.stdio_targets",
    "codex": "turnproof.stdio_targets",
    "command": "turnproof.stdio_targets",
}
DEFAULT: Final = ("fake", "codex")


def target(kind: str) -> Callable[[Factory], Factory]:
    """Register a kind of target."""

    def register(factory: Factory) -> Factory:
        REGISTRY[kind] = factory
        return factory

    return register


def parse(text: str) -> TargetSpec:
    """A spec from its text; raises TargetError."""
    label, name_given, rest = text.partition("=")
    if not name_given or not label.isidentifier():
        label, rest = text, text
    kind, colon, where = rest.partition(":")
    kind, at, version = kind.partition("@")
    if kind not in known():
        near = meant(kind, known())
        mend = f"; mend: {near}" if near else ""
        raise TargetError(f"unknown target {text!r}: {kind!r} is none of {', '.join(sorted(known()))}{mend}")
    if (at and not version) or (colon and not where) or (at and colon):
        raise TargetError(f"target {text!r} is cut short; mend: {kind}@VERSION or {kind}:WHERE")
    if kind == "command" and not where:
        raise TargetError(f"target {text!r} names no command; mend: command:PROGRAM ARGUMENTS")
    return TargetSpec(text, kind, version, where, label)


def is_label(text: str) -> bool:
    """Whether a target that nobody named would be shown so: ``codex@0.149.0`` is one, ``mine`` and ``mine=fake`` are none."""
    try:
        return parse(text).label == text
    except TargetError:
        return False


def check(spec: TargetSpec) -> None:
    """Raises TargetError when what stands behind a built-in kind is wrong: no such path or program, no such form."""
    rule = RULES.get(spec.kind)
    if rule is not None and (problem := rule(spec.version, spec.where)):
        raise TargetError(f"target {spec.text!r}: {problem}")


def known() -> set[str]:
    """The kinds of targets there are."""
    return set(_BUILT_IN) | set(REGISTRY) | {point.name for point in entry_points(group="turnproof.targets")}


def make(spec: TargetSpec) -> Target:
    """The target of a spec; raises TargetError."""
    check(spec)
    if spec.kind not in REGISTRY:
        if spec.kind in _BUILT_IN:
            importlib.import_module(_BUILT_IN[spec.kind])
        else:
            for point in entry_points(group="turnproof.targets", name=spec.kind):
                REGISTRY[spec.kind] = point.load()
    return REGISTRY[spec.kind](spec)
