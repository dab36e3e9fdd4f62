from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from turnproof.processes import Child, ChildExit, ExitWatchMode
from turnproof.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Until(Protocol):
    def __call__(self, condition: Callable[[], object], seconds: float = 20.0) -> None: ...


def _until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come about in time"
        time.sleep(0.01)


@pytest.fixture
def until() -> Until:
    """Wait, bounded, for something that other processes do."""
    return _until


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    started = Supervisor.start()
    yield started
    started.close()


@dataclass
class Seen:
    """A child and what its callbacks were told, in order."""

    child: Child
    events: list[bytes | ChildExit]
    errors: list[bytes]
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def out(self) -> bytes:
        return b"".join(event for event in self.events if isinstance(event, bytes))

    async def says(self, text: bytes) -> None:
        """Wait, bounded, until this is in what the child wrote on stdout."""
        async with asyncio.timeout(20):
            while text not in self.out:
                await self.changed.wait()
                self.changed.clear()


class Spawn(Protocol):
    def __call__(self, *command: str, watch: ExitWatchMode = "auto", **options: Any) -> Seen: ...


@pytest.fixture
def spawn(supervisor: Supervisor) -> Spawn:
    """Starts a child under the supervisor; whatever is left of it is killed with the supervisor."""

    def start(*command: str, watch: ExitWatchMode = "auto", **options: Any) -> Seen:
        events: list[bytes | ChildExit] = []
        errors: list[bytes] = []
        changed = asyncio.Event()

        def note(event: bytes | ChildExit) -> None:
            events.append(event)
            changed.set()

        child = Child.spawn(
            command,
            environment=dict(os.environ),
            supervisor=supervisor,
            on_stdout=note,
            on_stderr=errors.append,
            on_exit=note,
            watch=watch,
            **options,
        )
        return Seen(child, events, errors, changed)

    return start
