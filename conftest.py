"""Fixtures of this repository only: the plug-in is an entry point, and no part of this file is shipped."""

from __future__ import annotations

pytest_plugins = ["pytester"]
