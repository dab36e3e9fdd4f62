"""A target that is written wrongly ends the run before anything is played: exit code 4 and one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pytest_plugin.conftest import Project


@pytest.mark.parametrize(
    "spec",
    [
        "nope",
        "fake@1",
        "sim:foo",
        "command:'unbalanced",
        "command:./typo",
        "codex@latest",
        "codex:/etc/passwd",
        "x=fake,x=sim",
    ],
)
def test_a_wrong_target_is_exit_code_4_and_one_line(project: Project, spec: str) -> None:
    project.scenario("test_it.py")
    result = project.run(targets=spec)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = filter(None, result.errlines)
    assert line.startswith("ERROR: ")
    result.assert_outcomes()


def test_a_wrong_target_of_the_configuration_too(project: Project) -> None:
    project.write("turnproof.toml", "targets = ['mine']\n[named-targets]\nmine = 'command:./typo'\n")
    project.scenario("test_it.py")
    result = project.run(targets="")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: target 'mine=command:./typo': there is no program './typo' (looked for from *"]
    )
