"""What is collected, under which ids, and how it is chosen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from turnproof import Scenario, run_turn, start_thread
from turnproof.scenario import dumps

if TYPE_CHECKING:
    from tests.pytest_plugin.conftest import Project


def ids(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if re.match(r"\S+::", line)]


def test_a_scenario_is_one_case_for_each_target(project: Project) -> None:
    project.scenario("test_it.py", "first")
    project.scenario("test_it.py", "second")
    result = project.run("--collect-only", "-q", targets="sim,fake")
    assert ids(result) == [
        f"test_it.py::{name}[{target}]" for name in ("first", "second") for target in ("sim", "fake")
    ]
    assert not (project.path / "turnproof-out").exists()


def test_targets_default_to_fake_and_codex(project: Project) -> None:
    project.scenario("test_it.py")
    assert ids(project.run("--collect-only", "-q", targets="")) == ["test_it.py::case[fake]", "test_it.py::case[codex]"]


def test_target_is_repeatable_and_a_named_target_shows_its_name(project: Project) -> None:
    project.scenario("test_it.py")
    result = project.run(
        "--collect-only", "-q", "--target", "mine=command:srv --a,b", "--target", "sim", targets="fake"
    )
    assert ids(result) == [f"test_it.py::case[{label}]" for label in ("fake", "mine", "sim")]


def test_k_selects_by_origin_target_and_name(stubbed: Project) -> None:
    stubbed.scenario("test_it.py", "overlap_of_two", rest=', origin="BUG-008"')
    stubbed.scenario("test_it.py", "other", rest=', origin="CDX-09"')
    chosen = {
        "BUG-008": ["overlap_of_two[sim]", "overlap_of_two[fake]"],
        "overlap and fake": ["overlap_of_two[fake]"],
        "CDX-09 and not sim": ["other[fake]"],
    }
    for words, names in chosen.items():
        result = stubbed.run("--collect-only", "-q", "-k", words, targets="sim,fake")
        assert ids(result) == [f"test_it.py::{name}" for name in names], words


def test_an_id_without_its_target_names_all_of_them(stubbed: Project) -> None:
    stubbed.scenario("test_it.py")
    stubbed.scenario("test_it.py", "other")
    stubbed.run("test_it.py::case", targets="sim,fake").assert_outcomes(passed=2)
    stubbed.run("test_it.py::case[fake]", targets="sim,fake").assert_outcomes(passed=1)


def test_marks_of_scenario_and_module_are_marks(stubbed: Project) -> None:
    stubbed.write("pytest.ini", "[pytest]\nmarkers =\n slow: s\n whole: w\naddopts = --strict-markers\n")
    stubbed.write("test_it.py", "import pytest\npytestmark = pytest.mark.whole\n")
    stubbed.scenario("test_it.py", "quick")
    stubbed.scenario("test_it.py", "long", rest=', marks=("slow",)')
    assert ids(stubbed.run("--collect-only", "-q", "-m", "slow")) == ["test_it.py::long[sim]"]
    assert len(ids(stubbed.run("--collect-only", "-q", "-m", "whole"))) == 2


def test_skip_and_xfail_marks_of_a_module_hold(stubbed: Project) -> None:
    stubbed.write("test_skip.py", "import pytest\npytestmark = pytest.mark.skip(reason='not today')\n")
    stubbed.scenario("test_skip.py")
    stubbed.write("test_xfail.py", "import pytest\npytestmark = pytest.mark.xfail(reason='known')\n")
    stubbed.scenario("test_xfail.py", "breaks", "fail")
    stubbed.scenario("test_xfail.py", "works")
    result = stubbed.run("--junitxml=junit.xml")
    result.assert_outcomes(skipped=1, xfailed=1, xpassed=1)
    suite, cases = stubbed.junit()
    assert (suite["tests"], suite["skipped"], suite["failures"], suite["errors"]) == ("3", "2", "0", "0")
    assert cases["breaks[sim]"].find("skipped").attrib == {"type": "pytest.xfail", "message": "known"}  # type: ignore[union-attr]
    assert stubbed.results()["test_skip.py::case[sim]"]["message"] == "not today"
    result.stdout.fnmatch_lines(["sim *1 passed, 1 skipped, 1 expected failure"])


def test_an_imported_scenario_is_collected_at_home_only(project: Project) -> None:
    project.scenario("test_home.py", "shared")
    project.write("test_guest.py", "from test_home import shared\nfrom test_home import shared as alias\n")
    assert ids(project.run("--collect-only", "-q")) == ["test_home.py::shared[sim]"]


def test_a_scenario_that_a_function_of_another_module_builds_is_collected(project: Project) -> None:
    project.write("building.py", "from turnproof import *\ndef build(n):\n    return Scenario(n, start_thread('a'))\n")
    project.write("test_built.py", "from building import build\nmade = build('of another module')\n")
    assert ids(project.run("--collect-only", "-q")) == ["test_built.py::made[sim]"]


def test_json_scenarios_are_items(stubbed: Project) -> None:
    scenario = Scenario("pass", start_thread("a"), run_turn("a", "hello", says="x"), origin="BUG-008")
    (stubbed.path / "saved.scenario.json").write_bytes(dumps(scenario))
    result = stubbed.run("-v", "-k", "BUG-008", "--junitxml=junit.xml")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["saved.scenario.json::saved[[]sim[]] PASSED*"])
    _, cases = stubbed.junit()
    assert cases["saved[sim]"].attrib["file"] == "saved.scenario.json"


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("bad.scenario.json", '{"turnproof_scenario": 1, "scenario": {"title": "x"}}', "bad.scenario.json"),
        ("new.scenario.json", '{"turnproof_scenario": 9}', "new.scenario.json: scenario format 9 is not known here"),
        (
            "test_bad.py",
            "from turnproof import *\nx = Scenario('t', run_turn('nobody', 'a'))\n",
            "test_bad.py:2: scenario",
        ),
        ("test_bad.py", "import nothing_of_this_name\n", "nothing_of_this_name"),
    ],
)
def test_a_file_that_does_not_load_is_an_error_with_its_name(project: Project, file: str, text: str, told: str) -> None:
    project.write(file, text)
    result = project.run()
    result.assert_outcomes(errors=1)
    assert result.ret == 2
    result.stdout.fnmatch_lines([f"*ERROR collecting {file}*", f"*{told}*"])


def test_scenario_folders_are_collected_whatever_python_files_says(project: Project) -> None:
    project.write("pyproject.toml", '[tool.turnproof]\nscenarios = ["suite"]\ntargets = ["sim"]\n')
    project.scenario("suite/deep/threads.py")
    project.scenario("elsewhere/threads.py")
    project.scenario("suite/test_too.py", "matched")
    result = project.run("--collect-only", "-q", targets="")
    assert sorted(ids(result)) == ["suite/deep/threads.py::case[sim]", "suite/test_too.py::matched[sim]"]


def test_the_shipped_suite_is_collected_as_a_package(project: Project) -> None:
    result = project.run("--collect-only", "-q", "--pyargs", "turnproof_scenarios")
    assert len(ids(result)) >= 60


def test_run_folders_are_collected_only_when_named(stubbed: Project) -> None:
    stubbed.scenario("test_it.py")
    stubbed.run()
    saved = stubbed.path / "turnproof-out/latest/saved.scenario.json"
    saved.write_bytes(dumps(Scenario("pass", start_thread("a"))))
    assert ids(stubbed.run("--collect-only", "-q")) == ["test_it.py::case[sim]"]
    assert len(ids(stubbed.run("--collect-only", "-q", str(saved.resolve())))) == 1


def test_proxies_and_mocks_in_modules_are_left_alone(project: Project) -> None:
    project.write(
        "test_proxy.py",
        "import turnproof.scenario\nclass Proxy:\n    @property\n    def __class__(self): raise RuntimeError('touched')\n"
        "proxy = Proxy()\ndef test_x(): pass\n",
    )
    project.run().assert_outcomes(passed=1)


def test_a_scenario_that_does_not_load_shows_its_line_alone(project: Project) -> None:
    project.write("test_bad.py", "from turnproof import *\nx = Scenario('t', run_turn('nobody', 'a'))\n")
    for workers in ((), ("-n", "1")):
        result = project.run(*workers)
        result.assert_outcomes(errors=1)
        lines = [line for line in result.outlines if "unknown thread 'nobody'; mend: " in line]
        told = [line for line in lines if not line.startswith("ERROR ")]  # the summary, which is whole where CI is set
        assert len(told) == 1, result.stdout.str()
        assert "wellformed" not in result.stdout.str()
        result.stdout.fnmatch_lines(["ERROR test_bad.py - *test_bad.py:2: *"])


UNPLAYED = """
import pytest
from turnproof import Scenario, start_thread
A = start_thread("a")
class TestA:
    one = Scenario("in a class", A)
CASES = [Scenario("in a list", A)]
BY_NAME = {"x": (Scenario("in a dict", A),)}
held = Scenario("held", A)
ALL = [held]
LOOPED = [Scenario("looped", A)]
GIVEN = [Scenario("given", A)]
def test_looped(play):
    for scenario in LOOPED:
        play(scenario)
@pytest.mark.parametrize("scenario", GIVEN)
def test_given(play, scenario):
    play(scenario)
def test_own(play):
    play(Scenario("own", A))
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_scenarios_that_nobody_collects_are_one_warning_a_file(project: Project, workers: tuple[str, ...]) -> None:
    project.write("test_it.py", UNPLAYED)
    result = project.run(*workers)
    result.assert_outcomes(passed=4, warnings=1)
    places = ", ".join(f"test_it.py:{line}" for line in (6, 7, 8))
    result.stdout.fnmatch_lines([f"*UnplayedScenario: never played: * {places}; mend: *"])
