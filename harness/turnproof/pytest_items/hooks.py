"""What a run that plays scenarios does at pytest's own moments: the plan, the results, the reports."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from turnproof.pytest_items.case import Case, PlayFailedError
from turnproof.pytest_items.fixture import Play
from turnproof.scenario import ScenarioError
from turnproof_reports import results
from turnproof_reports.escaping import capped, one_line, visible

if TYPE_CHECKING:
    from collections.abc import Generator

    from turnproof.pytest_items.run import PytestRun
    from turnproof_reports.known import Unmatched


class RunHooks:
    """Registered as a plug-in when the first scenario is seen."""

    def __init__(self, run: PytestRun) -> None:
        self.run = run
        self.loaded: results.Run | None = None
        self.trouble = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """What makes every case senseless is said once, before anything runs; xdist workers fail their cases with it."""
        if self.run.problem and not self.run.worker and not self.run.config.option.collectonly:
            raise pytest.UsageError(self.run.problem)

        if self.run.worker and self._writes(items):
            self._open_folder_in_worker(items)

    def _open_folder_in_worker(self, items: list[pytest.Item]) -> None:
        try:
            self.run.open_folder()
        except pytest.UsageError as problem:
            # An error of a worker would be an internal one of xdist; without items it ends as it should.
            output: dict[str, object] = vars(self.run.config)["workeroutput"]
            output["turnproof_problem"] = str(problem)
            items.clear()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What is selected now is what the run means to play."""
        if self.run.config.option.collectonly or not self._writes(session.items):
            return
        self.run.open_folder()
        planned = [plan for item in session.items if (plan := getattr(item, "planned", None)) is not None]
        if planned or self.run.known.unmatched:
            results.plan(self.run.folder, planned, self.run.known.unmatched)

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """A test function that asks for ``play`` and plays nothing has shown nothing."""
        result = yield
        for play in pyfuncitem.funcargs.values():
            if isinstance(play, Play):
                play.demand_use()
        return result

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
            failed = call.excinfo.value.result
            vars(report)["turnproof"] = {"outcome": failed.outcome, "error": failed.is_error}
            if failed.by == "scenario":  # it is about the whole function, of which no frame says more
                report.longrepr = report.longrepr and call.excinfo.getrepr(style="value", chain=False)
                self._write_of_function(report, failed)
            _set_summary(report, failed.message)
        elif call.excinfo is not None and isinstance(call.excinfo.value, ScenarioError):
            _set_summary(report, str(call.excinfo.value).removeprefix(f"{self.run.root}{os.sep}"))
        return report

    def _write(self, item: pytest.Item, report: pytest.TestReport, case: Case) -> None:
        result = case.result
        if report.when == "teardown":
            return
        if report.when == "setup":
            result.outcome = "skipped" if report.skipped else "harness error"
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
            _set_reason(result, reason.removeprefix("Skipped: "))
        elif report.failed and (not case.judged or not result.failed):
            # Something between pytest and the play: a time limit of another plug-in, or a strict xfail that passed.
            strict = report.longreprtext.startswith("[XPASS(strict)]")
            result.outcome = "fail" if strict else "harness error"
            _set_reason(result, report.longreprtext)
        _hold_to_stale(report, result)
        if hasattr(report, "wasxfail") and result.known is None and result.outcome != "skipped":
            result.expected = one_line(report.wasxfail.removeprefix("reason: ")) if report.skipped else None
        result.worker = self.run.worker
        results.add(self.run.folder, result)
        report.user_properties = [*item.user_properties, *result.properties.items()]
        vars(report)["turnproof"] = {"outcome": result.outcome, "error": result.is_error}

    def _write_of_function(self, report: pytest.TestReport, result: results.CaseResult) -> None:
        _hold_to_stale(report, result)
        if hasattr(report, "wasxfail"):
            result.expected = one_line(report.wasxfail.removeprefix("reason: "))
        self.run.open_folder()
        results.add(self.run.folder, result)

    def _writes(self, items: list[pytest.Item]) -> bool:
        """Whether there is anything to write down."""
        return _plays(items) or bool(self.run.known.unmatched)

    # -- the end, in the process that the user started

    def finish(self, session: pytest.Session) -> None:
        """Read what all processes wrote, and make pytest's JUnit file and its count of errors say the same."""
        try:
            self.loaded = results.load(self.run.folder)
        except results.ResultsError as problem:
            self.trouble = str(problem)
            return
        self._count(session, self.loaded.unmatched)
        file = self.run.config.getoption("xmlpath", None)
        if file:
            self._rewrite_junit(Path(os.path.expandvars(file)).expanduser(), self.loaded)

    def _count(self, session: pytest.Session, unmatched: list[Unmatched]) -> None:
        """Known failures that match nothing are errors of the run: no case of it has them."""
        terminal: Any = self.run.config.pluginmanager.get_plugin("terminalreporter")
        for entry in unmatched:
            report = pytest.CollectReport(entry.file, "failed", entry.text, [])
            if terminal is not None:
                terminal.stats.setdefault("error", []).append(report)
        if unmatched and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _rewrite_junit(self, file: Path, run: results.Run) -> None:
        from turnproof_reports import junit
        from turnproof_reports.whole_file import NotAFileError

        try:
            junit.rewrite(file.absolute(), run)
        except NotAFileError as problem:
            again = f"turnproof report {self.run.shown(self.run.folder)} --junit FILE"
            self.trouble = f"{file} was left as pytest wrote it: {problem}; mend: {again}"
        except Exception as problem:
            # pytest's file stays as it was written: less than we know, and not wrong.
            self.trouble = f"{file} was left as pytest wrote it: {type(problem).__name__}: {problem}"

    def write_summary(self, terminal: Any) -> None:
        """The end of the terminal output."""
        from turnproof.pytest_items.summary import write_summary

        write_summary(self.run, self.loaded, self.trouble, terminal)


def _plays(items: list[pytest.Item]) -> bool:
    """Whether there is a scenario, or a test function that asks for ``play``."""
    return any(hasattr(item, "planned") or "turnproof_target" in getattr(item, "fixturenames", ()) for item in items)


def _hold_to_stale(report: pytest.TestReport, result: results.CaseResult) -> None:
    """A stale known failure is one whatever an xfail mark says: the mark expects the failure that did not come."""
    if result.known is not None and result.known.is_stale and hasattr(report, "wasxfail"):
        del report.wasxfail
        report.outcome = "failed"


def _set_summary(report: pytest.TestReport, message: str) -> None:
    """The line of the short summary: pytest would open it with the module and the name of our error."""
    if crash := getattr(report.longrepr, "reprcrash", None):
        crash.message = message


def _set_reason(result: results.CaseResult, reason: str) -> None:
    lines = [line for line in reason.splitlines() if line.strip()]
    told = [line.removeprefix("E").strip() for line in lines if line.startswith("E ")] or lines
    result.message = one_line(told[0] if told else result.outcome)
    result.text = capped(visible(reason))


def _case(item: pytest.Item, call: pytest.CallInfo[None]) -> Case | None:
    return getattr(item, "case", None) if getattr(item, "planned", None) is not None else None
