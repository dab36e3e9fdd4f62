"""What makes no sense within one script. The model provider, which serves it to the real server, refuses the same."""

from __future__ import annotations

import re
from itertools import zip_longest

from turnproof.calls import AnyCall, AskUser, AtOnce, RunCommand, TypeInto
from turnproof.refusal import Refusal, shown
from turnproof.script import DropConnection, Fail, Hold, NeverAnswer, ProposePlan, Say, Script, Think, acts, calls
from turnproof.wellformed.naming import call_of


def check_script(script: Script) -> None:
    """Raise Refusal when no provider could serve the script."""
    for position, act in enumerate(script):
        before = next(
            (earlier for earlier in script[:position] if isinstance(earlier, Say | Think | ProposePlan)), None
        )
        if before is not None and isinstance(act, Fail | NeverAnswer):
            _too_late(act, before)
    _check_plans([act for act in script if isinstance(act, ProposePlan)])
    for call in calls(script):
        _check_call(call)
    _check_typing(script)
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
        if call.reads < 0:
            raise Refusal(f"reads={call.reads} is no number of lines", "reads=1")
        if call.reads and call.asks:
            # Into a command that was asked for, each line is asked for too (seen on 0.163.0).
            raise Refusal(f"run_command({shown(call.mark)}) asks, and what asks is not typed into", "asks=False")
        if call.review not in ("", "allow", "deny"):
            raise Refusal(f"review={shown(call.review)} is no verdict", '"allow" or "deny"')
        if call.review and not call.asks:
            raise Refusal(f"run_command({shown(call.mark)}) asks nobody, and is not reviewed", "leave asks=False out")
        if not 0 <= call.exits <= 125:
            raise Refusal(f"exits={call.exits} is no code that a command ends with by itself", "one from 0 to 125")
    if isinstance(call, AskUser) and len(call.options) < 2:
        raise Refusal(f"question {shown(call.mark)} leaves no choice", 'options=("red", "blue")')


def _check_typing(script: Script) -> None:
    """What is typed goes to a command that waits for it, and each command gets what it waits for within its turn.

    The end of the command is told by a task of its own: only a gate keeps the model's next words, and the turn's end, behind it.
    """
    waits: dict[str, int] = {}
    """The lines that the commands so far still wait for."""
    for act, after in zip_longest(script, script[1:]):
        waits |= {call.mark: call.reads for call in calls((act,)) if isinstance(call, RunCommand) and call.reads}
        if not isinstance(act, TypeInto):
            continue
        if not waits.get(act.mark):
            raise Refusal(
                f"type_into({shown(act.mark)}, …) goes to no command that waits for a line",
                f"run_command({shown(act.mark)}, asks=False, reads=1) in front of it, reads= as often as it is typed into",
            )
        if re.fullmatch(r"[ -~]{0,200}", act.text) is None:
            raise Refusal(
                f"{shown(act.text)} is no line for a terminal", "up to 200 letters, digits and signs of ASCII"
            )
        waits[act.mark] -= 1
        if not waits[act.mark] and not isinstance(after, Hold):
            raise Refusal(
                f"type_into({shown(act.mark)}, …) ends its command, and nothing waits for that end",
                'hold("…") behind it, and wait_for("item/completed", …) before its release',
            )
    left = next((mark for mark, lines in waits.items() if lines), None)
    if left is not None:
        lines = f"{waits[left]} line(s) more than it is given"
        raise Refusal(f"run_command({shown(left)}) reads {lines}", f'type_into({shown(left)}, "…") behind it')


def _check_plans(plans: list[ProposePlan]) -> None:
    """The server reads a plan by lines, between two lines that are its marks (seen on 0.163.0): it tells no later plan of a turn."""
    if len(plans) > 1:
        raise Refusal("the script proposes a second plan, and a turn has one", "say(…), or another turn")
    for piece in (piece for plan in plans for piece in plan.chunks if isinstance(piece, str)):
        if not piece.endswith("\n") or "proposed_plan>" in piece:
            raise Refusal(f"propose_plan holds {shown(piece)}, and a piece of a plan is whole lines", 'as "- one\\n"')


def _too_late(act: Fail | NeverAnswer, before: Say | Think | ProposePlan) -> None:
    """Headers are sent once: what stands in place of a stream cannot follow words of one."""
    wrote = act.__struct_config__.tag
    instead = "drop_connection()" if isinstance(act, Fail) else "stall()"
    raise Refusal(
        f"{wrote} stands in place of a stream, and {call_of(before)} has begun one",
        f"{wrote} in front of all words, or {instead} behind them",
    )
