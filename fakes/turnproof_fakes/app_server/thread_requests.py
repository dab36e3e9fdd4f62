"""What is done to a whole thread: start, resume, fork, read, name, archive, delete, unsubscribe."""

from __future__ import annotations

from turnproof_fakes.app_server import cursors, projects, shapes, threads, tools
from turnproof_fakes.app_server.goals import tell_goal
from turnproof_fakes.app_server.library import rollout_path, shown_turn
from turnproof_fakes.app_server.refusals import (
    NOT_SUPPORTED,
    Refused,
    archived,
    no_archived_rollout,
    no_rollout,
    thread_not_loaded,
)
from turnproof_fakes.app_server.threads import Thread
from turnproof_fakes.app_server.turn_life import begin_next
from turnproof_fakes.app_server.uuids import thread_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.engine import Engine

    Json = dict[str, Any]

_DEPRECATED = "Full-history hydration is deprecated for paginated threads; "
_PAGING = "then page with `thread/turns/list` and `thread/items/list`."
_ON_READ = f"{_DEPRECATED}omit `includeTurns` or set it to `false`, {_PAGING}"
_ON_RESUME = f"{_DEPRECATED}use `excludeTurns: true`, {_PAGING}"


def _notice(engine: Engine, thread: Thread, summary: str) -> None:
    """Full history is deprecated for paginated threads, and each use says so *before* its answer."""
    if thread.history_mode == "paginated":
        engine.announce("deprecationNotice", {"summary": summary, "details": None})


def turns_of(engine: Engine, thread: Thread, *, live_renumbered: bool = False) -> list[Json]:
    """All turns in full. A legacy thread has its items renumbered `item-1`, `item-2`, … through all turns; so has the running
    turn of any thread when it is resumed, but not when it is read or forked; only then it shows its calls under way (seen on
    0.163.0: patches and tools, not commands)."""
    shown: list[Json] = []
    number = 1
    for turn in engine.library.history(thread):
        if thread.history_mode == "legacy":
            shown.append(shown_turn(turn, "full", numbered_from=number))
        else:
            live = live_renumbered and turn["status"] == "inProgress"
            shown.append(shown_turn(turn, "full", numbered_from=1 if live else None))
            if live and thread.turn is not None:
                shown[-1]["items"] += thread.turn.open_items.values()
        number += len(turn["entries"])
    return shown


def start(engine: Engine, request_id: int | str, params: Json) -> None:
    """A new thread; its rollout is announced but written only by the first turn."""
    created = engine.library.created_ms(engine.wall_ms)
    new_id = engine.ids.uuid7(created)
    path = None if params.get("ephemeral") else rollout_path(new_id, created)
    thread = Thread(new_id, engine.home, path, created)
    _take_options(engine, thread, params)
    if params.get("projectId"):
        thread.project = projects.find(engine, params["projectId"])["id"]
    thread.source = params.get("threadSource")
    thread.history_mode = params.get("historyMode") or "paginated"
    declared: list[Json] = params.get("dynamicTools") or []
    thread.dynamic_tools = [tool["name"] for tool in declared]
    _load(engine, thread)
    engine.library.add(thread)
    engine.respond(request_id, shapes.thread_answer(thread, shapes.thread(thread, engine.version)))
    engine.announce("thread/started", {"thread": shapes.thread(thread, engine.version)})
    tools.start(engine, thread)


def _load(engine: Engine, thread: Thread) -> None:
    thread.loaded = thread.subscribed = True
    thread.status = threads.IDLE
    thread.allowed_prefixes = engine.library.rules()
    if engine.client is not None and not thread.originator:
        thread.originator = engine.client.name


def _take_options(engine: Engine, thread: Thread, params: Json) -> None:
    """Options of start and fork; `resume` takes none that changes a stored thread here."""
    defaults: Json = engine.plan.get("defaults") or {}
    provider = params.get("modelProvider") or defaults.get("modelProvider", "mock")
    if provider != defaults.get("modelProvider", "mock"):
        raise Refused(f"failed to load configuration: Model provider `{provider}` not found")
    thread.provider = provider
    thread.cwd = engine.absolute(params.get("cwd"))
    thread.model = params.get("model") or defaults.get("model", "mock-model")
    config: Json = params.get("config") or {}
    thread.compact_prompt = config.get("compact_prompt") or thread.compact_prompt
    # An explicit null asks for the default tier; a tier the model does not have is dropped (clients trip over the first).
    thread.service_tier = "default" if "serviceTier" in params and params["serviceTier"] is None else None
    thread.approval_policy = params.get("approvalPolicy") or defaults.get("approvalPolicy", "never")
    thread.approvals_reviewer = params.get("approvalsReviewer") or "user"
    thread.sandbox = shapes.SANDBOXES[params["sandbox"]] if params.get("sandbox") else _home_sandbox(engine)


