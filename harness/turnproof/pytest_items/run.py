"""A pytest run that plays scenarios: its targets, its settings, and where things go."""

from __future__ import annotations

import datetime
import os
import shlex
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from turnproof import __version__
from turnproof.playing import Settings
from turnproof.pytest_items.known import KnownFailures
from turnproof.pytest_items.target import declared_labels, play_targets
from turnproof_reports import results

if TYPE_CHECKING:
    from turnproof.configuration import Configuration
    from turnproof.known_failures import Entry


@dataclass(frozen=True)
class Asked:
    """What the command line says. ``taken`` are the names of ours that options of another plug-in have."""

    targets: list[str]
    require_real: bool
    time_factor: float | None
    seed: int
    platform: str
    taken: list[str]
    known: tuple[Entry, ...] = ()


class PytestRun:
    """The run of this process; made when the first scenario is seen."""

    def __init__(self, config: pytest.Config, folder: Path, configuration: Configuration, asked: Asked) -> None:
        self.config = config
        self.folder = folder
        self._files: dict[str, str] = {}
        self.taken = asked.taken
        self.configuration = configuration
        self.worker: str = getattr(config, "workerinput", {}).get("workerid", "")
        self.targets = play_targets(asked.targets, configuration)
        labels = [target.label for target in self.targets]
        self.known = KnownFailures(asked.known, labels, declared_labels(configuration), self.relative)
        self.settings = Settings(
            seed=asked.seed,
            time_factor=asked.time_factor or configuration.time_factor,
            require_real=asked.require_real,
        )
        self.problem = next((target.problem for target in self.targets if target.problem), "")
        if asked.platform == "win32":
            self.problem = "turnproof plays on Linux and macOS; Windows is not supported"
        self._opened = False
        self._attempts: dict[str, int] = {}
        self._module_folders: dict[str, str] = {}

    # -- where things go

    @property
    def root(self) -> Path:
        return self.config.rootpath

    def relative(self, file: str) -> str:
        """A source file as reports name it: from the root of the project, where it is inside."""
        shown = self._files.get(file)
        if shown is None:  # a file has many cases: its path was 7 % of what an item costs
            shown = os.path.relpath(file, self.root) if Path(file).is_relative_to(self.root) else file
            self._files[file] = shown
        return shown

    def shown(self, path: Path | str) -> str:
        """A path as the reader of the terminal would type it."""
        path = Path(path)
        base = self.config.invocation_params.dir
        return str(path.relative_to(base)) if path.is_relative_to(base) else str(path)

    def place(self, nodeid: str, name: str) -> Path:
        """A new folder for one play of a case; attempts have one each."""
        stem = _speakable(name)[:80].strip("-.")
        n = self._attempts[nodeid] = self._attempts.get(nodeid, 0) + 1
        # pytest gives a module no id that was named itself and lies outside of the project.
        module = self._module_folder(nodeid.partition("::")[0] or "module")
        while True:
            claimed = f"{module}{os.sep}{stem}-{n}" if n > 1 else f"{module}{os.sep}{stem}"
            try:
                os.mkdir(claimed)  # two ids may shorten to one name, and be played by two processes at once
            except FileExistsError:
                n += 1
            else:
                return Path(claimed)

    def _module_folder(self, module: str) -> str:
        """The folder for the plays of one module; made once."""
        folder = self._module_folders.get(module)
        if folder is None:
            made = self.folder / _speakable(str(Path(module).with_suffix("")))[-80:].strip("-.")
            made.mkdir(parents=True, exist_ok=True)
            folder = self._module_folders[module] = str(made)
        return folder

    def replay(self, file: Path, nodeid: str, spec: str) -> str:
        """The command that plays exactly this case again; the path in an id is not always one from here."""
        _, colons, rest = nodeid.partition("::")
        case = self.shown(file) + colons + rest
        return shlex.join(["pytest", case, "--target", spec, "--seed", str(self.settings.seed)])

    def open_folder(self) -> None:
        """Make the run folder, its results file and the ``latest`` link; safe from any number of processes.

        Raises pytest.UsageError when nothing can be written there.
        """
        if self._opened:
            return
        try:
            self._make_folder()
        except OSError as problem:
            out, why = self.shown(self.folder.parent), problem.strerror or problem
            raise pytest.UsageError(f"nothing can be written to {out}: {why}; mend: --turnproof-out DIR") from None
        self._opened = True

    def _make_folder(self) -> None:
        header = results.Header(
            results.FORMAT,
            __version__,
            datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            str(self.root),
            self.settings.seed,
            tuple(target.spec for target in self.targets),
            self.config.getoption("junitprefix", None) or "",
        )
        out = self.folder.parent
        out.mkdir(parents=True, exist_ok=True)
        if not (ignore := out / ".gitignore").exists():
            ignore.write_text("*\n")
        results.create(self.folder, header)
        draft = out / f".latest.{os.getpid()}"
        with suppress(OSError):
            draft.symlink_to(self.folder.name)
            draft.replace(out / "latest")


def _speakable(text: str) -> str:
    """A text as part of a path that needs no quotes."""
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in text)
