"""Known failures under pytest: the four states, what an entry does not excuse, and entries that match nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pytest_plugin.conftest import Project

WORKERS = pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])


def entry(kind: str, scenario: str, check: str = "turn-ends-once", target: str = "sim", reason: str = "because") -> str:
    return (
        f'[[{kind}]]\nscenario = "{scenario}"\ntarget = "{target}"\ncheck = "{check}"\nreason = "{reason}"\n'
        'link = "https://example.org/1"\n'
    )


def known(project: Project, *entries: str) -> None:
    project.write("turnproof.toml", 'known-failures = "known.toml"\n')
    project.write("known.toml", "\n".join(entries))


@pytest.fixture
def four(stubbed: Project) -> Project:
    """A project in which every state is seen once, and a failure of its own."""
    for name, title in (("bug", "fail"), ("odd", "hung"), ("calm", "pass"), ("mended", "pass"), ("new", "fail")):
        stubbed.scenario("test_it.py", name, title)
    known(
        stubbed,
        entry("failing", "test_it.py::bug", reason="the bridge loses it"),
        entry("flaky", "test_it.py::odd", "settles-in-time", reason="now and then"),
        entry("flaky", "test_it.py::calm"),
        entry("failing", "test_it.py::mended", target="*"),
        entry("failing", "test_it.py::nobody"),
    )
    return stubbed


STATES = {
    "bug": "known failure",
    "odd": "known flaky",
    "calm": "known flaky not seen",
    "mended": "stale known failure",
    "new": None,
}


@WORKERS
def test_the_states_are_told_apart_everywhere(four: Project, workers: tuple[str, ...]) -> None:
    result = four.run("-v", "-rfEx", "--junitxml=junit.xml", *workers)
    result.assert_outcomes(passed=1, failed=2, xfailed=2, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines_random(
        [
            "mended [[]sim]: stale known failure",
            "  known.toml, failing entry 2, says that turn-ends-once fails: because (https://example.org/1)",
            "XFAIL test_it.py::bug[[]sim] - known failure: the bridge loses it (https://example.org/1)",
            "XFAIL test_it.py::odd[[]sim] - known flaky: now and then (https://example.org/1)",
            "FAILED test_it.py::mended[[]sim] - stale known failure: known.toml, *",
            "ERROR known.toml*",
        ]
    )
    result.stdout.fnmatch_lines(
        [
            "sim  1 failed, 1 known failure, 1 known flaky, 1 known flaky not seen, 1 stale known failure",
            "known failure: 1",
            "  test_it.py::bug[[]sim]: turn-ends-once: the bridge loses it (https://example.org/1)",
            "known flaky: 1",
            "  test_it.py::odd[[]sim]: settles-in-time: now and then (https://example.org/1)",
            "known flaky not seen: 1",
            "  test_it.py::calm[[]sim]: turn-ends-once: because (https://example.org/1)",
            "stale known failure: 1",
            "  test_it.py::mended[[]sim]: known.toml, failing entry 2",
            "unmatched known failure: 1",
            "  known.toml, failing entry 3: no scenario nobody in test_it.py; mend: correct the entry, or remove it",
        ]
    )
    results = four.results()
    for name, state in STATES.items():
        found = results[f"test_it.py::{name}[sim]"].get("known")
        assert (found and found["state"]) == state, name
    lines = (four.path / "turnproof-out/latest/results.jsonl").read_text().splitlines()
    (planned,) = [json.loads(line) for line in lines if line.startswith('{"planned"')]
    assert [(one["entry"], one["line"]) for one in planned["unmatched"]] == [("failing entry 3", 29)]
    check_junit(four, "junit.xml")
    again = [sys.executable, "-m", "turnproof", "report", "turnproof-out/latest", "--junit", "again.xml"]
    told = subprocess.run(again, cwd=four.path, capture_output=True, text=True, check=True)
    assert "unmatched known failure: 1" in told.stdout
    check_junit(four, "again.xml")


def check_junit(project: Project, file: str) -> None:
    suite, cases = project.junit(file)
    assert {k: suite[k] for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6", "failures": "2", "errors": "1", "skipped": "2",
    }  # fmt: skip
    wanted = {
        "bug[sim]": ("skipped", "known failure"),
        "odd[sim]": ("skipped", "known flaky"),
        "mended[sim]": ("failure", "stale known failure"),
        "new[sim]": ("failure", "fail"),
        "failing entry 3": ("error", "unmatched known failure"),
    }
    for name, (tag, kind) in wanted.items():
        found = cases[name].find(tag)
        assert found is not None, name
        assert found.get("type") == kind
    assert "turn 2 ended twice" in str(cases["bug[sim]"].findtext("skipped"))
    calm = {one.get("name"): one.get("value") for one in cases["calm[sim]"].iter("property")}
    assert (calm["known"], calm["known-link"]) == ("known flaky not seen", "https://example.org/1")
    assert (cases["failing entry 3"].get("file"), cases["failing entry 3"].get("line")) == ("known.toml", "29")


def test_github_gets_a_notice_for_what_is_known_and_errors_for_the_rest(
    four: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    lines = [line for line in four.run().outlines if line.startswith("::")]
    told = {line.partition("title=")[2].partition("::")[0]: line for line in lines}
    kinds = {
        "known failure%3A test_it.py%3A%3Abug[sim]": "notice file=test_it.py",
        "known flaky%3A test_it.py%3A%3Aodd[sim]": "notice file=test_it.py",
        "known flaky not seen%3A test_it.py%3A%3Acalm[sim]": "notice file=test_it.py",
        "stale known failure%3A test_it.py%3A%3Amended[sim]": "error file=test_it.py",
        "fail%3A test_it.py%3A%3Anew[sim]": "error file=test_it.py",
        "unmatched known failure%3A failing entry 3": "error file=known.toml,line=29",
    }
    assert {title: kind for title, kind in kinds.items() if told[title].startswith(f"::{kind}")} == kinds
    assert len(lines) == len(kinds)


def test_the_verbose_line_says_why(four: Project) -> None:
    lines = [line for line in four.run("-v").outlines if line.startswith("test_it.py::")]
    words = {line.partition("[")[0].partition("::")[2]: line.partition("] ")[2].partition("[")[0] for line in lines}
    assert words["bug"].startswith("XFAIL (known failure: ")
    assert words["odd"].startswith("XFAIL (known flaky: ")
    assert words["mended"].strip() == "FAILED"


@pytest.mark.parametrize(
    ("title", "outcome"),
    [
        ("hung", "another check"),
        ("invalid", "errors"),
        ("unjudged", "errors"),
        ("harness error", "errors"),
        ("outside", "failed"),
    ],
)
def test_what_an_entry_does_not_excuse(stubbed: Project, title: str, outcome: str) -> None:
    stubbed.scenario("test_it.py", "case", title)
    known(stubbed, entry("failing", "test_it.py::case"))
    result = stubbed.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(**{"errors" if outcome == "errors" else "failed": 1})
    if outcome == "another check":
        result.stdout.fnmatch_lines(["  no known failure: known.toml, failing entry 1, is about turn-ends-once"])
    assert "known" not in stubbed.results()["test_it.py::case[sim]"]


def test_what_is_skipped_is_neither_known_nor_stale(stubbed: Project) -> None:
    stubbed.scenario("test_it.py", "case", "missing")
    known(stubbed, entry("failing", "test_it.py::case"))
    result = stubbed.run()
    result.assert_outcomes(skipped=1)
    assert result.ret == 0


def test_an_entry_is_held_to_every_case_that_it_matches(stubbed: Project) -> None:
    """A wildcard that is too wide excuses nothing: what it names and passes is stale."""
    for name, title in (("bug_one", "fail"), ("bug_two", "fail"), ("good", "pass")):
        stubbed.scenario("test_it.py", name, title)
    known(stubbed, entry("failing", "test_it.py::bug_*", target="*"))
    stubbed.run(targets="sim,fake").assert_outcomes(passed=2, xfailed=4)
    known(stubbed, entry("failing", "*::*", target="f*"))
    stubbed.run(targets="sim,fake").assert_outcomes(passed=1, failed=3, xfailed=2)


def test_two_entries_name_two_checks_of_one_case(stubbed: Project) -> None:
    """A defect that shows by turns in two checks; when it is gone, both are stale and one is named."""
    stubbed.scenario("test_it.py", "case", "fail")
    known(stubbed, entry("failing", "test_it.py::case", "settles-in-time"), entry("failing", "test_it.py::case"))
    stubbed.run().assert_outcomes(xfailed=1)


def test_a_mark_does_not_hide_that_an_entry_is_stale(stubbed: Project) -> None:
    mark = "import pytest\npytestmark = pytest.mark.xfail(reason='marked')\n"
    stubbed.write("test_it.py", mark)
    stubbed.scenario("test_it.py", "bug", "fail")
    stubbed.scenario("test_it.py", "mended")
    stubbed.write("test_function.py", mark + FUNCTIONS)
    known(
        stubbed,
        *(entry("failing", f"test_it.py::{name}") for name in ("bug", "mended")),
        *(entry("failing", f"test_function.py::test_{name}") for name in ("bug", "mended")),
    )
    result = stubbed.run("--junitxml=junit.xml", "-rx")
    result.assert_outcomes(failed=2, xfailed=2, xpassed=1)
    result.stdout.fnmatch_lines(["XFAIL test_it.py::bug[[]sim] - known failure: because (https://example.org/1)"])
    _, cases = stubbed.junit()
    for name in ("mended[sim]", "test_mended[sim]"):
        stale = cases[name].find("failure")
        assert stale is not None
        assert stale.get("type") == "stale known failure"


def test_runxfail_plays_as_if_nothing_were_known(four: Project) -> None:
    result = four.run("--runxfail")
    result.assert_outcomes(passed=2, failed=3)
    assert "known f" not in result.stdout.str()


def test_a_should_is_excused_where_a_filter_makes_a_failure_of_it(stubbed: Project) -> None:
    stubbed.scenario("test_it.py", "loose", "should")
    known(stubbed, entry("failing", "test_it.py::loose", "closed-schema"))
    stubbed.run().assert_outcomes(passed=1, warnings=1)
    stubbed.run("-W", "error::turnproof.ShouldViolation").assert_outcomes(xfailed=1)


FUNCTIONS = """
from turnproof import Scenario, start_thread
def test_bug(play):
    play(Scenario("pass", start_thread("a")))
    play(Scenario("fail", start_thread("a")))