def _home_sandbox(engine: Engine) -> Json:
    """The sandbox of the configuration."""
    defaults: Json = engine.plan.get("defaults") or {}
    return shapes.SANDBOXES[defaults.get("sandbox", "read-only")]


def resume(engine: Engine, request_id: int | str, params: Json) -> None:
    """Load a thread from disk, or say again what is loaded. Never followed by thread/started."""
    wanted = thread_id(params, "session")
    thread = engine.library.find(wanted)
    if thread is None or (not thread.materialised and not thread.flushed):
        raise no_rollout(wanted)
    if thread.archived:
        raise archived(thread.id)
    with_turns = not params.get("excludeTurns")
    if with_turns:
        _notice(engine, thread, _ON_RESUME)
    if not thread.materialised:
        raise Refused("list_turns is not supported yet", NOT_SUPPORTED)
    was_loaded = thread.loaded
    if not was_loaded:
        _load(engine, thread)
        if thread.sandbox["type"] == "workspaceWrite":  # this one comes back as the configuration's (seen on 0.163.0)
            thread.sandbox = _home_sandbox(engine)
        tools.start(engine, thread)
        engine.set_status(thread, threads.IDLE)
    thread.subscribed = True
    history = engine.library.history(thread)
    turns = turns_of(engine, thread, live_renumbered=True) if with_turns else []
    answer = shapes.thread_answer(thread, shapes.thread(thread, engine.version, turns=turns))
    mode = answer.pop("multiAgentMode")
    answer["collaborationMode"] = shapes.collaboration_mode(thread)
    answer["multiAgentMode"] = mode
    answer["initialTurnsPage"] = None
    answer["turnsBackwardsCursor"] = cursors.newest_turn(thread.id, history)
    answer["itemsBackwardsCursor"] = cursors.newest_item(thread.id, history)
    engine.respond(request_id, answer)
    if with_turns or not was_loaded:
        _tell_usage(engine, thread)
    tell_goal(engine, thread)
    engine.asks.send_again(thread)
    begin_next(engine, thread)


def _tell_usage(engine: Engine, thread: Thread) -> None:
    if thread.requests:
        usage = {"threadId": thread.id, "turnId": thread.usage_turn, "tokenUsage": shapes.token_usage(thread.requests)}
        engine.tell(thread, "thread/tokenUsage/updated", usage)


def fork(engine: Engine, request_id: int | str, params: Json) -> None:
    """A new thread that shares the parent's past; a turn that runs there reads as interrupted here."""
    wanted = thread_id(params, "session")
    parent = engine.library.find(wanted)
    if parent is None or parent.ephemeral:
        raise no_rollout(wanted)
    with_turns = not params.get("excludeTurns")
    if params.get("ephemeral") and with_turns:
        raise Refused("ephemeral paginated thread/fork requires `excludeTurns: true`")
    if with_turns:
        _notice(engine, parent, _ON_RESUME)
    created = engine.library.created_ms(engine.wall_ms)
    new_id = engine.ids.uuid7(created)
    path = None if params.get("ephemeral") else rollout_path(new_id, created)
    thread = Thread(new_id, engine.home, path, created)
    # Model and sandbox are those of the configuration again: the source's are lost (seen on 0.163.0).
    _take_options(engine, thread, {"cwd": parent.cwd, "approvalPolicy": parent.approval_policy} | params)
    thread.forked_from, thread.fork_ordinal = parent.id, parent.records
    thread.name, thread.history_mode = parent.name, parent.history_mode
    thread.preview = parent.preview if parent.history_mode == "legacy" else ""
    thread.requests, thread.usage_turn = parent.recorded_requests, parent.usage_turn
    _load(engine, thread)
    engine.library.add(thread)
    engine.library.materialise(thread)
    tools.start(engine, thread)
    turns = turns_of(engine, thread) if with_turns else []
    engine.respond(request_id, shapes.thread_answer(thread, shapes.thread(thread, engine.version, turns=turns)))
    if with_turns:
        _tell_usage(engine, thread)
    engine.announce("thread/started", {"thread": shapes.thread(thread, engine.version)})


