"""Profile and schema of the fake: what serves where no binary is asked."""

from __future__ import annotations

from functools import cache
from typing import Final

from turnproof.profile import Profile, load
from turnproof.schema import Schema

FAKE_VERSION: Final = "0.163.0"


@cache
def own_profile() -> Profile:
    """The profile of the version that the fake stands for."""
    return load(FAKE_VERSION)


@cache
def own_schema() -> Schema:
    """Its schema, from the package's data."""
    return Schema.of(own_profile())
