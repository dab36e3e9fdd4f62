"""What a command cannot do."""

from __future__ import annotations


class CommandError(Exception):
    """What was asked for cannot be done; the text is one line."""
