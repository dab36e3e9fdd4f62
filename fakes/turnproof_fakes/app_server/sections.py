"""threadSection/* and thread/section/move: the shelves that a client sorts its threads into."""

from __future__ import annotations

from turnproof_fakes.app_server.refusals import INVALID_INPUT, Refused, thread_not_found
from turnproof_fakes.app_server.uuids import thread_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine

    Json = dict[str, Any]

_FIRST, _GAP = 1, 1_000_000  # positions within a section: wide apart, so that one fits between two
_PINNED = "Pinned"  # there from the beginning


def _sections(engine: Engine) -> list[Json]:
    value = engine.library.shelf.value("sections")
    if "sections" not in value:
        pinned = {"id": engine.ids.uuid7(engine.wall_ms), "name": _PINNED, "appearance": None}
        value |= {"sections": [pinned], "members": {}}
    return value["sections"]


def _section(engine: Engine, params: Json) -> Json:
    wanted: str = params["sectionId"]
    if not wanted:
        raise Refused("sectionId must not be empty", INVALID_INPUT)
    found = next((section for section in _sections(engine) if section["id"] == wanted), None)
    if found is None:
        raise Refused(f"thread section not found: {wanted}", INVALID_INPUT)
    return found


def _described(params: Json) -> Json:
    name = params["name"].strip()
    if not name:
        raise Refused("section name must not be empty", INVALID_INPUT)
    looks: Json | None = params.get("appearance")
    appearance = None if looks is None else {"icon": looks.get("icon"), "color": looks.get("color")}
    return {"name": name, "appearance": appearance}


def _changed(engine: Engine) -> None:
    engine.library.shelf.save("sections")
    engine.library.sort_into_sections()


def listed(engine: Engine, request_id: int | str, params: Json) -> None:
    """All of them, or a page; the cursor is the last id of the page before, and an unknown one leads nowhere."""
    sections = _sections(engine)
    ids = [section["id"] for section in sections]
    cursor = params.get("cursor")
    first = 0 if cursor is None else ids.index(cursor) + 1 if cursor in ids else len(ids)
    size = len(ids) if params.get("limit") is None else max(1, params["limit"])
    page = sections[first : first + size]
    following = page[-1]["id"] if first + size < len(ids) else None
    engine.respond(request_id, {"data": page, "nextCursor": following})


def create(engine: Engine, request_id: int | str, params: Json) -> None:
    """A new section, the last one; two may have one name."""
    section = {"id": engine.ids.uuid7(engine.wall_ms)} | _described(params)
    _sections(engine).append(section)
    _changed(engine)
    engine.respond(request_id, {"section": section})


def update(engine: Engine, request_id: int | str, params: Json) -> None:
    """Another name, another look; what is left out of the look is unset."""
    section = _section(engine, params)
    section |= _described(params)
    _changed(engine)
    engine.respond(request_id, {"section": section})


def delete(engine: Engine, request_id: int | str, params: Json) -> None:
    """Its threads are in no section then."""
    section = _section(engine, params)
    value = engine.library.shelf.value("sections")
    value["sections"].remove(section)
    value["members"].pop(section["id"], None)
    _changed(engine)
    engine.respond(request_id, {})


def move(engine: Engine, request_id: int | str, params: Json) -> None:
    """A thread into a section, at its end or before another; null takes it out."""
    wanted = thread_id(params)
    if engine.library.find(wanted) is None:
        raise thread_not_found(wanted)
    target, before = params["sectionId"], params.get("beforeThreadId")
    known = [section["id"] for section in _sections(engine)]
    members: dict[str | None, list[Json]] = engine.library.shelf.value("sections")["members"]
    if target is not None and target not in known:
        raise Refused(f"section {target} does not exist")
    if before == wanted:
        raise Refused(f"thread {wanted} cannot be moved before itself")
    there = members.get(target) or []
    places = [member["thread"] for member in there]
    if before is not None and before not in places:
        raise Refused(f"before thread {before} is not in section {target}")
    entered = next((member["entered"] for member in there if member["thread"] == wanted), engine.wall_ms // 1000)
    for section, rows in members.items():
        members[section] = [member for member in rows if member["thread"] != wanted]
    if target is not None:
        rows = members.setdefault(target, [])
        at = [member["thread"] for member in rows].index(before) if before is not None else len(rows)
        behind = rows[at - 1]["position"] if at else _FIRST
        position = (behind + rows[at]["position"]) // 2 if at < len(rows) else behind + _GAP
        rows.insert(at, {"thread": wanted, "entered": entered, "position": position})
    _changed(engine)
    engine.respond(request_id, {})


HANDLERS = {
    "threadSection/list": listed,
    "threadSection/create": create,
    "threadSection/update": update,
    "threadSection/delete": delete,
    "thread/section/move": move,
}
