"""JUnit: one test case per scenario and target, built in one place.

pytest writes its own ``--junitxml`` file; ``rewrite`` then replaces our cases in that very file (two files that disagree
are worse than none) and leaves those of other people's tests alone.  ``render`` makes a whole file of a run folder with
the same cases.

    fail, hung                              <failure type="fail|hung">
    invalid, unjudged, harness error        <error type="…">
    a known failure that is stale           <failure type="stale known failure">
    a known failure that matches nothing    <error type="unmatched known failure">, a case of its own
    skipped, not run, an expected failure   <skipped type="…">
    a known failure, or a flaky one         <skipped type="known failure|known flaky">
"""

from __future__ import annotations

import io
import os
import re
from typing import TYPE_CHECKING, Any, Final, cast

from junitparser import (  # pyright: ignore[reportMissingTypeStubs]
    Error,
    Failure,
    JUnitXml,
    Properties,
    Property,
    Skipped,
    TestCase,
    TestSuite,
)

from turnproof_reports.escaping import visible
from turnproof_reports.known import UNMATCHED
from turnproof_reports.whole_file import NotAFileError, is_special, replace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from turnproof_reports.known import Unmatched
    from turnproof_reports.results import CaseResult, Planned, Run

COUNTERS: Final = {"failure": "failures", "error": "errors", "skipped": "skipped"}
"""Children of a test case, and the attribute of its suite that counts them."""
NOT_RUN: Final = "planned, and not run"
_NTH_PLAY: Final = re.compile(r" play \d+$")
"""What the id of a test function's second play, and of later ones, ends with."""
_TEARDOWN: Final = "failed on teardown"


def address(case: str, prefix: str = "") -> tuple[str, str]:
    """Class name and name of a case as pytest writes them: ``a/b.py::C::x[fake]`` is ``a.b.C`` and ``x[fake]``."""
    outer, bracket, params = case.partition("[")
    path, *names = outer.split("::")
    dotted = path.replace("/", ".").removesuffix(".py")
    parts = [dotted, *names]
    classname = ".".join([prefix, *parts[:-1]] if prefix else parts[:-1])
    return visible(classname), visible(parts[-1] + bracket + params)


def case_of(result: CaseResult, prefix: str = "") -> Any:
    """The test case of a result."""
    case = _frame(result.case, result.file, result.line, prefix)
    case.time = round(result.seconds, 3)
    if result.properties:
        properties: Any = Properties()
        for name, value in result.properties.items():
            properties.append(Property(visible(name), visible(value)))
        case.append(properties)
    if (child := _result_child(result)) is not None:
        child.text = result.text or result.message
        case.append(child)
    return case


def case_not_run(plan: Planned, prefix: str = "") -> Any:
    """The test case of what was planned and has no result."""
    case = _frame(plan.case, plan.file, plan.line, prefix)
    case.time = 0
    case.append(Skipped(NOT_RUN, "not run"))
    return case


def case_of_entry(entry: Unmatched) -> Any:
    """The test case of a known failure that matches nothing: named after the file and the entry, for there is no other."""
    case: Any = TestCase(visible(entry.entry), visible(entry.file))
    element = _element(case)
    element.set("file", visible(entry.file))
    if entry.line:
        element.set("line", str(entry.line))
    case.time = 0
    error: Any = Error(visible(entry.text), UNMATCHED)
    error.text = entry.text
    case.append(error)
    return case


def _frame(case_id: str, file: str, line: int, prefix: str) -> Any:
    classname, name = address(case_id, prefix)
    case: Any = TestCase(name, classname)
    element = _element(case)
    if file:
        element.set("file", visible(file))
    if line:
        element.set("line", str(line))
    return case


def _result_child(result: CaseResult) -> Any:
    if result.known is not None and result.known.is_stale:
        return Failure(result.message, result.known.state)
    if result.outcome == "pass":
        return None
    if result.known is not None and result.known.excuses:
        return Skipped(visible(result.known.sentence), result.known.state)
    if result.expected is not None:
        return Skipped(visible(result.expected), "pytest.xfail")
    if result.outcome == "skipped":
        return Skipped(result.message, "skipped")
    kind = Error if result.is_error else Failure
    return kind(result.message or result.outcome, result.outcome)


