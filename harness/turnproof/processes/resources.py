"""What a process uses, by psutil, which is imported at the first question. None or nothing for a process that is gone."""

from __future__ import annotations


def rss(pid: int) -> int | None:
    """Resident memory in bytes."""
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return None


def open_fds(pid: int) -> int | None:
    """Number of open file descriptors."""
    import psutil

    try:
        return psutil.Process(pid).num_fds()
    except psutil.Error:
        return None