def test_mended(play):
    play(Scenario("pass", start_thread("a")))
    play(Scenario("pass", start_thread("a")))
def test_calm(play):
    play(Scenario("pass", start_thread("a")))
"""


@WORKERS
def test_an_entry_about_a_test_function_is_about_all_that_it_plays(stubbed: Project, workers: tuple[str, ...]) -> None:
    stubbed.write("test_function.py", FUNCTIONS)
    known(
        stubbed,
        entry("failing", "test_function.py::test_bug"),
        entry("failing", "test_function.py::test_mended"),
        entry("flaky", "test_function.py::test_calm"),
        entry("flaky", "test_function.py::test_gone"),
    )
    result = stubbed.run("--junitxml=junit.xml", "-rx", *workers)
    result.assert_outcomes(passed=1, failed=1, xfailed=1, errors=1)
    result.stdout.fnmatch_lines_random(
        [
            "XFAIL test_function.py::test_bug[[]sim] - known failure: because (https://example.org/1)",
            "*known.toml, flaky entry 2: no scenario test_gone in test_function.py*",
        ]
    )
    _, cases = stubbed.junit()
    stale = cases["test_mended[sim]"].find("failure")
    assert stale is not None
    assert stale.get("type") == "stale known failure"
    excused = cases["test_bug[sim]"].find("skipped")
    assert excused is not None
    assert excused.get("type") == "known failure"
    assert stubbed.results()["test_function.py::test_calm[sim]"]["known"]["state"] == "known flaky not seen"


PARAMETERS = """
import pytest
from turnproof import Scenario, start_thread
@pytest.mark.parametrize("way", ["a", "b"])
def test_p(play, way):
    play(Scenario({"a": "fail", "b": "pass"}[way], start_thread("a")))
