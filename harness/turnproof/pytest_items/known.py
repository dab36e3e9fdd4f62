"""The known failures of a run: which of them a case has, and which match nothing that was collected."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from turnproof.known_failures import Collected, Entry, unmatched
from turnproof_reports.escaping import visible
from turnproof_reports.known import Unmatched

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

SHIPPED: Final = "turnproof_scenarios"
TARGET: Final = "turnproof_target"
_PARTIAL: Final = ("lf", "ignore", "ignore_glob")
"""Options of pytest that leave files out of a folder that was named."""


class KnownFailures:
    """``entries`` of the file; ``targets`` are the labels of the run, ``declared`` those of the configuration; ``relative``
    shows a path as case ids do, from the root of the project.
    """

    def __init__(
        self, entries: tuple[Entry, ...], targets: list[str], declared: list[str], relative: Callable[[str], str]
    ) -> None:
        self.entries = entries
        self.relative = relative
        self.collected = Collected(frozenset(targets), declared=frozenset(declared))
        self.unmatched: list[Unmatched] = []

    def of(self, item: pytest.Item, name: str, target: str) -> tuple[Entry, ...]:
        """The entries about a case; ``name`` is that of its scenario or test function."""
        if not self.entries:
            return ()
        names = [name, f"{name}[{values}]"] if (values := parameters_of(item)) is not None else [name]
        ids = [id_ for one in names for id_ in ids_of(f"{_nodeid(item.parent)}::{one}", item.path)]
        return tuple(entry for entry in self.entries if entry.about(ids, target))

    # -- what was collected, before anything is deselected

    def collected_scenario(self, file: pytest.Collector, name: str) -> None:
        """A scenario was collected, for every target of the run."""
        self.collected.files.update(ids_of(file.nodeid, file.path))
        self.collected.add(ids_of(f"{file.nodeid}::{name}", file.path), self.collected.targets)

    def collected_function(self, function: pytest.Item, *, by_hand: bool) -> None:
        """A test function that asks for ``play`` was collected, for the targets of the run or those of its own."""
        targets = [None] if by_hand else self.collected.targets
        self.collected.add(ids_of(function.nodeid, function.path), targets)

    def collected_case(self, item: pytest.Item) -> None:
        """A case of a test function that asks for ``play`` was collected: one with parameters goes by their values too."""
        if (values := parameters_of(item)) is not None:
            name = f"{_nodeid(item.parent)}::{vars(item)['originalname']}"
            for id_ in ids_of(name, item.path):
                self.collected.add([f"{id_}[{values}]"], self.collected.cases.get(id_, ()))

    def find_unmatched(self, session: pytest.Session, modules: list[pytest.Module]) -> None:
        """Find the entries that match nothing; every module that was collected whole is in ``modules``."""
        self.collected.files.update(id_ for module in modules for id_ in ids_of(module.nodeid, module.path))
        root, config = session.config.rootpath, session.config
        partial = any(config.getoption(option, None) for option in _PARTIAL)

        def whole(folder: str) -> bool:
            return not partial and any(session.isinitpath(path) for path in _up(root / folder))

        missing = unmatched(self.entries, self.collected, lambda path: _exists(root, path), whole)
        self.unmatched = [self._unmatched(entry, what) for entry, what in missing]

    def _unmatched(self, entry: Entry, what: str) -> Unmatched:
        file = visible(self.relative(entry.file))
        text = f"{file}, {entry.name}: {what}; mend: correct the entry, or remove it"
        return Unmatched(file=file, entry=entry.name, line=entry.line, text=visible(text))


def ids_of(nodeid: str, path: Path) -> list[str]:
    """The ids that entries may have for what stands in a file: a shipped scenario has one wherever it is installed."""
    if SHIPPED not in path.parts:
        return [nodeid]
    _, colons, name = nodeid.partition("::")
    inside = path.parts[path.parts.index(SHIPPED) + 1 :]
    return [nodeid, "/".join((SHIPPED, *inside)) + colons + name]


def parameters_of(item: pytest.Item) -> str | None:
    """What a case id of a test function shows in brackets beside the target; None where it shows nothing else."""
    callspec: Any = getattr(item, "callspec", None)
    if callspec is None or TARGET not in callspec.params:
        return None
    given = callspec.params[TARGET]
    label = given if isinstance(given, str) else getattr(given, "label", "")
    if callspec.id == label:
        return None
    # The values stand in the order of the parameters, and one of them may read as the target does.
    last = next(reversed(callspec.params)) == TARGET
    text, mark = f"-{callspec.id}-", f"-{label}-"
    before, found, after = text.rpartition(mark) if last else text.partition(mark)
    return "-".join(part for part in (before[1:], after[:-1]) if part) if found else callspec.id


def _nodeid(parent: pytest.Collector | Any) -> str:
    return parent.nodeid if parent is not None else ""


def _exists(root: Path, path: str) -> bool:
    shipped = find_spec(SHIPPED) if path.startswith(f"{SHIPPED}/") else None
    if shipped is not None and shipped.origin is not None:
        root = Path(shipped.origin).parents[1]
    return (root / path).is_file()


def _up(path: Path) -> tuple[Path, ...]:
    return (path, *path.parents)
