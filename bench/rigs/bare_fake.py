"""The bare loop on a fake app-server of its own."""

from __future__ import annotations

from bench.baselines.bare_client import BareClient
from bench.sample import Sample, clocked
from turnproof import Scenario
from turnproof.homes import ModelSettings
from turnproof.message import encode
from turnproof.plan import plan_for
from turnproof.playing import target_of
from turnproof.stdio_server import homes
from turnproof.transports import PlaySpec


class BareFake:
    """One thread, on which the turns of ``prompt`` run; a sample has one unit for each message."""

    def __init__(self, scenario: Scenario, prompt: str) -> None:
        self.prompt = prompt
        self.home = homes().create(ModelSettings("http://127.0.0.1:9/v1"))
        plan = self.home.root / "plan.json"
        plan.write_bytes(encode(plan_for(PlaySpec(scenario), 1)))
        environment = self.home.environment({"TURNPROOF_PLAN": str(plan)})
        self.client = BareClient(target_of("fake").command, environment, self.home.cwd)  # type: ignore[attr-defined]
        self.thread = self.client.request("thread/start", {})["thread"]["id"]

    def __enter__(self) -> BareFake:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.client.process.stdin is not None
        self.client.process.stdin.close()
        self.client.process.wait(10)
        self.home.finish()

    def sample(self) -> Sample:
        return clocked(self.turn)

    def turn(self) -> int:
        """Run one turn; gives how many messages came."""
        seen = self.client.seen
        self.client.turn(self.thread, self.prompt)
        return self.client.seen - seen
