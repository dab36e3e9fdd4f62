"""What a play keeps does not grow with the number of its turns: a soak is one play."""

from __future__ import annotations

from turnproof.own_schema import own_profile, own_schema
from turnproof.player import Options, Play, spec_of
from turnproof.scenario import Scenario
from turnproof.sim import SimServer
from turnproof.verdict import Verdict
from turnproof.virtual_time import run_virtual
from turnproof.writing import run_turn, start_thread


def sizes_after(turns: int) -> dict[str, int]:
    scenario = Scenario("Many.", start_thread("t"), *(run_turn("t", f"turn {n}", says="x") for n in range(turns)))
    options = Options(profile=own_profile(), schema=own_schema(), own_server=True)
    kept: dict[str, int] = {}

    async def go() -> Verdict:
        play = Play(scenario, SimServer(spec_of(scenario, options, "soak")), options)
        verdict = await play.run()
        kept.update(
            turns=len(play.stage.turns),
            records=len(play.session.turns),
            open=len(play.judge.open),
            branches=len(play.stage.branches),
            silent=len(play.stage.silent),
            ring=len(play.recorder.ring),
        )
        return verdict

    assert run_virtual(go()).passed
    return kept


def test_a_play_keeps_nothing_of_a_turn_that_is_over() -> None:
    few, many = sizes_after(8), sizes_after(80)
    assert few == many
    assert many["turns"] == many["records"] == 0
