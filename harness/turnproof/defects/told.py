"""What the model is told of what the client answered: the answer of another, more than was granted, or nothing."""

from __future__ import annotations

from typing import Any, Final

from turnproof.defects.asks import PERMISSIONS, QUESTION, replied
from turnproof.defects.defect import Defect, server
from turnproof.faults import AnyAction, Rewrite, When

GRANTED: Final = "permission_requests::permissions_are_granted"
REFUSED: Final = "permission_requests::permissions_are_refused"
ANSWERED: Final = "questions_to_the_user::a_question_is_answered"


def misheard(name: str, what: str, on: str, method: str, *changes: AnyAction, k: int = 1) -> Defect:
    """A server that takes the k-th answer to such an ask for another one."""
    rules = [(replied(method, k), change) for change in changes]
    return server(name, what, "model-is-told-the-answer", "exit", on, *rules)


def answers(value: Any) -> Rewrite:
    return Rewrite("result.answers", value)


INJECT: Final = When("thread/inject_items", "to_server")
SCHEMA: Final = "inputs::answer_by_a_schema"
ITEMS: Final = "kept_things::items_for_the_model"
ASIDE: Final = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "an aside"}]}


def misgiven(name: str, what: str, on: str, when: When, path: str, value: Any) -> Defect:
    """A server that asks the model for something else than its client did."""
    return server(name, what, "model-is-given-what-was-asked", "request", on, (when, Rewrite(path, value)))


TOLD: Final[tuple[Defect, ...]] = (
    misgiven("schema_dropped", "asks the model for an answer without the client's schema", SCHEMA,
             When("turn/start", "to_server"), "params.outputSchema", None),
    misgiven("schema_kept", "asks for an answer by the schema of the turn before", SCHEMA,
             When("turn/start", "to_server", k=2), "params.outputSchema", {"type": "object"}),
    misgiven("injected_item_lost", "gives the model the first of two injected items only", ITEMS, INJECT,
             "params.items", [ASIDE]),
    misgiven("injected_item_twice", "gives the model an injected item twice", ITEMS, INJECT,
             "params.items", [ASIDE, {"$copy": "params.items.1"}, {"$copy": "params.items.1"}]),
    misgiven("injected_item_of_the_user", "gives the model an injected item as words of its user", ITEMS, INJECT,
             "params.items.1.role", "user"),
    misgiven("injected_items_turned", "gives the model injected items in another order", ITEMS, INJECT,
             "params.items", [{"$copy": "params.items.1"}, ASIDE]),
    misheard("grants_what_was_refused", "takes a refusal of permissions for a grant", REFUSED, PERMISSIONS,
             Rewrite("result.permissions", {"network": {"enabled": True}})),
    misheard("grants_for_the_session", "grants for the session what was granted for a turn", GRANTED, PERMISSIONS,
             Rewrite("result.scope", "session")),
    misheard("grants_for_a_turn_only", "grants for a turn what was granted for the session", GRANTED, PERMISSIONS,
             Rewrite("result.scope", "turn"), k=2),
    misheard("refuses_what_was_granted", "takes a grant of permissions for a refusal", GRANTED, PERMISSIONS,
             Rewrite("result.permissions", {})),
    misheard("another_answer_told", "tells the model another choice than the user's", ANSWERED, QUESTION,
             answers({"colour": {"answers": ["blue"]}})),
    misheard("answer_untold", "tells the model that the user chose nothing", ANSWERED, QUESTION, answers({})),
)  # fmt: skip
