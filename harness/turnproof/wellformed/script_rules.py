"""What makes no sense within one script. The model provider, which serves it to the real server, refuses the same."""

from __future__ import annotations

from turnproof.refusal import Refusal
from turnproof.script import DropConnection, Fail, NeverAnswer, Say, Script, Think, acts
from turnproof.wellformed.naming import call_of


def check_script(script: Script) -> None:
    """Raise Refusal when no provider could serve the script."""
    for position, act in enumerate(script):
        before = next((earlier for earlier in script[:position] if isinstance(earlier, Say | Think)), None)
        if before is not None and isinstance(act, Fail | NeverAnswer):
            _too_late(act, before)
    for act in acts(script):
        if isinstance(act, Fail) and not 400 <= act.status <= 599:
            raise Refusal(f"HTTP status {act.status} is no failure", "one from 400 to 599")
        if isinstance(act, Fail | DropConnection) and act.times is not None and act.times < 1:
            raise Refusal(f"times={act.times} never happens", "times=1 is once")


def _too_late(act: Fail | NeverAnswer, before: Say | Think) -> None:
    """Headers are sent once: what stands in place of a stream cannot follow words of one."""
    wrote = act.__struct_config__.tag
    instead = "drop_connection()" if isinstance(act, Fail) else "stall()"
    raise Refusal(
        f"{wrote} stands in place of a stream, and {call_of(before)} has begun one",
        f"{wrote} in front of all words, or {instead} behind them",
    )