class TestIt:
    @pytest.mark.parametrize("title", ["fail", "pass"])
    @pytest.mark.parametrize("n", [-1, 2])
    def test_two(self, play, title, n):
        play(Scenario(title, start_thread("a")))
@pytest.mark.parametrize("title", ["fail", "pass"])
@pytest.mark.parametrize("turnproof_target", ["sim"], indirect=True)
@pytest.mark.parametrize("like", ["sim"])
def test_own(play, title, like):
    play(Scenario(title, start_thread("a")))
"""


@WORKERS
def test_an_entry_names_one_case_of_a_parametrized_function_by_its_values(
    stubbed: Project, workers: tuple[str, ...]
) -> None:
    stubbed.write("test_p.py", PARAMETERS)
    known(
        stubbed,
        entry("failing", "test_p.py::test_p[a]"),
        entry("failing", "test_p.py::TestIt::test_two[-1-fail]"),
        entry("failing", "test_p.py::TestIt::test_two[2-f*]", target="*"),
        entry("failing", "test_p.py::test_own[sim-fail]"),
        entry("flaky", "test_p.py::test_p[c]"),
    )
    result = stubbed.run(*workers)
    result.assert_outcomes(passed=4, xfailed=4, errors=1)
    result.stdout.fnmatch_lines(
        ["*flaky entry 1: no scenario test_p[[]c] in test_p.py; mend: correct the entry, or remove it"]
    )


def test_an_entry_about_a_parametrized_function_is_held_to_all_its_cases(stubbed: Project) -> None:
    stubbed.write("test_p.py", PARAMETERS)
    known(stubbed, entry("failing", "test_p.py::test_p"))
    stubbed.run("-k", "test_p and not own and not two").assert_outcomes(failed=1, xfailed=1, deselected=6)


def test_a_case_that_is_not_chosen_is_no_entry_too_many(stubbed: Project) -> None:
    stubbed.write("test_p.py", PARAMETERS)
    known(stubbed, entry("failing", "test_p.py::test_p[a]"))
    stubbed.run("test_p.py::test_p[sim-b]").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "chosen",
    [
        ("test_it.py::one",),
        ("-k", "one"),
        ("-k", "nothing"),
        ("--deselect", "test_it.py::two"),
        ("deep",),
        ("--ignore=deep",),
        ("--lf",),
        ("-n", "2"),
        ("--turnproof-target=fake", "-p", "no:cacheprovider"),
    ],
    ids=" ".join,
)
def test_a_part_of_the_suite_does_not_complain_of_the_rest(stubbed: Project, chosen: tuple[str, ...]) -> None:
    """Neither entry of another target, nor one of what was not looked at, nor one of what was deselected."""
    stubbed.scenario("test_it.py", "one", "fail")
    stubbed.scenario("test_it.py", "two", "fail")
    stubbed.scenario("deep/test_deep.py", "three", "fail")
    known(
        stubbed,
        entry("failing", "test_it.py::one", target="*"),
        entry("failing", "test_it.py::two", target="*"),
        entry("failing", "deep/test_deep.py::th*", target="*"),
        entry("failing", "deep/*::three", "settles-in-time", target="*"),
        entry("failing", "test_it.py::one", target="codex"),
        entry("failing", "turnproof_scenarios/interrupts.py::no_such", target="mine"),
    )
    targets = "" if any("target" in word for word in chosen) else "sim"
    if "--lf" in chosen:
        stubbed.run(targets="sim")  # there is something that failed last
    result = stubbed.run(*chosen, targets=targets)
    assert "unmatched" not in result.stdout.str()
    assert result.ret in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED), result.stdout.str()


@pytest.mark.parametrize(
    ("scenario", "target", "arguments", "told"),
    [
        ("test_it.py::three", "sim", ("test_it.py::one",), "no scenario three in test_it.py"),
        ("test_gone.py::one", "codex", ("test_it.py::one", "-k", "two"), "no file test_gone.py"),
        ("*::three", "sim", (), "no scenario [*]::three"),
        ("deep/*::one", "fake", ("deep",), "no scenario deep/[*]::one"),
        ("test_it.py::by_hand", "sim", (), "no scenario by_hand in test_it.py"),
        ("turnproof_scenarios/nowhere.py::x", "sim", (), "no file turnproof_scenarios/nowhere.py"),
        ("deep/test_plain.py::one", "sim", ("deep",), "no scenario one in deep/test_plain.py"),
    ],
)
def test_an_entry_that_matches_nothing_is_an_error(
    stubbed: Project, scenario: str, target: str, arguments: tuple[str, ...], told: str
) -> None:
    stubbed.scenario("test_it.py", "one")
    stubbed.write("deep/test_plain.py", "def test_x(): pass\n")
    known(stubbed, entry("failing", scenario, target=target))
    result = stubbed.run("--junitxml=junit.xml", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes()["errors"] == 1
    result.stdout.fnmatch_lines([f"*known.toml, failing entry 1: {told}; mend: correct the entry, or remove it"])
    assert stubbed.junit()[0]["errors"] == "1"


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("mina", "no target mina (did you mean mine?)"),
        ("cod", "no target cod (did you mean codex?)"),
        ("simm", "no target simm (did you mean sim?)"),
        ("bridge", "no target bridge, and the configuration names none so"),
        ("mine=fake", "no target mine=fake (did you mean *"),
        ("codex@", "no target codex@ (did you mean codex?)"),
    ],
)
def test_an_entry_about_a_target_that_no_run_has_is_an_error(stubbed: Project, target: str, told: str) -> None:
    """The scenario is known, and the target is nobody's: it is not silent for ever."""
    stubbed.scenario("test_it.py", "one")
    known(stubbed, entry("flaky", "test_it.py::one", target=target))
    named(stubbed)
    result = stubbed.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"*known.toml, flaky entry 1: {told}*; mend: correct the entry, or remove it"])


