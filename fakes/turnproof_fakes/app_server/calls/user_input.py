"""A question of the model to the user. Only in plan mode; it has no item."""

from __future__ import annotations

import json

from turnproof_fakes.app_server.json_values import as_array, as_object
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
    calling.tell_model(call, json.dumps({"answers": _answers(as_object(reply.get("result")) or {})}))


def _answers(result: Json) -> Json:
    """The answers by question; none of an answer that is wrong anywhere (seen on 0.163.0)."""
    answers = as_object(result.get("answers")) or {}
    given = [as_array((as_object(answer) or {}).get("answers")) for answer in answers.values()]
    well = all(words is not None and all(isinstance(word, str) for word in words) for words in given)
    return answers if well else {}


def _question(given: Json) -> Json:
    known = {name: given[name] for name in ("id", "header", "question")}
    return known | {"isOther": True, "isSecret": False, "options": given["options"]}
