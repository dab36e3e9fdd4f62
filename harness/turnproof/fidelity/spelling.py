"""How a line writes its JSON: the same value can be spelt in many ways.

Nearly every line is plain: without blanks, and with those letters escaped that must be.  Of the others the spelling is what
is left when values are taken out: blanks, the escapes of each text, and the form of each number.
"""

from __future__ import annotations

import re
from typing import Final

from turnproof.history import Event
from turnproof.message import encode

_TOKEN: Final = re.compile(rb'"(?:[^"\\]+|\\.)*"|-?\d[\d.eE+-]*')
"""A text, or a number."""
_ESCAPE: Final = re.compile(rb"\\(?:u[0-9a-fA-F]{4}|.)")
_DIGITS: Final = re.compile(rb"\d+")


def same_spelling(one: Event, other: Event) -> bool:
    """Whether two lines of one value, but for its ids and times, are spelt alike."""
    plain = [encode(event.message.value) == event.raw for event in (one, other)]
    return plain[0] == plain[1] and (plain[0] or spelling(one.raw) == spelling(other.raw))


def spelling(line: bytes) -> bytes:
    """The line with what it says taken out: `{"a": "\\u00e9!", "b": -12.5}` is spelt `{"": "\\u00e9", "": -0.0}`."""
    return _TOKEN.sub(_form, line)


def _form(token: re.Match[bytes]) -> bytes:
    text = token.group()
    return b'"%b"' % b"".join(_ESCAPE.findall(text)) if text.startswith(b'"') else _DIGITS.sub(b"0", text)
