"""Text that every reader can read: what XML, terminals and parsers cannot carry is shown as an escape instead.

XML 1.0 has no control characters, no U+FFFE/U+FFFF and no lone surrogates, turns a carriage return into a newline, and a
terminal obeys what it is shown.  After ``visible`` a second parser reads back the very text that was written.
"""

from __future__ import annotations

import re
from typing import Final

HEAD: Final = 8 * 1024
TAIL: Final = 8 * 1024
"""Characters kept of a long text: GitLab drops files over 30 MB and clips long nodes, Jenkins truncates them."""
MESSAGE: Final = 300
"""Longest ``message`` attribute; the text of the element says it all."""

_HIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def visible(text: str) -> str:
    """The text with control characters (tab and newline excepted), C1, U+FFFE/FFFF and lone surrogates as escapes."""
    return _HIDDEN.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def capped(text: str, where: str | None = None) -> str:
    """Head and tail of a long text; ``where`` names what holds all of it."""
    if len(text) <= HEAD + TAIL:
        return text
    cut = len(text) - HEAD - TAIL
    rest = f"; all of it: {where}" if where else ""
    return f"{text[:HEAD]}\n… {cut} characters left out{rest} …\n{text[-TAIL:]}"


def one_line(text: str, limit: int = MESSAGE) -> str:
    """The text as one line of bounded length."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"
