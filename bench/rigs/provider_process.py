"""The model provider in a process of its own: neither side of a comparison pays for it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from turnproof_fakes.model_provider import ModelProvider

PROMPT: Final = "hello"
CHUNKS: Final = ("one ", "two ", "three")


@contextmanager
def provider_process() -> Iterator[str]:
    """The base URL of a provider that answers PROMPT with CHUNKS on every thread."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()  # which ends it


async def _serve() -> None:
    provider = ModelProvider(lambda fact: None)
    provider.expect_anywhere(PROMPT, [{"type": "say", "chunks": list(CHUNKS)}])
    await provider.start()
    print(provider.url, flush=True)
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    loop.add_reader(0, lambda: ended.done() or ended.set_result(None))
    await ended
    await provider.close()


if __name__ == "__main__":
    asyncio.run(_serve())
