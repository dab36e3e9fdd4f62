"""The pytest plug-in: its light half.

Every pytest run in an environment that has turnproof loads this module, so it imports the standard library and pytest
alone, reads no configuration but one that is there, and makes nothing.  The first ``Scenario`` that is seen (or the first
test that asks for ``play``) brings in the other half, ``turnproof.pytest_items``.

Scenarios are collected through ``pytest_pycollect_makeitem``: they may stand in any module that pytest collects, next to
test functions and fixtures.
"""

from __future__ import annotations

import itertools
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from turnproof.configuration import Configuration
    from turnproof.known_failures import Entry
    from turnproof.pytest_items.fixture import Play
    from turnproof.pytest_items.hooks import RunHooks

PLATFORM: Final = sys.platform
OUT: Final = "turnproof-out"
SCENARIO_FILE: Final = ".scenario.json"
SHIPPED: Final = "turnproof_scenarios"


def _time_factor(text: str) -> float:
    from turnproof.configuration import factor

    if (value := factor(text)) is None:
        # Not argparse's own error: that is four lines.
        raise pytest.UsageError(f"--time-factor is {text!r}; mend: a number above 0, at most 1000000")
    return value


OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "target": {
        "action": "append",
        "metavar": "SPEC",
        "help": "what scenarios are played on: fake, codex, codex@VERSION, codex:PATH, sim, command:…, or a name from the "
        "configuration; repeatable, or separated by commas (default: fake,codex)",
    },
    "require-real": {
        "action": "store_true",
        "default": False,
        "help": "a target that is not here is an error, no skip",
    },
    "time-factor": {"type": _time_factor, "metavar": "F", "help": "multiplies every time budget"},
    "seed": {"type": int, "metavar": "N", "default": 0, "help": "seed of everything random in a play (default: 0)"},
    "known-failures": {
        "metavar": "FILE",
        "help": "what fails today, by scenario, target and check, each with its reason",
    },
    "turnproof-out": {"metavar": "DIR", "help": f"folder for run folders (default: {OUT})"},
}
_TABLE: Final = re.compile(rb"^\s*\[tool\.turnproof\b", re.MULTILINE)

HOOKS_KEY: Final = pytest.StashKey["RunHooks"]()
FOLDER_KEY: Final = pytest.StashKey[Path]()
CONFIGURATION_KEY: Final = pytest.StashKey["Configuration | None"]()
KNOWN_KEY: Final = pytest.StashKey["tuple[Entry, ...]"]()
TAKEN_KEY: Final = pytest.StashKey[list[str]]()
MODULES_KEY: Final = pytest.StashKey[list[pytest.Module]]()
"""Modules that were collected since there are scenarios."""
PROBLEM_KEY: Final = pytest.StashKey[str]()
"""Why the workers of xdist played nothing."""


# -- options


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, Any, Any]:
    """Options are added after every plug-in and conftest.py has added its own, so that a clash costs us the name, not them.

    Until then pytest takes the value of an option that it does not know for a path, and looks for a conftest.py there.
    """
    known = early_config.known_args_namespace
    values = set(_values(args))
    known.file_or_dir = [path for path in known.file_or_dir if path not in values]
    result = yield
    group = parser.getgroup("turnproof", "turnproof")
    taken: list[str] = []
    owned = {name for option_group in _groups(parser) for option in option_group.options for name in option.names()}
    for name, attributes in OPTIONS.items():
        long = f"--turnproof-{name.removeprefix('turnproof-')}"
        names = [long] if long == f"--{name}" or f"--{name}" in owned else [f"--{name}", long]
        if f"--{name}" in owned:
            taken.append(name)
        group.addoption(*names, dest=_dest(name), **attributes)
    early_config.stash[TAKEN_KEY] = taken
    return result


def _values(args: list[str]) -> Iterable[str]:
    """Values that stand apart from their option."""
    takes = {f"--{name}" for name, attributes in OPTIONS.items() if attributes.get("action") != "store_true"}
    takes |= {f"--turnproof-{name.removeprefix('--').removeprefix('turnproof-')}" for name in takes}
    return (value for option, value in itertools.pairwise(args) if option in takes)


def _groups(parser: pytest.Parser) -> list[Any]:
    # pytest has no public way to ask which options there are, and only some versions refuse a second one of a name.
    return [*getattr(parser, "_groups", ()), *filter(None, [getattr(parser, "_anonymous", None)])]


def _dest(name: str) -> str:
    return "turnproof_" + name.removeprefix("turnproof-").replace("-", "_")


def _option(config: pytest.Config, name: str) -> Any:
    """The value of one of our options; its default where they were never added (a plug-in loaded by a conftest.py)."""
    return config.getoption(_dest(name), OPTIONS[name].get("default"))