def read(engine: Engine, request_id: int | str, params: Json) -> None:
    """A thread as it is now; turns only on request."""
    wanted = thread_id(params)
    thread = engine.library.find(wanted)
    if thread is None:
        raise thread_not_loaded(wanted)
    turns: list[Json] = []
    if params.get("includeTurns"):
        if thread.ephemeral:
            raise Refused("ephemeral threads do not support includeTurns")
        if not thread.materialised:
            thread.flushed = True
            raise Refused("list_turns is not supported yet", NOT_SUPPORTED)
        turns = turns_of(engine, thread)
        _notice(engine, thread, _ON_READ)
    shown = shapes.thread(thread, engine.version, turns=turns)
    engine.respond(request_id, {"thread": shown, "readState": None if thread.ephemeral else thread.read_state})


def set_name(engine: Engine, request_id: int | str, params: Json) -> None:
    """Name a thread, loaded or not."""
    wanted = thread_id(params)
    name = params["name"].strip()
    if not name:
        raise Refused("thread name must not be empty")
    thread = engine.library.find(wanted)
    if thread is None:
        raise no_rollout(wanted)
    if thread.ephemeral:
        raise Refused(f"ephemeral thread does not support metadata updates: {thread.id}")
    engine.library.record(thread, {"type": "name", "name": name, "ms": engine.wall_ms})
    engine.respond(request_id, {})
    engine.announce("thread/name/updated", {"threadId": thread.id, "threadName": name})


def _unload(engine: Engine, thread: Thread) -> None:
    """Take a thread out of the process: its turn ends as interrupted, then it is not loaded any more."""
    if not thread.loaded:
        return
    if thread.turn is not None:
        thread.turn.cut()
    thread.unload()
    engine.announce("thread/status/changed", {"threadId": thread.id, "status": threads.NOT_LOADED})


def archive(engine: Engine, request_id: int | str, params: Json) -> None:
    """Unload, move to archived_sessions."""
    wanted = thread_id(params, "session")
    thread = engine.library.find(wanted)
    if thread is None or thread.archived or thread.ephemeral:
        raise no_rollout(wanted)
    _unload(engine, thread)
    engine.library.move(thread, archived=True, wall_ms=engine.wall_ms)
    engine.respond(request_id, {})
    engine.announce("thread/archived", {"threadId": thread.id})


def unarchive(engine: Engine, request_id: int | str, params: Json) -> None:
    """Move back; the thread stays unloaded."""
    wanted = thread_id(params, "session")
    thread = engine.library.find(wanted)
    if thread is None or not thread.archived:
        raise no_archived_rollout(wanted)
    engine.library.move(thread, archived=False, wall_ms=engine.wall_ms)
    engine.respond(request_id, {"thread": shapes.thread(thread, engine.version)})
    engine.announce("thread/unarchived", {"threadId": thread.id})


def delete(engine: Engine, request_id: int | str, params: Json) -> None:
    """Unload and delete; a parent of forks is unloaded, but kept."""
    wanted = thread_id(params)
    thread = engine.library.find(wanted)
    if thread is None:
        raise no_rollout(wanted)
    _unload(engine, thread)
    if engine.library.has_forks(thread.id):
        raise Refused(f"cannot delete thread {thread.id}: forked history still references it")
    engine.library.forget(thread)
    engine.respond(request_id, {})
    engine.announce("thread/deleted", {"threadId": thread.id})


def unsubscribe(engine: Engine, request_id: int | str, params: Json) -> None:
    """Stop the thread's events (status excepted); the thread stays loaded, its turns run on unheard."""
    thread = engine.library.loaded(thread_id(params))
    if thread is None:
        status = "notLoaded"
    else:
        status = "unsubscribed" if thread.subscribed else "notSubscribed"
        thread.subscribed = False
    engine.respond(request_id, {"status": status})


HANDLERS = {
    "thread/start": start,
    "thread/resume": resume,
    "thread/fork": fork,
    "thread/read": read,
    "thread/name/set": set_name,
    "thread/archive": archive,
    "thread/unarchive": unarchive,
    "thread/delete": delete,
    "thread/unsubscribe": unsubscribe,
}
