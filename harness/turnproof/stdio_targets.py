"""The targets that are child processes: ``fake``, ``codex``, ``codex@VERSION``, ``codex:PATH`` and ``command:…``."""

from __future__ import annotations

import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import turnproof_fakes.app_server
from turnproof.binaries import Binary, BinaryError, at, bundled, cached
from turnproof.cache import CacheError
from turnproof.loopback import require_loopback
from turnproof.own_schema import own_profile, own_schema
from turnproof.profile import choose
from turnproof.schema import Schema, SchemaError
from turnproof.schema.binary import schema_of
from turnproof.server_command import server_command
from turnproof.stdio_server import StdioServer, homes
from turnproof.targets import TargetSpec, target
from turnproof.transports import HarnessError, PlaySpec


class FakeTarget:
    """The fake app-server as a child process, over real pipes."""

    own_server = True
    loop_factory = None

    def __init__(self, spec: TargetSpec) -> None:
        self.label = spec.label
        self.profile = own_profile()
        self.schema = own_schema()
        self.facts: dict[str, Any] = {"target": spec.label, "server": "fake", "version": self.profile.version}
        # -I and -S: the fake is the standard library only, and a start costs what it imports.
        main = Path(turnproof_fakes.app_server.__file__).with_name("__main__.py")
        self.command = [sys.executable, "-I", "-S", str(main), "app-server"]

    def missing(self) -> str | None:
        return None

    async def open(self, spec: PlaySpec) -> StdioServer:
        server = StdioServer(spec, self.command, dict(self.facts), provider=False, plan=True)
        await server.open()
        return server


class CodexTarget:
    """The real binary."""

    own_server = False
    loop_factory = None

    def __init__(self, spec: TargetSpec) -> None:
        self.label = spec.label
        self._spec = spec

    @cached_property
    def _found(self) -> Binary | BinaryError | CacheError:
        """The binary of the spec, or why there is none: looked for once, since a download that fails takes its time."""
        try:
            if self._spec.version:
                return cached(self._spec.version)
            return at(self._spec.where) if self._spec.where else bundled()
        except (BinaryError, CacheError) as trouble:
            return trouble

    @property
    def binary(self) -> Binary:
        """The binary of the spec; one of a version is fetched at first use. Raises HarnessError."""
        if isinstance(self._found, Binary):
            return self._found
        raise HarnessError(str(self._found)) from self._found

    def missing(self) -> str | None:
        """Why codex is not here. A file that somebody named and that is no codex is an error, which ``facts`` raises."""
        return str(self._found) if isinstance(self._found, BinaryError) and not self._spec.where else None

    @property
    def command(self) -> list[str]:
        return [str(self.binary.path), "app-server"]

    @cached_property
    def _document(self) -> Any:
        try:
            return schema_of(self.binary.path, self.binary.digest)
        except (CacheError, SchemaError) as trouble:
            raise HarnessError(str(trouble)) from trouble

    @cached_property
    def profile(self) -> Any:
        return choose(schema_digest=self._document.digest, version=self.binary.version)

    @cached_property
    def schema(self) -> Schema:
        return Schema.of(self.profile, self._document)

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "target": self.label,
            "server": "codex",
            "version": self.binary.version,
            "digest": self.binary.digest,
            "profile": f"{self.profile.version} ({self.profile.chosen_by})",
        }

    async def open(self, spec: PlaySpec) -> StdioServer:
        require_loopback()
        try:
            template = homes().template(self.binary.path, self.binary.digest)
        except (CacheError, SchemaError) as trouble:
            raise HarnessError(str(trouble)) from trouble
        server = StdioServer(spec, self.command, dict(self.facts), provider=True, plan=False, template=template)
        await server.open()
        return server


class CommandTarget:
    """Any other server command that claims the protocol; it gets a model provider *and* a plan, and uses what it knows.

    It runs in the play's own folder, so a program that is named by a path is looked up from where we were started.
    """

    own_server = False
    loop_factory = None

    def __init__(self, spec: TargetSpec) -> None:
        self.label = spec.label
        self.profile = own_profile()
        self.schema = own_schema()
        self.command = server_command(spec.where)
        self.facts: dict[str, Any] = {"target": spec.label, "server": spec.where, "version": "unknown"}

    def missing(self) -> str | None:
        return None

    async def open(self, spec: PlaySpec) -> StdioServer:
        server = StdioServer(spec, self.command, dict(self.facts), provider=True, plan=True)
        await server.open()
        return server


target("fake")(FakeTarget)
target("codex")(CodexTarget)
target("command")(CommandTarget)
