"""Playing under pytest: outcomes, -x, -n, --lf, the play fixture, targets that are not here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.pytest_plugin.conftest import STUB

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pytest_plugin.conftest import Project

WORDS = {
    "fail": ("FAILED", "failed"),
    "hung": ("HUNG", "failed"),
    "invalid": ("INVALID", "errors"),
    "unjudged": ("UNJUDGED", "errors"),
    "harness error": ("HARNESS ERROR", "errors"),
    "pass": ("PASSED", "passed"),
}


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_every_outcome_has_its_word_and_its_category(
    every_outcome: Callable[[], Project], workers: tuple[str, ...]
) -> None:
    result = every_outcome().run("-v", *workers)
    result.assert_outcomes(passed=1, failed=2, errors=4, skipped=1)
    assert result.ret == 1
    for outcome, (word, _) in WORDS.items():
        name = f"ends_in_{outcome.replace(' ', '_')}"
        assert any(f"::{name}[sim]" in line and word in line for line in result.outlines), (outcome, word)


def test_what_stops_a_play_from_outside_is_a_failure_with_its_text(stubbed: Project) -> None:
    stubbed.scenario("test_it.py", "stopped", "outside")
    stubbed.write("test_strict.py", "import pytest\npytestmark = pytest.mark.xfail(strict=True, reason='known')\n")
    stubbed.scenario("test_strict.py", "mended")
    stubbed.run("--junitxml=junit.xml").assert_outcomes(failed=2)
    _, cases = stubbed.junit()
    stopped, mended = cases["stopped[sim]"].find("failure"), cases["mended[sim]"].find("failure")
    assert stopped is not None
    assert stopped.get("type") == "fail"
    assert stopped.get("message") == "fail: stopped from outside: a time limit of another plug-in"
    assert mended is not None
    assert (mended.get("type"), mended.get("message")) == ("fail", "[XPASS(strict)] known")


def test_the_limit_of_pytest_timeout_is_the_users(project: Project) -> None:
    project.write("conftest.py", STUB + "import time\ncase.play_case = lambda *a, **k: time.sleep(60)\n")
    project.scenario("test_it.py")
    steps = "from turnproof import *\ndef test_x(play):\n    play(start_thread('a'))\n"
    project.write("test_function.py", steps)
    result = project.run("--timeout=1")
    result.assert_outcomes(failed=2)
    told = [line for line in result.outlines if "  stopped from outside: Timeout (>1.0s) from pytest-timeout." in line]
    assert len(told) == 2
    assert "HARNESS" not in result.stdout.str()


def test_a_real_play_passes_and_a_wrong_one_fails_with_its_text(project: Project) -> None:
    project.scenario("test_it.py", "right")
    project.write(
        "test_wrong.py",
        "from turnproof import Scenario, run_turn, start_thread\n"
        'wrong = Scenario("t", start_thread("a"), run_turn("a", "x", says="y", ends="interrupted"))\n',
    )
    result = project.run("--seed", "7")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "wrong [[]sim]: no-unlicensed-failure (MUST, *)",
            "  turn * is completed, the scenario licenses interrupted",
            '    >*<-- {"method":"turn/completed"*',
            "  server alive, 1 thread loaded",
            "  history: turnproof-out/*/test_wrong/wrong-sim/history.jsonl",
            "  replay: pytest 'test_wrong.py::wrong[[]sim]' --target sim --seed 7",
            "FAILED test_wrong.py::wrong[[]sim] - no-unlicensed-failure: *",
        ]
    )
    replayed = project.run("test_wrong.py::wrong[sim]", "--target", "sim", "--seed", "7", targets="")
    replayed.assert_outcomes(failed=1)


def test_x_stops_and_what_was_planned_is_reported_as_not_run(stubbed: Project) -> None:
    for name, title in (("a", "pass"), ("b", "fail"), ("c", "pass"), ("d", "pass")):
        stubbed.scenario("test_it.py", name, title)
    result = stubbed.run("-x", "--junitxml=junit.xml")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["2 planned cases NOT RUN", "sim *1 passed, 1 failed, 2 not run", "  test_it.py::c[[]sim]"]
    )
    suite, cases = stubbed.junit()
    assert (suite["tests"], suite["failures"], suite["skipped"]) == ("4", "1", "2")
    assert cases["c[sim]"].find("skipped").get("type") == "not run"  # type: ignore[union-attr]


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_lf_runs_what_failed_until_it_is_mended(stubbed: Project, workers: tuple[str, ...]) -> None:
    for name, title in (("a", "pass"), ("b", "fail"), ("c", "unjudged")):
        stubbed.scenario("test_it.py", name, title)
    stubbed.run(*workers, targets="sim,fake").assert_outcomes(passed=2, failed=2, errors=2)
    again = stubbed.run("--lf", "-v", *workers, targets="sim,fake")
    again.assert_outcomes(failed=2, errors=2)
    module = stubbed.path / "test_it.py"
    module.write_text(module.read_text().replace("'fail'", "'pass'").replace("'unjudged'", "'pass'"))
    stubbed.run("--lf", *workers, targets="sim,fake").assert_outcomes(passed=4)
    stubbed.run("--lf", *workers, targets="sim,fake").assert_outcomes(passed=6)


def test_xdist_shares_one_run_folder_and_reports_properties(stubbed: Project) -> None:
    for n in range(6):
        stubbed.scenario("test_it.py", f"case_{n}")
    result = stubbed.run("-n", "2", "--seed", "5", "--junitxml=junit.xml")
    result.assert_outcomes(passed=6)
    out = stubbed.path / "turnproof-out"
    assert len([folder for folder in out.iterdir() if folder.is_dir() and not folder.is_symlink()]) == 1
    results = stubbed.results()
    assert len(results) == 6
    assert {row["worker"] for row in results.values()} <= {"gw0", "gw1"}
    _, cases = stubbed.junit()
    for case in cases.values():
        properties = {p.get("name"): p.get("value") for p in case.iter("property")}
        assert (properties["seed"], properties["target"], properties["outcome"]) == ("5", "sim", "pass")
    result.stdout.fnmatch_lines(["sim *6 passed", "run folder: turnproof-out/*"])


def test_a_worker_that_dies_leaves_an_error_and_nothing_unaccounted_for(stubbed: Project) -> None:
    for name, title in (("a", "pass"), ("b", "crash"), ("c", "pass"), ("d", "pass")):
        stubbed.scenario("test_it.py", name, title)
    result = stubbed.run("-n", "1", "--max-worker-restart=0", "--junitxml=junit.xml")
    assert result.ret != 0
    suite, cases = stubbed.junit()
    assert set(cases) == {"a[sim]", "b[sim]", "c[sim]", "d[sim]"}
    crash = cases["b[sim]"].find("error")
    assert crash is not None
    assert "crashed" in str(crash.get("message"))
    assert cases["d[sim]"].find("skipped") is not None
    assert (suite["tests"], suite["errors"], suite["skipped"]) == ("4", "1", "2")
    result.stdout.fnmatch_lines(["3 planned cases NOT RUN"])


def test_a_target_that_is_not_here_is_one_loud_counted_line(stubbed: Project) -> None:
    for n in range(3):
        stubbed.scenario("test_it.py", f"case_{n}", "missing")
    for quiet in ((), ("-q",), ("-qq",)):
        result = stubbed.run(*quiet)
        result.assert_outcomes(skipped=3) if not quiet else None
        assert result.ret == 0
        loud = [line for line in result.outlines if "SKIPPED on" in line]
        assert loud == ["3 cases SKIPPED on sim: no codex binary here; install it: pip install turnproof[codex]"]


def test_require_real_makes_errors_of_them(project: Project) -> None:
    project.write(
        "conftest.py",
        "from turnproof.targets import target\n"
        "class Nowhere:\n"
        "    loop_factory = profile = schema = None\n    facts = {}\n"
        "    def __init__(self, spec): self.label = spec.label\n"
        "    def missing(self): return 'no such binary; mend: turnproof binaries install'\n"
        "target('nowhere')(Nowhere)\n",
    )
    project.scenario("test_it.py")
    skipped = project.run(targets="nowhere")
    skipped.assert_outcomes(skipped=1)
    skipped.stdout.fnmatch_lines(["1 case SKIPPED on nowhere: no such binary; mend: turnproof binaries install"])
    result = project.run("--require-real", targets="nowhere")
    result.assert_outcomes(errors=1)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*no such binary; mend: turnproof binaries install (--require-real)*"])


def test_should_violations_warn_and_a_filter_makes_them_fail(stubbed: Project) -> None:
    stubbed.scenario("test_it.py", "loose", "should")
    warned = stubbed.run("--junitxml=junit.xml")
    warned.assert_outcomes(passed=1, warnings=1)
    warned.stdout.fnmatch_lines(["*test_it.py:3: ShouldViolation: loose [[]sim[]]: closed-schema (SCHEMA): key x"])
    failed = stubbed.run("-W", "error::turnproof.ShouldViolation", "--junitxml=junit.xml")
    failed.assert_outcomes(failed=1)
    failed.stdout.fnmatch_lines(["loose [[]sim]: closed-schema (SHOULD, SCHEMA)"])
    _, cases = stubbed.junit()
    assert cases["loose[sim]"].find("failure").get("type") == "fail"  # type: ignore[union-attr]


def test_play_runs_a_test_function_once_for_each_target(stubbed: Project) -> None:
    stubbed.write(
        "test_function.py",
        "import pytest\nfrom turnproof import Scenario, Setup, start_thread\n"
        "def test_steps(play):\n"
        "    verdict = play(start_thread('a'), setup=Setup(pace='burst'))\n"
        "    assert verdict.outcome == 'pass' and play.target in ('sim', 'fake')\n"
        "def test_scenario(play):\n    play(Scenario('hung', start_thread('a')))\n"
        "def test_odd(play):\n    play(Scenario('invalid', start_thread('a')))\n"
        "def test_missing(play):\n    play(Scenario('missing', start_thread('a')))\n"
        "def test_caught(play):\n"
        "    with pytest.raises(AssertionError, match='turn 2 ended twice'):\n"
        "        play(Scenario('fail', start_thread('a')))\n"
        "def test_both():\n    pass\n",
    )
    result = stubbed.run("-v", "--junitxml=junit.xml", targets="sim,fake")
    result.assert_outcomes(passed=5, failed=2, errors=2, skipped=2)
    lines = "\n".join(result.outlines)
    assert "test_function.py::test_scenario[sim] HUNG" in lines
    assert "test_function.py::test_odd[fake] INVALID" in lines
    assert any(line.startswith(">") and "play(Scenario('hung'" in line for line in result.outlines)
    assert "def play_case" not in lines
    suite, cases = stubbed.junit()
    assert suite["tests"] == "11"
    properties = {p.get("name"): p.get("value") for p in cases["test_steps[fake]"].iter("property")}
    assert properties["target"] == "fake"
    assert stubbed.results()["test_function.py::test_caught[sim]"]["outcome"] == "fail"


def test_a_play_fixture_of_the_project_is_its_own(project: Project) -> None:
    project.write(
        "test_own.py",
        "import pytest\n@pytest.fixture\ndef play():\n    return 'a piano'\ndef test_x(play):\n    assert play == 'a piano'\n",
    )
    result = project.run("-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["test_own.py::test_x PASSED*"])


def test_a_target_chosen_by_hand_wins(stubbed: Project) -> None:
    stubbed.write(
        "test_own.py",
        "import pytest\nfrom turnproof import Scenario, start_thread\n"
        "@pytest.mark.parametrize('turnproof_target', ['sim'], indirect=True)\n"
        "def test_x(play):\n    play(Scenario('pass', start_thread('a')))\n",
    )
    stubbed.run(targets="fake,codex").assert_outcomes(passed=1)


def test_quirks_and_branches_are_summed_up(stubbed: Project) -> None:
    stubbed.scenario("test_it.py", "a", "quirk")
    stubbed.scenario("test_it.py", "b", "quirk")
    stubbed.write(
        "test_race.py",
        "from turnproof import *\n"
        "race = Scenario('pass', start_thread('a'), start_turn('t', 'a', 'x', says='y'),\n"
        "    interrupt('t', Branch(Ok(), turn='interrupted'), Branch(Refused(-32600), turn='completed')), await_turn('t'))\n",
    )
    result = stubbed.run()
    result.stdout.fnmatch_lines(
        [
            "sim *3 passed",
            "quirks seen on sim: double-interrupt x 2",
            "branches never reached: 2",
            "  test_race.py::race, step 3: branch 1/2",
            "  test_race.py::race, step 3: branch 2/2",
        ]
    )


def test_windows_is_refused_where_there_is_something_to_play(stubbed: Project) -> None:
    conftest = stubbed.path / "conftest.py"
    conftest.write_text(conftest.read_text() + "import turnproof.pytest_plugin as p\np.PLATFORM = 'win32'\n")
    stubbed.write("test_plain.py", "def test_x(): pass\n")
    stubbed.run().assert_outcomes(passed=1)
    stubbed.scenario("test_it.py")
    refused = stubbed.run()
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in refused.errlines if line] == [
        "ERROR: turnproof plays on Linux and macOS; Windows is not supported",
    ]


def test_an_unknown_target_is_refused_in_one_line(stubbed: Project) -> None:
    stubbed.scenario("test_it.py")
    refused = stubbed.run(targets="sin")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    refused.stderr.fnmatch_lines(["ERROR: unknown target 'sin': 'sin' is none of *sim; mend: sim"])
    shared = stubbed.run("-n", "1", targets="sin")
    shared.assert_outcomes(errors=1)
    shared.stdout.fnmatch_lines(["*unknown target 'sin'*"])


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_an_output_folder_that_cannot_be_is_refused_in_one_line(stubbed: Project, workers: tuple[str, ...]) -> None:
    stubbed.scenario("test_it.py")
    stubbed.write("a_file", "")
    refused = stubbed.run("--turnproof-out=a_file", *workers)
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    lines = [line for line in refused.errlines if line]
    assert lines == ["ERROR: nothing can be written to a_file: File exists; mend: --turnproof-out DIR"]
    assert "INTERNALERROR" not in refused.stdout.str()


FUNCTIONS = """
import asyncio
import pytest
from turnproof import Scenario, start_thread
from turnproof.faults import Drop, Fault, When
FAULT = Fault(When("turn/completed"), Drop())
def test_unused(play): pass
@pytest.mark.xfail(reason="known")
def test_unused_and_known(play): pass
def test_one_fault(play): play(start_thread("a"), faults=FAULT)
def test_keyword(play): play(start_thread("a"), fault=())
def test_faults(play): play(start_thread("a"), faults=("drop",))
def test_loop(play):
    async def inside(): play(start_thread("a"))
    asyncio.run(inside())