# -- configuration and the run


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FOLDER_KEY] = _run_folder(config)
    config.stash[CONFIGURATION_KEY] = _configuration(config)
    config.stash[KNOWN_KEY] = _known_failures(config)


def _run_folder(config: pytest.Config) -> Path:
    """Where this run would write; nothing is made before the first play. xdist workers are told by the controller."""
    given = getattr(config, "workerinput", {}).get("turnproof_folder")
    if given:
        return Path(given)
    out = config.invocation_params.dir / (_option(config, "turnproof-out") or OUT)
    name = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.getpid()}"
    # Two runs within a second in one process are possible (pytest in pytest). Path.exists raises where nobody may look.
    number = 1
    while os.path.exists(folder := out / (name if number == 1 else f"{name}-{number}")):
        number += 1
    return folder


def _configuration(config: pytest.Config) -> Configuration | None:
    """The nearest to the folder that pytest was called in, as far up as the root.

    The root alone will not do: pytest takes the value of an option that it does not know yet for a path, and the folder that
    ``--turnproof-out`` names may lie anywhere.
    """
    here, root = config.invocation_params.dir, config.rootpath
    inside = itertools.takewhile(lambda folder: folder != root, (here, *here.parents))
    folder = next(filter(_has_configuration, [*(inside if here.is_relative_to(root) else [here]), root]), None)
    if folder is None:
        return None
    from turnproof.configuration import ConfigurationError, read

    try:
        return read(folder)
    except ConfigurationError as problem:
        raise pytest.UsageError(str(problem)) from None


def _known_failures(config: pytest.Config) -> tuple[Entry, ...]:
    """What fails today. A run that lets xfail fail (``--runxfail``) knows of nothing."""
    configuration = config.stash[CONFIGURATION_KEY]
    file = configuration.known_failures if configuration is not None else None
    if given := _option(config, "known-failures"):
        file = config.invocation_params.dir / given
    if file is None:
        return ()
    from turnproof.known_failures import KnownFailuresError, read

    try:
        entries = read(file)
    except KnownFailuresError as problem:
        raise pytest.UsageError(str(problem)) from None
    return () if config.getoption("runxfail", False) else entries


def _has_configuration(folder: Path) -> bool:
    if (folder / "turnproof.toml").is_file():
        return True
    try:
        return _TABLE.search((folder / "pyproject.toml").read_bytes()) is not None
    except OSError:
        return False


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: every worker writes into the same run folder."""
    node.workerinput["turnproof_folder"] = str(node.config.stash[FOLDER_KEY])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """xdist: what a worker found wrong with the command line is said once, by the process that has it."""
    if problem := getattr(node, "workeroutput", {}).get("turnproof_problem"):
        node.config.stash[PROBLEM_KEY] = problem


def _hooks(config: pytest.Config) -> RunHooks:
    """The other half of the plug-in, brought in at its first use. It does not know this one: all it needs is handed over."""
    hooks = config.stash.get(HOOKS_KEY, None)
    if hooks is None:
        from turnproof.configuration import Configuration
        from turnproof.pytest_items.hooks import RunHooks
        from turnproof.pytest_items.run import Asked, PytestRun

        asked = Asked(
            targets=_option(config, "target") or [],
            require_real=_option(config, "require-real"),
            time_factor=_option(config, "time-factor"),
            seed=_option(config, "seed"),
            platform=PLATFORM,
            taken=config.stash.get(TAKEN_KEY, list[str]()),
            known=config.stash.get(KNOWN_KEY, ()),
        )
        run = PytestRun(config, config.stash[FOLDER_KEY], config.stash[CONFIGURATION_KEY] or Configuration(), asked)
        hooks = config.stash[HOOKS_KEY] = RunHooks(run)
        config.pluginmanager.register(hooks, "turnproof-run")
    return hooks


# -- collection


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> Generator[None, Any, Any]:
    """A Scenario at the top of a module is one case for each target; of test functions the known failures hear."""
    found: Any = yield
    if isinstance(found, list) and collector.config.stash[KNOWN_KEY]:
        for item in cast("list[pytest.Item]", found):
            if "turnproof_target" in getattr(item, "fixturenames", ()):
                _hooks(collector.config).run.known.collected_case(item)
    vocabulary = sys.modules.get("turnproof.scenario")
    # The type, not isinstance: that would ask proxies and mocks for their __class__.
    if vocabulary is None or not issubclass(type(obj), vocabulary.Scenario) or not isinstance(collector, pytest.Module):
        return cast("object", found)
    from turnproof.pytest_items.item import items_of

    return items_of(_hooks(collector.config).run, collector, name, obj)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Before anything is deselected: scenarios that stand where nobody collects them, and known failures of none."""
    modules = config.stash.get(MODULES_KEY, list[pytest.Module]())
    if config.stash[KNOWN_KEY]:
        _hooks(config).run.known.find_unmatched(session, modules)
    # Every worker of xdist collects the same, and what it warns of is shown by the process that started it.
    first = getattr(config, "workerinput", {}).get("workerid", "gw0") == "gw0"
    if "turnproof.scenario" in sys.modules and first:
        from turnproof.pytest_items.unplayed import warn_of_unplayed

        warn_of_unplayed([module.obj for module in modules], items)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    # A module that --lf passes over was never imported, and asking for ``obj`` would do it.
    if (
        isinstance(collector, pytest.Module)
        and report.passed
        and getattr(collector, "_obj", None) is not None
        and "turnproof.scenario" in sys.modules
    ):
        collector.config.stash.setdefault(MODULES_KEY, []).append(collector)
    return report


