"""A scripted model: the OpenAI Responses API over server-sent events, on loopback, for the real codex binary.

    provider = ModelProvider(report)
    await provider.start()                       # provider.url goes into the binary's config as base_url
    provider.expect(thread_id, "hello", [{"type": "say", "chunks": ["hi"]}])

Reading order: ``acts`` (the script vocabulary), ``answer`` (script to moves), ``events`` (moves to bytes),
``http_head`` (the wire), ``request`` (what a POST asks), ``scriptbook`` (which script it gets); these are pure.
``connection`` and ``provider`` do the I/O.
"""

from __future__ import annotations

from turnproof_fakes.model_provider.provider import ModelProvider

__all__ = ["ModelProvider"]
