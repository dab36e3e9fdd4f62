"""pytest's own --junitxml file, rewritten in place."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
from junitparser import JUnitXml

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pytest_plugin.conftest import Project

WANTED = {
    "pass": None,
    "fail": ("failure", "fail", "turn-ends-once: turn 2 ended twice"),
    "hung": ("failure", "hung", "settles-in-time: turn 2 did not end"),
    "invalid": ("error", "invalid", "invalid: a fault never fired: drop"),
    "unjudged": ("error", "unjudged", "unjudged: no check looked at anything"),
    "harness error": ("error", "harness error", "harness error: no script for 'x'"),
    "missing": ("skipped", "skipped", "no codex binary here; install it: pip install turnproof[codex]"),
}


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])
@pytest.mark.parametrize("family", ["xunit1", "xunit2"])
def test_every_outcome_has_its_element(
    every_outcome: Callable[[], Project], workers: tuple[str, ...], family: str
) -> None:
    project = every_outcome()
    project.write(
        "test_users.py",
        "import pytest\ndef test_good(record_property):\n    record_property('mine', 'x\\x1b')\n"
        "def test_bad():\n    print('said')\n    assert 0\n",
    )
    project.run("--junitxml=junit.xml", "-o", f"junit_family={family}", "-o", "junit_logging=all", *workers)
    suite, cases = project.junit()
    for outcome, wanted in WANTED.items():
        case = cases[f"ends_in_{outcome.replace(' ', '_')}[sim]"]
        assert case.get("classname") == "test_it"
        assert case.get("file") == "test_it.py"
        assert int(case.get("line", 0)) >= 3
        assert case.get("time") is not None
        children = [(c.tag, c.get("type"), c.get("message")) for c in case if c.tag in ("failure", "error", "skipped")]
        assert children == ([wanted] if wanted else [])
    assert {k: suite[k] for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "10", "failures": "3", "errors": "4", "skipped": "1",
    }  # fmt: skip
    users = cases["test_bad"]
    assert "said" in str(users.findtext("system-out"))
    assert users.find("failure").get("message") == "assert 0"  # type: ignore[union-attr]
    assert ("file" in users.attrib) == (family == "xunit1")
    assert cases["test_good"].find("properties/property").get("name") == "mine"  # type: ignore[union-attr]


def test_terminal_and_file_agree_on_the_counts(every_outcome: Callable[[], Project]) -> None:
    project = every_outcome()
    result = project.run("--junitxml=junit.xml")
    told = result.parseoutcomes()
    suite, _ = project.junit()
    assert (told["failed"], told["errors"], told["skipped"]) == (
        int(suite["failures"]),
        int(suite["errors"]),
        int(suite["skipped"]),
    )


def test_the_report_command_renders_the_same_cases(every_outcome: Callable[[], Project]) -> None:
    project = every_outcome()
    project.run("--junitxml=junit.xml")
    command = [sys.executable, "-m", "turnproof", "report", "turnproof-out/latest", "--junit", "again.xml"]
    subprocess.run(command, cwd=project.path, check=True, stdout=subprocess.PIPE)
    (one, cases), (other, again) = project.junit(), project.junit("again.xml")
    for counter in ("tests", "failures", "errors", "skipped"):
        assert one[counter] == other[counter]
    assert [ET.tostring(case) for case in cases.values()] == [ET.tostring(case) for case in again.values()]


def test_what_xml_cannot_carry_is_visible_in_every_parser(every_outcome: Callable[[], Project]) -> None:
    project = every_outcome()
    project.run("--junitxml=junit.xml")
    _, cases = project.junit()
    error = cases["ends_in_odd[sim]"].find("error")
    assert error is not None
    text = project.results()["test_it.py::ends_in_odd[sim]"]["text"]
    assert error.text == text
    assert r"\x1b[31m \ud800" in text
    assert "KeyError" in str(error.get("message"))
    parse: Any = vars(JUnitXml)["fromfile"].__func__
    second: dict[str, Any] = {case.name: case for case in next(iter(parse(JUnitXml, str(project.path / "junit.xml"))))}
    assert second["ends_in_odd[sim]"].result[0].text == text


def test_errors_of_other_peoples_teardown_stay(stubbed: Project) -> None:
    stubbed.write("pytest.ini", "[pytest]\n")
    conftest = stubbed.path / "conftest.py"
    conftest.write_text(conftest.read_text() + "def pytest_runtest_teardown(item):\n    raise OSError('theirs')\n")
    stubbed.scenario("test_it.py")
    stubbed.run("--junitxml=junit.xml")
    suite, cases = stubbed.junit()
    assert suite["errors"] == "1"
    assert "theirs" in str(cases["case[sim]"].find("error").get("message"))  # type: ignore[union-attr]


def test_the_junit_prefix_and_a_folder_of_its_own(stubbed: Project) -> None:
    stubbed.scenario("deep/down/test_it.py", title="fail")
    stubbed.run("--junitxml=out/junit.xml", "--junitprefix=lab")
    suite, cases = stubbed.junit("out/junit.xml")
    assert suite["tests"] == "1"
    assert cases["case[sim]"].get("classname") == "lab.deep.down.test_it"


def test_a_symlink_stays_a_link_and_its_target_is_rewritten(stubbed: Project) -> None:
    stubbed.scenario("test_it.py", title="invalid")
    (stubbed.path / "kept").mkdir()
    link = stubbed.path / "junit.xml"
    link.symlink_to("kept/real.xml")
    stubbed.run("--junitxml=junit.xml")
    assert link.is_symlink()
    assert stubbed.junit("kept/real.xml")[1]["case[sim]"].find("error").get("type") == "invalid"  # type: ignore[union-attr]


def test_a_fifo_gets_what_pytest_writes_and_one_line_says_so(stubbed: Project) -> None:
    stubbed.scenario("test_it.py")
    pipe = stubbed.path / "junit.xml"
    os.mkfifo(pipe)
    # Open for both: nobody blocks, and 64 KiB stay in it.
    fd = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        result = stubbed.run("--junitxml=junit.xml")
        written = os.read(fd, 1 << 16)
    finally:
        os.close(fd)
    result.assert_outcomes(passed=1)
    assert ET.fromstring(written)[0].get("tests") == "1"
    told = "junit.xml was left as pytest wrote it: it is no regular file; mend: turnproof report turnproof-out/* --junit FILE"
    result.stdout.fnmatch_lines([told])


def test_the_report_command_writes_into_a_fifo_and_makes_folders(stubbed: Project) -> None:
    stubbed.scenario("test_it.py")
    stubbed.run()
    pipe = stubbed.path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "turnproof", "report", "turnproof-out/latest", "--junit"]
    fd = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        subprocess.run([*command, "pipe"], cwd=stubbed.path, check=True, stdout=subprocess.PIPE, timeout=60)
        written = os.read(fd, 1 << 16)
    finally:
        os.close(fd)
    assert pipe.is_fifo()
    assert ET.fromstring(written)[0].get("tests") == "1"
    subprocess.run([*command, "new/deep/j.xml"], cwd=stubbed.path, check=True, stdout=subprocess.PIPE, timeout=60)
    assert stubbed.junit("new/deep/j.xml")[0]["tests"] == "1"
