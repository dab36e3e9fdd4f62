"""What the steps of asks ask of what stands before them."""

from __future__ import annotations

from typing import NoReturn

from turnproof import steps as s
from turnproof.calls import AnyCall, AskUser, CallTool, RunCommand
from turnproof.decisions import decisions
from turnproof.refusal import Refusal, meant, shown
from turnproof.wellformed.memory import Memory


def await_ask(memory: Memory, step: s.AwaitAsk) -> None:
    memory.known(step.mark, memory.calls, "call", f"run_command({shown(step.mark)}) in the script of a turn before")
    call = memory.calls[step.mark]
    if memory.leaves[step.mark] != "asked":
        _asks_nobody(step, call)
    if step.k < 1:
        raise Refusal(f"k={step.k} counts from 1", "k=1 is the first")
    memory.asked.add(step.mark)


def _asks_nobody(step: s.AwaitAsk, call: AnyCall) -> NoReturn:
    """Why nobody is asked about the call, by what there is to mend."""
    if isinstance(call, RunCommand) and not call.asks:
        raise Refusal(f"command {shown(step.mark)} asks nobody", f"run_command({shown(step.mark)}) without asks=False")
    if isinstance(call, RunCommand) and call.review:
        mend = f'wait_for("item/autoApprovalReview/completed", …), or run_command({shown(step.mark)}) without review'
        raise Refusal(f"command {shown(step.mark)} is reviewed by the model, and the user is not asked", mend)
    if isinstance(call, CallTool):
        mend = f'start_thread(…, dynamicTools=[{{"name": {shown(call.tool)}, …}}])'
        raise Refusal(f"the thread of {shown(step.mark)} has no tool {shown(call.tool)}", mend)
    if isinstance(call, AskUser):
        mend = 'collaborationMode={"mode": "plan", …} in its turn'
        raise Refusal(f"the turn of {shown(step.mark)} is not in plan mode, and the user is not asked", mend)
    raise Refusal(
        f"by the policy and the sandbox of its thread, nobody is asked about {shown(step.mark)}",
        'start_thread(…, sandbox="read-only", approvalPolicy="on-request")',
    )


def answer(memory: Memory, step: s.AnswerAsk) -> None:
    memory.known(step.mark, memory.calls, "call", f"run_command({shown(step.mark)}) in the script of a turn before")
    if step.mark not in memory.asked:
        raise Refusal(f"the server has not asked about {shown(step.mark)} yet", f"await_ask({shown(step.mark)}) before")
    given = [step.decision is not None, bool(step.result), step.error is not None]
    if sum(given) != 1:
        what = "nothing" if not any(given) else "more than one of decision, result and error"
        raise Refusal(f"it answers {what}", f'answer({shown(step.mark)}, "{decisions(memory.calls[step.mark])[0]}")')
    if step.decision is None:
        return
    known = decisions(memory.calls[step.mark])
    if step.decision not in known:
        near = meant(step.decision, known)
        mend = f"did you mean {near!r}?" if near else f"one of {', '.join(known)}, or result=…"
        raise Refusal(f"{shown(step.decision)} is no decision about {shown(step.mark)}", mend)
