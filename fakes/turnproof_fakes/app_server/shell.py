"""What thread/shellCommand can do here: a few words of a shell, and no process.

    printf TEXT    echo WORDS    true    false    exit CODE    sleep SECONDS    ; && || between them, >&2 behind one

Anything else is refused aloud: a fake that made up what a command prints would prove nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    Step = tuple[float, str, int]  # seconds it takes, what it prints, its exit code

_ESCAPES = (("\\n", "\n"), ("\\t", "\t"), ("\\\\", "\\"))


class UnknownCommand(Exception):
    """A command that this shell does not know; the message names it."""


def run(command: str) -> list[Step]:
    """What the command does, one entry a simple command that runs. The last one's exit code is the whole's."""
    import shlex  # only here: it costs a start more than all of this module

    lexer = shlex.shlex(command, posix=True, punctuation_chars=";&|<>")
    lexer.whitespace_split = True
    lexer.commenters = ""
    steps: list[Step] = []
    code, joint, words = 0, ";", list[str]()
    for word in [*lexer, ";"]:
        if word not in (";", "&&", "||"):
            words.append(word)
            continue
        if words and (joint == ";" or (joint == "&&") == (code == 0)):
            steps.append(_simple(words))
            code = steps[-1][2]
            if words[0] == "exit":
                break
        joint, words = word, []
    if not steps:
        raise UnknownCommand(command)
    return steps


def _simple(words: list[str]) -> Step:
    if words[-2:] == [">&", "2"]:
        words = words[:-2]
    name, arguments = words[0], words[1:]
    if name == "printf" and len(arguments) == 1 and "%" not in arguments[0]:
        return 0.0, _unescaped(arguments[0]), 0
    if name == "echo":
        return 0.0, " ".join(arguments) + "\n", 0
    if name in ("true", "false") and not arguments:
        return 0.0, "", int(name == "false")
    if name == "exit" and len(arguments) == 1 and arguments[0].isdigit():
        return 0.0, "", int(arguments[0])
    if name == "sleep" and len(arguments) == 1 and arguments[0].isdigit():
        return float(arguments[0]), "", 0
    raise UnknownCommand(" ".join(words))


def _unescaped(text: str) -> str:
    for escape, letter in _ESCAPES:
        text = text.replace(escape, letter)
    return text
