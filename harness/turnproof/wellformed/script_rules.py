"""What makes no sense within one script. The model provider, which serves it to the real server, refuses the same."""

from __future__ import annotations

import re

from turnproof.calls import AnyCall, AskUser, AtOnce, RunCommand
from turnproof.refusal import Refusal, shown
from turnproof.script import DropConnection, Fail, NeverAnswer, Say, Script, Think, acts, calls
from turnproof.wellformed.naming import call_of


def check_script(script: Script) -> None:
    """Raise Refusal when no provider could serve the script."""
    for position, act in enumerate(script):
        before = next((earlier for earlier in script[:position] if isinstance(earlier, Say | Think)), None)
        if before is not None and isinstance(act, Fail | NeverAnswer):
            _too_late(act, before)
    for call in calls(script):
        _check_call(call)
    for act in acts(script):
        if isinstance(act, AtOnce) and not act.calls:
            raise Refusal("at_once holds no call", 'at_once(run_command("…"), …)')
        if isinstance(act, Fail) and not 400 <= act.status <= 599:
            raise Refusal(f"HTTP status {act.status} is no failure", "one from 400 to 599")
        if isinstance(act, Fail | DropConnection) and act.times is not None and act.times < 1:
            raise Refusal(f"times={act.times} never happens", "times=1 is once")


def _check_call(call: AnyCall) -> None:
    """A mark stands in ids, file names and a shell command; what is printed stands in the command too."""
    if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", call.mark) is None:
        raise Refusal(f"{shown(call.mark)} is no mark of a call", 'small letters and digits, as "build-1"')
    if isinstance(call, RunCommand):
        if re.fullmatch(r"[A-Za-z0-9 .-]*", call.prints) is None or call.prints.startswith("-"):
            raise Refusal(
                f"prints={shown(call.prints)} is more than the shell passes on as it is", "letters and digits"
            )
        if not 0 <= call.exits <= 125:
            raise Refusal(f"exits={call.exits} is no code that a command ends with by itself", "one from 0 to 125")
    if isinstance(call, AskUser) and len(call.options) < 2:
        raise Refusal(f"question {shown(call.mark)} leaves no choice", 'options=("red", "blue")')


def _too_late(act: Fail | NeverAnswer, before: Say | Think) -> None:
    """Headers are sent once: what stands in place of a stream cannot follow words of one."""
    wrote = act.__struct_config__.tag
    instead = "drop_connection()" if isinstance(act, Fail) else "stall()"
    raise Refusal(
        f"{wrote} stands in place of a stream, and {call_of(before)} has begun one",
        f"{wrote} in front of all words, or {instead} behind them",
    )
