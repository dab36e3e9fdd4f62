"""A question of the model to the user. Only in plan mode; it has no item."""

from __future__ import annotations

import json

from turnproof_fakes.app_server.json_values import as_object
from turnproof_fakes.app_server.waiting import USER_INPUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.calls.calling import Calling
    from turnproof_fakes.app_server.strands import Steps

    Json = dict[str, Any]


def steps(calling: Calling, call: Json) -> Steps:
    """Ask and wait; whatever the answer is goes to the model."""
    if calling.thread.mode != "plan":
        return
    questions = [_question(question) for question in call["questions"]]
    rest = {"itemId": call["call_id"], "questions": questions, "isBlocking": True, "autoResolutionMs": None}
    calling.flag_up(USER_INPUT)
    reply = yield from calling.ask("item/tool/requestUserInput", calling.where | rest)
    calling.flag_down(USER_INPUT)
    answers = as_object((as_object(reply.get("result")) or {}).get("answers")) or {}
    calling.tell_model(call, json.dumps({"answers": answers}))


def _question(given: Json) -> Json:
    known = {name: given[name] for name in ("id", "header", "question")}
    return known | {"isOther": True, "isSecret": False, "options": given["options"]}
