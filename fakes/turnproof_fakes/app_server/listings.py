"""Everything that is paged: threads, loaded threads, turns, items."""

from __future__ import annotations

import time

from turnproof_fakes.app_server import cursors, projects, shapes
from turnproof_fakes.app_server.library import shown_turn
from turnproof_fakes.app_server.refusals import INVALID_INPUT, NOT_SUPPORTED, Refused, invalid, thread_not_loaded
from turnproof_fakes.app_server.serde import described
from turnproof_fakes.app_server.uuids import parsed, thread_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine
    from turnproof_fakes.app_server.threads import Thread

    Json = dict[str, Any]

_PAGE, _PAGE_LIMIT = 25, 100
_MOST_READ = 100  # items that are read by their ids at once
_KEYS = {"created_at": "created_ms", "updated_at": "updated_ms", "recency_at": "recency_ms"}


def _limit(params: Json, usual: int) -> int:
    """A limit of 0 still returns rows; more than 100 is cut."""
    asked = params.get("limit")
    return usual if asked is None else max(1, min(asked, _PAGE_LIMIT))


def threads(engine: Engine, request_id: int | str, params: Json) -> None:
    """thread/list: threads on disk, newest first, paged by the sort key's timestamp. Threads to which nobody said a word are not there."""
    if params.get("sortKey") == "section_position":
        if params.get("sectionId") is None:
            raise Refused("section-position sorting requires a section filter")
        _by_section(engine, request_id, params)
        return
    if params.get("projectId") is not None:
        projects.find(engine, params["projectId"], INVALID_INPUT)
    key = _KEYS.get(params.get("sortKey") or "created_at", "created_ms")
    ascending = params.get("sortDirection") == "asc"
    after = None if params.get("cursor") is None else _from_timestamp(params["cursor"])
    matching = [thread for thread in engine.library.all_on_disk() if _matches(thread, params)]
    matching.sort(key=lambda thread: getattr(thread, key), reverse=not ascending)
    if after is not None:
        sign = 1 if ascending else -1
        matching = [thread for thread in matching if sign * getattr(thread, key) > sign * after]
    rows = [(thread, row) for thread in matching for row in thread.rows()]
    size = _limit(params, _PAGE)
    shown, more = rows[:size], len(rows) > size
    page = [thread for thread, _row in shown]
    engine.respond(
        request_id,
        {
            "data": [
                shapes.thread(thread, engine.version, accepts=None) | {"path": path, "preview": preview}
                for thread, (path, preview) in shown
            ],
            "readStates": {thread.id: thread.read_state for thread in page},
            "nextCursor": _next(getattr(page[-1], key), key) if more else None,
            # One millisecond off, so that paging back finds the first row again.
            "backwardsCursor": _timestamp(getattr(page[0], key) + (1 if ascending else -1)) if page else None,
        },
    )


def _by_section(engine: Engine, request_id: int | str, params: Json) -> None:
    """The threads of a section as they are placed there, all on one page."""
    members: list[Json] = engine.library.shelf.value("sections").get("members", {}).get(params["sectionId"]) or []
    found = [engine.library.find(member["thread"]) for member in members]
    page = [thread for thread in found if thread is not None and _matches(thread, params)]
    engine.respond(
        request_id,
        {
            "data": [shapes.thread(thread, engine.version, accepts=None) for thread in page],
            "readStates": {thread.id: thread.read_state for thread in page},
            "nextCursor": None,
            "backwardsCursor": f"{members[0]['position']}|{page[0].id}" if page else None,
        },
    )


def _matches(thread: Thread, params: Json) -> bool:
    if thread.archived != bool(params.get("archived")) or not thread.preview:
        return False
    cwd = params.get("cwd")
    if cwd is not None and thread.cwd not in ([cwd] if isinstance(cwd, str) else cwd):
        return False
    section = params.get("sectionId")
    if section is not None and (thread.section or {}).get("id") != section:
        return False
    if params.get("projectId") not in (None, thread.project):
        return False
    term = params.get("searchTerm")
    if term and term.lower() not in f"{thread.name or ''}\n{thread.preview}".lower():
        return False
    return thread.id not in (params.get("excludedThreadIds") or ())


def _next(wall_ms: int, key: str) -> str:
    """By creation the cursor is cut to whole seconds, and rows of that second are lost (seen on 0.163.0)."""
    if key == "created_ms":
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wall_ms // 1000))
    return _timestamp(wall_ms)


