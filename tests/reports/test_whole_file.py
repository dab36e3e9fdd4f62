"""What is written keeps the kind that it had: links, pipes, modes; and folders are made."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from turnproof_reports.whole_file import is_special, replace

if TYPE_CHECKING:
    from pathlib import Path


def test_a_symlink_stays_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    link = tmp_path / "link.xml"
    link.symlink_to("deep/file.xml")
    for data in (b"one", b"two"):  # a target that is not there, and one that is
        replace(link, data)
        assert link.is_symlink()
        assert (tmp_path / "deep/file.xml").read_bytes() == data
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["file.xml"]


def test_a_fifo_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    replace(pipe, b"x" * 100_000)
    reader.join(30)
    assert read == [b"x" * 100_000]
    assert is_special(pipe)
    assert [entry.name for entry in tmp_path.iterdir()] == ["pipe"]


def test_folders_are_made_and_the_mode_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a/b/file.xml"
    replace(file, b"one")
    file.chmod(0o640)
    replace(file, b"two")
    assert file.read_bytes() == b"two"
    assert file.stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_written_is_an_os_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file/inside"):
        with pytest.raises(OSError, match=r"Errno"):
            replace(path, b"x")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
