"""What becomes of a turn when the model fails: which retries follow, and the words of the notices. A table of 0.163.0.

status          request retries   stream retries   last codexErrorInfo
400             no                no               "other", message is the raw body
429             no                if retry-after   responseTooManyFailedAttempts
429 usage       no                no               "usageLimitExceeded", after a rate limit notice
500             yes               yes              "internalServerError"
503 overloaded  yes               no               "serverOverloaded"
other 4xx       no                yes              httpConnectionFailed
other 5xx       yes               yes              httpConnectionFailed
reset mid-stream no               yes              "other"
"""

from __future__ import annotations

import json

from turnproof_fakes.app_server.json_values import as_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

_HIGH_DEMAND = "We’re currently experiencing high demand, which may cause temporary errors."  # noqa: RUF001
_OVERLOADED = "Selected model is at capacity. Please try a different model."
_USAGE_LIMIT = "You’ve hit your usage limit. Try again later."  # noqa: RUF001
_TOO_MANY = "exceeded retry limit, last status: 429 Too Many Requests"
_RESET = "stream disconnected before completion: Transport error: network error: error decoding response body"

_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    409: "Conflict",
    413: "Payload Too Large",
    418: "I'm a teapot",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class Failure:
    """One failed attempt at a model request."""

    __slots__ = ("http_status", "info", "limits", "message", "request_retry", "retry_after", "stream_retry")

    def __init__(self, message: str, info: object, *, request_retry: bool = False, stream_retry: bool = False) -> None:
        self.message = message
        self.info = info
        self.request_retry = request_retry
        self.stream_retry = stream_retry
        self.http_status: int | None = None
        self.retry_after: float | None = None
        self.limits = False

    def error(self) -> Json:
        """The `error` object of the last notice and of the failed turn."""
        return _error(self.message, self.info, None)

    def reconnecting(self, attempt: int, limit: int) -> Json:
        """The `error` object of a notice that is not the last word."""
        info = {"responseStreamDisconnected": {"httpStatusCode": self.http_status}}
        return _error(f"Reconnecting... {attempt}/{limit}", info, self.message)


def _error(message: str, info: object, details: str | None) -> Json:
    return {"message": message, "codexErrorInfo": info, "additionalDetails": details, "misalignment": None}


def reset() -> Failure:
    """The connection broke while the stream was open."""
    return Failure(_RESET, "other", stream_retry=True)


def unscripted(prompt: str) -> Failure:
    """No script for this prompt: a mistake of the test, said in the turn's error."""
    return Failure(f"no script for the prompt {json.dumps(prompt, ensure_ascii=False)}", "other")


def timeless(trouble: str) -> Failure:
    """The client, by whose clock the server goes, did not tell the time."""
    return Failure(f"Fatal error: failed to read current time: {trouble}", "other")


def answered(status: int, body: Json | None, retry_after: float | None, url: str) -> Failure:
    """The model provider answered with a status instead of a stream."""
    if body is None:
        body = {"error": {"message": f"scripted failure {status}", "type": "scripted", "code": "scripted"}}
    inner = as_object(body.get("error")) or {}
    if status == 400:
        return Failure(json.dumps(body), "other")
    if status == 429:
        return _too_many(inner, retry_after)
    if status == 500:
        return Failure(_HIGH_DEMAND, "internalServerError", request_retry=True, stream_retry=True)
    if status == 503 and inner.get("code") in ("server_is_overloaded", "slow_down"):
        return Failure(_OVERLOADED, "serverOverloaded", request_retry=True)
    text = inner.get("message") or json.dumps(body)
    reason = _REASONS.get(status, "<unknown status code>")
    message = f"unexpected status {status} {reason}: {text}, url: {url}"
    info = {"httpConnectionFailed": {"httpStatusCode": status}}
    failure = Failure(message, info, request_retry=status >= 500, stream_retry=True)
    failure.http_status = status
    return failure


def _too_many(inner: Json, retry_after: float | None) -> Failure:
    if inner.get("type") == "usage_limit_reached":
        failure = Failure(_USAGE_LIMIT, "usageLimitExceeded")
        failure.limits = True
        return failure
    info = {"responseTooManyFailedAttempts": {"httpStatusCode": 429}}
    failure = Failure(_TOO_MANY, info, stream_retry=retry_after is not None)
    failure.http_status = 429
    failure.retry_after = retry_after
    return failure
