"""A file that is written whole, and stays what it is: a symlink keeps its target, a device or a pipe is written into."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path


class NotAFileError(ValueError):
    """A device, a pipe or a folder where a file is needed that can be read again."""


def is_special(path: Path) -> bool:
    """Whether the path leads to something that is no regular file; what is not there will be one."""
    return path.exists() and not path.is_file()


def replace(path: Path, data: bytes) -> None:
    """Write all or nothing: a reader never sees half a file. Folders on the way to it are made, as ``--junitxml`` does."""
    if is_special(path):
        # By the path as given: /dev/stdout leads to names that nobody can open.
        path.write_bytes(data)
        return
    # Not Path.resolve: some Pythons refuse a loop of links with an error that is no OSError.
    file = Path(os.path.realpath(path))
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_bytes(data)
        with suppress(FileNotFoundError):
            shutil.copymode(file, draft)
        os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)