def render(run: Run, file: Path) -> None:
    """Write the whole run as a JUnit file."""
    suite: Any = TestSuite("turnproof")
    _element(suite).set("timestamp", run.header.started)
    for case in cases_of(run):
        _element(suite).append(_element(case))
    children = list(_element(suite))
    counts = _counts(children)
    for tag, counter in COUNTERS.items():
        _element(suite).set(counter, str(counts[tag]))
    _element(suite).set("tests", str(len(children)))
    _element(suite).set("time", f"{sum(float(child.get('time', 0)) for child in children):.3f}")
    document: Any = JUnitXml("turnproof")
    document.append(suite)
    replace(file, _bytes(document))


def cases_of(run: Run) -> list[Any]:
    """The test cases of a run, in planned order, then what was not planned, then known failures that match nothing."""
    prefix = run.header.junit_prefix
    cases = [
        case_of(run.results[case], prefix) if case in run.results else case_not_run(plan, prefix)
        for case, plan in run.planned.items()
    ]
    cases += [case_of(result, prefix) for case, result in run.results.items() if case not in run.planned]
    return cases + [case_of_entry(entry) for entry in run.unmatched]


def rewrite(file: Path, run: Run) -> int:
    """Replace our cases in pytest's file, and correct its counters; gives how many are in it.

    Raises NotAFileError for what cannot be read again: a device, a pipe.

    What pytest has no case for (not run, known failures that match nothing) is added.  Plays inside test functions stay the
    function's business; only a known failure is called one there too.
    """
    if is_special(file):
        raise NotAFileError("it is no regular file")
    prefix = run.header.junit_prefix
    parse: Any = cast("Any", JUnitXml).fromfile
    document = parse(os.fspath(file))
    suite = next(iter(document))
    place = {(e.get("classname"), e.get("name")): e for e in reversed(list(_element(suite))) if e.tag == "testcase"}
    old: list[Any] = []
    new: list[Any] = []
    for case_id in {**run.planned, **{c: None for c, r in run.results.items() if r.by == "scenario"}}:
        result = run.results.get(case_id)
        found = place.get(address(case_id, prefix))
        fresh = _element(_case_in(result, run.planned.get(case_id), found, prefix))
        if found is None:
            _element(suite).append(fresh)
        else:
            old.append(found)
            siblings = _element(suite)
            siblings[list(siblings).index(found)] = fresh
            fresh.extend(_kept(found))
        new.append(fresh)
    for result in run.results.values():
        function = _NTH_PLAY.sub("", result.case)
        if result.by == "fixture" and (found := place.get(address(function, prefix))) is not None:
            _name_excused(result, found)
    for entry in run.unmatched:
        fresh = _element(case_of_entry(entry))
        _element(suite).append(fresh)
        new.append(fresh)
    _correct(_element(suite), old, new)
    replace(file, _bytes(document))
    return len(new)


def _name_excused(result: CaseResult, found: Any) -> None:
    """What pytest calls an xfail is a known failure, or a flaky one."""
    if result.known is not None and result.known.excuses and (child := found.find("skipped")) is not None:
        child.set("type", result.known.state)


def _case_in(result: CaseResult | None, plan: Planned | None, found: Any, prefix: str) -> Any:
    if result is not None:
        return case_of(result, prefix)
    assert plan is not None
    if found is None or found.find("error") is None:
        return case_not_run(plan, prefix)
    # pytest knows of it and we do not: the process that played it died (xdist reports the crash).
    crash = found.find("error")
    case = _frame(plan.case, plan.file, plan.line, prefix)
    case.time = float(found.get("time", 0))
    error: Any = Error(visible(crash.get("message") or "the process that played it died"), "harness error")
    error.text = crash.text
    case.append(error)
    return case


def _kept(found: Any) -> Iterable[Any]:
    """What pytest adds that we know nothing of: captured output, and errors of other people's teardown."""
    for child in found:
        teardown = child.tag == "error" and (child.get("message") or "").startswith(_TEARDOWN)
        if teardown or child.tag in ("system-out", "system-err"):
            yield child


def _correct(suite: Any, old: list[Any], new: list[Any]) -> None:
    """Counters by difference: pytest counts some of its own cases in ways that cannot be read back (subtests)."""
    before, after = _counts(old), _counts(new)
    for tag, counter in COUNTERS.items():
        suite.set(counter, str(int(suite.get(counter, 0)) - before[tag] + after[tag]))
    suite.set("tests", str(int(suite.get("tests", 0)) - len(old) + len(new)))


def _counts(cases: list[Any]) -> dict[str, int]:
    return {tag: sum(1 for case in cases if case.find(tag) is not None) for tag in COUNTERS}


def _element(node: Any) -> Any:
    """The XML element behind a node of junitparser, for the attributes that it has no names for."""
    return node._elem


def _bytes(document: Any) -> bytes:
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()