def _timestamp(wall_ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(wall_ms // 1000)) + f".{wall_ms % 1000:03d}Z"


def _from_timestamp(text: str) -> int:
    try:
        whole, _point, fraction = text.removesuffix("Z").partition(".")
        parts = [int(part) for part in whole.replace("T", "-").replace(":", "-").split("-")]
        days = _days(parts[0], parts[1], parts[2])
        return ((days * 24 + parts[3]) * 60 + parts[4]) * 60_000 + parts[5] * 1000 + int(fraction or "0")
    except (ValueError, IndexError):
        raise Refused(f"invalid cursor: {text}") from None


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01; here because `calendar` and `datetime` cost start-up time."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def loaded(engine: Engine, request_id: int | str, params: Json) -> None:
    """thread/loaded/list: ids in order, all on one page unless a limit is given; the cursor is the last id."""
    after = params.get("cursor")
    if after is not None and parsed(after) is None:
        raise Refused(f"invalid cursor: {after}")
    ids = sorted(thread.id for thread in engine.library.all_loaded() if after is None or thread.id > after)
    asked = params.get("limit")
    size = len(ids) if asked is None else max(1, asked)
    engine.respond(request_id, {"data": ids[:size], "nextCursor": ids[size - 1] if len(ids) > size else None})


def turns(engine: Engine, request_id: int | str, params: Json) -> None:
    """thread/turns/list: newest first, in the summary view, unless asked otherwise."""
    wanted = thread_id(params)
    thread = engine.library.find(wanted)
    if thread is None:
        raise thread_not_loaded(wanted)
    if not thread.materialised and thread.flushed:
        raise Refused("list_turns is not supported yet", NOT_SUPPORTED)
    if not thread.materialised:
        text = "is not materialized yet; thread/turns/list is unavailable before first user message"
        raise Refused(f"thread {thread.id} {text}")
    history = engine.library.history(thread)
    page, following, backwards = _page(thread, history, params, kind=cursors.TURNS, usual="desc")
    view = params.get("itemsView") or "summary"
    number = 1 if thread.history_mode == "legacy" else None
    shown = [shown_turn(turn, view, numbered_from=number) for turn in page]
    engine.respond(request_id, {"data": shown, "nextCursor": following, "backwardsCursor": backwards})


def items(engine: Engine, request_id: int | str, params: Json) -> None:
    """thread/items/list: completed items, oldest first; only for paginated threads that are on disk."""
    thread = engine.library.find(thread_id(params))
    if thread is None or not thread.materialised or thread.history_mode == "legacy":
        raise Refused("thread/items/list is not supported yet", NOT_SUPPORTED)
    only = params.get("turnId")
    entries = [
        entry | {"turnId": turn["id"]}
        for turn in engine.library.history(thread)
        if only is None or turn["id"] == only
        for entry in turn["entries"]
    ]
    page, following, backwards = _page(thread, entries, params, kind=cursors.ITEMS, usual="asc")
    shown = [_shown_item(entry["turnId"], entry) for entry in page]
    engine.respond(request_id, {"data": shown, "nextCursor": following, "backwardsCursor": backwards})


def read_items(engine: Engine, request_id: int | str, params: Json) -> None:
    """thread/items/read: those of one turn by their ids, in the order of the turn; what is not there is left out."""
    ids: list[object] = params["itemIds"]
    for item_id in ids:
        if not isinstance(item_id, str):
            raise invalid(f"invalid type: {described(item_id)}, expected a string")
    thread = engine.library.find(thread_id(params))
    if thread is None or not thread.materialised or thread.history_mode == "legacy":
        raise Refused("thread/items/read is not supported yet", NOT_SUPPORTED)
    if not 1 <= len(ids) <= _MOST_READ:
        raise Refused(f"itemIds must contain 1 to {_MOST_READ} IDs")
    shown = [
        _shown_item(turn["id"], entry)
        for turn in engine.library.history(thread)
        if turn["id"] == params["turnId"]
        for entry in turn["entries"]
        if entry["item"]["id"] in ids
    ]
    engine.respond(request_id, {"data": shown})


def _shown_item(turn_id: str, entry: Json) -> Json:
    times = {"startedAtMs": entry["startedMs"], "completedAtMs": entry["completedMs"]}
    return {"turnId": turn_id, "item": entry["item"], **times}


def _page(
    thread: Thread, rows: list[Json], params: Json, *, kind: str, usual: str
) -> tuple[list[Json], str | None, str | None]:
    """Rows in the wanted direction behind the cursor, and the cursors on both sides of the page."""
    ascending = (params.get("sortDirection") or usual) == "asc"
    rows = rows if ascending else rows[::-1]
    if params.get("cursor") is not None:
        anchor, included = cursors.position(params["cursor"])
        sign = 1 if ascending else -1
        rows = [row for row in rows if sign * row["ordinal"] > sign * anchor or (included and row["ordinal"] == anchor)]
    size = _limit(params, _PAGE)
    page = rows[:size]
    following = cursors.cursor(thread.id, page[-1]["ordinal"], kind, anchor=False) if len(rows) > size else None
    backwards = cursors.cursor(thread.id, page[0]["ordinal"], kind, anchor=True) if page else None
    return page, following, backwards


HANDLERS = {
    "thread/list": threads,
    "thread/loaded/list": loaded,
    "thread/turns/list": turns,
    "thread/items/list": items,
    "thread/items/read": read_items,
}
