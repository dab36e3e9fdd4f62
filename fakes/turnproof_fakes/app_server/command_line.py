"""The `fake-codex` command: takes the command lines that clients start `codex` with, and serves on stdin and stdout."""

from __future__ import annotations

import os
import sys
import time

VERSION = "0.163.0"
USAGE = """\
fake-codex [options] app-server [options]
    a fake codex app-server on stdin and stdout
codex-app-server* [options]
    the same: a file name that starts so needs no subcommand
fake-codex --version | --help

options: --listen stdio://, --stdio, -c KEY=VALUE, --config KEY=VALUE;
         --enable X, --disable X, -p X, --profile X are taken, and change nothing
TURNPROOF_PLAN names a plan: what the model says, faults, pace.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Json = dict[str, Any]

_WITH_VALUE = ("-c", "--config", "--enable", "--disable", "--listen", "-p", "--profile")
# What a `-c` override may change here, and the plan default it sets.
_SETTINGS = {
    "model": "model",
    "model_provider": "modelProvider",
    "approval_policy": "approvalPolicy",
    "sandbox_mode": "sandbox",
}


class UsageError(Exception):
    """A command line that cannot be served; the message is one line."""


class Arguments:
    """A parsed command line."""

    def __init__(self, arguments: Sequence[str], program: str) -> None:
        self.version = False
        self.help = False
        self.overrides: list[str] = []
        self._subcommand = "app-server" if os.path.basename(program).startswith("codex-app-server") else None
        waiting = list(arguments)
        while waiting:
            self._take(waiting)
        if self._subcommand is None and not self.version and not self.help:
            raise UsageError("no subcommand: fake-codex serves only `app-server`")

    def _take(self, waiting: list[str]) -> None:
        word = waiting.pop(0)
        if word in ("-V", "--version"):
            self.version = True
        elif word in ("-h", "--help"):
            self.help = True
        elif word == "--stdio":
            return
        elif word in _WITH_VALUE:
            if not waiting:
                raise UsageError(f"{word} needs a value")
            self._option(word, waiting.pop(0))
        elif word.startswith("--") and "=" in word:
            self._option(*word.split("=", 1))
        elif word.startswith("-"):
            raise UsageError(f"unexpected option {word}")
        elif word == "app-server" and self._subcommand != word:
            self._subcommand = word
        else:
            raise UsageError(f"subcommand {word!r} is not supported by this fake: only `app-server` on stdio is")

    def _option(self, name: str, value: str) -> None:
        if name in ("-c", "--config"):
            self.overrides.append(value)
        elif name == "--listen" and value != "stdio://":
            raise UsageError(f"--listen {value} is not supported by this fake yet, only stdio://")
        elif name not in _WITH_VALUE:
            raise UsageError(f"unexpected option {name}")

    def defaults(self) -> Json:
        """Plan defaults from `-c key=value`; a TOML string loses its quotes."""
        pairs = (override.split("=", 1) for override in self.overrides if "=" in override)
        return {_SETTINGS[key]: value.strip().strip("\"'") for key, value in pairs if key in _SETTINGS}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; returns the exit code."""
    try:
        parsed = Arguments(sys.argv[1:] if arguments is None else arguments, sys.argv[0])
    except UsageError as error:
        sys.stderr.write(f"fake-codex: {error}\n")
        return 2
    if parsed.help:
        sys.stdout.write(USAGE)
        return 0
    if parsed.version:
        sys.stdout.write(f"codex-cli {VERSION}\n")
        return 0
    try:
        os.fstat(1)
    except OSError as error:
        # Before anything is opened: that would become descriptor 1, and be written to.
        sys.stderr.write(f"fake-codex: standard output: {error.strerror}\n")
        return 2
    return _serve(parsed)


def _serve(arguments: Arguments) -> int:
    # Imported here so that --version and a wrong command line stay cheap.
    from turnproof_fakes.app_server import plans
    from turnproof_fakes.app_server.composition import new_engine
    from turnproof_fakes.app_server.file_disk import FileDisk
    from turnproof_fakes.app_server.pipes import PipeShell

    home = os.environ.get("CODEX_HOME") or os.path.join(os.path.expanduser("~"), ".codex")
    if not os.path.isdir(home) and os.environ.get("CODEX_HOME"):
        sys.stderr.write(f'Error: CODEX_HOME points to "{home}", but that path does not exist\n')
        return 1
    home = os.path.realpath(home)
    os.makedirs(home, exist_ok=True)
    try:
        plan = plans.find(os.environ, home)
    except plans.PlanError as error:
        sys.stderr.write(f"fake-codex: {error}\n")
        return 2
    plan["defaults"] = (plan.get("defaults") or {}) | arguments.defaults()
    began, epoch_ms = time.monotonic(), int(time.time() * 1000)
    disk = FileDisk(home)
    terminal, host = os.environ.get("TERM") or "unknown", os.uname().nodename
    machine = {"home": home, "cwd": os.getcwd(), "terminal": terminal, "host": host, "system": system(_os_release())}
    engine = new_engine(plan, disk, version=VERSION, epoch_ms=epoch_ms, **machine)
    faults = plan.get("faults")
    if faults:
        from turnproof_fakes.nemesis import FaultyEngine

        server = FaultyEngine(engine, faults)
    else:
        server = engine
    try:
        shell = PipeShell(server, disk, plan.get("control"), lambda: time.monotonic() - began)
    except OSError as error:
        sys.stderr.write(f"fake-codex: control socket {plan.get('control')}: {error}\n")
        return 2
    return shell.run()


_SYSTEMS = {"alpine": "Alpine Linux", "arch": "Arch Linux", "debian": "Debian", "fedora": "Fedora", "ubuntu": "Ubuntu"}


def system(os_release: str) -> str:
    """What the real server calls its system: `Debian 12.0.0; x86_64`. A version has three parts, without leading noughts."""
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    name = _SYSTEMS.get(fields.get("ID", "").strip('"'), "Linux")
    parts = fields.get("VERSION_ID", "").strip('"').split(".")[:3]
    known = all(part.isdigit() for part in parts)
    version = ".".join(str(int(part)) for part in [*parts, "0", "0"][:3]) if known else "Unknown"
    return f"{name} {version}; {os.uname().machine}"


def _os_release() -> str:
    try:
        with open("/etc/os-release", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
