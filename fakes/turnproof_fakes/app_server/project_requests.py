"""project/*: made once by the client's key, renamed, listed, deleted; their threads outlive them."""

from __future__ import annotations

from turnproof_fakes.app_server import projects
from turnproof_fakes.app_server.refusals import INVALID_INPUT, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine

    Json = dict[str, Any]


def _shown(engine: Engine, project: Json) -> Json:
    members = [one for one in engine.library.all_on_disk() if one.project == project["id"] and not one.archived]
    recency = max((one.recency_ms // 1000 for one in members), default=None)
    return {name: value for name, value in project.items() if name != "key"} | {"recencyAt": recency}


def _tell(engine: Engine, project: Json, change: str) -> None:
    engine.library.shelf.save(projects.NAME)
    engine.announce("project/changed", {"projectId": project["id"], "changeType": change})


def _name(text: str) -> str:
    if not text.strip():
        raise Refused("project name must not be empty", INVALID_INPUT)
    return text.strip()


def create(engine: Engine, request_id: int | str, params: Json) -> None:
    """A new one at the end; the same key asks for the same one again, whatever else is said."""
    key, name = params["idempotencyKey"], _name(params["name"])
    if not key:
        raise Refused("idempotencyKey must not be empty", INVALID_INPUT)
    every = projects.all_of(engine)
    made = next((known for known in every if known["key"] == key), None)
    if made is None:
        now = engine.wall_ms // 1000
        made = {"id": engine.ids.uuid7(engine.wall_ms), "name": name, "roots": params["roots"]}
        made |= {"metadata": params.get("metadata") or {}, "position": len(every)}
        made |= {"createdAt": now, "updatedAt": now, "key": key}
        every.append(made)
        _tell(engine, made, "created")
    engine.respond(request_id, {"project": _shown(engine, made)})


def read(engine: Engine, request_id: int | str, params: Json) -> None:
    """One of them."""
    project = projects.find(engine, params["projectId"], INVALID_INPUT)
    engine.respond(request_id, {"project": _shown(engine, project)})


def listed(engine: Engine, request_id: int | str, params: Json) -> None:
    """All of them, in their order; of the pages that the real server makes of many there is one."""
    engine.respond(request_id, {"data": [_shown(engine, one) for one in projects.all_of(engine)], "nextCursor": None})


def update(engine: Engine, request_id: int | str, params: Json) -> None:
    """What is left out stays; told if that makes a difference."""
    given = {name: params[name] for name in ("name", "roots", "metadata") if params.get(name) is not None}
    if "name" in given:
        given["name"] = _name(given["name"])
    project = projects.find(engine, params["projectId"], INVALID_INPUT)
    if project | given != project:
        project |= given | {"updatedAt": engine.wall_ms // 1000}
        _tell(engine, project, "updated")
    engine.respond(request_id, {"project": _shown(engine, project)})


def delete(engine: Engine, request_id: int | str, params: Json) -> None:
    """Its threads are in none from then on."""
    project = projects.find(engine, params["projectId"], INVALID_INPUT)
    projects.all_of(engine).remove(project)
    _tell(engine, project, "deleted")
    for thread in engine.library.all_on_disk():
        if thread.project == project["id"]:
            projects.put(engine, thread, None)
    engine.respond(request_id, {})


HANDLERS = {
    "project/create": create,
    "project/read": read,
    "project/list": listed,
    "project/update": update,
    "project/delete": delete,
}
