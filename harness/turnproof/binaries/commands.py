"""``turnproof binaries list | install VERSION… | gc``: results on stdout, progress and errors on stderr."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from turnproof.binaries.binary import BinaryError
from turnproof.binaries.finding import bundled
from turnproof.binaries.store import BinaryStore
from turnproof.binaries.versions import exact_version
from turnproof.cache import CacheError, cache_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BinaryError", "CacheError", "run"]


def run(argv: Sequence[str]) -> int:
    """The command without ``turnproof binaries``; gives the exit code. Raises BinaryError and CacheError."""
    arguments = _parser().parse_args(argv)
    # All of them first: a slip in the last one must not show after a download of minutes.
    versions = [exact_version(version) for version in getattr(arguments, "versions", ())]
    store = BinaryStore(cache_folder())
    if arguments.command == "install":
        for version in versions:
            print(store.install(version), flush=True)
    elif arguments.command == "gc":
        _gc(store, arguments.keep, arguments.unused_days)
    else:
        _list(store)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="turnproof binaries", description="The real codex binaries on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the binary of this environment, and those in the cache")
    install = commands.add_parser("install", help="download versions into the cache")
    install.add_argument("versions", nargs="+", metavar="VERSION", help="an exact version, such as 0.163.0")
    gc = commands.add_parser("gc", help="remove versions that nobody used for a while, and leftovers")
    gc.add_argument("--keep", nargs="*", default=[], metavar="VERSION", help="versions to keep in any case")
    gc.add_argument("--unused-days", type=float, default=30.0, metavar="N", help="default: 30; 0 removes them all")
    return parser


def _list(store: BinaryStore) -> None:
    try:
        here = bundled(store.folder.parent)
        print(f"codex           {here.version:<12} {'':>7}  {here.path}")
    except BinaryError as error:
        print(f"codex           none ({error})")
    for one in store.installed():
        name = f"codex@{one.version}"
        note = "" if one.platform == store.platform else f" ({one.platform})"
        used = time.strftime("%Y-%m-%d", time.localtime(one.used_at))
        print(f"{name:<15} {'used ' + used:<12} {one.size / 1e6:>4.0f} MB  {one.path}{note}")


def _gc(store: BinaryStore, keep: list[str], unused_days: float) -> None:
    removed = store.gc(keep, unused_days)
    for one in removed:
        print(f"removed codex {one.version} ({one.platform}, {one.size / 1e6:.0f} MB)")
    if not removed:
        print("nothing to remove")
