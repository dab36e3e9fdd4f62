"""A script is refused when it is written if the model provider would refuse it when it is served, and only then."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from turnproof.refusal import Refusal
from turnproof.script import Script, drop_connection, fail, hold, never_answer, say, stall, think
from turnproof.wellformed.script_rules import check_script
from turnproof_fakes.model_provider.acts import read_script

ACTS = (say("a"), think("b"), hold("g"), fail(500), fail(500, times=1), drop_connection(), stall(), never_answer())
ALONE: list[Script] = [
    (fail(399),),
    (fail(600),),
    (fail(503, times=0),),
    (drop_connection(times=-1),),
    (say("a", drop_connection(times=0)),),
    (think("a", hold("g"), stall()),),
    (say(),),
    (),
]


@pytest.mark.parametrize("script", [*ALONE, *itertools.product(ACTS, repeat=2)])
def test_the_provider_agrees(script: Script) -> None:
    assert refused_here(script) == refused_there(script)


def refused_here(script: Script) -> bool:
    try:
        check_script(script)
    except Refusal:
        return True
    return False


def refused_there(script: Script) -> bool:
    try:
        read_script(msgspec.to_builtins(script))
    except ValueError:
        return True
    return False