@pytest.mark.parametrize(
    "target", ["mine", "old", "fake", "codex", "codex@0.149.0", "codex:./codex", "command:./srv --x", "min?", "*"]
)
def test_an_entry_about_a_target_that_another_run_may_have_is_none(stubbed: Project, target: str) -> None:
    stubbed.scenario("test_it.py", "one")
    known(stubbed, entry("flaky", "test_it.py::one", target=target))
    named(stubbed)
    stubbed.run().assert_outcomes(passed=1)


def named(project: Project) -> None:
    """What the configuration calls targets: one under its own table, one in the list of those that are played on."""
    file = project.path / "turnproof.toml"
    named = "[named-targets]\nmine = 'command:./srv --x'\n"
    file.write_text(f"{file.read_text()}targets = ['sim', 'old=codex@0.149.0']\n{named}")


def test_a_case_that_chooses_its_target_by_hand_is_of_any_target(stubbed: Project) -> None:
    stubbed.write(
        "test_own.py",
        "import pytest\nfrom turnproof import Scenario, start_thread\n"
        "@pytest.mark.parametrize('turnproof_target', ['sim'], indirect=True)\n"
        "def test_x(play):\n    play(Scenario('fail', start_thread('a')))\n",
    )
    known(
        stubbed,
        entry("failing", "test_own.py::test_x", target="sim"),
        entry("flaky", "test_own.py::test_x", target="mine"),
    )
    stubbed.run(targets="fake").assert_outcomes(xfailed=1)


