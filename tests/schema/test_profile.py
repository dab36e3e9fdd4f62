"""Profiles: loaded, chosen, and their tables true to the schema that they come with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from turnproof import profile as profiles
from turnproof.profile import ProfileError, Quirk
from turnproof.schema import SchemaDocument

PROFILE = profiles.load("0.163.0")


def test_the_profile_belongs_to_its_schema() -> None:
    document = SchemaDocument.from_json(PROFILE.schema_data())
    assert document.digest == PROFILE.schema_digest
    assert document.origin["version"] == PROFILE.version
    assert frozenset(document.server_requests) == PROFILE.server_requests


def test_always_sent_names_keys_that_the_schema_has() -> None:
    definitions = SchemaDocument.from_json(PROFILE.schema_data()).definitions
    table = PROFILE.always_sent()
    assert table["Thread"]
    for name, keys in table.items():
        head = definitions[name.split(":")[0].split(".")[0]]
        known: set[str] = set(head.get("properties", {}))
        for branch in head.get("oneOf", []) + head.get("anyOf", []):
            known |= set(branch.get("properties", {}))
        assert set(keys) <= known or "." in name or "[" in name, name


@pytest.mark.parametrize(
    ("asked", "version", "why"),
    [
        ({"schema_digest": PROFILE.schema_digest, "version": "0.0.0"}, "0.163.0", "schema digest"),
        ({"schema_digest": "other", "version": "0.163.0"}, "0.163.0", "version"),
        ({"version": "0.170.0-alpha.2"}, "0.163.0", "nearest: 0.163.0 for a server 0.170.0-alpha.2"),
        ({"version": "0.100.0"}, "0.163.0", "nearest: 0.163.0 for a server 0.100.0"),
        ({}, "0.163.0", "nearest: 0.163.0 for a server of unknown version"),
        ({"version": "0.100.0", "override": "0.163.0"}, "0.163.0", "override"),
    ],
)
def test_how_a_profile_is_chosen(asked: dict[str, Any], version: str, why: str) -> None:
    chosen = profiles.choose(**asked)
    assert (chosen.version, chosen.chosen_by) == (version, why)


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(ProfileError, match=r"no profile for version '1\.2'; there are 0\.163\.0"):
        profiles.choose(override="1.2")


def test_the_nearest_profile_is_the_newest_that_is_not_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    module = __import__("turnproof.profile.profile", fromlist=["profile"])
    monkeypatch.setattr(module, "known", lambda: ("0.9.0", "0.133.0", "0.163.0"))
    monkeypatch.setattr(module, "load", dict.fromkeys(module.known(), PROFILE).__getitem__)
    assert module.choose(version="0.160.2").chosen_by.startswith("nearest: 0.133.0")
    assert module.choose(version="0.8.0").chosen_by.startswith("nearest: 0.9.0")
    assert module.choose().chosen_by.startswith("nearest: 0.163.0")


@pytest.mark.parametrize(
    ("version", "digest", "had"),
    [
        ("0.149.0", None, []),
        ("0.150.0", None, ["both", "begins"]),
        ("0.163.0", None, ["both", "begins", "ends"]),
        ("0.164.0", None, ["begins"]),
        ("0.164.0", PROFILE.schema_digest, ["begins"]),
        ("0.0.0", PROFILE.schema_digest, ["both", "begins", "ends"]),
        (None, PROFILE.schema_digest, ["both", "begins", "ends"]),
    ],
)
def test_a_quirk_is_of_some_versions(
    version: str | None, digest: str | None, had: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the version of the server, whatever profile serves for it."""
    module = __import__("turnproof.profile.profile", fromlist=["profile"])
    spans = {"both": ("0.150.0", "0.163.0"), "begins": ("0.150.0", ""), "ends": ("0.163.0", "0.163.0")}
    quirks = tuple(Quirk(name, "c", "", "", {"f": name}, *span) for name, span in spans.items())
    monkeypatch.setattr(module, "load", lambda _: replace(PROFILE, quirks=quirks))
    chosen = module.choose(schema_digest=digest, version=version)
    assert [quirk.id for quirk in chosen.quirks] == had
    assert [name for name in spans if chosen.quirk_for("c", {"f": name})] == had


def test_a_quirk_matches_its_check_and_all_its_facts() -> None:
    quirk = Quirk("q", "answered-once", "text", "evidence", {"event": "turn/*", "why": "again"})
    assert quirk.matches("answered-once", {"event": "turn/interrupt", "why": "again", "more": "x"})
    assert not quirk.matches("answered-once", {"event": "turn/interrupt"}), "an absent fact matches nothing"
    assert not quirk.matches("answered-once", {"event": "thread/read", "why": "again"})
    assert not quirk.matches("turn-ends-once", {"event": "turn/interrupt", "why": "again"})


def test_the_tables_of_quirks_are_in_order() -> None:
    ids = [entry.id for entry in PROFILE.quirks]
    assert len(ids) == len(set(ids))
    found = PROFILE.quirk_for("answered-once", {"event": "turn/interrupt", "turn_status": "interrupted"})
    assert found is not None
    assert found.id == "double-interrupt-unanswered"
    assert PROFILE.quirk_for("answered-once", {"event": "turn/interrupt"}) is None
    assert all(quirk.where for quirk in PROFILE.quirks), "a quirk without a pattern excuses all that its check finds"
