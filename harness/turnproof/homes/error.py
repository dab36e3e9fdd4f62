"""What cannot be made of a private home."""

from __future__ import annotations

from turnproof.cache import CacheError


class HomeError(CacheError):
    """A private home or its template cannot be made; the text says why and what to do."""
