"""`Profile`: what one version of the server does, as data, and how the right one is chosen."""

from __future__ import annotations

import importlib
import json
import re
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from turnproof.profile.quirk import Quirk

PACKAGE: Final = "turnproof.profile"
# Not importlib.resources: it costs 10 ms at import, and a profile is a folder of files wherever this package is one.
HERE: Final = Path(__file__).parent
_FOLDER: Final = re.compile(r"v(\d+(?:_\d+)*)")


class ProfileError(LookupError):
    """There is no such profile; the text names those there are."""


@dataclass(frozen=True)
class Profile:
    """One version's names, shapes and tables.

    `schema_digest` is that of `turnproof.schema.document.digest_of`. `emitted_at_ms`: notifications carry that key;
    `error_first`: an error answer is printed with `error` before `id`; `server_requests`: the methods by which the
    server asks; `failures`: see `failure_of`. `chosen_by` says how this profile came to be the one ("" when it was loaded by name).
    """

    version: str
    schema_digest: str
    quirks: tuple[Quirk, ...]
    emitted_at_ms: bool
    error_first: bool
    server_requests: frozenset[str]
    failures: Mapping[int | None, Any]
    chosen_by: str = field(default="", compare=False)

    def quirk_for(self, check: str, facts: Mapping[str, str]) -> Quirk | None:
        """The known defect that a violation shows (see `Quirk.matches`), or None."""
        return next((quirk for quirk in self.quirks if quirk.matches(check, facts)), None)

    def failure_of(self, status: int | None) -> Any:
        """The `codexErrorInfo` of a turn whose model answers with this HTTP status, or (None) drops the stream."""
        return self.failures.get(status, {"httpConnectionFailed": {"httpStatusCode": status}})

    def schema_data(self) -> bytes:
        """The schema document (`turnproof.schema.document`) that serves where no binary is at hand."""
        return _folder(self.version).joinpath("schema.json").read_bytes()

    def always_sent(self) -> Mapping[str, tuple[str, ...]]:
        """By definition of the schema, the keys that this version always sends (`turnproof.schema.learn`)."""
        return _always_sent(self.version)


def known() -> tuple[str, ...]:
    """The versions that have a profile, oldest first."""
    names = (entry.name for entry in HERE.iterdir())
    found = (match[1].replace("_", ".") for name in names if (match := _FOLDER.fullmatch(name)))
    return tuple(sorted(found, key=_order))


@cache
def load(version: str) -> Profile:
    """The profile of exactly this version; ProfileError when there is none."""
    if version not in known():
        raise ProfileError(f"no profile for version {version!r}; there are {', '.join(known())}")
    tables = importlib.import_module(f"{PACKAGE}.{_name(version)}")
    return Profile(
        version=version,
        schema_digest=tables.SCHEMA_DIGEST,
        quirks=tables.QUIRKS,
        emitted_at_ms=tables.EMITTED_AT_MS,
        error_first=tables.ERROR_FIRST,
        server_requests=tables.SERVER_REQUESTS,
        failures=tables.FAILURES,
    )


def choose(*, schema_digest: str | None = None, version: str | None = None, override: str | None = None) -> Profile:
    """The profile for a server, and in its `chosen_by` why.

    `override` (a version that a person named) wins and must exist. Else the profile whose schema the server has, for
    a build may report 0.0.0; else that of its version; else the nearest: the newest that is not newer, or the oldest.
    Its quirks are those that the server's version may have (`Quirk.since`, `Quirk.until`); a version that a person named, or
    that says nothing, stands for all of the profile's.
    """
    chosen = _chosen(schema_digest, version, override)
    if override is not None or version is None or not any(_order(version)):
        return chosen
    return replace(chosen, quirks=tuple(quirk for quirk in chosen.quirks if _has(version, quirk)))


def _has(version: str, quirk: Quirk) -> bool:
    """Whether a server of this version may have the quirk: it is neither older than its first nor newer than its last."""
    begun = not quirk.since or _order(quirk.since) <= _order(version)
    return begun and not (quirk.until and _order(quirk.until) < _order(version))


def _chosen(schema_digest: str | None, version: str | None, override: str | None) -> Profile:
    if override is not None:
        return replace(load(override), chosen_by="override")
    if schema_digest is not None:
        for name in reversed(known()):
            if load(name).schema_digest == schema_digest:
                return replace(load(name), chosen_by="schema digest")
    if version is not None and version in known():
        return replace(load(version), chosen_by="version")
    wanted = version or "of unknown version"
    older = [name for name in known() if version is not None and _order(name) <= _order(version)]
    nearest = older[-1] if older else known()[0 if version is not None else -1]
    return replace(load(nearest), chosen_by=f"nearest: {nearest} for a server {wanted}")


@cache
def _always_sent(version: str) -> Mapping[str, tuple[str, ...]]:
    table = json.loads(_folder(version).joinpath("always_sent.json").read_bytes())
    return {name: tuple(keys) for name, keys in cast("dict[str, list[str]]", table["always_sent"]).items()}


def _folder(version: str) -> Path:
    return HERE / _name(version)


def _name(version: str) -> str:
    return "v" + version.replace(".", "_")


def _order(version: str) -> tuple[int, ...]:
    """Numbers compare as numbers; what is no number in a version ("0.164.0-alpha.2") counts as its leading digits."""
    return tuple(int(match[0]) if (match := re.match(r"\d+", part)) else 0 for part in version.split("."))
