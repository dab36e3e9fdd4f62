"""The target ``sim``."""

from __future__ import annotations

from typing import Any

from turnproof.own_schema import own_profile, own_schema
from turnproof.sim import SimServer
from turnproof.targets import TargetSpec, target
from turnproof.transports import PlaySpec
from turnproof.virtual_time import VirtualTimeLoop


class SimTarget:
    """Plays in this process, on virtual time."""

    own_server = True
    loop_factory = VirtualTimeLoop

    def __init__(self, spec: TargetSpec) -> None:
        self.label = spec.label
        self.profile = own_profile()
        self.schema = own_schema()
        self.facts: dict[str, Any] = {
            "target": spec.label,
            "server": "fake, simulated",
            "version": self.profile.version,
        }

    def missing(self) -> str | None:
        return None

    async def open(self, spec: PlaySpec) -> SimServer:
        return SimServer(spec)


target("sim")(SimTarget)
