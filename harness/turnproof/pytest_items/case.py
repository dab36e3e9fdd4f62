"""One case: a scenario played on a target, and its result in the form that reports take."""

from __future__ import annotations

import time
import traceback
import warnings
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from turnproof.history import HistoryError, read
from turnproof.known_failures import judge
from turnproof.playing import play_case
from turnproof.targets import TargetError
from turnproof.transports import SkipPlay
from turnproof.verdict import ShouldViolation, Verdict, Violation
from turnproof_reports.escaping import one_line, visible
from turnproof_reports.failure_text import Circumstances, failure_text, headline
from turnproof_reports.known import Known, stale_text
from turnproof_reports.results import CaseResult
from turnproof_reports.scene import Scene, scene

if TYPE_CHECKING:
    from pathlib import Path

    from turnproof.pytest_items.run import PytestRun
    from turnproof.pytest_items.target import PlayTarget
    from turnproof.scenario import Scenario

BEYOND: Final = 2000
"""Events read after a violation to find the two messages that follow it."""


class PlayFailedError(AssertionError):
    """A play that did not pass. Its text is the failure text."""

    def __init__(self, result: CaseResult) -> None:
        super().__init__(result.text)
        self.result = result


class Case:
    """A scenario on a target within a run; ``play`` it, once for each attempt."""

    def __init__(
        self,
        run: PytestRun,
        item: pytest.Item,
        name: str,
        scenario: Scenario,
        target: PlayTarget,
        where: tuple[str, int],
    ) -> None:
        self.run = run
        self.file = item.path
        self.nodeid = item.nodeid
        self.name = name
        self.scenario = scenario
        self.target = target
        self.where = where
        self.id = item.nodeid
        """The id in results; a test function may play more than once."""
        self.known = run.known.of(item, name, target.label)
        """What the project knows to fail here."""
        self.whole = True
        """Whether this play is all there is: else whoever plays judges which known failures are stale."""
        self.stale: Known | None = None
        self.judged = False
        self.result = self._result("unjudged")

    def _result(self, outcome: Any) -> CaseResult:
        return CaseResult(
            case=self.id,
            name=self.name,
            target=self.target.label,
            outcome=outcome,
            file=self.run.relative(self.where[0]),
            line=self.where[1],
            title=visible(self.scenario.title),
        )

    def play(self, **options: Any) -> Verdict:
        """Play; gives the verdict of a pass. Raises PlayFailedError, also for a stale known failure, or SkipPlay."""
        __tracebackhide__ = True
        self.judged = False
        self.result = self._result("unjudged")
        self.run.open_folder()
        folder = self.run.place(self.nodeid, f"{self.name}-{self.target.label}")
        begin = time.perf_counter()
        trouble = ""
        try:
            verdict = self._verdict(folder, options)
        except SkipPlay as missing:
            self._take_skip(str(missing))
            raise
        except pytest.fail.Exception as limit:
            # The user's own limit (pytest-timeout): it says that the play took too long for him, not that we broke.
            reason = f"stopped from outside: {limit}"
            verdict = Verdict("fail", "unjudged", "as scripted", reason=reason)
        except TargetError as error:
            verdict = Verdict("harness error", "unjudged", "as scripted", reason=str(error))
        except Exception as error:
            # Whatever our own side raises is a harness error of this case, with everything it knows.
            trouble = "".join(traceback.format_exception(error))
            verdict = Verdict("harness error", "unjudged", "as scripted", reason=f"{type(error).__name__}: {error}")
        self._take(verdict, folder, time.perf_counter() - begin, trouble)
        self._warn(verdict, folder)
        if self.result.failed or not verdict.passed:
            raise PlayFailedError(self.result)
        return verdict

    def _verdict(self, folder: Path, options: dict[str, Any]) -> Verdict:
        if self.run.problem:
            return Verdict("harness error", "unjudged", "as scripted", reason=self.run.problem)
        play_id = f"{self.run.folder.name}/{folder.name}"
        return play_case(self.target.spec, self.scenario, folder, self.run.settings, play_id=play_id, **options)

    def _take_skip(self, reason: str) -> None:
        self.judged = True
        self.result.outcome = "skipped"
        self.result.message = one_line(reason)
        self.result.text = visible(reason)

    def _take(self, verdict: Verdict, folder: Path, seconds: float, trouble: str) -> None:
        self.judged = True
        result = self.result
        result.outcome, result.answer, result.ending = verdict.outcome, verdict.answer, verdict.ending
        result.seconds = round(seconds, 4)
        result.quirks = tuple(dict.fromkeys(v.quirk for v in verdict.quirks if v.quirk))
        result.branches = dict(verdict.branches)
        result.warnings = tuple(_sentence(v) for v in verdict.warnings)
        known = result.known = self._judge_known(verdict)
        if not verdict.passed:
            result.message = headline(verdict)
            result.text = failure_text(verdict, self._circumstances(verdict, folder, trouble))
        elif known is not None and known.is_stale:
            result.message = known.sentence
            result.text = stale_text(self.name, self.target.label, known)
        result.properties = self._properties(verdict) | (known.properties if known is not None else {})

    def _judge_known(self, verdict: Verdict) -> Known | None:
        known = judge(self.known, verdict, self.run.relative)
        self.stale = known if known is not None and known.is_stale else None
        return known if self.stale is None or self.whole else None

    def _warn(self, verdict: Verdict, folder: Path) -> None:
        """SHOULD violations are warnings, with the scenario's line; a filter may make a failure of one."""
        __tracebackhide__ = True
        for violation in verdict.warnings:
            text = f"{self.name} [{self.target.label}]: {_sentence(violation)}"
            try:
                warnings.warn_explicit(text, ShouldViolation, self.where[0], self.where[1])
            except ShouldViolation:
                if verdict.passed:
                    must = msgspec.structs.replace(
                        verdict, outcome="fail", answer="fail", violations=(violation,), warnings=()
                    )
                    self._take(must, folder, self.result.seconds, "")
                    self.result.warnings = tuple(_sentence(v) for v in verdict.warnings)
                    raise PlayFailedError(self.result) from None

    # -- what the reports show

    def _circumstances(self, verdict: Verdict, folder: Path, trouble: str) -> Circumstances:
        history = folder / "history.jsonl"
        stderr = stderr_of(folder)
        return Circumstances(
            name=self.name,
            target=self.target.label,
            replay=self.run.replay(self.file, self.nodeid, self.target.spec),
            history=self.run.shown(history) if history.exists() else None,
            stderr=self.run.shown(stderr) if stderr else None,
            stderr_lines=stderr.read_bytes().count(b"\n") if stderr else 0,
            scene=scene_of(history, verdict.first),
            trouble=trouble,
            note=self._note(),
        )

    def _note(self) -> str:
        """That there is an entry about this case, and about another check."""
        if not self.known or self.result.known is not None:
            return ""
        entry = self.known[0]
        return f"no known failure: {self.run.relative(entry.file)}, {entry.name}, is about {entry.check}"

    def _properties(self, verdict: Verdict) -> dict[str, str]:
        """Seed, target, version, digest, pids, …: what is needed to tell one run from another."""
        found: dict[str, Any] = {
            "seed": self.run.settings.seed,
            "target": self.target.label,
            "spec": self.target.spec,
            **verdict.facts,
            "outcome": self.result.outcome,
            "answer": verdict.answer,
            "ending": verdict.ending,
            "title": self.scenario.title,
            "origin": self.scenario.origin,
            "check": verdict.first.check if verdict.first else None,
            "quirks": list(self.result.quirks),
            "branches": [f"step {n}: {taken}" for n, taken in verdict.branches.items()],
            "warnings": list(self.result.warnings),
        }
        return {key: _flat(value) for key, value in found.items() if value not in (None, "", [], ())}


def scene_of(history: Path, violation: Violation | None) -> Scene | None:
    """What was going on around a violation, from the history file; None where there is none."""
    if violation is None:
        return None
    try:
        with history.open("rb") as lines:
            _, events = read(lines, str(history))
            near = takewhile(lambda event: event.seq <= violation.seq + BEYOND, events)
            return scene(near, violation.seq)
    except (OSError, HistoryError):
        return None


def stderr_of(folder: Path) -> Path | None:
    """The stderr of the last server process that wrote any."""
    files = [file for file in sorted(folder.glob("stderr*.txt")) if file.stat().st_size]
    return files[-1] if files else None


def _sentence(violation: Violation) -> str:
    source = f" ({violation.source})" if violation.source else ""
    return visible(f"{violation.check}{source}: {violation.what}")


def _flat(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]
    return visible(str(value))
