"""The supervisor of this process."""

from __future__ import annotations

import atexit
from contextlib import suppress
from functools import cache

from turnproof.cache import CacheError, cache_folder
from turnproof.supervisor.supervisor import Supervisor


@cache
def own_supervisor() -> Supervisor:
    """Started at the first child; it ends what we leave behind, however we end."""
    leases = None
    with suppress(CacheError):  # whoever needs the folder says so; the supervisor only protects less without it
        leases = cache_folder() / "leases"
    started = Supervisor.start(lease_folder=leases)
    atexit.register(started.close)  # an orderly end leaves it nothing to look for
    return started
