"""The objects on the wire, key by key in the order of the real server."""

from __future__ import annotations

from turnproof_fakes.app_server.threads import NOT_LOADED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from turnproof_fakes.app_server.threads import Thread

    Json = dict[str, Any]

CONTEXT_WINDOW = 258400
RATE_LIMITS: Json = {
    "limitId": "codex",
    "limitName": None,
    "normalModelSlug": None,
    "primary": None,
    "secondary": None,
    "credits": None,
    "individualLimit": None,
    "spendControlReached": None,
    "planType": None,
    "rateLimitReachedType": None,
}
SANDBOXES: dict[str, Json] = {
    "read-only": {"type": "readOnly", "networkAccess": False},
    "workspace-write": {
        "type": "workspaceWrite",
        "writableRoots": [],
        "networkAccess": False,
        "excludeTmpdirEnvVar": False,
        "excludeSlashTmp": False,
    },
    "danger-full-access": {"type": "dangerFullAccess"},
}


def thread(of: Thread, version: str, *, turns: list[Json] | None = None, accepts: bool | None = True) -> Json:
    """A Thread. One that is not loaded has no environments; `accepts` is null there and in every list."""
    where = {"environmentId": "local", "cwd": of.cwd, "runtimeWorkspaceRoots": [of.cwd]}
    return {
        "id": of.id,
        "environments": [where] if of.loaded else None,
        "extra": None,
        "sessionId": of.id,
        "forkedFromId": of.forked_from,
        "parentThreadId": None,
        "preview": "" if of.ephemeral else of.preview,
        "ephemeral": of.ephemeral,
        "section": of.section,
        "sectionEnteredAt": of.section_entered,
        "projectId": of.project,
        "historyMode": of.history_mode,
        "modelProvider": of.provider,
        "model": of.model,
        "reasoningEffort": of.effort,
        "createdAt": of.created_ms // 1000,
        "updatedAt": of.updated_ms // 1000,
        "recencyAt": of.recency_ms // 1000,
        "status": of.status if of.loaded else NOT_LOADED,
        "path": of.absolute_path,
        "cwd": of.cwd,
        "cliVersion": version,
        "originator": of.originator,
        "source": "vscode",
        "canAcceptDirectInput": accepts if of.loaded else None,
        "threadSource": of.source,
        "agentNickname": None,
        "agentRole": None,
        "gitInfo": of.git,
        "name": of.name,
        "daybreakEnabled": None,
        "turns": turns or [],
    }


def thread_answer(of: Thread, shown: Json) -> Json:
    """What thread/start, fork (and with more keys resume) answer around the Thread."""
    return {
        "thread": shown,
        "model": of.model,
        "modelProvider": of.provider,
        "serviceTier": of.service_tier,
        "disabledPluginIds": [],
        "cwd": of.cwd,
        "runtimeWorkspaceRoots": [of.cwd],
        "instructionSources": [],
        "approvalPolicy": of.approval_policy,
        "approvalsReviewer": of.approvals_reviewer,
        "sandbox": of.sandbox,
        "activePermissionProfile": None,
        "reasoningEffort": of.effort,
        "multiAgentMode": "explicitRequestOnly",
    }


def collaboration_mode(of: Thread) -> Json:
    """How the turns of a thread go."""
    inside = {"model": of.model, "reasoning_effort": of.effort, "developer_instructions": of.instructions}
    return {"mode": of.mode, "settings": inside}


def settings(of: Thread) -> Json:
    """What a thread/settings/updated shows."""
    return {
        "disabledPluginIds": [],
        "cwd": of.cwd,
        "approvalPolicy": of.approval_policy,
        "approvalsReviewer": of.approvals_reviewer,
        "sandboxPolicy": of.sandbox,
        "activePermissionProfile": None,
        "model": of.model,
        "modelProvider": of.provider,
        "serviceTier": of.service_tier,
        "effort": of.effort,
        "summary": of.summary,
        "collaborationMode": collaboration_mode(of),
        "multiAgentMode": "explicitRequestOnly",
        "personality": of.personality,
    }


def turn(
    turn_id: str,
    status: str,
    *,
    items: list[Json] | None = None,
    view: str = "notLoaded",
    root: str | None = None,
    error: Json | None = None,
    started: int | None = None,
    completed: int | None = None,
    duration: int | None = None,
) -> Json:
    """A Turn; times in whole seconds, the duration in milliseconds."""
    return {
        "id": turn_id,
        "rootTurnId": root or turn_id,
        "items": items or [],
        "itemsView": view,
        "status": status,
        "error": error,
        "startedAt": started,
        "completedAt": completed,
        "durationMs": duration,
    }


def user_message(item_id: str, client_id: str | None, content: list[Json]) -> Json:
    """A userMessage item."""
    return {"type": "userMessage", "id": item_id, "clientId": client_id, "content": content}


def agent_message(item_id: str, text: str) -> Json:
    """An agentMessage item."""
    return {
        "type": "agentMessage",
        "id": item_id,
        "text": text,
        "phase": None,
        "memoryCitation": None,
        "delivery": None,
        "questions": None,
    }


def plan(turn_id: str, text: str) -> Json:
    """A plan item: a turn has one, and it bears the name of its turn."""
    return {"type": "plan", "id": f"{turn_id}-plan", "text": text}


def reasoning(item_id: str, summary: list[str], content: list[str]) -> Json:
    """A reasoning item: a summary, or the reasoning itself."""
    return {"type": "reasoning", "id": item_id, "summary": summary, "content": content}


def compaction(item_id: str) -> Json:
    """A contextCompaction item."""
    return {"type": "contextCompaction", "id": item_id}


def command(item_id: str, line: str, cwd: str, source: str, actions: list[Json]) -> Json:
    """A commandExecution item as it starts; what came of it is added by its end."""
    return {
        "type": "commandExecution",
        "id": item_id,
        "pluginId": None,
        "scriptPath": None,
        "command": line,
        "cwd": cwd,
        "processId": None,
        "source": source,
        "status": "inProgress",
        "commandActions": actions,
        "aggregatedOutput": None,
        "exitCode": None,
        "durationMs": None,
    }


def token_usage(requests: int) -> Json:
    """Usage after so many model requests, each of one token in and one out."""
    return {"total": _tokens(requests), "last": _tokens(1), "modelContextWindow": CONTEXT_WINDOW}


def estimated_usage(requests: int, tokens: int) -> Json:
    """Usage after a compaction: `last` is what the context is reckoned to hold now."""
    return token_usage(requests) | {"last": _tokens(0) | {"totalTokens": tokens}}


def _tokens(requests: int) -> Json:
    return {
        "totalTokens": 2 * requests,
        "inputTokens": requests,
        "cachedInputTokens": 0,
        "cacheWriteInputTokens": 0,
        "outputTokens": requests,
        "reasoningOutputTokens": 0,
    }
