"""A pytest run without scenarios: nothing is imported, made, printed or changed; options give way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pytest_plugin.conftest import Project

LISTS_MODULES = """
import pathlib, sys
def test_x():
    pathlib.Path("modules.txt").write_text(" ".join(sorted(sys.modules)))
"""


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["one process", "xdist"])
def test_a_plain_run_loads_the_plug_in_alone(project: Project, workers: tuple[str, ...]) -> None:
    project.write("pyproject.toml", '[project]\nname = "x"\ndependencies = ["turnproof"]\n')
    project.write("test_plain.py", LISTS_MODULES)
    loaded: list[set[str]] = []
    for plug_in in (["-p", "no:turnproof"], []):
        result = project.run(*workers, *plug_in, "--junitxml=junit.xml", targets="")
        result.assert_outcomes(passed=1)
        loaded.append(set((project.path / "modules.txt").read_text().split()))
        assert "turnproof ==" not in result.stdout.str()
    assert loaded[1] - loaded[0] == {"turnproof", "turnproof.pytest_plugin"}
    assert not (project.path / "turnproof-out").exists()


def test_folders_with_the_names_of_ours_are_left_alone(project: Project) -> None:
    project.write("tests/__init__.py", "")
    for folder in ("harness", "fakes", "reports", "tests/harness"):
        project.write(f"{folder}/__init__.py", "")
        project.write(f"{folder}/test_in_{folder.replace('/', '_')}.py", "def test_x(): pass\n")
    project.write("package.json", "{broken")
    project.run(targets="").assert_outcomes(passed=4)


def test_options_of_a_conftest_keep_their_names(project: Project) -> None:
    project.write(
        "conftest.py",
        "def pytest_addoption(parser):\n"
        "    parser.addoption('--seed', default='theirs')\n"
        "    parser.getgroup('lab').addoption('--target', action='store', default='prod', choices=['prod', 'lab'])\n",
    )
    project.write(
        "test_plain.py",
        "def test_x(request):\n"
        "    assert request.config.getoption('--seed') == '42'\n    assert request.config.getoption('--target') == 'lab'\n",
    )
    plain = project.run("--seed", "42", "--target", "lab", targets="")
    plain.assert_outcomes(passed=1)
    assert "turnproof-seed" not in plain.stdout.str()
    project.scenario("test_it.py")
    result = project.run("test_it.py", "--seed", "42", "--turnproof-seed", "5", targets="sim")
    result.stdout.fnmatch_lines(
        [
            "--target is another plug-in's option here; turnproof's is --turnproof-target",
            "--seed is another plug-in's option here; turnproof's is --turnproof-seed",
        ]
    )
    assert project.results()["test_it.py::case[sim]"]["properties"]["seed"] == "5"


def test_options_of_another_plugin_keep_their_names(project: Project) -> None:
    project.write("other.py", "def pytest_addoption(parser):\n    parser.getgroup('o').addoption('--require-real')\n")
    project.write(
        "test_plain.py", "def test_x(request):\n    assert request.config.getoption('--require-real') == 'yes'\n"
    )
    project.pytester.syspathinsert()
    project.run("-p", "other", "--require-real", "yes", targets="").assert_outcomes(passed=1)


def test_the_value_of_an_option_is_no_path(project: Project) -> None:
    """A folder named like a target must not be taken for where to look, and testpaths must hold."""
    project.write("pytest.ini", "[pytest]\ntestpaths = tests\n")
    project.write("tests/conftest.py", "def pytest_addoption(parser):\n    parser.addoption('--mine')\n")
    project.scenario("tests/test_it.py")
    (project.path / "sim").mkdir()
    result = project.run("--target", "sim", "--seed", "3", "--mine", "x", targets="")
    assert "tests/test_it.py::case[sim]" in project.results(), result.stdout.str()


def test_help_names_the_options(project: Project) -> None:
    lines = project.run("--help", targets="").stdout.str()
    for name in (
        "--turnproof-target=SPEC",
        "--turnproof-require-real",
        "--turnproof-time-factor=F",
        "--turnproof-out=DIR",
    ):
        assert name in lines


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "targts = ['sim']",
            "turnproof knows no key 'targts'; mend: one of known-failures, named-targets, scenarios, targets, time-factor",
        ),
        ("time-factor = 0", "time-factor is 0; mend: a number above 0, at most 1000000"),
        ("time-factor = nan", "time-factor is nan; mend: a number above 0, at most 1000000"),
        ("time-factor = true", "time-factor is True; mend: a number above 0, at most 1000000"),
        ("targets = 'sim'", "targets is 'sim'; mend: a list of strings"),
    ],
)
def test_a_wrong_configuration_is_refused_in_one_line(project: Project, text: str, told: str) -> None:
    project.write("turnproof.toml", text)
    project.write("test_plain.py", "def test_x(): pass\n")
    result = project.run(targets="")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [f"ERROR: {project.path / 'turnproof.toml'}: {told}"]


def test_configuration_names_targets_and_the_time_factor(project: Project) -> None:
    project.write("turnproof.toml", "targets = ['quick']\ntime-factor = 3\n[named-targets]\nquick = 'sim'\n")
    project.scenario("test_it.py")
    result = project.run("--collect-only", "-q", targets="")
    assert "test_it.py::case[quick]" in result.outlines


@pytest.mark.parametrize("factor", ["nan", "inf", "0", "-1", "1e300", "x"])
def test_a_wrong_time_factor_is_refused_in_one_line(project: Project, factor: str) -> None:
    project.write("test_plain.py", "def test_x(): pass\n")
    result = project.run(f"--time-factor={factor}", targets="")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [
        f"ERROR: --time-factor is {factor!r}; mend: a number above 0, at most 1000000",
    ]


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["one process", "xdist"])
def test_the_configuration_holds_where_an_output_folder_moves_the_root(
    stubbed: Project, tmp_path_factory: pytest.TempPathFactory, workers: tuple[str, ...]
) -> None:
    stubbed.write("turnproof.toml", "targets = ['quick']\n[named-targets]\nquick = 'sim'\n")
    stubbed.scenario("test_it.py")
    out = tmp_path_factory.mktemp("out")
    for _ in range(2):  # it is there already, and so is what the first run left in it
        result = stubbed.run("-v", "--turnproof-out", str(out), *workers, targets="")
        result.assert_outcomes(passed=1)
        assert "test_it.py::case[quick]" in result.stdout.str()


def test_the_nearest_configuration_wins(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("pytest.ini", "[pytest]\n")
    project.write("turnproof.toml", "targets = ['fake']\n")
    project.write("near/pyproject.toml", "[tool.turnproof]\ntargets = ['sim']\n")
    project.scenario("near/deep/test_it.py")
    for folder, target in (("near", "sim"), ("near/deep", "sim"), (".", "fake")):
        monkeypatch.chdir(project.path / folder)
        shown = project.run("--collect-only", "-q", f"--rootdir={project.path}", targets="")
        assert f"near/deep/test_it.py::case[{target}]" in shown.outlines, folder