def test_shipped_scenarios_have_one_id_wherever_they_are(stubbed: Project) -> None:
    conftest = stubbed.path / "conftest.py"
    conftest.write_text(conftest.read_text() + "case.play_case = lambda *a, **k: OUTCOMES['fail']\n")
    listed = [sys.executable, "-m", "turnproof", "list", "turnproof_scenarios"]
    out = subprocess.run(listed, cwd=stubbed.path, capture_output=True, text=True, check=True).stdout
    name = next(line.rpartition("/")[2] for line in out.splitlines() if "interrupts.py::" in line)
    known(
        stubbed,
        entry("failing", f"turnproof_scenarios/{name}"),
        entry("flaky", "turnproof_scenarios/interrupts.py::no_such"),
    )
    result = stubbed.run("--pyargs", "turnproof_scenarios.interrupts", "-k", name.partition("::")[2])
    result.assert_outcomes(xfailed=1, errors=1)
    result.stdout.fnmatch_lines(["*no scenario no_such in turnproof_scenarios/interrupts.py*"])


def test_the_option_wins_and_is_relative_to_where_pytest_is_called(stubbed: Project) -> None:
    stubbed.scenario("test_it.py", "case", "fail")
    known(stubbed, entry("failing", "test_it.py::gone"))
    stubbed.write("other.toml", entry("failing", "test_it.py::case"))
    for option in (("--known-failures", "other.toml"), ("--turnproof-known-failures=other.toml",)):
        for workers in ((), ("-n", "1")):
            stubbed.run(*option, *workers).assert_outcomes(xfailed=1)