def test_steps(play): play(start_thread(""))
def test_scenario(play): play(Scenario("x", start_thread("")))
def test_hung(play): play(Scenario("hung", start_thread("a")))
@pytest.mark.parametrize("turnproof_target", ["nosuch"], indirect=True)
def test_target(play): play(start_thread("a"))
"""


def test_play_says_what_is_wrong_in_one_line_each(stubbed: Project) -> None:
    stubbed.write("test_function.py", FUNCTIONS)
    result = stubbed.run("-rA", "--junitxml=junit.xml", "-o", "console_output_style=classic")
    text = result.stdout.str()
    for told in (
        "E   TypeError: play() knows no keyword 'fault'; mend: did you mean 'faults'?",
        "E   TypeError: play(faults=…) got 'drop', which is no Fault; mend: Fault(When(…), Drop())",
        "E   RuntimeError: play() runs a loop of its own; mend: call it from a plain test function",
        "PASSED test_function.py::test_one_fault[sim]",
        "HUNG test_function.py::test_hung[sim] - settles-in-time: turn 2 did not end",
        "unknown target 'nosuch'",
        "the play fixture was not used; mend: call play(…) or drop the fixture",
    ):
        assert any(told in line.replace("       ", "   ") for line in result.outlines), (told, text)
    assert "refused.with_traceback" not in text
    assert "raise ScenarioError" not in text
    assert not [line for line in result.outlines if line.startswith(("FAILED", "HUNG")) and "turnproof." in line]
    suite, cases = stubbed.junit()
    unused = cases["test_unused[sim]"].find("error")
    assert unused is not None
    assert unused.get("type") == "unjudged"
    assert cases["test_unused_and_known[sim]"].find("skipped") is not None
    assert suite["skipped"] == "1"
