"""A pytest run that plays scenarios: its targets, its folder, and what is written when."""

from __future__ import annotations

import datetime
import os
import shlex
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from turnproof import __version__, pytest_plugin, targets
from turnproof.configuration import Configuration
from turnproof.playing import Settings
from turnproof.pytest_items.case import Case, PlayFailedError
from turnproof_reports import results
from turnproof_reports.escaping import capped, one_line, visible

if TYPE_CHECKING:
    from collections.abc import Generator


class PlayTarget:
    """A target of this run. ``label`` is what ids show, ``spec`` what makes it."""

    def __init__(self, spec: str, label: str, problem: str = "") -> None:
        self.spec = spec
        self.label = label
        self.problem = problem
        """Why it cannot be played on, when that is the command line's fault."""


class PytestRun:
    """The run of this process; registered as a plug-in when the first scenario is seen."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.folder = config.stash[pytest_plugin.FOLDER_KEY]
        self.worker: str = getattr(config, "workerinput", {}).get("workerid", "")
        configuration = config.stash[pytest_plugin.CONFIGURATION_KEY] or Configuration()
        self.targets = self._targets(configuration)
        self.settings = Settings(
            seed=pytest_plugin.option(config, "seed"),
            time_factor=pytest_plugin.option(config, "time-factor") or configuration.time_factor,
            require_real=pytest_plugin.option(config, "require-real"),
        )
        self.problem = self._problem()
        self.planned: list[results.Planned] = []
        self.loaded: results.Run | None = None
        self.trouble = ""
        self._opened = False
        self._attempts: dict[str, int] = {}

    def _targets(self, configuration: Configuration) -> list[PlayTarget]:
        given: list[str] = pytest_plugin.option(self.config, "target") or []
        specs = [spec for text in given for spec in split_specs(text)] or configuration.targets or targets.DEFAULT
        found: dict[str, PlayTarget] = {}
        for spec in map(configuration.resolve, specs):
            try:
                label, problem = targets.parse(spec).label, ""
            except targets.TargetError as error:
                label, problem = spec, str(error)
            label = visible(label).replace("[", "(").replace("]", ")")
            found.setdefault(label, PlayTarget(spec, label, problem))
        return list(found.values())

    def _problem(self) -> str:
        if pytest_plugin.PLATFORM == "win32":
            return "turnproof plays on Linux and macOS; Windows is not supported"
        return next((target.problem for target in self.targets if target.problem), "")

    # -- where things go

    @property
    def root(self) -> Path:
        return self.config.rootpath

    def relative(self, file: str) -> str:
        """A source file as reports name it: from the root of the project, where it is inside."""
        return os.path.relpath(file, self.root) if Path(file).is_relative_to(self.root) else file

    def shown(self, path: Path | str) -> str:
        """A path as the reader of the terminal would type it."""
        path = Path(path)
        base = self.config.invocation_params.dir
        return str(path.relative_to(base)) if path.is_relative_to(base) else str(path)

    def place(self, nodeid: str, name: str) -> Path:
        """A new folder for one play of a case; attempts have one each."""
        stem = "".join(c if c.isalnum() or c in "._-" else "-" for c in name)[:80].strip("-.")
        n = self._attempts[nodeid] = self._attempts.get(nodeid, 0) + 1
        module = Path(nodeid.partition("::")[0])
        module_name = "".join(c if c.isalnum() or c in "._-" else "-" for c in str(module.with_suffix("")))[-80:]
        folder = self.folder / module_name.strip("-.") / stem
        folder.parent.mkdir(parents=True, exist_ok=True)
        while True:
            claimed = folder.with_name(f"{stem}-{n}" if n > 1 else stem)
            try:
                claimed.mkdir()  # two ids may shorten to one name, and be played by two processes at once
            except FileExistsError:
                n += 1
            else:
                return claimed

    def replay(self, file: Path, nodeid: str, spec: str) -> str:
        """The command that plays exactly this case again; the path in an id is not always one from here."""
        _, colons, rest = nodeid.partition("::")
        case = self.shown(file) + colons + rest
        return shlex.join(["pytest", case, "--target", spec, "--seed", str(self.settings.seed)])

    def open_folder(self) -> None:
        """Make the run folder, its results file and the ``latest`` link; safe from any number of processes."""
        if self._opened:
            return
        self._opened = True
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

    # -- hooks

    def pytest_collection_modifyitems(self) -> None:
        """What makes every case senseless is said once, before anything runs; xdist workers fail their cases with it."""
        if self.problem and not self.worker and not self.config.option.collectonly:
            raise pytest.UsageError(self.problem)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What is selected now is what the run means to play."""
        if self.config.option.collectonly:
            return
        self.planned = [plan for item in session.items if (plan := getattr(item, "planned", None)) is not None]
        if self.planned:
            self.open_folder()
            results.plan(self.folder, self.planned)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """The outermost wrapper: marks (xfail) have had their say when the result is written."""
        report = yield
        case = _case(item, call)
        if case is not None and (report.when == "call" or not report.passed):
            self._write(item, report, case)
        elif call.excinfo is not None and isinstance(call.excinfo.value, PlayFailedError):
            failed = call.excinfo.value.case.result
            vars(report)["turnproof"] = {"outcome": failed.outcome, "error": failed.is_error}
        return report

    def _write(self, item: pytest.Item, report: pytest.TestReport, case: Case) -> None:
        result = case.result
        if report.when == "teardown":
            return
        if report.when == "setup":
            result.outcome = "skipped" if report.skipped else "harness error"
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
            _set_reason(result, reason.removeprefix("Skipped: "))
        elif report.failed and (not case.judged or result.outcome == "pass"):
            # Something between pytest and the play: a time limit of another plug-in, or a strict xfail that passed.
            strict = report.longreprtext.startswith("[XPASS(strict)]")
            result.outcome = "fail" if strict else "harness error"
            _set_reason(result, report.longreprtext)
        if hasattr(report, "wasxfail") and result.outcome != "skipped":
            result.expected = one_line(report.wasxfail.removeprefix("reason: ")) if report.skipped else None
        result.worker = self.worker
        results.add(self.folder, result)
        report.user_properties = [*item.user_properties, *result.properties.items()]
        vars(report)["turnproof"] = {"outcome": result.outcome, "error": result.is_error}

    # -- the end, in the process that the user started

    def finish(self) -> None:
        """Read what all processes wrote, and make pytest's JUnit file say the same."""
        try:
            self.loaded = results.load(self.folder)
        except results.ResultsError as problem:
            self.trouble = str(problem)
            return
        file = self.config.getoption("xmlpath", None)
        if file:
            self._rewrite_junit(Path(os.path.expandvars(file)).expanduser(), self.loaded)

    def _rewrite_junit(self, file: Path, run: results.Run) -> None:
        from turnproof_reports import junit

        try:
            junit.rewrite(file.absolute(), run)
        except Exception as problem:
            # pytest's file stays as it was written: less than we know, and not wrong.
            self.trouble = f"{file} was left as pytest wrote it: {type(problem).__name__}: {problem}"

    def write_summary(self, terminal: Any) -> None:
        """The end of the terminal output."""
        from turnproof.pytest_items.summary import write_summary

        write_summary(self, terminal)


def _set_reason(result: results.CaseResult, reason: str) -> None:
    lines = [line for line in reason.splitlines() if line.strip()]
    told = [line.removeprefix("E").strip() for line in lines if line.startswith("E ")] or lines
    result.message = one_line(told[0] if told else result.outcome)
    result.text = capped(visible(reason))


def _case(item: pytest.Item, call: pytest.CallInfo[None]) -> Case | None:
    return getattr(item, "case", None) if getattr(item, "planned", None) is not None else None


def split_specs(text: str) -> list[str]:
    """Specs of one --target: separated by commas, but a command keeps its own."""
    specs: list[str] = []
    rest = text
    while rest:
        head, _, tail = rest.partition(",")
        kind = head.partition("=")[2] if head.partition("=")[0].isidentifier() and "=" in head else head
        if kind.startswith("command:"):
            head, tail = rest, ""
        if head.strip():
            specs.append(head.strip())
        rest = tail
    return specs
