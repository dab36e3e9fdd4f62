"""The folder of one play."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from turnproof.homes.config import MODEL_KEY_VARIABLE, ModelSettings, config_toml
from turnproof.homes.hooks import hooks_toml
from turnproof.homes.owner import Owner, write_note

if TYPE_CHECKING:
    from collections.abc import Mapping

_INHERITED: Final = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")


@dataclass
class PlayHome:
    """One play's folder; see the package for its parts. ``finish`` ends it."""

    root: Path
    note: Path
    model_key: str = "turnproof-no-secret"

    def __post_init__(self) -> None:
        self.codex_home, self.user_home = self.root / "c", self.root / "u"
        self.cwd, self.scratch = self.root / "w", self.root / "t"

    def configure(self, model: ModelSettings, tools: tuple[str, ...] = ()) -> None:
        """(Re)write the binary's config; it is read when a server starts."""
        config = self.codex_home / "config.toml"
        hooks = hooks_toml(config.resolve()) if "hooks" in tools else ""
        config.write_text(config_toml(model, tools) + hooks, encoding="utf-8")

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The whole environment of a child: an allow list of ours, fixed values, then ``extra``.

        Proxies, RUST_LOG, CODEX_* and API keys of the user's are not on the list. Home, name and TERM show up in what
        the binary says, so they are fixed.
        """
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        fixed = {
            "HOME": str(self.user_home),
            "CODEX_HOME": str(self.codex_home),
            "TMPDIR": str(self.scratch),
            "TERM": "xterm",
            "NO_COLOR": "1",
            MODEL_KEY_VARIABLE: self.model_key,
        }
        return {**inherited, **fixed, **(extra or {})}

    def finish(self, *, keep: bool = False) -> None:
        """Remove the folder; or keep it for a look, until 20 newer ones are kept. May be called again."""
        if keep and self.root.exists():
            write_note(self.note, Owner.here(kept=True))
            return
        remove(self.root, self.note)


def remove(root: Path, note: Path) -> bool:
    """Remove a home and then its note; a home that resists (a survivor still writes) keeps it for the next collection."""
    for _ in range(3):
        shutil.rmtree(root, ignore_errors=True)
        if not root.exists():
            note.unlink(missing_ok=True)
            return True
    return False