ENTRY = entry("failing", "test_it.py::case")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[failing]\n", "known.toml: not TOML: "),
        (b"# \xff\n", "known.toml: not TOML: "),
        ("[[faling]]\n", "known.toml: unknown key 'faling'; mend: did you mean [[failing]]?"),
        ("[failing]\nx = 1\n", "known.toml: failing is no array of tables; mend: [[failing]]"),
        ("failing = [1]\n", "known.toml: failing is no array of tables; mend: [[failing]]"),
        (ENTRY + "links = 'x'\n", "known.toml, failing entry 1: unknown key 'links'; mend: did you mean link?"),
        (ENTRY.replace("reason", "#"), "known.toml, failing entry 1: it has no reason; mend: reason = "),
        (ENTRY.replace("link", "#"), "known.toml, failing entry 1: it has no link; mend: link = "),
        (ENTRY.replace('"because"', '" "'), "known.toml, failing entry 1: reason is no text: ' '; mend: "),
        (
            ENTRY.replace('"because"', "5"),
            "known.toml, failing entry 1: reason is no text: 5; mend: reason = ",
        ),
        (ENTRY.replace("https://", ""), "known.toml, failing entry 1: the link 'example.org/1' leads nowhere; mend: "),
        (ENTRY.replace("ends-once", "end-once"), "no check 'turn-end-once'; mend: did you mean turn-ends-once?"),
        (ENTRY.replace("turn-ends-once", "own-messages"), "own-messages is about our own side, which nothing excuses"),
        (ENTRY.replace("::case", ""), "'test_it.py' names no scenario; mend: scenario = "),
        (
            ENTRY.replace("test_it.py", "./test_it.py"),
            """no id begins with './test_it.py'; mend: scenario = "test_it.py::case", as""",
        ),
        (ENTRY.replace("::case", "::case[sim]"), """holds a target; mend: scenario = "test_it.py::case", target = """),
        (
            ENTRY + ENTRY.replace("failing", "flaky"),
            "flaky entry 1 is about the same as failing entry 1; mend: remove one",
        ),
        (None, "known.toml: no file of known failures: No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(
    stubbed: Project, text: str | bytes | None, told: str
) -> None:
    stubbed.scenario("test_it.py")
    stubbed.write("turnproof.toml", 'known_failures = "known.toml"\n')
    if text is not None:
        (stubbed.path / "known.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    for workers in ((), ("-n", "1")) if text is None else ((),):
        refused = stubbed.run(*workers)
        assert refused.ret == pytest.ExitCode.USAGE_ERROR
        (line,) = [line for line in refused.errlines if line]
        assert line.startswith("ERROR: ")
        assert told in line


def test_a_key_that_is_no_path_is_refused(stubbed: Project) -> None:
    stubbed.write("turnproof.toml", "known-failures = 5\n")
    refused = stubbed.run()
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    refused.stderr.fnmatch_lines(["ERROR: *turnproof.toml: known-failures is 5; mend: *"])


def test_lf_does_not_import_what_it_passes_over(stubbed: Project) -> None:
    stubbed.scenario("test_it.py", "case", "fail")
    stubbed.write("test_other.py", "print('IMPORTED')\ndef test_x(): pass\n")
    known(stubbed, entry("failing", "test_other.py::gone"))
    stubbed.run("-s", "test_it.py")
    again = stubbed.run("-s", "--lf")
    again.assert_outcomes(failed=1)
    assert "IMPORTED" not in again.stdout.str()
