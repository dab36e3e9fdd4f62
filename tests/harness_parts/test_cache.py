"""Locks in the cache folder: who waits says so once, and not for ever."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

import pytest

from turnproof.cache import LockHeldError, lock_if_free, locked

if TYPE_CHECKING:
    from pathlib import Path


def test_who_waits_says_so_once_and_gives_up_in_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock = tmp_path / "folder" / "a.lock"
    with locked(lock, "never said"):
        with lock_if_free(lock) as ours:
            assert not ours
        with pytest.raises(LockHeldError, match=f"another process has held {lock} for 0.1 s: end it"):
            locked(lock, "waiting", 0.1).__enter__()
    assert capsys.readouterr().err == "waiting\n"


def test_a_lock_is_free_again_whatever_its_holder_raised(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), locked(tmp_path / "a.lock"):
        raise RuntimeError
    with lock_if_free(tmp_path / "a.lock") as ours:
        assert ours


def test_a_lock_that_its_holder_removes_is_nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """We open the file, its holder removes it and lets it go, and we lock what has no name any more."""
    path = tmp_path / "a.lock"
    lock = fcntl.flock

    def late(descriptor: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        path.unlink()
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with lock_if_free(path) as ours:
        assert not ours
    with locked(path, seconds=0), lock_if_free(path) as other:
        assert not other
