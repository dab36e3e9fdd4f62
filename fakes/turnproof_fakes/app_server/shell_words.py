"""A command line as the real server shows it: quoted for a shell, the way its quoting library does.

A text is cut into pieces, each as long as one way of quoting will do, and the plainest way that does is taken. Single
quotes are refused backslashes (fish reads them otherwise), double quotes are refused `$`, `` ` `` and `!`.
"""

from __future__ import annotations

_PLAIN = frozenset("+-./:@]_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def shell_line(words: list[str]) -> str:
    """The words as one line."""
    return " ".join(_quoted(word) for word in words)


def login_shell(command: str) -> str:
    """How a command is run, and shown."""
    return shell_line(["/bin/bash", "-lc", command])


def _quoted(word: str) -> str:
    if not word:
        return "''"
    pieces: list[str] = []
    while word:
        size, ways = 0, {"plain", "single", "double"}
        while size < len(word) and (left := ways & _ways(word[size])):
            size, ways = size + 1, left
        pieces.append(_piece(word[:size], ways))
        word = word[size:]
    return "".join(pieces)


def _ways(letter: str) -> set[str]:
    """The ways of quoting that can hold a character."""
    ways: set[str] = set()
    if letter in _PLAIN:
        ways.add("plain")
    if letter not in "'\\^":
        ways.add("single")
    if letter not in "`$!^":
        ways.add("double")
    return ways or {"single"}


def _piece(text: str, ways: set[str]) -> str:
    if "plain" in ways:
        return text
    if "single" in ways:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