def pytest_exception_interact(node: Any, call: pytest.CallInfo[Any], report: Any) -> None:
    """A module that does not load because of a scenario: our line, without our frames above it."""
    vocabulary = sys.modules.get("turnproof.scenario")
    if vocabulary is None or not isinstance(report, pytest.CollectReport) or call.excinfo is None:
        return
    if isinstance(call.excinfo.value, vocabulary.ScenarioError):
        shown: Any = call.excinfo.getrepr(style="value", chain=False)
        # From the root on: the summary has room for little more than the place.
        shown.reprcrash.message = str(call.excinfo.value).removeprefix(f"{node.config.rootpath}{os.sep}")
        report.longrepr = shown


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """``*.scenario.json``, and Python files in scenario folders that ``python_files`` does not match."""
    found = yield
    if file_path.name.endswith(SCENARIO_FILE):
        from turnproof.pytest_items.item import ScenarioFile

        saved = ScenarioFile.from_parent(  # pyright: ignore[reportUnknownMemberType]
            parent, path=file_path, run=lambda: _hooks(parent.config).run
        )
        return [*found, saved]
    if file_path.suffix == ".py" and not found and _holds_scenarios(file_path, parent.config):
        return [parent.ihook.pytest_pycollect_makemodule(module_path=file_path, parent=parent)]
    return found


def _holds_scenarios(file: Path, config: pytest.Config) -> bool:
    if file.name == "conftest.py":
        return False
    configuration = config.stash.get(CONFIGURATION_KEY, None)
    if configuration is not None and any(file.is_relative_to(folder) for folder in configuration.scenarios):
        return True
    return SHIPPED in file.parts and file.is_relative_to(_shipped_folder())


def _shipped_folder() -> Path:
    from importlib.util import find_spec

    spec = find_spec(SHIPPED)
    return Path(spec.origin).parent if spec is not None and spec.origin else Path(os.devnull)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Saved scenarios in run folders are for replay: they are collected when they are named, and only then."""
    return True if collection_path == config.stash[FOLDER_KEY].parent else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test function that asks for ``play`` runs once for each target."""
    if "turnproof_target" not in metafunc.fixturenames:
        return
    names = (str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize") if mark.args)
    by_hand = any("turnproof_target" in one for one in names)
    run = _hooks(metafunc.config).run
    if run.known.entries:
        run.known.collected_function(metafunc.definition, by_hand=by_hand)
    if not by_hand:
        labels = [target.label for target in run.targets]
        metafunc.parametrize("turnproof_target", run.targets, ids=labels, indirect=True)


@pytest.fixture
def turnproof_target(request: pytest.FixtureRequest) -> Any:
    """The target that ``play`` plays on; ``parametrize("turnproof_target", ["sim"], indirect=True)`` chooses by hand."""
    return request.param


@pytest.fixture
def play(request: pytest.FixtureRequest, turnproof_target: Any) -> Play:
    """``verdict = play(step, step, …, setup=…)`` or ``play(scenario)``: play on the target, fail as a scenario would."""
    from turnproof.pytest_items.fixture import Play

    return Play(_hooks(request.config).run, request.node, turnproof_target)


# -- reporting


def pytest_report_teststatus(report: Any) -> tuple[str, str, str] | None:
    """The outcomes of design: what says nothing about the server is an error and says which."""
    case = getattr(report, "turnproof", None)
    if case is None or report.outcome != "failed" or report.when != "call" or hasattr(report, "wasxfail"):
        return None
    if case["outcome"] == "hung":
        return "failed", "F", "HUNG"
    if case["error"]:
        return "error", "E", case["outcome"].upper()
    return None


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, Any, Any]:
    """After pytest has written its own reports, and before it prints its summary."""
    result = yield
    config = session.config
    if problem := config.stash.get(PROBLEM_KEY, ""):
        raise pytest.UsageError(problem)
    if not hasattr(config, "workerinput") and os.path.exists(config.stash[FOLDER_KEY]):
        _hooks(config).finish(session)
    return result


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    hooks = config.stash.get(HOOKS_KEY, None)
    if hooks is not None:
        hooks.write_summary(terminalreporter)
